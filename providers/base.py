"""What every provider speaks, so that the engine and the pages know none of them.

    async with registry.make("twilio", settings) as provider:
        outcome = await provider.send(Outgoing(…))

An outcome says what is known about the message, and nothing else decides what happens to it:

    Accepted    the provider has it
    Refused     the provider said no; it did not go and will not
    NotSent     it certainly did not go, and may be tried again
    Uncertain   it may have gone; only proof or a person decides

What a provider tells by itself, in its callbacks, is in callbacks.py.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from providers.accounts import Check
from providers.errors import ErrorKind
from providers.templates import TemplateUse
from rules.message_states import Status
from rules.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a message; its text is the caption.

    `url` is where the provider may fetch it, "" where this installation cannot be reached.
    """

    path: Path
    content_type: str
    file_name: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One attempt at one message.

    `attempt_id` (a UUID as text, 36 characters) is our reference at the provider. `to` is E.164.
    `text` is all of it, the template's own words included. `at` is the aware instant from which it
    may leave, and `send_by` the one after which it is of no use: providers that can, stop there.
    `callback_url` is where receipts may be sent, "" where this installation cannot be reached.
    """

    attempt_id: str
    channel: str
    to: str
    text: str = field(repr=False)
    at: datetime | None = None
    send_by: datetime | None = None
    template: TemplateUse | None = None
    attachment: Attachment | None = None
    callback_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    provider_message_id: str
    status: Status = Status.SENT


@dataclass(frozen=True, kw_only=True)
class Refused:
    """`code` and `reason` are the provider's own; a person reads them beside our sentence.

    `provider_message_id` where it had taken the message first, and it failed on the way.
    """

    code: str
    reason: str
    kind: ErrorKind
    provider_message_id: str = ""


@dataclass(frozen=True, kw_only=True)
class NotSent:
    """Only with proof: no connection, throttled, or a reconciler that knows it was never taken.

    `retry_after_s` is what the provider asked for, None where it did not. With `holds_account`
    it asked that of the whole account, not for this message alone.
    """

    why: str
    retry_after_s: float | None = None
    code: str = ""
    holds_account: bool = False


@dataclass(frozen=True, kw_only=True)
class Uncertain:
    """The request was written and no answer tells what became of it.

    `cause` is TIMED_OUT, CONNECTION_LOST or PROVIDER_ERROR.
    """

    why: str
    cause: Reason = Reason.PROVIDER_ERROR
    code: str = ""


type Outcome = Accepted | Refused | NotSent | Uncertain


def outcome_of(
    kind: ErrorKind, *, code: str, reason: str, retry_after_s: float | None = None
) -> Refused | NotSent | Uncertain:
    """What an error of this kind, told in the answer to a request, says about the message."""
    if kind is ErrorKind.UNCERTAIN:
        return Uncertain(why=reason, code=code)
    if kind in {ErrorKind.RATE, ErrorKind.TRANSIENT}:
        holds = kind is ErrorKind.RATE
        return NotSent(why=reason, code=code, retry_after_s=retry_after_s, holds_account=holds)
    return Refused(code=code, reason=reason, kind=kind)


class Provider(Protocol):
    """An account at a provider, with its connections open between `__aenter__` and `__aexit__`.

    Used by one event loop; `send` runs many times at once. Making one opens nothing: what needs no
    connection (see callbacks.py) works without entering it.
    """

    @property
    def receipts(self) -> bool:
        """Whether the provider tells later what became of a message."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Raises nothing for what the wire or the provider does: that is an outcome.

        Cancelled or raising, it has to be taken for Uncertain.
        """

    async def reconcile(
        self,
        outgoing: Outgoing,
        *,
        attempted_at: datetime,
        known_ids: frozenset[str] = frozenset(),
    ) -> Outcome | None:
        """What became of an attempt nobody heard the answer to; None where nothing can be proved.

        `attempted_at` (aware) is just before the attempt's first byte; `known_ids` are provider ids
        that belong to other attempts to the same recipient. NotSent is proof that it never will
        go, even if the worker that sent it still hangs somewhere.
        """

    async def check(self) -> Check:
        """Whether the account can be used as it is set up, without sending anything.

        Raises nothing for what the wire or the provider does.
        """
