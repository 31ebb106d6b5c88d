"""Signs of life: the row that pages read, and the leases of what this worker still holds."""
# ruff: noqa: S608 (the statements are put together from our own words; values are parameters)

import os
import socket
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper

from crm.models import Heartbeat
from delivery.claims import LEASE
from delivery.database import Database
from delivery.dialects import Dialect
from rules.message_states import IN_FLIGHT

#: A renewal is worth a write only when this much of the lease is left.
RENEW_BELOW = LEASE * 2 / 3
#: What ran and stopped longer ago than this tells nobody anything.
KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """The sign of life of one worker, under its name."""

    worker: str
    run: str
    started_at: datetime

    def beat(self, database: Database, held: Collection[int], now: datetime) -> None:
        """Say that it lives, and keep what it holds."""
        database.write(lambda cursor: self._beat(cursor, database.dialect, held, now))

    def stop(self, database: Database, now: datetime) -> None:
        database.write(lambda cursor: self._say(cursor, database.dialect, now, stopped_at=now))

    def _beat(
        self, cursor: CursorWrapper, dialect: Dialect, held: Collection[int], now: datetime
    ) -> None:
        self._say(cursor, dialect, now, stopped_at=None)
        if held:
            self._renew(cursor, dialect, held, now)

    def _say(
        self, cursor: CursorWrapper, dialect: Dialect, now: datetime, *, stopped_at: datetime | None
    ) -> None:
        moment = dialect.moment
        cursor.execute(
            """
            INSERT INTO crm_heartbeat (worker, host, pid, started_at, beat_at, stopped_at)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (worker) DO UPDATE
            SET host = excluded.host, pid = excluded.pid, started_at = excluded.started_at,
                beat_at = excluded.beat_at, stopped_at = excluded.stopped_at
            """,
            [
                self.worker,
                socket.gethostname(),
                os.getpid(),
                moment(self.started_at),
                moment(now),
                moment(stopped_at) if stopped_at else None,
            ],
        )

    def _renew(
        self, cursor: CursorWrapper, dialect: Dialect, held: Collection[int], now: datetime
    ) -> None:
        new = dialect.given({"message_id": "bigint"}, [(number,) for number in held])
        states = ", ".join(f"'{status}'" for status in sorted(IN_FLIGHT))
        cursor.execute(
            f"""
            UPDATE crm_messageschedule
            SET lease_until = %s
            WHERE id IN (SELECT message_id FROM {new.source})
                AND status IN ({states}) AND claimed_by = %s AND lease_until < %s
            """,
            [
                dialect.moment(now + LEASE),
                *new.parameters,
                self.run,
                dialect.moment(now + RENEW_BELOW),
            ],
        )


def forget_old(now: datetime) -> int:
    """Take away the rows of workers that have long been gone."""
    return Heartbeat.objects.filter(beat_at__lt=now - KEPT_FOR).delete()[0]
