"""How each channel is sent, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from crm.actions.accounts import kept_secrets
from crm.actions.templates import has_templates
from crm.actions.unread_callbacks import reasons
from crm.forms.account_words import ProviderWords, of_provider, of_setting
from crm.models import ProviderAccount
from crm.models.customers import Channel
from crm.templatetags.account_words import AccountState, state_of, title_of
from providers import registry
from providers.registry import Entry


@dataclass(frozen=True, kw_only=True)
class AccountCard:
    """`setting` is the label of the one the last check points at, where it does."""

    account: ProviderAccount
    state: AccountState
    entry: Entry | None
    setting: str = ""

    @property
    def can_be_checked(self) -> bool:
        is_told_something = self.entry is not None and bool(self.entry.settings)
        return is_told_something and self.state is not AccountState.LOCKED

    @property
    def can_be_resumed(self) -> bool:
        """A pause that the provider asked for ends by itself."""
        return self.state is AccountState.PAUSED

    @property
    def has_templates(self) -> bool:
        return has_templates(self.account)

    @property
    def found(self) -> str:
        return str(self.account.last_check.get("found", ""))


@dataclass(frozen=True, kw_only=True)
class ChannelCard:
    """`card` is None where people send by hand."""

    channel: Channel
    card: AccountCard | None


@dataclass(frozen=True, kw_only=True)
class Way:
    """A provider that could send on a channel. One that is told nothing is taken at one press."""

    entry: Entry
    words: ProviderWords
    is_in_use: bool

    @property
    def title(self) -> str:
        return title_of(self.entry)


@dataclass(frozen=True, kw_only=True)
class CallbackCard:
    """What the provider has to be told, so that receipts and replies come back.

    `trouble` is why the address cannot be called: "none", "insecure" or "". `tell_at` is where we
    let the provider be told, "" where only a person can.
    """

    address: str
    trouble: str
    where: object
    tokens: Sequence[tuple[object, str]]
    tell_at: str = ""


def channel_cards(now: datetime) -> list[ChannelCard]:
    in_use = {account.channel: account for account in ProviderAccount.objects.in_use()}
    return [
        ChannelCard(channel=channel, card=account_card(in_use[channel], now))
        if channel in in_use
        else ChannelCard(channel=channel, card=None)
        for channel in Channel
    ]


def account_card(account: ProviderAccount, now: datetime) -> AccountCard:
    setting = account.last_check.get("setting", "")
    return AccountCard(
        account=account,
        state=state_of(account, now),
        entry=registry.PROVIDERS.get(account.provider),
        setting=str(of_setting(account.provider, setting).label) if setting else "",
    )


@dataclass(frozen=True, kw_only=True)
class Unread:
    count: int
    reasons: Sequence[str]


def unread_of(account: ProviderAccount) -> Unread | None:
    """None where all that its provider told could be read, or somebody knows of it."""
    count = ProviderAccount.objects.with_unread().get(pk=account.pk).unread
    return Unread(count=count, reasons=reasons(account)) if count else None


def look_at(setting: str, account: ProviderAccount) -> str:
    """Where to mend what a check found; "" where no one setting is to blame."""
    if not setting:
        return ""
    return gettext("Look at “%(setting)s”.") % {
        "setting": of_setting(account.provider, setting).label
    }


@dataclass(frozen=True, kw_only=True)
class Troubles:
    """`stopped` were to send and cannot until a person has done something; of `unread`, an account
    in use or not, something could not be read.
    """

    stopped: Sequence[AccountCard]
    unread: Sequence[ProviderAccount]


def troubles(now: datetime) -> Troubles:
    """What people have to be told of the accounts. One query."""
    accounts = ProviderAccount.objects.filter(removed_at=None).with_unread()
    found = list(accounts.filter(Q(enabled=True) | Q(unread__gt=0)).order_by("-channel", "-pk"))
    cards = [account_card(account, now) for account in found if account.enabled]
    wanting = {AccountState.PAUSED, AccountState.LOCKED, AccountState.UNKNOWN}
    return Troubles(
        stopped=[card for card in cards if card.state in wanting],
        unread=[account for account in found if account.unread],
    )


def ways(channel: str, in_use: ProviderAccount | None) -> list[Way]:
    return [
        Way(
            entry=entry,
            words=of_provider(entry.name),
            is_in_use=in_use is not None and in_use.provider == entry.name,
        )
        for entry in registry.serving(channel)
    ]


def callback_card(account: ProviderAccount) -> CallbackCard | None:
    """None where the provider tells nothing by itself."""
    entry = registry.PROVIDERS.get(account.provider)
    if entry is None or not entry.callbacks:
        return None
    known = {**account.settings, **kept_secrets(account)}
    # A token opens nothing at the provider: it was made here to be told to it.
    tokens = [
        (of_setting(entry.name, one.name).label, str(known[one.name]))
        for one in entry.settings
        if one.kind == "token" and one.name in known
    ]
    return CallbackCard(
        address=settings.SITE_URL + callback_path(account),
        trouble=_trouble(),
        where=of_provider(entry.name).webhook,
        tokens=tokens,
        tell_at=reverse("account_listen", args=[account.pk]) if entry.tellable else "",
    )


def callback_path(account: ProviderAccount) -> str:
    return reverse("webhook", args=[account.provider, account.webhook_key])


def _trouble() -> str:
    if not settings.SITE_URL:
        return "none"
    return "" if settings.HTTPS else "insecure"
