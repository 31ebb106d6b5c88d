"""Migrations that change rows."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def migrate(name: str) -> MigrationExecutor:
    executor = MigrationExecutor(connection)
    executor.migrate([("crm", name)])
    return MigrationExecutor(connection)


@pytest.mark.usefixtures("installation")
def test_each_account_from_before_providers_called_back_gets_an_address_of_its_own() -> None:
    before = migrate("0003_vacuum_messages_early").loader.project_state(
        [("crm", "0003_vacuum_messages_early")]
    )
    accounts = before.apps.get_model("crm", "ProviderAccount").objects
    for channel in ("sms", "whatsapp"):
        accounts.create(provider="console", channel=channel, label="")

    after = migrate("0004_providers").loader.project_state([("crm", "0004_providers")])

    keys = after.apps.get_model("crm", "ProviderAccount").objects.values_list("webhook_key")
    assert len({key for (key,) in keys if len(key) >= 22}) == 2
