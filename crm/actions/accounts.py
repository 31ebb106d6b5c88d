"""Connecting providers: the accounts that send by themselves, and their credentials.

    AccountError
    ├ WrongChannelError   the provider cannot send on this channel
    └ InFlightError       messages are on the wire through it

No value of a secret setting ever gets into an event, a log or an exception.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from crm.actions.events import record
from crm.actions.secrets import SecretsLostError, opened, sealed
from crm.actions.wake import wake_sender
from crm.models import ProviderAccount, User
from providers import registry
from providers.errors import SettingsError
from providers.registry import Entry

#: Enough that nobody guesses it, short enough to be read out.
TOKEN_BYTES = 18


class AccountError(Exception):
    pass


class WrongChannelError(AccountError):
    pass


class InFlightError(AccountError):
    pass


@dataclass(frozen=True, kw_only=True)
class Said:
    """Settings, apart by how they are kept."""

    plain: dict[str, str]
    secret: dict[str, str]


def settings_of(account: ProviderAccount) -> dict[str, Any]:
    """All of them, as `registry.make` takes them. Raises SecretsLostError."""
    return {**account.settings, **opened(account.secrets)}


def has_lost_secrets(account: ProviderAccount) -> bool:
    try:
        opened(account.secrets)
    except SecretsLostError:
        return True
    return False


def kept_secrets(account: ProviderAccount) -> dict[str, str]:
    """Those that are there and can be read; none where they are lost."""
    return {} if has_lost_secrets(account) else opened(account.secrets)


def connect(
    provider: str,
    channel: str,
    values: Mapping[str, str],
    *,
    label: str = "",
    rate_per_s: float | None = None,
    same_as: ProviderAccount | None = None,
    form_id: UUID | None = None,
    actor: User | None,
    now: datetime,
) -> ProviderAccount:
    """Let a provider send on a channel from now on, in the place of what did so before.

    `values` are by the names of its settings; what is "" is left to its default. The credentials
    of `same_as`, an account of the same provider, count instead of those in `values`. A provider
    that needs to be told nothing is taken up where it was left; a form sent twice (`form_id`)
    connects one account.
    Raises UnknownProviderError, WrongChannelError, SettingsError and SecretsLostError.
    """
    entry = registry.entry(provider)
    if channel not in entry.channels:
        raise WrongChannelError
    said = checked(entry, {**values, **(lent(entry, same_as) if same_as else {})}, kept={})
    account = _left_before(entry, channel) or ProviderAccount(
        provider=provider, channel=channel, created_at=now, form_id=form_id
    )
    account.label, account.rate_per_s = label, rate_per_s or entry.rate_per_s
    account.settings, account.secrets = said.plain, sealed(said.secret)
    try:
        _put_in_place(account, actor)
    except IntegrityError:
        first = _connected_with(form_id) or _left_before(entry, channel)
        if first is None:
            raise
        return first
    return account


def _connected_with(form_id: UUID | None) -> ProviderAccount | None:
    return ProviderAccount.objects.filter(form_id=form_id).first() if form_id else None


def lenders(entry: Entry) -> list[ProviderAccount]:
    """The accounts whose credentials another one of the same provider may have too."""
    if not entry.credentials:
        return []
    found = ProviderAccount.objects.filter(provider=entry.name, removed_at=None).order_by("-pk")
    return [one for one in found if not has_lost_secrets(one)]


def lent(entry: Entry, account: ProviderAccount) -> dict[str, str]:
    """Its credentials, and nothing else that it was told. Raises SecretsLostError."""
    known = settings_of(account)
    return {name: known.get(name, "") for name in entry.credentials}


def _put_in_place(account: ProviderAccount, actor: User | None) -> None:
    account.enabled, account.paused_because, account.held_until = True, "", None
    with transaction.atomic():
        replaced = _make_way(account.channel, account)
        account.save()
        _tell("account.connected", account, actor, replaced=[str(one) for one in replaced])
        wake_sender()


def _left_before(entry: Entry, channel: str) -> ProviderAccount | None:
    if entry.settings:
        return None
    return ProviderAccount.objects.on(channel).filter(provider=entry.name).first()


def change(
    account: ProviderAccount,
    values: Mapping[str, str],
    *,
    label: str,
    rate_per_s: float,
    actor: User | None,
    forget: Collection[str] = (),
) -> list[str]:
    """Save what the account is told; the names of what is different now.

    A secret that is "" keeps its value, sealed anew, unless it is among those to `forget`.
    Raises UnknownProviderError and SettingsError.
    """
    kept = {name: value for name, value in kept_secrets(account).items() if name not in forget}
    said = checked(registry.entry(account.provider), values, kept=kept)
    with transaction.atomic():
        account = ProviderAccount.objects.select_for_update().get(pk=account.pk)
        changed = _differing(account, said)
        changed += ["label"] if account.label != label else []
        changed += ["rate_per_s"] if account.rate_per_s != rate_per_s else []
        account.label, account.rate_per_s = label, rate_per_s
        account.settings, account.secrets = said.plain, sealed(said.secret)
        account.save(update_fields=["label", "rate_per_s", "settings", "secrets"])
        if changed:
            _tell("account.changed", account, actor, changed=changed)
    return changed


def checked(entry: Entry, values: Mapping[str, str], *, kept: Mapping[str, str]) -> Said:
    """What is to be kept, once the provider can read it. Raises SettingsError."""
    known = {setting.name for setting in entry.settings}
    if unknown := sorted(set(values) - known):
        raise SettingsError(unknown[0], f"is no setting of {entry.title}")
    said = _said(entry, values, kept)
    for setting in entry.settings:
        if setting.required and not (said.plain | said.secret).get(setting.name, setting.default):
            raise SettingsError(setting.name, "is missing")
    entry.make({**said.plain, **said.secret})
    return said


def _said(entry: Entry, values: Mapping[str, str], kept: Mapping[str, str]) -> Said:
    plain: dict[str, str] = {}
    secret: dict[str, str] = {}
    for setting in entry.settings:
        value = values.get(setting.name, "").strip() or kept.get(setting.name, "")
        if not value and setting.kind == "token":
            value = token_urlsafe(TOKEN_BYTES)
        if value and value != setting.default:
            (secret if setting.secret else plain)[setting.name] = value
    return Said(plain=plain, secret=secret)


def _differing(account: ProviderAccount, said: Said) -> list[str]:
    before, after = account.settings | kept_secrets(account), said.plain | said.secret
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )


def _make_way(channel: str, account: ProviderAccount) -> list[ProviderAccount]:
    """Only one sends on a channel: the others keep their settings and what is on its way."""
    others = ProviderAccount.objects.select_for_update().filter(channel=channel, enabled=True)
    replaced = list(others.exclude(pk=account.pk))
    others.filter(pk__in=[one.pk for one in replaced]).update(enabled=False)
    return replaced


def use(account: ProviderAccount, *, actor: User | None) -> bool:
    """Let one that was disconnected send again; False where it does already."""
    with transaction.atomic():
        account.refresh_from_db(from_queryset=ProviderAccount.objects.select_for_update())
        if account.enabled or account.removed_at:
            return False
        _make_way(account.channel, account)
        account.enabled, account.paused_because, account.held_until = True, "", None
        account.save(update_fields=["enabled", "paused_because", "held_until"])
        _tell("account.used_again", account, actor)
        wake_sender()
    return True


def resume(account: ProviderAccount, *, actor: User | None) -> bool:
    """Let one that its provider had stopped send again; False where nothing holds it back."""
    with transaction.atomic():
        account.refresh_from_db(from_queryset=ProviderAccount.objects.select_for_update())
        if not account.paused_because and not account.held_until:
            return False
        account.paused_because, account.held_until = "", None
        account.save(update_fields=["paused_because", "held_until"])
        _tell("account.resumed", account, actor)
        wake_sender()
    return True


def disconnect(account: ProviderAccount, *, actor: User | None) -> bool:
    """From now on people send by hand; False where they do already.

    What is on the wire is finished, and its receipts are read.
    """
    with transaction.atomic():
        account.refresh_from_db(from_queryset=ProviderAccount.objects.select_for_update())
        if not account.enabled:
            return False
        account.enabled = False
        account.save(update_fields=["enabled"])
        _tell("account.disconnected", account, actor)
        wake_sender()
    return True


def remove(account: ProviderAccount, *, actor: User | None, now: datetime) -> bool:
    """Forget its credentials for good; False where they are. Its messages keep their history.

    Raises InFlightError while what went through it may still have to be asked for.
    """
    with transaction.atomic():
        account.refresh_from_db(from_queryset=ProviderAccount.objects.select_for_update())
        if account.removed_at:
            return False
        if account.messages.in_flight().exists():
            raise InFlightError
        account.enabled, account.removed_at = False, now
        account.settings, account.secrets, account.last_check = {}, "", {}
        account.form_id = None
        account.save(
            update_fields=[
                "enabled",
                "removed_at",
                "settings",
                "secrets",
                "last_check",
                "form_id",
            ]
        )
        _tell("account.removed", account, actor)
        wake_sender()
    return True


def _tell(kind: str, account: ProviderAccount, actor: User | None, **detail: Any) -> None:
    detail |= {
        "provider": account.provider,
        "channel": account.channel,
        "account": str(account),
    }
    record(kind, subject=account, actor=actor, **detail)
