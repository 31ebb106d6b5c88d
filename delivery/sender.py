"""On the wire: what was written down as `sending` leaves at its slot, many at once.

No transaction is open here. Each attempt ends as one `Answer`, whatever happens on the way. What
lands in one turn of the event loop shares a line-write in the journal, and so does what leaves.
"""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from delivery.connections import Connections
from delivery.departures import Departure
from delivery.journal import Journal
from delivery.outcomes import Try
from delivery.quotes import quotable
from providers.base import NotSent, Outcome, Refused, Uncertain
from providers.errors import ErrorKind, ProviderError
from rules.reasons import Reason

log = logging.getLogger(__name__)

#: Providers give up on their own much earlier; this is for one that does not.
ANSWER_WITHIN_S = 120.0
#: Written down ahead of their turn, as a share of what may be in flight, so that a place that
#: becomes free is taken at once and not after the next commit.
AHEAD_SHARE = 0.6
_STOPPED = Uncertain(why="the sender was stopped", cause=Reason.WORKER_DIED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`outcome` is None where the attempt was never begun."""

    made: Try
    outcome: Outcome | None
    at: datetime


class Sender:
    """`answered` is called on the event loop with each answer, once for each departure."""

    def __init__(
        self,
        *,
        connections: Connections,
        journal: Journal,
        in_flight: int,
        clock: Callable[[], datetime],
        answered: Callable[[Answer], None],
    ) -> None:
        self._connections = connections
        self._journal = journal
        self._in_flight = in_flight
        self._clock = clock
        self._answered = answered
        self._ahead = max(1, round(in_flight * AHEAD_SHARE))
        self._some_room = max(1, self._ahead // 2)
        self._waiting: list[tuple[datetime, int, Departure]] = []
        self._numbers = itertools.count()
        self._flying: dict[asyncio.Task[Outcome], Departure] = {}
        self._landing: list[asyncio.Task[Outcome]] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._landed = asyncio.Event()

    @property
    def room(self) -> int:
        """How many more departures may be written down now."""
        return self._in_flight + self._ahead - len(self._waiting) - len(self._flying)

    @property
    def held(self) -> list[Try]:
        """Everything whose answer is not known."""
        waiting = [departure.made for _, _, departure in self._waiting]
        return waiting + [departure.made for departure in self._flying.values()]

    async def room_for_some(self, at_most_s: float) -> int:
        """Wait until some places are free, so that few commits serve many messages."""
        try:
            async with asyncio.timeout(at_most_s):
                while self.room < self._some_room:
                    self._landed.clear()
                    await self._landed.wait()
        except TimeoutError:
            pass
        return max(0, self.room)

    def depart(self, departures: Sequence[Departure]) -> None:
        for departure in departures:
            heapq.heappush(self._waiting, (departure.starts_at, next(self._numbers), departure))
        self._start_what_may()

    async def idle(self) -> None:
        """Wait until nothing waits and nothing is in flight."""
        while self._waiting or self._flying:
            self._landed.clear()
            await self._landed.wait()

    def call_off_waiting(self) -> None:
        """Nothing of what still waits will leave."""
        for _, _, departure in self._waiting:
            self._never_begun(departure)
        self._waiting.clear()
        self._landed.set()

    def give_up_flying(self) -> None:
        """Stop waiting for answers: these may have gone."""
        for task in self._flying:
            task.cancel()

    def _start_what_may(self) -> None:
        now = self._clock()
        starting: list[Departure] = []
        while self._waiting and len(self._flying) + len(starting) < self._in_flight:
            if self._waiting[0][0] > now:
                self._wake_at(self._waiting[0][0], now)
                break
            starting.append(heapq.heappop(self._waiting)[2])
        if starting:
            self._start(starting, now)

    def _wake_at(self, moment: datetime, now: datetime) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later((moment - now).total_seconds(), self._start_what_may)

    def _start(self, departures: Collection[Departure], now: datetime) -> None:
        """A worker that was asleep past its leases starts nothing: others have taken over."""
        starting = [one for one in departures if now < one.lease_until]
        for late in departures:
            if now >= late.lease_until:
                self._never_begun(late)
        try:
            self._journal.started([one.outgoing.attempt_id for one in starting])
        except OSError:
            log.exception("journal: nothing can be sent")
            refused = NotSent(why="the journal cannot be written")
            self._answer([(departure, refused) for departure in starting])
            return
        for departure in starting:
            task = asyncio.create_task(self._outcome_of(departure))
            self._flying[task] = departure
            task.add_done_callback(self._land)

    async def _outcome_of(self, departure: Departure) -> Outcome:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                provider = await self._connections.to(departure.account)
                outcome = await provider.send(departure.outgoing)
                return quotable(outcome, departure.account)
        except ProviderError as error:
            # Nothing else would go through it either: said once, of the account.
            return Refused(code="", reason=str(error), kind=ErrorKind.ACCOUNT)
        except TimeoutError:
            return Uncertain(why="no answer", cause=Reason.TIMED_OUT)
        except asyncio.CancelledError:
            return _STOPPED
        except Exception as error:  # one bad row never stops the others
            log.exception("message %d: sending failed", departure.made.message_id)
            return Uncertain(why=type(error).__name__, cause=Reason.INTERNAL_ERROR)

    def _land(self, task: asyncio.Task[Outcome]) -> None:
        self._landing.append(task)
        if len(self._landing) == 1:
            asyncio.get_running_loop().call_soon(self._take_in)

    def _take_in(self) -> None:
        landed = [(self._flying.pop(task), _outcome_of(task)) for task in self._landing]
        self._landing.clear()
        self._answer(landed)
        self._start_what_may()
        if self.room >= self._some_room or not self._flying:
            self._landed.set()

    def _answer(self, landed: Collection[tuple[Departure, Outcome]]) -> None:
        try:
            self._journal.done(
                {departure.outgoing.attempt_id: outcome for departure, outcome in landed}
            )
        except OSError:
            log.exception("journal: answers are only in memory")
        now = self._clock()
        for departure, outcome in landed:
            self._answered(Answer(made=departure.made, outcome=outcome, at=now))

    def _never_begun(self, departure: Departure) -> None:
        self._answered(Answer(made=departure.made, outcome=None, at=self._clock()))


def _outcome_of(task: asyncio.Task[Outcome]) -> Outcome:
    """Of a task that has ended; one that was stopped before it began may be anywhere by now."""
    return _STOPPED if task.cancelled() else task.result()
