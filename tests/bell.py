"""A provider of our own for tests of callbacks: it says in JSON what others say in their formats.

bell = make_bell()
client.post(address_of(bell), **ring([receipt("wamid.1", "delivered")]))
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Any, Self

import pytest

from crm.actions.secrets import sealed
from crm.models import ProviderAccount
from providers import registry
from providers.accounts import Check
from providers.base import Accepted, Outcome, Outgoing
from providers.callbacks import (
    AccountChange,
    Callback,
    Event,
    Inbound,
    InboundMedia,
    Keyword,
    Media,
    NumberChange,
    Receipt,
    TemplateChange,
)
from providers.errors import ErrorKind, LookupFailedError, UnreadableError
from providers.registry import Entry
from providers.templates import TemplateState
from rules.message_states import Status
from tests.make import make_account

SECRET = "ding-dong"
_EVENTS = {
    one.__name__: one for one in (Receipt, Inbound, TemplateChange, AccountChange, NumberChange)
}


class Bell:
    channels = frozenset({"whatsapp", "sms"})
    receipts = True
    #: What `fetch` gives, by reference; anything else cannot be had.
    files: dict[str, Media] = {}

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._secret = str(settings["secret"]).encode()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    async def send(self, outgoing: Outgoing) -> Outcome:
        return Accepted(provider_message_id=f"bell.{outgoing.attempt_id}")

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        return None

    async def check(self) -> Check:
        return Check()

    def challenge(self, callback: Callback) -> str | None:
        _before, asked, said = callback.url.partition("?rightly=")
        return said if asked else None

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        said = callback.headers.get("x-bell-signature", "")
        return hmac.compare_digest(said.encode(), signature(callback.body, self._secret).encode())

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        try:
            told = json.loads(callback.body)
        except ValueError as error:
            raise UnreadableError("not JSON") from error
        return [_event(one) for one in told]

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        try:
            return self.files[media.reference]
        except KeyError as error:
            raise LookupFailedError("404: no such file") from error


def _event(told: dict[str, Any]) -> Event:
    values = {name: _value(name, value) for name, value in told.items() if name != "event"}
    made: Event = _EVENTS[told["event"]](**values)
    return made


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "media":
        return tuple(InboundMedia(**one) for one in value)
    kinds: dict[str, Any] = {
        "at": datetime.fromisoformat,
        "status": Status,
        "kind": lambda word: ErrorKind(word) if word in set(ErrorKind) else word,
        "keyword": Keyword,
        "state": TemplateState,
    }
    return kinds.get(name, lambda same: same)(value)


def signature(body: bytes, secret: bytes = SECRET.encode()) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def said(*events: Event) -> bytes:
    """The body of one callback that tells all of them, in this order."""
    told = [{"event": type(one).__name__, **asdict(one)} for one in events]
    return json.dumps(told, default=lambda value: value.isoformat()).encode()


def ring(*events: Event, body: bytes | None = None) -> dict[str, Any]:
    """What Django's test client posts."""
    body = said(*events) if body is None else body
    return {
        "data": body,
        "content_type": "application/json",
        "headers": {"X-Bell-Signature": signature(body)},
    }


def make_bell(**changes: Any) -> ProviderAccount:
    secrets = sealed({"secret": SECRET})
    return make_account(**({"provider": "bell", "label": "Bell", "secrets": secrets} | changes))


def address_of(account: ProviderAccount) -> str:
    return f"/webhooks/{account.provider}/{account.webhook_key}/"


@pytest.fixture
def bells(monkeypatch: pytest.MonkeyPatch) -> dict[str, Media]:
    """The provider is there, with the files that customers have sent."""
    entry = Entry(
        name="bell",
        title="Bell",
        channels=Bell.channels,
        settings=(),
        make=Bell,
        receipts=True,
        callbacks=True,
    )
    known = MappingProxyType({**registry.PROVIDERS, "bell": entry})
    monkeypatch.setattr(registry, "PROVIDERS", known)
    monkeypatch.setattr(Bell, "files", {})
    return Bell.files
