"""What providers tell about the account itself: its templates, and whether it still sends."""

from datetime import datetime

from crm.models import MessageTemplate, ProviderAccount
from providers.callbacks import AccountChange, TemplateChange

_LONGEST = 300


def apply_template_change(account_id: int, told: TemplateChange, now: datetime) -> None:
    """What is not known of it is read with the list, as soon as somebody reads that."""
    templates = MessageTemplate.objects.filter(account=account_id)
    named = templates.filter(name=told.name, language=told.language)
    found = templates.filter(reference=told.reference) if told.reference else named
    said = {"state": told.state, "rejected_because": told.reason[:_LONGEST]}
    if told.state is None or not (found.update(**said) or named.update(**said)):
        ProviderAccount.objects.filter(pk=account_id).update(templates_due_at=now)


def apply_account_change(account_id: int, told: AccountChange) -> None:
    """An account that was stopped goes on when a person says so, who has read why."""
    if not told.stops:
        return
    why = (" · ".join(filter(None, (told.words, told.code))) or "stopped")[:_LONGEST]
    ProviderAccount.objects.filter(pk=account_id, paused_because="").update(paused_because=why)
