"""The message templates of an account, as its provider lists them."""

import logging
from collections.abc import Awaitable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction

from crm.actions.account_checks import ask
from crm.actions.secrets import SecretsLostError
from crm.models import MessageTemplate, ProviderAccount
from crm.models.customers import Channel
from providers import registry
from providers.base import Provider
from providers.errors import LookupFailedError, ProviderError
from providers.templates import Template, TemplateSource, TemplateState

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)
#: A list of some hundred templates comes in several pages.
ANSWER_WITHIN_S = 20.0

_COPIED = (
    "name",
    "language",
    "category",
    "header_format",
    "header",
    "body",
    "footer",
    "rejected_because",
)


def has_templates(account: ProviderAccount) -> bool:
    """An SMS needs none, whatever else its provider lists."""
    entry = registry.PROVIDERS.get(account.provider)
    return account.channel == Channel.WHATSAPP and entry is not None and entry.templates


def read(account: ProviderAccount, *, now: datetime) -> int:
    """Fetch the account's list and store it; how many differ from what we had.

    Raises LookupFailedError, SecretsLostError, SettingsError and UnknownProviderError.
    """
    try:
        found = ask(account, _listed, within_s=ANSWER_WITHIN_S)
    except TimeoutError as error:
        raise LookupFailedError("no answer in time") from error
    return store(account, found, now=now)


def _listed(provider: Provider) -> Awaitable[Sequence[Template]]:
    return cast("TemplateSource", provider).templates()


def store(account: ProviderAccount, templates: Sequence[Template], *, now: datetime) -> int:
    """What the provider lists is all there is: the others are deleted; how many differ."""
    with transaction.atomic():
        ProviderAccount.objects.select_for_update().get(pk=account.pk)
        before = {one.reference: one for one in account.templates.all()}
        rows = {one.reference: _row(account, one, now) for one in templates}
        MessageTemplate.objects.bulk_create(
            rows.values(),
            update_conflicts=True,
            unique_fields=["account", "reference"],
            update_fields=[*_COPIED, "state", "buttons", "slots", "synced_at"],
        )
        gone = account.templates.exclude(reference__in=rows).exclude(state=TemplateState.DELETED)
        deleted = gone.update(state=TemplateState.DELETED, synced_at=now)
        ProviderAccount.objects.filter(pk=account.pk).update(templates_due_at=now + EVERY)
    return deleted + sum(_differs(before.get(name), row) for name, row in rows.items())


def _row(account: ProviderAccount, template: Template, now: datetime) -> MessageTemplate:
    copied: dict[str, Any] = {name: _fitting(name, getattr(template, name)) for name in _COPIED}
    return MessageTemplate(
        account=account,
        reference=template.reference,
        state=template.state.value,
        buttons=list(template.buttons),
        slots=[asdict(slot) for slot in template.slots],
        synced_at=now,
        **copied,
    )


def _fitting(name: str, text: str) -> str:
    """Cut to its column, and without what PostgreSQL does not store."""
    longest: int | None = getattr(MessageTemplate._meta.get_field(name), "max_length", None)
    return text.replace("\0", "")[:longest]


def _differs(before: MessageTemplate | None, now: MessageTemplate) -> bool:
    compared = (*_COPIED, "state", "buttons", "slots")
    return before is None or any(getattr(before, one) != getattr(now, one) for one in compared)


def read_due(now: datetime) -> int:
    """Read the lists whose time has come; how many were. Whoever fails is asked again later."""
    due = ProviderAccount.objects.in_use().filter(templates_due_at__lte=now)
    return sum(_read_if_mine(account, now) for account in due if has_templates(account))


def _read_if_mine(account: ProviderAccount, now: datetime) -> bool:
    """Of several workers that look at the same moment one reads."""
    mine = ProviderAccount.objects.filter(pk=account.pk, templates_due_at=account.templates_due_at)
    if not mine.update(templates_due_at=now + AGAIN_AFTER):
        return False
    try:
        read(account, now=now)
    except (ProviderError, SecretsLostError) as error:
        log.warning("account %d: templates not read (%s)", account.pk, type(error).__name__)
        return False
    return True
