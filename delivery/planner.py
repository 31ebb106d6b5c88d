"""A round: what the outbox holds for now, claimed and written down as about to leave.

Two short steps: look whether anything is due; then, in one transaction, lock rows for this worker
and write `sending` for them, or hand over to people what nobody serves. Only then does anything
leave.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, IntegrityError
from django.db.backends.utils import CursorWrapper

from delivery import claims, limits, reminders
from delivery.claims import Claim
from delivery.database import Database
from delivery.departures import Departed, Departure, Departures
from delivery.due import Due, first_due
from delivery.horizon import Horizon
from delivery.limits import Account
from rules.reasons import Reason


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one round did, and when the next is worth while (None: when something new comes)."""

    anything_due: bool = True
    departures: Sequence[Departure] = ()
    for_people: int = 0
    look_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class _Taken:
    anything_due: bool
    claims: Sequence[Claim]
    for_people: int
    look_at: Sequence[datetime]


class Planner:
    """`run` names this run of this worker in the rows it claims."""

    def __init__(self, database: Database, run: str) -> None:
        self._database = database
        self._run = run
        self._due = Horizon()
        self._too_late = Horizon()
        self._departures = Departures(database, run)

    def round(self, room: int, now: datetime) -> Round:
        """Claim up to `room` messages and make reminders of those that people have to send."""
        due, later = self._look(now)
        if not due:
            return Round(anything_due=False, look_at=min(later, default=None))
        try:
            taken, departed = self._database.write(
                lambda cursor: self._take_and_write(cursor, due, room, now)
            )
        except (DataError, IntegrityError):
            # One row the database will not have: held first, and then found by halves.
            taken = self._database.write(lambda cursor: self._take_and_hold(cursor, due, room, now))
            departed = self._departures.write_by_halves(taken.claims, now)
        return Round(
            anything_due=taken.anything_due,
            departures=departed.departures,
            for_people=taken.for_people + departed.for_people,
            look_at=min([*later, *taken.look_at], default=None),
        )

    def expire(self, now: datetime) -> int:
        """Give up what is past its send-by moment."""
        with self._too_late.look(now) as look:
            return self._database.write(
                lambda cursor: reminders.expire(cursor, self._database.dialect, look.since, now)
            )

    def _look(self, now: datetime) -> tuple[list[Due], list[datetime]]:
        """The channels on which something is due, and when on the others something will be."""
        with self._due.look(now) as look:
            first = self._database.read(
                lambda cursor: first_due(cursor, self._database.dialect, look.since)
            )
            look.waiting = first.values()
        due = [channel for channel, moment in first.items() if moment <= now]
        later = [moment for moment in first.values() if moment > now]
        return [Due(channel=channel, since=look.since, now=now) for channel in due], later

    def _take_and_write(
        self, cursor: CursorWrapper, due: Sequence[Due], room: int, now: datetime
    ) -> tuple[_Taken, Departed]:
        taken = self._take(cursor, due, room)
        return taken, self._departures.write(cursor, taken.claims, now)

    def _take_and_hold(
        self, cursor: CursorWrapper, due: Sequence[Due], room: int, now: datetime
    ) -> _Taken:
        taken = self._take(cursor, due, room)
        claims.hold(cursor, self._database.dialect, taken.claims, run=self._run, now=now)
        return taken

    def _take(self, cursor: CursorWrapper, due: Sequence[Due], room: int) -> _Taken:
        """What is due on a held account waits for its provider: it is not due yet."""
        accounts = {
            one.channel: one for one in limits.usable_locked(cursor, self._database.dialect)
        }
        served, look_at, by_hand = [], [], []
        for one in due:
            account = accounts.get(one.channel)
            if account is None:
                by_hand.append(one)
            elif account.held_until and account.is_held(one.now):
                look_at.append(account.held_until)
            else:
                served.append((account, one))
        taken, worth_asking_at = self._claim(cursor, served, room)
        for_people = self._hand_over(cursor, by_hand)
        if for_people:
            look_at.append(due[0].now)
        return _Taken(
            anything_due=bool(served or by_hand),
            claims=taken,
            for_people=for_people,
            look_at=[*look_at, *worth_asking_at],
        )

    def _hand_over(self, cursor: CursorWrapper, by_hand: Sequence[Due]) -> int:
        paused = limits.paused_channels(cursor) if by_hand else set()
        return sum(
            reminders.hand_over(
                cursor,
                self._database.dialect,
                due,
                Reason.ACCOUNT if due.channel in paused else Reason.BY_HAND,
            )
            for due in by_hand
        )

    def _claim(
        self, cursor: CursorWrapper, served: Sequence[tuple[Account, Due]], room: int
    ) -> tuple[list[Claim], list[datetime]]:
        """Each account gets an even share of the room, and what the ones before it left over."""
        taken: list[Claim] = []
        look_at = []
        for left, (account, due) in zip(range(len(served), 0, -1), served, strict=True):
            share = -(-(room - len(taken)) // left)
            mine = claims.claim(cursor, self._database.dialect, account, due, room=share)
            taken += mine
            if mine or share == 0 or account.free_slots(1, due.now) == 0:
                look_at.append(account.worth_asking_at(len(mine), due.now))
        return taken, look_at
