"""Claimed messages as they are now: what they say, to whom, and whether they may still go."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from crm.actions.messages import rendered
from crm.models import Business, MessageSchedule
from delivery.claims import Claim
from delivery.dialects import STATE_BY_ID, Columns, Dialect, read_moment
from delivery.outcomes import Change
from rules.message_states import Status
from rules.message_text import Rendered
from rules.reasons import Reason

log = logging.getLogger(__name__)


class Candidate(NamedTuple):
    """A claimed message as it is now. `tries` counts from when a person asked for it (again)."""

    id: int
    token: int
    channel: str
    content: str
    send_by: datetime | str | None
    tries: int
    first_tried_at: datetime | str | None
    phone: str
    in_trash: bool
    number: int  # of the next attempt


_CLAIM: Columns = {"message_id": "bigint", "token": "bigint"}


def read(cursor: CursorWrapper, dialect: Dialect, claims: Iterable[Claim]) -> list[Candidate]:
    new = dialect.given(_CLAIM, [(claim.message_id, claim.token) for claim in claims])
    cursor.execute(
        f"""
        SELECT m.id, m.claim_token, m.message_type, m.message_content, m.send_by,
            (SELECT count(*) FROM crm_attempt
                WHERE message_id = m.id AND started_at >= m.first_tried_at),
            m.first_tried_at, c.phone_number, c.trashed_at IS NOT NULL,
            1 + coalesce((SELECT max(number) FROM crm_attempt WHERE message_id = m.id), 0)
        FROM {new.source}
        JOIN crm_messageschedule AS m ON m.id = new.message_id AND m.claim_token = new.token
        JOIN crm_customer AS c ON c.id = m.customer_id
        WHERE {STATE_BY_ID} = '{Status.CLAIMED}'
        """,
        new.parameters,
    )
    return [Candidate(*row) for row in cursor.fetchall()]


def texts(rows: Iterable[Candidate]) -> dict[int, Rendered | None]:
    """What each message says, None where it cannot be told; most cost no look at its customer."""
    texts: dict[int, Rendered | None] = {
        row.id: Rendered(text=row.content) for row in rows if not _has_braces(row.content)
    }
    if wanting := [row.id for row in rows if row.id not in texts]:
        business = Business.objects.current()
        for message in _WITH_VALUES.filter(pk__in=wanting):
            texts[message.pk] = _text(message, business)
    return texts


#: What texts are filled in with, and no more: rows are wide, and this is the busiest query.
_WITH_VALUES = MessageSchedule.objects.select_related("customer", "invoice").only(
    "message_content",
    "schedule_date",
    "time_zone",
    "customer__name",
    "customer__company",
    "invoice__amount",
    "invoice__currency",
    "invoice__description",
    "invoice__due_on",
    "invoice__trashed_at",
)


def _has_braces(text: str) -> bool:
    return "{" in text or "}" in text


def _text(message: MessageSchedule, business: Business) -> Rendered | None:
    try:
        return rendered(message, business)
    except Exception:  # one bad row never stops the batch
        log.exception("message %d: its text cannot be put together", message.pk)
        return None


def hindrances(
    rows: Iterable[Candidate], texts: Mapping[int, Rendered | None], now: datetime
) -> list[Change]:
    """What becomes of those that do not go out now."""
    found = (_hindrance(row, texts[row.id], now) for row in rows)
    return [change for change in found if change]


def _hindrance(row: Candidate, text: Rendered | None, now: datetime) -> Change | None:
    """Why this message does not go out now, if it does not."""
    status, reason, words = Status.FAILED, None, ""
    if row.in_trash:
        status = Status.SCHEDULED
    elif row.send_by and read_moment(row.send_by) < now:
        status, reason = Status.EXPIRED, Reason.TOO_LATE
    elif not row.phone:
        reason = Reason.NO_PHONE
    elif text is None:
        reason = Reason.INTERNAL_ERROR
    elif text.missing:
        reason, words = Reason.MISSING_PLACEHOLDER, ", ".join(text.missing)
    else:
        return None
    return Change(
        message_id=row.id, token=row.token, status=status, at=now, reason=reason, words=words
    )
