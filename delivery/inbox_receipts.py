"""What receipts make of messages: in any order, any number of times, the same in the end.

A receipt is of one try. It names it by our own reference, or by the provider's id of the message's
last one. What cannot be decided yet is handed back: the try is not known (its answer has not been
written down), or a worker holds the message this very moment.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from crm import models
from crm.models.ledger import Outcome
from delivery import inbox_changes
from delivery.dialects import Dialect
from delivery.inbox_changes import Attempt, Message
from providers.callbacks import Receipt
from rules.message_states import IN_FLIGHT, Status

#: The lock that one applying worker holds on PostgreSQL, for as long as its transaction.
LOCK = 0x63_6D_69_6E_62_6F_78


@dataclass(frozen=True, kw_only=True)
class Told:
    """`source` is what the caller knows it by."""

    source: int
    account_id: int
    receipt: Receipt


def apply(
    cursor: CursorWrapper, dialect: Dialect, told: Sequence[Told], now: datetime
) -> list[Told]:
    """Those that wait for something. Holding LOCK, in a transaction."""
    if not told:
        return []
    known = _known(told)
    messages: dict[int, Message] = {}
    waiting: list[Told] = []
    weighed: list[tuple[Told, int]] = []
    for one in told:
        found = known.of(one)
        if found is None or found[0].was in IN_FLIGHT:
            waiting.append(one)
            continue
        message = messages.setdefault(found[0].id, found[0])
        message.weigh(one.receipt, found[1], now)
        weighed.append((one, message.id))
    overtaken = inbox_changes.write(cursor, dialect, messages.values(), now)
    return waiting + [one for one, message_id in weighed if message_id in overtaken]


type _Found = tuple[Message, Attempt]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """By what a receipt names: our reference, or the provider's id; and by account."""

    by_reference: Mapping[tuple[UUID, int | None], _Found]
    by_provider_id: Mapping[tuple[str, int | None], _Found]

    def of(self, told: Told) -> _Found | None:
        """A try belongs to the account that made it, or to any once that account is gone."""
        reference, name = _uuid(told.receipt.reference), told.receipt.provider_message_id
        for account_id in (told.account_id, None):
            by_reference = reference and self.by_reference.get((reference, account_id))
            if found := by_reference or self.by_provider_id.get((name, account_id)):
                return found
        return None


def _known(told: Sequence[Told]) -> _Known:
    references = {reference for one in told if (reference := _uuid(one.receipt.reference))}
    names = {name for one in told if (name := one.receipt.provider_message_id)}
    return _Known(
        by_reference={
            (attempt.id, account_id): (message, attempt)
            for message, attempt, account_id in _tries(pk__in=references)
        },
        by_provider_id={
            (attempt.provider_message_id, account_id): (message, attempt)
            for message, attempt, account_id in _last_tries(names)
        },
    )


def _tries(**found_by: Any) -> Iterator[tuple[Message, Attempt, int | None]]:
    """Each with its message and the account that made it."""
    rows = models.Attempt.objects.filter(**found_by)
    for row in rows.values_list(*_OF_THE_TRY, *(f"message__{name}" for name in _OF_THE_MESSAGE)):
        account_id, *of_the_try = row[: len(_OF_THE_TRY)]
        yield _message(row[len(_OF_THE_TRY) :]), _attempt(of_the_try), account_id


def _last_tries(names: Collection[str]) -> Iterator[tuple[Message, Attempt, int | None]]:
    """By way of the messages, whose ids have an index; the tries' have none."""
    found = models.MessageSchedule.objects.known_as(names).order_by()
    ours = list(found.values_list("pk", flat=True))
    for message, attempt, account_id in _tries(message__in=ours):
        if attempt.provider_message_id == message.provider_message_id:
            yield message, attempt, account_id


_OF_THE_TRY = (
    "account_id",
    "id",
    "number",
    "started_at",
    "finished_at",
    "outcome",
    "provider_message_id",
)
_OF_THE_MESSAGE = (
    "id",
    "status",
    "claim_token",
    "attempts",
    "fallback_channel",
    "receipt_id",
    "sent_by_id",
    "sent_at",
    "delivered_at",
    "read_at",
    "provider_message_id",
    "reason",
    "reason_code",
    "reason_words",
)


def _attempt(row: Sequence[Any]) -> Attempt:
    """Handed over is what was accepted when that was heard, all else when it was begun."""
    number, place, started_at, finished_at, outcome, provider_id = row
    was_heard = outcome == Outcome.ACCEPTED and finished_at
    return Attempt(
        id=number,
        number=place,
        started_at=started_at,
        handed_over_at=finished_at if was_heard else started_at,
        provider_message_id=provider_id,
    )


def _message(row: Sequence[Any]) -> Message:
    number, status, token, attempts, fallback_channel, file_id, sent_by_id, *rest = row
    sent_at, delivered_at, read_at, provider_message_id, reason, code, words = rest
    return Message(
        id=number,
        was=Status(status),
        status=Status(status),
        token=token,
        attempts=attempts,
        fallback_channel="" if file_id else fallback_channel,
        is_sent_by_hand=sent_by_id is not None,
        sent_at=sent_at,
        delivered_at=delivered_at,
        read_at=read_at,
        provider_message_id=provider_message_id,
        reason=reason,
        code=code,
        words=words,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
