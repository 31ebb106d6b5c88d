"""Messages that no provider will send: a person is asked, and told why."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

from collections.abc import Sequence
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from delivery.dialects import Dialect
from delivery.due import Due
from delivery.outcomes import Change, write_events
from rules.message_states import Status
from rules.reasons import Reason

#: In one transaction.
AT_ONCE = 1000


def hand_over(cursor: CursorWrapper, dialect: Dialect, due: Due, why: Reason) -> int:
    """Nobody serves the channel: what is due becomes a reminder, what is too late says so.

    `why` nobody does: BY_HAND or ACCOUNT. Nobody is asked to write to who does not want it.
    """
    now = dialect.moment(due.now)
    condition, parameters = due.ids(dialect, AT_ONCE)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET status = CASE WHEN send_by < %s THEN '{Status.EXPIRED}'
                WHEN {_OPTED_OUT} OR {_NO_CONSENT} THEN '{Status.FAILED}'
                ELSE '{Status.DUE}' END,
            reason = CASE WHEN send_by < %s THEN '{Reason.TOO_LATE}'
                WHEN {_OPTED_OUT} THEN '{Reason.OPTED_OUT}'
                WHEN {_NO_CONSENT} THEN '{Reason.NO_CONSENT}'
                ELSE '{why}' END,
            reason_code = '', reason_words = '',
            wants_since = %s, snoozed_until = NULL, updated_at = %s
        WHERE id {condition}
        RETURNING id, status, reason
        """,
        [now, now, now, now, *parameters],
    )
    return _write_down(cursor, dialect, due.now)


_CONSENT = """
    EXISTS (
        SELECT 1 FROM crm_consent AS consent
        WHERE consent.customer_id = crm_messageschedule.customer_id
            AND consent.channel = crm_messageschedule.message_type AND {condition}
    )
"""
_OPTED_OUT = f"""
    ({_CONSENT.format(condition="NOT consent.given")} OR EXISTS (
        SELECT 1 FROM crm_customer AS c JOIN crm_optout AS opt_out
            ON opt_out.phone_number = c.phone_number
        WHERE c.id = crm_messageschedule.customer_id
            AND opt_out.channel = crm_messageschedule.message_type
    ))
"""
_NO_CONSENT = f"""
    (NOT {_CONSENT.format(condition="consent.given")}
        AND EXISTS (SELECT 1 FROM crm_business WHERE only_with_consent))
"""


def expire(cursor: CursorWrapper, dialect: Dialect, since: datetime, now: datetime) -> int:
    """Give up what is past its send-by moment, also where its turn has not come yet.

    No send-by moment of a scheduled message is before `since`.
    """
    moment = dialect.moment(now)
    condition = dialect.picked(_TOO_LATE + dialect.lock_messages)
    cursor.execute(
        f"""
        UPDATE crm_messageschedule
        SET status = '{Status.EXPIRED}', reason = '{Reason.TOO_LATE}',
            reason_code = '', reason_words = '',
            wants_since = %s, snoozed_until = NULL, updated_at = %s
        WHERE id {condition}
        RETURNING id, status, reason
        """,
        [moment, moment, dialect.moment(since), moment, AT_ONCE],
    )
    return _write_down(cursor, dialect, now)


def _write_down(cursor: CursorWrapper, dialect: Dialect, now: datetime) -> int:
    rows: Sequence[tuple[int, str, str]] = cursor.fetchall()
    changes = [
        Change(message_id=number, token=0, status=Status(status), reason=Reason(reason), at=now)
        for number, status, reason in rows
    ]
    if changes:
        write_events(cursor, dialect, changes)
    return len(changes)


_TOO_LATE = f"""
    SELECT m.id FROM crm_messageschedule AS m
    JOIN crm_customer AS c ON c.id = m.customer_id
    WHERE m.status = '{Status.SCHEDULED}'
        AND m.send_by >= %s AND m.send_by < %s AND c.trashed_at IS NULL
    ORDER BY m.send_by LIMIT %s
"""
