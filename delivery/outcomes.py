"""What a message becomes once something is known about it."""

from dataclasses import replace
from datetime import datetime, timedelta

from crm.models.ledger import Outcome as Ending
from delivery import fallback
from delivery.changes import Change, Try
from delivery.ledger import write, write_events
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import REASONS, STOPS_THE_ACCOUNT
from rules import retry
from rules.message_states import Status
from rules.reasons import Reason

__all__ = ["Change", "Try", "change_after", "fall_back", "write", "write_events"]

LONGEST_CODE, LONGEST_WORDS, LONGEST_PROVIDER_ID = 60, 500, 200


def change_after(made: Try, outcome: Outcome | None, now: datetime) -> Change:
    """What the message becomes by what the provider, or proof, said of this attempt.

    None says that it was never begun: back into the outbox, at the place it had.
    """
    match outcome:
        case None:
            return _change(made, now, Status.SCHEDULED, Ending.NOT_SENT, words="never begun")
        case Accepted(provider_message_id=provider_id, status=status):
            return _change(made, now, status, Ending.ACCEPTED, provider_id=provider_id)
        case Refused():
            return _after_refusal(made, outcome, now)
        case Uncertain(code=code, why=words, cause=why):
            ending, status = Ending.UNCERTAIN, Status.UNCONFIRMED
            return _change(made, now, status, ending, reason=why, code=code, words=words)
        case NotSent():
            return _after_not_sent(made, outcome, now)


def _after_refusal(made: Try, refused: Refused, now: datetime) -> Change:
    change = _change(
        made,
        now,
        Status.FAILED,
        Ending.REFUSED,
        reason=REASONS[refused.kind],
        code=refused.code,
        words=refused.reason,
        provider_id=refused.provider_message_id,
    )
    if fallback.is_wanted(refused.kind, made.fallback):
        return fall_back(change, made.fallback)
    return replace(change, stops_account=refused.kind in STOPS_THE_ACCOUNT)


def fall_back(change: Change, channel: str) -> Change:
    """In place of a failure: the other channel, at once."""
    return replace(
        change,
        status=Status.SCHEDULED,
        reason=Reason.FELL_BACK,
        because=change.reason,
        channel=channel,
        due_at=change.at,
    )


def _after_not_sent(made: Try, outcome: NotSent, now: datetime) -> Change:
    """What holds the account leaves the message its place: it is the first to go afterwards."""
    code, words, asked_s = outcome.code, outcome.why, outcome.retry_after_s
    holds, why, due_at = outcome.holds_account, None, None
    status = Status.SCHEDULED
    if retry.give_up(made.first_tried_at, now):
        status, why = Status.FAILED, Reason.LIMIT if holds else Reason.GAVE_UP
    elif not holds:
        due_at = _next_try(made, now, asked_s)
    ending = Ending.NOT_SENT
    change = _change(made, now, status, ending, reason=why, code=code, words=words, due_at=due_at)
    if not holds:
        return change
    pause_s = retry.hold_s(made.number, seed=str(made.message_id), retry_after_s=asked_s)
    return replace(change, held_until=now + timedelta(seconds=pause_s))


def _next_try(made: Try, now: datetime, asked_s: float | None) -> datetime:
    """Not after its send-by moment: then it is looked at once more, and given up."""
    delay_s = retry.delay_s(made.number, seed=str(made.message_id), retry_after_s=asked_s)
    next_try = now + timedelta(seconds=delay_s)
    return next_try if made.send_by is None else max(now, min(next_try, made.send_by))


def _change(
    made: Try,
    now: datetime,
    status: Status,
    ending: Ending,
    *,
    reason: Reason | None = None,
    code: str = "",
    words: str = "",
    provider_id: str = "",
    due_at: datetime | None = None,
) -> Change:
    return Change(
        message_id=made.message_id,
        token=made.token,
        status=status,
        at=now,
        reason=reason,
        code=_clean(code, LONGEST_CODE),
        words=_clean(words, LONGEST_WORDS),
        provider_message_id=_clean(provider_id, LONGEST_PROVIDER_ID),
        due_at=due_at,
        attempt_id=made.attempt_id,
        ending=ending,
    )


def _clean(text: str, longest: int) -> str:
    """What a provider says has any length and may hold what PostgreSQL refuses to store."""
    return text.replace("\0", "")[:longest]
