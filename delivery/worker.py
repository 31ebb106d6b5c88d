"""The delivery worker: rounds, signs of life, recovery, and an orderly end."""

import asyncio
import logging
import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from crm.actions.wake import CHANNEL, INBOX_CHANNEL
from delivery import housekeeping, wakeup
from delivery.connections import Connections
from delivery.database import DatabaseThread
from delivery.heartbeats import Pulse
from delivery.inbox_task import InboxTask
from delivery.journal import Journal
from delivery.outcomes import Try, change_after
from delivery.planner import Planner, Round
from delivery.reconciler import Reconciler
from delivery.second_look import SecondLook
from delivery.sender import Answer, Sender
from delivery.writeback import WriteBack
from rules.message_states import Status

log = logging.getLogger(__name__)

BEAT_EVERY_S = 5.0
#: How late a message that nobody announced may be noticed.
LOOK_EVERY_S = 0.5
#: The same where the database announces: for what was written without an announcement.
LOOK_EVERY_IF_TOLD_S = 1.0
HOUSEKEEPING_LOOK_EVERY_S = 60.0
#: What is in flight when the worker is stopped has this long to be answered.
FINISH_WITHIN_S = 20.0
LONGEST_NAME = 80


@dataclass(kw_only=True)
class Tally:
    """What a worker did, told in one line."""

    became: Counter[Status] = field(default_factory=Counter)
    for_people: int = 0

    def __str__(self) -> str:
        parts = [f"{self.became[status]} {status}" for status in Status if self.became[status]]
        if self.for_people:
            parts.append(f"{self.for_people} for people")
        return ", ".join(parts) or "nothing was due"


async def deliver(
    *, name: str, in_flight: int, data_dir: Path, clock: Callable[[], datetime], once: bool
) -> Tally:
    """Work until a signal asks to stop, or `once` until nothing is due.

    `name` is what people know the worker by; each run of it has an identity of its own.
    `in_flight` is how many messages may be on the wire at a time.
    """
    run = f"{name[:LONGEST_NAME]}#{secrets.token_hex(4)}"
    with (
        DatabaseThread() as thread,
        DatabaseThread() as inbox_thread,
        closing(Journal(data_dir / "journal", run)) as journal,
    ):
        async with Connections() as connections:
            worker = Worker(
                thread=thread,
                inbox=InboxTask(inbox_thread, clock),
                journal=journal,
                connections=connections,
                pulse=Pulse(worker=name[:LONGEST_NAME], run=run, started_at=clock()),
                in_flight=in_flight,
                data_dir=data_dir,
                clock=clock,
            )
            with _stopped_by_signals(worker.stop):
                await worker.run(once=once)
            return worker.tally


class Worker:
    def __init__(
        self,
        *,
        thread: DatabaseThread,
        inbox: InboxTask,
        journal: Journal,
        connections: Connections,
        pulse: Pulse,
        in_flight: int,
        data_dir: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self.tally = Tally()
        self._thread = thread
        self._inbox = inbox
        self._pulse = pulse
        self._data_dir = data_dir
        self._clock = clock
        self._planner = Planner(thread.database, pulse.run)
        self._writeback = WriteBack(thread=thread, journal=journal, written=self._count)
        self._sender = Sender(
            connections=connections,
            journal=journal,
            in_flight=in_flight,
            clock=clock,
            answered=self._answered,
        )
        self._reconciler = Reconciler(
            thread=thread,
            connections=connections,
            journals=data_dir / "journal",
            run=pulse.run,
            clock=clock,
            decided=self._writeback.add,
        )
        self._second_look = SecondLook(
            thread=thread,
            connections=connections,
            run=pulse.run,
            clock=clock,
            changed=lambda change: self._count(Counter([change.status])),
        )
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Claim nothing more, finish what is in flight; asked again, wait for nothing."""
        if self._stopping.is_set():
            self._thread.hurry()
            self._sender.give_up_flying()
        self._stopping.set()
        self._woken.set()

    async def run(self, *, once: bool) -> None:
        standing = [self._writeback.run(), self._beats()]
        if not once:
            standing += [self._recoveries(), self._chores(), self._second_look.run()]
            standing += [self._inbox.apply(), self._inbox.fetch()]
            if wakeup.can_listen():
                told = {CHANNEL: self._woken, INBOX_CHANNEL: self._inbox.woken}
                standing.append(wakeup.listen(told))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in standing]
            await (self._work_off() if once else self._rounds())
            await self._finish()
            for task in tasks:
                task.cancel()

    async def _rounds(self) -> None:
        while not self._stopping.is_set():
            done = await self._round()
            await self._pause(done)

    async def _work_off(self) -> None:
        """What is due, also what becomes due by dealing with it; then there is no more to do."""
        await self._recover()
        await self._second_look.look()
        await self._keep_house_if_time()
        await self._inbox.work_off()
        while not self._stopping.is_set():
            done = await self._round()
            if done.anything_due:
                await self._pause(done)
            elif self._sender.held or self._writeback.held:
                await self._sender.idle()
                await self._writeback.finished()
            else:
                break

    async def _round(self) -> Round:
        room = await self._sender.room_for_some(LOOK_EVERY_S)
        self._woken.clear()
        if self._stopping.is_set():
            return Round()
        done = await self._thread.do(self._planner.round, room, self._clock())
        self._sender.depart(done.departures)
        if done.departures or done.for_people:
            self.tally.for_people += done.for_people
            log.info("round: %d leave, %d for people", len(done.departures), done.for_people)
        return done

    async def _pause(self, done: Round) -> None:
        """Until something is due as far as anybody knows, or is announced."""
        pause_s = LOOK_EVERY_IF_TOLD_S if wakeup.can_listen() else LOOK_EVERY_S
        if done.look_at is not None:
            pause_s = min(pause_s, (done.look_at - self._clock()).total_seconds())
        if pause_s <= 0:
            return
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _beats(self) -> None:
        while True:
            held = {made.message_id for made in self._held()} | self._writeback.held
            await self._thread.do(self._pulse.beat, self._thread.database, held, self._clock())
            self.tally.for_people += await self._thread.do(self._planner.expire, self._clock())
            await asyncio.sleep(BEAT_EVERY_S)

    async def _recoveries(self) -> None:
        while True:
            await self._recover()
            await asyncio.sleep(BEAT_EVERY_S)

    async def _recover(self) -> None:
        held = {made.message_id for made in self._held()} | self._writeback.held
        await self._reconciler.recover(held)

    async def _chores(self) -> None:
        """At the start in any case: what lay still may have left much to do."""
        await asyncio.to_thread(housekeeping.keep_house, self._clock())
        while True:
            await asyncio.sleep(HOUSEKEEPING_LOOK_EVERY_S)
            await self._keep_house_if_time()

    async def _keep_house_if_time(self) -> None:
        now = self._clock()
        await asyncio.to_thread(housekeeping.keep_house, now, housekeeping.SOON)
        if housekeeping.is_time(self._data_dir / "housekeeping", now):
            await asyncio.to_thread(housekeeping.keep_house, now)

    async def _finish(self) -> None:
        """Nothing of what waits leaves any more; what is in flight is waited for, within limits."""
        self._sender.call_off_waiting()
        try:
            async with asyncio.timeout(FINISH_WITHIN_S):
                await self._sender.idle()
        except TimeoutError:
            self._sender.give_up_flying()
            await self._sender.idle()
        await self._writeback.finished()
        await self._thread.do(self._pulse.stop, self._thread.database, self._clock())

    def _held(self) -> list[Try]:
        return [*self._sender.held, *self._reconciler.held]

    def _answered(self, answer: Answer) -> None:
        self._writeback.add(change_after(answer.made, answer.outcome, answer.at))

    def _count(self, written: Counter[Status]) -> None:
        self.tally.became += written
        log.info("written: %s", Tally(became=written))


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
