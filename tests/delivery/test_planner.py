import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Timer

import psycopg
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import Attempt, DeliveryEvent, MessageSchedule, ProviderAccount
from delivery.database import Database
from delivery.planner import Planner, Round
from rules.message_states import Status
from rules.message_text import PLACEHOLDERS
from tests.databases import Installation
from tests.delivery.conftest import RUN
from tests.make import NOW, make_account, make_business, make_customer, make_invoice, make_message

SOON = NOW + timedelta(minutes=5)
JUST_NOW = NOW - timedelta(seconds=1)


def fresh(message: MessageSchedule) -> MessageSchedule:
    return MessageSchedule.objects.get(pk=message.pk)


def ids(done: Round) -> list[int]:
    return [departure.made.message_id for departure in done.departures]


def test_due_message_is_in_the_ledger_before_it_leaves(planner: Planner) -> None:
    account = make_account()
    message = make_message(at=JUST_NOW, message_content="Hello {first_name}.")
    make_business()

    (departure,) = planner.round(10, NOW).departures

    row = fresh(message)
    assert row.status == Status.SENDING
    assert (row.claimed_by, row.claim_token, row.account) == (RUN, 1, account)
    assert row.lease_until is not None
    assert row.lease_until > NOW
    assert (row.text_sent, row.sent_to) == ("Hello Zoë.", "+34612345678")
    assert row.first_tried_at == NOW
    attempt = Attempt.objects.get()
    assert (attempt.message, attempt.number, attempt.worker) == (message, 1, RUN)
    assert (attempt.started_at, attempt.finished_at, attempt.outcome) == (NOW, None, "")
    assert len(attempt.body_sha256) == 64
    assert str(attempt.id) == departure.outgoing.attempt_id
    assert (departure.outgoing.to, departure.outgoing.text) == ("+34612345678", "Hello Zoë.")


def test_what_is_not_due_yet_stays_and_says_when(planner: Planner) -> None:
    make_account()
    make_message(at=SOON)

    done = planner.round(10, NOW)

    assert (ids(done), done.anything_due, done.look_at) == ([], False, SOON)


def test_an_empty_outbox_has_no_next_moment(planner: Planner) -> None:
    assert planner.round(10, NOW) == Round(anything_due=False)


def test_message_of_a_customer_in_the_trash_is_not_claimed(planner: Planner) -> None:
    make_account()
    message = make_message(make_customer(trashed_at=NOW), at=NOW - timedelta(minutes=1))
    assert planner.round(10, NOW) == Round(anything_due=False)

    other = make_message(at=JUST_NOW)

    assert ids(planner.round(10, NOW)) == [other.pk]
    assert (fresh(message).status, fresh(message).claim_token) == (Status.SCHEDULED, 0)


@pytest.mark.parametrize(
    ("account", "why"),
    [
        (None, "by_hand"),
        ({"enabled": False}, "by_hand"),
        ({"enabled": False, "paused_because": "The token has run out."}, "by_hand"),
        ({"paused_because": "The token has run out."}, "account"),
    ],
)
def test_without_a_usable_account_it_becomes_a_reminder(
    planner: Planner, account: dict[str, object] | None, why: str
) -> None:
    if account is not None:
        make_account(**account)
    message = make_message(at=JUST_NOW)
    later = make_message(at=SOON)

    done = planner.round(10, NOW)

    row = fresh(message)
    assert (row.status, row.reason, row.wants_since) == (Status.DUE, why, NOW)
    assert (done.for_people, ids(done)) == (1, [])
    event = DeliveryEvent.objects.get()
    assert (event.message, event.status, event.source) == (message, Status.DUE, "worker")
    assert (event.at, event.detail) == (NOW, {"reason": why})
    assert fresh(later).status == Status.SCHEDULED


def test_the_other_channel_is_sent_while_one_is_by_hand(planner: Planner) -> None:
    make_account(channel="sms")
    by_hand = make_message(at=JUST_NOW)
    by_itself = make_message(at=JUST_NOW, message_type="sms")

    done = planner.round(10, NOW)

    assert ids(done) == [by_itself.pk]
    assert fresh(by_hand).status == Status.DUE


def test_a_sender_that_was_off_sends_late_what_has_no_limit(planner: Planner) -> None:
    make_account()
    message = make_message(at=NOW - timedelta(days=3))

    assert ids(planner.round(10, NOW)) == [message.pk]


@pytest.mark.parametrize("served", [True, False])
def test_late_message_expires_instead_of_sending(planner: Planner, *, served: bool) -> None:
    if served:
        make_account()
    message = make_message(at=NOW - timedelta(hours=2), send_by=NOW - timedelta(hours=1))

    done = planner.round(10, NOW)

    row = fresh(message)
    assert (row.status, row.reason, row.wants_since) == (Status.EXPIRED, "too_late", NOW)
    assert (ids(done), done.for_people) == ([], 1)
    assert not Attempt.objects.exists()


def test_message_expires_while_it_waits_for_another_try(planner: Planner) -> None:
    message = make_message(
        at=NOW - timedelta(hours=1), due_at=SOON, send_by=NOW - timedelta(seconds=1)
    )
    other = make_message(at=NOW - timedelta(hours=1), due_at=SOON, send_by=SOON)

    assert planner.expire(NOW) == 1
    assert fresh(message).status == Status.EXPIRED
    assert fresh(other).status == Status.SCHEDULED


def test_missing_value_is_never_sent_half_filled(planner: Planner) -> None:
    make_account()
    make_business()
    message = make_message(at=JUST_NOW, message_content="Hi {first_name} of {company}!")

    done = planner.round(10, NOW)

    row = fresh(message)
    assert (row.status, row.reason) == (Status.FAILED, "missing_placeholder")
    assert (row.reason_words, row.wants_since) == ("company", NOW)
    assert (ids(done), done.for_people) == ([], 1)


@pytest.mark.parametrize("count", [1, 30])
def test_filling_in_many_texts_takes_no_more_queries_than_one(planner: Planner, count: int) -> None:
    make_account(rate_per_s=10_000)
    make_business()
    everything = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for number in range(count):
        customer = make_customer(name=f"Customer {number}", company="Ltd")
        invoice = make_invoice(customer)
        make_message(customer, at=JUST_NOW, invoice=invoice, message_content=everything)

    with CaptureQueriesContext(connection) as queries:
        assert len(planner.round(100, NOW).departures) == count

    assert len(queries) <= 16


def test_a_text_that_cannot_be_put_together_stops_only_itself(planner: Planner) -> None:
    make_account()
    make_business()
    broken = make_message(at=JUST_NOW, message_content="At {time}.")
    MessageSchedule.objects.update(time_zone="Nowhere/Land")
    fine = make_message(at=JUST_NOW, message_content="At {time}.")

    assert ids(planner.round(10, NOW)) == [fine.pk]
    assert (fresh(broken).status, fresh(broken).reason) == (Status.FAILED, "internal_error")


def test_customer_without_a_number_is_a_failure_that_says_so(planner: Planner) -> None:
    make_account()
    message = make_message(make_customer(phone_number=""), at=JUST_NOW)

    planner.round(10, NOW)

    row = fresh(message)
    assert (row.status, row.reason) == (Status.FAILED, "no_phone")


def test_customer_put_in_the_trash_after_the_claim_hears_nothing(
    planner: Planner,
) -> None:
    make_account()
    message = make_message(at=JUST_NOW)
    one_by_one()
    after_claim_of(
        message, "UPDATE crm_customer SET trashed_at = NEW.updated_at WHERE id = NEW.customer_id"
    )

    done = planner.round(10, NOW)

    assert (ids(done), done.for_people) == ([], 1)
    assert fresh(message).status == Status.SCHEDULED
    assert not Attempt.objects.exists()


def test_one_bad_row_does_not_stop_the_others(planner: Planner) -> None:
    make_account()
    bad = make_message(at=JUST_NOW, message_content="refused by the database")
    good = [make_message(at=JUST_NOW, message_content="fine") for _ in range(4)]
    refuse_attempts_of(bad)

    done = planner.round(10, NOW)

    assert sorted(ids(done)) == [message.pk for message in good]
    row = fresh(bad)
    assert (row.status, row.reason) == (Status.FAILED, "internal_error")


def test_the_log_of_a_bad_row_quotes_nothing_of_it(
    planner: Planner, caplog: pytest.LogCaptureFixture
) -> None:
    make_account()
    message = make_message(at=JUST_NOW, message_content="Between us")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            pytest.skip("SQLite quotes no rows")
        cursor.execute(
            "ALTER TABLE crm_messageschedule ADD CONSTRAINT mute CHECK (text_sent <> 'Between us')"
        )

    planner.round(10, NOW)

    assert fresh(message).status == Status.FAILED
    assert "violates check constraint" in caplog.text
    assert "Between us" not in caplog.text
    assert message.customer.phone_number not in caplog.text


def test_no_more_is_claimed_than_there_is_room_for_the_oldest_first(planner: Planner) -> None:
    make_account(rate_per_s=1000)
    messages = [make_message(at=NOW - timedelta(minutes=number)) for number in range(1, 6)]

    assert ids(planner.round(2, NOW)) == [messages[4].pk, messages[3].pk]
    assert sum(fresh(one).status == Status.SCHEDULED for one in messages) == 3


def test_without_room_nothing_is_claimed_and_the_next_look_is_not_put_off(
    planner: Planner,
) -> None:
    make_account()
    make_message(at=JUST_NOW)

    done = planner.round(0, NOW)

    assert (ids(done), done.anything_due, done.look_at) == ([], True, NOW)


def test_no_more_is_claimed_than_the_account_may_start_soon(planner: Planner) -> None:
    account = make_account(rate_per_s=10, next_slot_at=JUST_NOW)
    for _ in range(8):
        make_message(at=JUST_NOW)

    done = planner.round(100, NOW)

    tenth = timedelta(milliseconds=100)
    assert [one.starts_at for one in done.departures] == [NOW, NOW + tenth, NOW + 2 * tenth]
    assert [one.outgoing.at for one in done.departures] == [NOW, NOW + tenth, NOW + 2 * tenth]
    account.refresh_from_db()
    assert account.next_slot_at == NOW + 3 * tenth
    assert done.look_at == NOW + 2 * tenth
    assert ids(planner.round(100, NOW + tenth)) == []


def test_two_planners_keep_an_accounts_rate_together(planner: Planner, database: Database) -> None:
    make_account(rate_per_s=10, next_slot_at=JUST_NOW)
    for _ in range(8):
        make_message(at=JUST_NOW)
    other = Planner(database, "counter#99999999")

    first = planner.round(2, NOW)
    second = other.round(100, NOW)
    third = other.round(100, NOW + timedelta(milliseconds=150))

    starts = [one.starts_at for done in (first, second, third) for one in done.departures]
    gaps = {later - sooner for sooner, later in itertools.pairwise(starts)}
    assert gaps == {timedelta(milliseconds=100)}


def test_channels_share_the_room(planner: Planner) -> None:
    make_account(rate_per_s=1000)
    make_account(rate_per_s=1000, channel="sms")
    for number in range(5):
        make_message(at=NOW - timedelta(minutes=number + 10))
        make_message(at=NOW - timedelta(minutes=number), message_type="sms")

    channels = [one.outgoing.channel for one in planner.round(4, NOW).departures]

    assert sorted(channels) == ["sms", "sms", "whatsapp", "whatsapp"]


def test_a_lease_that_ended_before_the_claim_was_written_down_sends_nothing(
    planner: Planner,
) -> None:
    make_account()
    message = make_message(at=JUST_NOW)
    one_by_one()
    after_claim_of(
        message,
        "UPDATE crm_messageschedule SET claimed_by = 'another', claim_token = claim_token + 1"
        " WHERE id = NEW.id",
    )

    assert ids(planner.round(10, NOW)) == []
    assert fresh(message).status == Status.CLAIMED
    assert not Attempt.objects.exists()


def test_what_turns_up_before_the_horizon_is_found_by_a_full_look(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_account()
    make_message(at=NOW + timedelta(days=1))
    seconds = iter([0.0, 0.0, 1.0, 60.0, 60.0])
    monkeypatch.setattr(planner._due, "_clock_s", lambda: next(seconds))
    monkeypatch.setattr(planner._due, "_full_look_at_s", 0.0)
    planner.round(10, NOW)
    restored = make_message(at=NOW - timedelta(days=2))

    assert ids(planner.round(10, NOW + timedelta(seconds=1))) == []
    assert ids(planner.round(10, NOW + timedelta(seconds=60))) == [restored.pk]


@pytest.mark.parametrize(
    ("wall", "goes_at"),
    [
        ("2027-03-28T02:30", "2027-03-28T01:00:00Z"),  # skipped: the first instant after
        ("2027-10-31T02:30", "2027-10-31T00:30:00Z"),  # twice: the first of the two
        ("2027-03-28T09:00", "2027-03-28T07:00:00Z"),
    ],
)
def test_wall_time_across_a_change_of_the_clocks_goes_at_its_instant(
    planner: Planner, wall: str, goes_at: str
) -> None:
    make_account()
    message = make_message()
    message.set_time(datetime.fromisoformat(wall), "Europe/Madrid")
    message.save()
    instant = datetime.fromisoformat(goes_at)

    with time_machine.travel(instant - timedelta(seconds=1), tick=False):
        assert ids(planner.round(10, timezone.now())) == []
    with time_machine.travel(instant, tick=False):
        assert ids(planner.round(10, timezone.now())) == [message.pk]


def test_account_of_the_attempt_is_the_one_that_serves_the_channel(planner: Planner) -> None:
    make_account(enabled=False)
    serving = make_account()
    make_message(at=JUST_NOW)

    planner.round(10, NOW)

    assert Attempt.objects.get().account == serving
    assert ProviderAccount.objects.count() == 2


@pytest.mark.postgresql
class TestBesideAnother:
    """Another worker in the middle of its own transaction."""

    @pytest.fixture
    def other(self, on_postgresql: Installation) -> Iterator[psycopg.Connection]:
        with psycopg.connect(on_postgresql.url) as other, connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
            yield other

    @pytest.fixture
    def planner(self, on_postgresql: Installation) -> Planner:
        return Planner(Database(lambda _pause_s: False), RUN)

    def test_rows_it_holds_are_passed_over(
        self, other: psycopg.Connection, planner: Planner
    ) -> None:
        make_account()
        held, free = make_message(at=JUST_NOW), make_message(at=JUST_NOW)
        other.execute("SELECT 1 FROM crm_messageschedule WHERE id = %s FOR UPDATE", [held.pk])
        assert ids(planner.round(10, NOW)) == [free.pk]

    def test_slots_it_takes_are_not_taken_again(
        self, other: psycopg.Connection, planner: Planner
    ) -> None:
        make_account(rate_per_s=10, next_slot_at=JUST_NOW)
        make_message(at=JUST_NOW)
        slot = NOW + timedelta(milliseconds=150)
        other.execute("SELECT 1 FROM crm_provideraccount FOR NO KEY UPDATE")
        other.execute("UPDATE crm_provideraccount SET next_slot_at = %s", [slot])
        Timer(0.1, other.commit).start()

        done = planner.round(10, NOW)

        assert (ids(done), done.look_at) == ([], slot - timedelta(milliseconds=100))

    def test_attempts_it_writes_are_not_waited_for(
        self, other: psycopg.Connection, planner: Planner
    ) -> None:
        """A new attempt locks its account's key until it is committed."""
        make_account()
        message = make_message(at=JUST_NOW)
        other.execute("SELECT 1 FROM crm_provideraccount FOR KEY SHARE")
        assert ids(planner.round(10, NOW)) == [message.pk]


def refuse_attempts_of(message: MessageSchedule) -> None:
    """The database itself refuses an attempt at this message."""
    _trigger("BEFORE INSERT ON crm_attempt", f"NEW.message_id = {message.pk}", "refused")


def one_by_one() -> None:
    """A bad row: what is due beside it is claimed first and written down by halves."""
    refuse_attempts_of(make_message(make_customer(), at=JUST_NOW))


def after_claim_of(message: MessageSchedule, deed: str) -> None:
    """The deed of somebody else, in the very moment after the claim."""
    condition = f"NEW.status = 'claimed' AND OLD.status = 'scheduled' AND NEW.id = {message.pk}"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER meanwhile AFTER UPDATE ON crm_messageschedule"
                f" WHEN {condition} BEGIN {deed}; END"
            )
            return
        cursor.execute(
            "CREATE FUNCTION meanwhile() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {deed}; RETURN NULL; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER meanwhile AFTER UPDATE ON crm_messageschedule FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION meanwhile()"
        )


def _trigger(event: str, condition: str, why: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE TRIGGER refusing {event} WHEN {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{why}'); END"
            )
            return
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{why}' USING ERRCODE = 'check_violation'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER refusing {event} FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION refuse()"
        )
