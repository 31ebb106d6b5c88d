"""The accounts whose providers call us, ready to judge and to read what they say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from crm.actions.secrets import SecretsLostError, opened
from crm.models import ProviderAccount
from providers import registry
from providers.callbacks import Listener
from providers.errors import ProviderError


@dataclass(frozen=True, kw_only=True)
class Called:
    """`webhook_key` is the last part of the address the provider calls."""

    account_id: int
    provider: str
    channel: str
    webhook_key: str
    listener: Listener


def every_called() -> Iterator[Called]:
    """Paused and disabled accounts too: receipts come for what went while they were not.

    Left out is what nothing can be read by: credentials that are lost or removed, settings that
    make no sense.
    """
    for account in ProviderAccount.objects.filter(removed_at=None).order_by("pk"):
        try:
            entry = registry.entry(account.provider)
            if not entry.callbacks:
                continue
            provider = entry.make(account.settings | opened(account.secrets))
        except (ProviderError, SecretsLostError):
            continue
        yield Called(
            account_id=account.pk,
            provider=account.provider,
            channel=account.channel,
            webhook_key=account.webhook_key,
            listener=cast("Listener", provider),
        )
