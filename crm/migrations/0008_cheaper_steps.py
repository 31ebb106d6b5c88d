"""Each step of a message writes less.

Few messages are about an invoice: its index holds those alone. And PostgreSQL leaves room beside
each attempt, which is written twice, when it begins and when its answer is known: where the second
version finds room on its own page, no index needs to hear of it (HOT updates).
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ATTEMPTS = "crm_attempt"


def leave_room(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {ATTEMPTS} SET (fillfactor = 50)")


def fill_pages(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {ATTEMPTS} RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [("crm", "0007_what_could_not_be_read")]
    operations = [
        migrations.AlterField(
            model_name="messageschedule",
            name="invoice",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="messages",
                to="crm.invoice",
                verbose_name="about the invoice",
            ),
        ),
        migrations.AddIndex(
            model_name="messageschedule",
            index=models.Index(
                fields=["invoice"],
                name="message_about_invoice",
                condition=models.Q(invoice__isnull=False),
            ),
        ),
        migrations.RunPython(leave_room, fill_pages),
    ]
