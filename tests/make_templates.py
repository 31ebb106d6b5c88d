"""Message templates as a provider would have listed them."""

from typing import Any

from crm.models import MessageTemplate, ProviderAccount
from tests.make import NOW


def make_template(account: ProviderAccount, **changes: Any) -> MessageTemplate:
    values: dict[str, Any] = {
        "reference": "1234",
        "name": "reminder",
        "language": "en",
        "category": "utility",
        "state": "approved",
        "body": "Hello {{1}}, see you {{2}}.",
        "slots": [
            {"key": "body.1", "mark": "{{1}}", "part": "body", "example": "Zoë"},
            {"key": "body.2", "mark": "{{2}}", "part": "body", "example": "tomorrow"},
        ],
        "synced_at": NOW,
    }
    return MessageTemplate.objects.create(account=account, **(values | changes))
