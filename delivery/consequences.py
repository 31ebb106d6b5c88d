"""What outcomes mean beyond their change: for the account, the number, the other channel.

Drawn in the transaction in which the messages changed, and only for those that held their guard.
"""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from crm.actions import account_pauses, consents
from crm.models import ProviderAccount
from crm.models.consents import KnownFrom
from crm.models.ledger import Outcome as Ending
from delivery import fallback, limits
from delivery.changes import Change
from delivery.dialects import Dialect
from providers import registry
from rules import retry
from rules.reasons import Reason

log = logging.getLogger(__name__)


def draw(cursor: CursorWrapper, dialect: Dialect, made: Sequence[Change]) -> None:
    if lost := [one for one in made if one.ending is Ending.UNCERTAIN]:
        _plan_second_looks(cursor, dialect, lost)
    if fell := {one.message_id: one.channel for one in made if one.channel}:
        fallback.switch(cursor, dialect, fell)
    if stops := [one for one in made if one.attempt_id and one.stops_account]:
        _pause(cursor, dialect, stops)
    if holds := {
        one.attempt_id: one.held_until for one in made if one.attempt_id and one.held_until
    }:
        limits.hold(cursor, dialect, holds)
    if opted := [one for one in made if one.reason is Reason.OPTED_OUT and one.attempt_id]:
        _write_opt_outs(cursor, dialect, opted)


def _plan_second_looks(cursor: CursorWrapper, dialect: Dialect, lost: Sequence[Change]) -> None:
    """Where whoever was given the message may be able to tell what became of it."""
    rows = [(one.attempt_id, retry.ask_again_at(one.at, one.at)) for one in lost]
    new = dialect.given({"attempt_id": "uuid", "at": "timestamptz"}, rows)
    names = registry.proving()
    cursor.execute(
        f"""
        UPDATE crm_messageschedule AS m SET look_up_at = look.at
        FROM (
            SELECT a.message_id, new.at
            FROM {new.source} JOIN crm_attempt AS a ON a.id = new.attempt_id
            JOIN crm_provideraccount AS p ON p.id = a.account_id
            WHERE p.provider IN ({", ".join(["%s"] * len(names))})
        ) AS look
        WHERE m.id = look.message_id
        """,
        [*new.parameters, *names],
    )


def _pause(cursor: CursorWrapper, dialect: Dialect, stops: Sequence[Change]) -> None:
    why = {one.attempt_id: _why(one) for one in stops if one.attempt_id}
    for number in limits.pause(cursor, dialect, why):
        log.warning("account %d: refused by its provider, paused", number)
        account_pauses.tell(ProviderAccount.objects.get(pk=number))


def _why(change: Change) -> str:
    """In the provider's own words, as far as it has any."""
    return " · ".join(filter(None, (change.words, change.code))) or str(change.reason)


def _write_opt_outs(cursor: CursorWrapper, dialect: Dialect, opted: Sequence[Change]) -> None:
    """The provider knows of a wish that never reached us, or that we lost."""
    said: dict[int, tuple[str, datetime]] = {
        one.message_id: (one.words or one.code, one.at) for one in opted
    }
    new = dialect.given({"message_id": "bigint"}, [(number,) for number in said])
    cursor.execute(
        f"""
        SELECT m.id, m.sent_to, m.message_type
        FROM {new.source} JOIN crm_messageschedule AS m ON m.id = new.message_id
        """,
        new.parameters,
    )
    for number, phone, channel in cursor.fetchall():
        words, at = said[number]
        consents.opt_out(
            phone_number=phone, channel=channel, known_from=KnownFrom.PROVIDER, words=words, now=at
        )
