"""A try at a message, and what the message becomes by it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.models.ledger import Outcome as Ending
from rules.message_states import Status
from rules.reasons import Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """One attempt as far as its outcome needs it. `number` counts from 1 since a person asked.

    `fallback` is the other channel a person allowed, "" where none.
    """

    message_id: int
    token: int
    attempt_id: UUID
    number: int
    first_tried_at: datetime
    send_by: datetime | None
    fallback: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """`ending` is how the attempt ended, where one was made; `due_at` only for another try.

    `gone_at` is when it left, where that was earlier than `at`. With `stops_account` nothing else
    would go through the account either, with `held_until` not before then. `channel` is the one it
    goes out by from now on, `because` of what.
    """

    message_id: int
    token: int
    status: Status
    at: datetime
    reason: Reason | None = None
    code: str = ""
    words: str = ""
    provider_message_id: str = ""
    due_at: datetime | None = None
    gone_at: datetime | None = None
    attempt_id: UUID | None = None
    ending: Ending = Ending.PENDING
    stops_account: bool = False
    held_until: datetime | None = None
    channel: str = ""
    because: Reason | None = None
