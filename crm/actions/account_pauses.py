"""Accounts that stop, and those that go on by themselves once their credentials can be read again.

One that its provider has refused goes on when a person says so.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from crm.actions.accounts import has_lost_secrets, resume
from crm.actions.events import record
from crm.models import ProviderAccount

SECRETS_LOST = "credentials: cannot be opened with this SECRET_KEY"


def stop_locked(account_ids: Collection[int]) -> None:
    """Nobody can open their credentials; in a transaction."""
    at_work = ProviderAccount.objects.select_for_update().filter(paused_because="")
    for account in at_work.filter(pk__in=account_ids):
        account.paused_because = SECRETS_LOST
        account.save(update_fields=["paused_because"])
        tell(account)


def tell(account: ProviderAccount) -> None:
    """Write down that it has been stopped, by nobody here."""
    record(
        "delivery.paused",
        subject=account,
        actor=None,
        channel=account.channel,
        provider=account.provider,
        words=account.paused_because,
    )


def resume_mended(now: datetime) -> int:
    """Those that the right key is back for."""
    locked = ProviderAccount.objects.in_use().filter(paused_because=SECRETS_LOST)
    with transaction.atomic():
        return sum(resume(one, actor=None) for one in locked if not has_lost_secrets(one))
