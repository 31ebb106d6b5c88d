"""What providers tell by themselves: receipts, replies, changes of templates and accounts.

Reading a callback needs no connection and no clock but the one given; it is pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from providers.accounts import Check
from providers.errors import ErrorKind
from providers.templates import TemplateState
from rules.message_states import Status


@dataclass(frozen=True, kw_only=True)
class Callback:
    """A request as it came. `url` is the whole address as the provider called it, with its query;

    `headers` are by lower-case name; `body` is raw: signatures are over these bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a message we sent. `status` is SENT, DELIVERED, READ or FAILED.

    `reference` is our attempt id where the provider echoes it. `kind`, `code` and `words` only
    where it failed. `at` is aware; the provider's clock.
    """

    provider_message_id: str
    status: Status
    at: datetime
    reference: str = ""
    recipient: str = ""
    kind: ErrorKind | None = None
    code: str = ""
    words: str = field(default="", repr=False)


class Keyword(StrEnum):
    """What the provider itself took a customer's word for."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"


@dataclass(frozen=True, kw_only=True)
class InboundMedia:
    """`reference` is the provider's id or address of it, for `fetch`."""

    reference: str
    content_type: str = ""
    file_name: str = ""
    size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """A message from a customer.

    `provider_message_id` is unique at the account. `sender` is E.164, "" where only `sender_id`
    (the provider's own name of the person) is known. `kind` is "text", "image", "video", "audio",
    "document", "sticker", "location", "contacts", "button", "reaction", "other" or "preference":
    a wish that they told the provider, not us. `text` is what it says in words, "" where nothing.
    `answers` is the provider's id of the message answered.
    """

    provider_message_id: str
    sender: str
    at: datetime
    text: str = field(default="", repr=False)
    kind: str = "text"
    sender_id: str = ""
    sender_name: str = field(default="", repr=False)
    to: str = ""
    answers: str = ""
    keyword: Keyword | None = None
    media: tuple[InboundMedia, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TemplateChange:
    """`state` is None where only another thing about it changed: the list is to be read anew."""

    reference: str
    name: str
    language: str
    state: TemplateState | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountChange:
    """`stops`: nothing goes on this account any more, and why in the provider's words."""

    stops: bool
    code: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class NumberChange:
    """A customer has another number now. Both E.164."""

    old: str
    new: str
    at: datetime


type Event = Receipt | Inbound | TemplateChange | AccountChange | NumberChange


@dataclass(frozen=True, kw_only=True)
class Media:
    content: bytes = field(repr=False)
    content_type: str
    file_name: str = ""


class Listener(Protocol):
    """What a provider that calls back offers besides sending. Pure, but for `fetch`."""

    def challenge(self, callback: Callback) -> str | None:
        """The answer to the provider's own question whether the address is ours (a GET).

        None where it is no such question, or not rightly asked.
        """

    def is_genuine(self, callback: Callback, now: datetime) -> bool:
        """Whether the account's provider signed exactly these bytes, and lately where it says when.

        Compares in constant time, and raises nothing, whatever came.
        """

    def read(self, callback: Callback, now: datetime) -> Sequence[Event]:
        """Everything a genuine callback tells; `now` stands where it says no time.

        Raises UnreadableError where it is not what the provider would say.
        """

    async def fetch(self, media: InboundMedia, *, at_most: int) -> Media:
        """A file that came with a message, `at_most` bytes. Raises LookupFailedError."""


class Tellable(Protocol):
    """What a provider offers beside being a Listener where it can be told whom to call."""

    async def listen(self, url: str) -> Check:
        """Let it call `url` with what it tells. Told again, it calls no more often.

        Raises nothing for what the wire or the provider does.
        """
