"""A small world around the real ledger: workers that die, a provider with a will, a person.

The provider's own truth (`taken`) is what the ledger is measured against: what it took and did not
fail to deliver, the customer has.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crm.actions import messages, reminders
from crm.actions.message_changes import MessageError
from crm.models import Attempt, Business, Customer, MessageSchedule, ProviderAccount, User
from delivery import inbox_receipts, orphans
from delivery.database import Database
from delivery.departures import Departure
from delivery.heartbeats import Pulse
from delivery.horizon import BEGINNING
from delivery.inbox_receipts import Told
from delivery.orphans import Gone, Orphan
from delivery.outcomes import change_after
from delivery.planner import Planner
from delivery.writeback import write
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.callbacks import Receipt
from providers.errors import ErrorKind
from rules.message_states import (
    GONE,
    IN_FLIGHT,
    MAY_FALL_BACK,
    MOVES,
    MOVES_BY_PERSON,
    MOVES_BY_PROOF,
    WANTS_A_PERSON,
    Status,
)
from tests.make import NOW, make_account, make_business, make_customer, make_message, make_user

ALLOWED = {
    (old, new)
    for table in (MOVES, MOVES_BY_PERSON, MOVES_BY_PROOF)
    for old, found in table.items()
    for new in found
} | {(old, Status.SCHEDULED) for old in MAY_FALL_BACK}

WORKERS = st.sampled_from(["desk", "counter"])
KINDS = st.sampled_from(sorted(set(ErrorKind) - {ErrorKind.ACCOUNT, ErrorKind.OPT_OUT}))
ANSWERS = st.sampled_from(["accepted", "lost", "lost_before", "refused", "not_sent", "held"])
FATES = st.sampled_from([Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED])


@dataclass(kw_only=True)
class Flight:
    """A departure in a worker's hands; `begun` once its first byte may have left."""

    departure: Departure
    begun: bool = False


@dataclass(kw_only=True)
class Worker:
    name: str
    run: str
    flights: dict[str, Flight] = field(default_factory=dict)


class Ledger(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        for model in (Customer, ProviderAccount, User):
            model.objects.all().delete()
        watch_moves()
        self.now, self.runs = NOW, Counter[str]()
        self.database = Database(lambda _pause_s: False)
        self.business: Business = make_business()
        self.actor = make_user()
        self.accounts = {
            channel: make_account(channel=channel, rate_per_s=10_000).pk
            for channel in ("whatsapp", "sms")
        }
        self.workers = {name: self.new_worker(name) for name in ("desk", "counter")}
        self.ended: set[str] = set()
        #: What was begun by whom, whatever became of the worker: its journal tells.
        self.begun: set[str] = set()
        self.taken: dict[str, int] = {}
        self.fate: dict[str, Status] = {}
        self.asked_again: Counter[int] = Counter()

    def new_worker(self, name: str) -> Worker:
        self.runs[name] += 1
        return Worker(name=name, run=f"{name}#{self.runs[name]}")

    # -- promises, and time

    @initialize(fallbacks=st.lists(st.booleans(), min_size=3, max_size=3))
    def first_promises(self, fallbacks: list[bool]) -> None:
        for fallback in fallbacks:
            self.promise(fallback=fallback, in_minutes=0, useful_for=None, channel="whatsapp")

    @rule(
        fallback=st.booleans(),
        in_minutes=st.sampled_from([-5, -1, 0, 20]),
        useful_for=st.none() | st.integers(1, 60),
        channel=st.sampled_from(["whatsapp", "sms"]),
    )
    def promise(
        self, *, fallback: bool, in_minutes: int, useful_for: int | None, channel: str
    ) -> None:
        at = self.now + timedelta(minutes=in_minutes)
        other = {"whatsapp": "sms", "sms": "whatsapp"}[channel]
        make_message(
            make_customer(),
            at=at,
            message_type=channel,
            message_content="Hello.",
            fallback_channel=other if fallback else "",
            send_by=at + timedelta(minutes=useful_for) if useful_for else None,
        )

    @rule(seconds=st.sampled_from([1, 20, 59, 61, 300, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    # -- workers

    @rule(name=WORKERS, answers=st.lists(ANSWERS, max_size=4), kind=KINDS)
    def work(self, name: str, answers: list[str], kind: ErrorKind) -> None:
        """A round as it usually goes; what has no answer stays on the wire."""
        self.look(name)
        self.begin(name)
        for answer in answers:
            self.answer(name, answer, kind)

    @rule(name=WORKERS)
    def look(self, name: str) -> None:
        worker = self.workers[name]
        for departure in Planner(self.database, worker.run).round(1000, self.now).departures:
            worker.flights[departure.outgoing.attempt_id] = Flight(departure=departure)

    @rule(name=WORKERS)
    def begin(self, name: str) -> None:
        """As the sender does it: nothing leaves when its lease has run out."""
        for attempt_id, flight in self.workers[name].flights.items():
            if not flight.begun and self.now < flight.departure.lease_until:
                flight.begun = True
                self.begun.add(attempt_id)

    @rule(name=WORKERS, answer=ANSWERS, kind=KINDS)
    def answer(self, name: str, answer: str, kind: ErrorKind) -> None:
        worker = self.workers[name]
        for attempt_id, flight in list(worker.flights.items()):
            outcome = self.outcome(attempt_id, flight, answer, kind) if flight.begun else None
            change = change_after(flight.departure.made, outcome, self.now)
            write(self.database, [change])
            del worker.flights[attempt_id]
            return

    def outcome(self, attempt_id: str, flight: Flight, answer: str, kind: ErrorKind) -> Outcome:
        if answer in {"accepted", "lost"}:
            self.taken.setdefault(attempt_id, flight.departure.made.message_id)
        return {
            "accepted": Accepted(provider_message_id=f"p-{attempt_id}"),
            "lost": Uncertain(why="no answer"),
            "lost_before": Uncertain(why="no answer"),
            "refused": Refused(code="1", reason="no", kind=kind),
            "not_sent": NotSent(why="no connection"),
            "held": NotSent(why="slow down", retry_after_s=30, holds_account=True),
        }[answer]

    @rule(name=WORKERS)
    def beat(self, name: str) -> None:
        worker = self.workers[name]
        held = {flight.departure.made.message_id for flight in worker.flights.values()}
        pulse = Pulse(worker=worker.name, run=worker.run, started_at=NOW)
        pulse.beat(self.database, held, self.now)

    @rule(name=WORKERS, taken=st.booleans(), same_machine=st.booleans())
    def die(self, name: str, *, taken: bool, same_machine: bool) -> None:
        """What was on the wire the provider took, or did not. The journal may be out of reach."""
        worker = self.workers[name]
        for attempt_id, flight in worker.flights.items():
            if flight.begun and taken:
                self.taken.setdefault(attempt_id, flight.departure.made.message_id)
        if same_machine:
            self.ended.add(worker.run)
        self.workers[name] = self.new_worker(name)

    @rule(name=WORKERS, taken=st.booleans(), same_machine=st.booleans(), waited=st.booleans())
    def crash(self, name: str, *, taken: bool, same_machine: bool, waited: bool) -> None:
        """With messages on the wire; the next one begins to clear up at once or later."""
        self.work(name, [], ErrorKind.UNKNOWN)
        self.die(name, taken=taken, same_machine=same_machine)
        self.now += timedelta(seconds=61 if waited else 1)
        self.recover(name, provider_tells=False)

    @rule(name=WORKERS, provider_tells=st.booleans())
    def recover(self, name: str, *, provider_tells: bool) -> None:
        worker = self.workers[name]
        held = {flight.departure.made.message_id for flight in worker.flights.values()}
        gone = Gone(
            run=worker.run,
            ended=frozenset(self.ended),
            held=frozenset(held),
            since=BEGINNING,
            now=self.now,
        )
        for orphan in orphans.take_over(self.database, gone).orphans:
            outcome = self.proof(orphan, provider_tells=provider_tells)
            write(self.database, [change_after(orphan.made, outcome, self.now)])

    def proof(self, orphan: Orphan, *, provider_tells: bool) -> Outcome | None:
        attempt_id = orphan.outgoing.attempt_id
        if orphan.worker in self.ended and attempt_id not in self.begun:
            return None
        if not provider_tells or self.is_flying(attempt_id):
            return Uncertain(why="the sender died")
        if attempt_id in self.taken:
            return Accepted(provider_message_id=f"p-{attempt_id}")
        self.begun.discard(attempt_id)
        return NotSent(why="proved not to have been taken")

    def is_flying(self, attempt_id: str) -> bool:
        """In the hands of one that sleeps: no provider can prove what it will not take."""
        return any(attempt_id in worker.flights for worker in self.workers.values())

    # -- the provider, by itself

    @precondition(lambda self: self.taken)
    @rule(data=st.data(), told=FATES, kind=KINDS)
    def tell(self, data: st.DataObject, told: Status, kind: ErrorKind) -> None:
        attempt_id = data.draw(st.sampled_from(sorted(self.taken)))
        if told is not Status.SENT:
            arrived = {True: Status.DELIVERED, False: Status.FAILED}[told is not Status.FAILED]
            if self.fate.setdefault(attempt_id, arrived) is not arrived:
                return  # a provider does not contradict itself for good
        attempt = Attempt.objects.get(pk=attempt_id)
        receipt = Receipt(
            provider_message_id=f"p-{attempt_id}",
            status=told,
            at=self.now,
            reference=attempt_id,
            kind=kind if told is Status.FAILED else None,
        )
        heard = [Told(source=1, account_id=attempt.account_id or 0, receipt=receipt)]
        self.database.write(
            lambda cursor: inbox_receipts.apply(cursor, self.database.dialect, heard, self.now)
        )

    # -- a person

    @rule(data=st.data(), deed=st.sampled_from(["again", "cancel", "sent", "arrived", "lost"]))
    def person(self, data: st.DataObject, deed: str) -> None:
        numbers = list(MessageSchedule.objects.order_by("pk").values_list("pk", flat=True))
        if not numbers:
            return
        message = MessageSchedule.objects.get(pk=data.draw(st.sampled_from(numbers)))
        said = {"actor": self.actor, "now": self.now}
        try:
            if deed == "again":
                reminders.try_again(message, **said)
                self.asked_again[message.pk] += 1
            elif deed == "cancel":
                messages.cancel(message, **said)
            elif deed == "sent":
                reminders.mark_sent(message, self.business, **said)
            else:
                reminders.tell_whether_it_arrived(message, arrived=deed == "arrived", **said)
        except MessageError:
            pass  # it does not allow that now

    # -- what holds whatever happens

    @invariant()
    def nobody_gets_it_twice(self) -> None:
        had: defaultdict[int, int] = defaultdict(int)
        for attempt_id, message_id in self.taken.items():
            had[message_id] += self.fate.get(attempt_id) is not Status.FAILED
        for message_id, count in had.items():
            assert count <= 1 + self.asked_again[message_id], f"message {message_id}: {count} times"

    @invariant()
    def every_move_is_in_a_table(self) -> None:
        assert moves_made() <= ALLOWED

    @invariant()
    def what_has_not_gone_is_in_somebodys_hands(self) -> None:
        for row in MessageSchedule.objects.exclude(status__in=[*GONE, Status.CANCELLED]):
            if row.state in IN_FLIGHT:
                assert row.lease_until
                assert row.claimed_by
            elif row.state in WANTS_A_PERSON:
                assert row.wants_since
            else:
                assert row.state is Status.SCHEDULED
                assert not row.claimed_by

    def teardown(self) -> None:
        """Left alone with one worker, everything comes to an end."""
        for name in self.workers:
            self.die(name, taken=False, same_machine=True)
        for _ in range(8):
            self.now += timedelta(hours=3)
            self.recover("desk", provider_tells=False)
            self.look("desk")
            self.begin("desk")
            while self.workers["desk"].flights:
                self.answer("desk", "accepted", ErrorKind.UNKNOWN)
            Planner(self.database, "desk").expire(self.now)
        left = set(MessageSchedule.objects.values_list("status", flat=True))
        assert not left & {Status.SCHEDULED, *IN_FLIGHT}, left
        self.nobody_gets_it_twice()
        self.every_move_is_in_a_table()


def watch_moves() -> None:
    """A table of every change of a state, written by the database itself."""
    changed = "OLD.status <> NEW.status"
    insert = "INSERT INTO moves VALUES (OLD.status, NEW.status)"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS moves (was text, became text)")
        cursor.execute("DELETE FROM moves")
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER IF NOT EXISTS watch AFTER UPDATE ON crm_messageschedule"
                f" WHEN {changed} BEGIN {insert}; END"
            )
            return
        cursor.execute(
            "CREATE OR REPLACE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {insert}; RETURN NULL; END $$"
        )
        cursor.execute(
            "CREATE OR REPLACE TRIGGER watch AFTER UPDATE ON crm_messageschedule FOR EACH ROW"
            f" WHEN ({changed}) EXECUTE FUNCTION watch()"
        )


def moves_made() -> set[tuple[Status, Status]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT was, became FROM moves")
        return {(Status(was), Status(became)) for was, became in cursor.fetchall()}
