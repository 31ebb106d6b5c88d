"""Accounts that stop, and those that go on by themselves once what was wrong with them is mended.

One that its provider has refused goes on when a person says so.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from crm.actions.accounts import has_lost_secrets, resume
from crm.actions.events import record
from crm.models import ProviderAccount
from providers import registry

SECRETS_LOST = "credentials: cannot be opened with this SECRET_KEY"
UNKNOWN_PROVIDER = "provider: not known to this version"


def stop(why: Mapping[int, str]) -> None:
    """Stop these accounts, each for its reason, where nothing stops them yet; in a transaction."""
    at_work = ProviderAccount.objects.select_for_update().filter(pk__in=why, paused_because="")
    for account in at_work:
        account.paused_because = why[account.pk]
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
    """Those that can be used again: the right key is back, or the version that knows them."""
    broken = ProviderAccount.objects.in_use().filter(
        paused_because__in=(SECRETS_LOST, UNKNOWN_PROVIDER)
    )
    with transaction.atomic():
        return sum(resume(one, actor=None) for one in broken if not _is_broken(one))


def _is_broken(account: ProviderAccount) -> bool:
    return account.provider not in registry.PROVIDERS or has_lost_secrets(account)
