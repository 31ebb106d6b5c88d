"""PostgreSQL clears the outbox of dead rows early, so that looking for what is due stays cheap.

Every message is rewritten on its way out, and each rewriting leaves a dead entry in the indexes.
By default a fifth of the table may be dead before anybody cleans up: with a million messages that
makes an empty look hundreds of times slower (docs/explanation/delivery.md has the figures).
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "crm_messageschedule"


def vacuum_early(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"ALTER TABLE {TABLE} SET "
            "(autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000)"
        )


def vacuum_as_usual(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"ALTER TABLE {TABLE} RESET "
            "(autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)"
        )


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_cache_table")]
    operations = [migrations.RunPython(vacuum_early, vacuum_as_usual)]
