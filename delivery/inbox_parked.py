"""Receipts for messages nobody knows yet: they overtook our own answer, or are not ours at all.

They are tried again while the answer may still be on its way, each time the inbox is looked at;
then once an hour, for messages whose worker was long away; and after some days they are let go.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from crm.models import ParkedReceipt
from delivery import inbox_receipts
from delivery.database import Database
from delivery.dialects import Columns, Dialect
from delivery.inbox_receipts import Told
from providers.callbacks import Receipt
from providers.errors import ErrorKind
from rules.message_states import Status

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=8)
#: An answer comes within seconds, and within a minute where its worker died.
RECENT = timedelta(minutes=3)
AT_ONCE = 500

_PARKED: Columns = {"account_id": "bigint", "provider_message_id": "text", "receipt": "jsonb"}


def park(cursor: CursorWrapper, dialect: Dialect, waiting: Sequence[Told], now: datetime) -> None:
    if not waiting:
        return
    rows = [
        (one.account_id, one.receipt.provider_message_id[:200], _as_json(one.receipt))
        for one in waiting
    ]
    new = dialect.given(_PARKED, rows)
    names = ", ".join(_PARKED)
    cursor.execute(
        f"""
        INSERT INTO crm_parkedreceipt ({names}, parked_at)
        SELECT {names}, %s FROM {new.source}
        """,  # noqa: S608 (our own words; values are parameters)
        [dialect.moment(now), *new.parameters],
    )


class Parked:
    """Goes round what was parked lately, some at a time."""

    def __init__(self) -> None:
        self._after = 0

    def apply_recent(self, database: Database, now: datetime) -> int:
        """How many of them found their message."""
        since = now - RECENT
        if not database.read(lambda cursor: _any(cursor, database.dialect, since)):
            return 0
        found, self._after = _apply(database, since, self._after, now)
        return found


def apply_old(now: datetime) -> int:
    """All of them once more; how many found their message."""
    database, found, after = Database(lambda _pause_s: False), 0, 0
    since = now - KEPT_FOR
    while True:
        more, after = _apply(database, since, after, now)
        found += more
        if not after:
            return found


def forget_old(now: datetime) -> int:
    """What nobody will ever know: receipts of messages that other programs sent."""
    return ParkedReceipt.objects.filter(parked_at__lt=now - KEPT_FOR).delete()[0]


def _any(cursor: CursorWrapper, dialect: Dialect, since: datetime) -> bool:
    cursor.execute(
        "SELECT 1 FROM crm_parkedreceipt WHERE parked_at > %s LIMIT 1", [dialect.moment(since)]
    )
    return cursor.fetchone() is not None


def _apply(database: Database, since: datetime, after: int, now: datetime) -> tuple[int, int]:
    """How many of the next ones found their message, and after which to go on; 0 at the end."""
    return database.write(lambda cursor: _apply_some(cursor, database.dialect, since, after, now))


def _apply_some(
    cursor: CursorWrapper, dialect: Dialect, since: datetime, after: int, now: datetime
) -> tuple[int, int]:
    if not dialect.lock_for_this_transaction(cursor, inbox_receipts.LOCK):
        return 0, 0
    cursor.execute(_SOME, [dialect.moment(since), after, AT_ONCE])
    rows = cursor.fetchall()
    told = [one for row in rows if (one := _told(row))]
    waiting = {one.source for one in inbox_receipts.apply(cursor, dialect, told, now)}
    found = [row[0] for row in rows if row[0] not in waiting]
    ParkedReceipt.objects.filter(pk__in=found).delete()
    return len(found), rows[-1][0] if len(rows) == AT_ONCE else 0


_SOME = """
    SELECT id, account_id, receipt FROM crm_parkedreceipt
    WHERE parked_at > %s AND id > %s ORDER BY id LIMIT %s
"""


def _as_json(receipt: Receipt) -> str:
    return json.dumps(asdict(receipt) | {"at": receipt.at.isoformat()})


def _told(row: Sequence[Any]) -> Told | None:
    """None where another version of this program has written it, and it cannot be read."""
    number, account_id, said = row
    try:
        receipt = _receipt(json.loads(said) if isinstance(said, str) else said)
    except (KeyError, TypeError, ValueError):
        log.warning("parked receipt %d: cannot be read, and is let go", number)
        return None
    return Told(source=number, account_id=account_id, receipt=receipt)


def _receipt(values: dict[str, Any]) -> Receipt:
    return Receipt(
        **values
        | {
            "at": datetime.fromisoformat(values["at"]),
            "status": Status(values["status"]),
            "kind": ErrorKind(values["kind"]) if values["kind"] else None,
        }
    )
