from datetime import timedelta
from uuid import UUID

import pytest

from crm.models import Attempt, DeliveryEvent, Event, MessageSchedule, OptOut, ProviderAccount
from delivery import outcomes
from delivery.database import Database
from delivery.outcomes import Try, change_after
from delivery.planner import Planner
from delivery.writeback import write
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import STOPS_THE_ACCOUNT, ErrorKind
from rules.message_states import MoveNotAllowedError, Status
from rules.reasons import Reason
from tests.make import NOW, make_account, make_message

LATER = NOW + timedelta(seconds=1)
MADE = Try(
    message_id=1,
    token=1,
    attempt_id=UUID(int=1),
    number=1,
    first_tried_at=NOW,
    send_by=None,
)


@pytest.fixture
def made(planner: Planner) -> Try:
    """A message in `sending`, as the worker holds it."""
    make_account()
    make_message(at=NOW - timedelta(seconds=1), message_content="Hello.")
    (departure,) = planner.round(1, NOW).departures
    return departure.made


def settle(database: Database, made: Try, outcome: Outcome | None) -> MessageSchedule:
    write(database, [change_after(made, outcome, LATER)])
    return MessageSchedule.objects.get()


def test_accepted_is_sent_with_the_providers_id(database: Database, made: Try) -> None:
    row = settle(database, made, Accepted(provider_message_id="wamid.1"))

    assert (row.status, row.provider_message_id, row.sent_at) == (Status.SENT, "wamid.1", LATER)
    assert (row.lease_until, row.claimed_by, row.wants_since) == (None, "", None)
    assert row.updated_at == LATER
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.finished_at) == ("accepted", LATER)
    assert attempt.provider_message_id == "wamid.1"
    event = DeliveryEvent.objects.get()
    assert (event.status, event.attempt, event.at) == (Status.SENT, attempt, LATER)


@pytest.mark.parametrize(
    ("outcome", "asleep"),
    [
        (NotSent(why="connection refused"), True),
        (Refused(kind=ErrorKind.CONTENT, code="", reason="no"), False),
    ],
)
def test_what_a_person_put_off_stays_so_while_it_is_only_tried_again(
    database: Database, made: Try, outcome: Outcome, *, asleep: bool
) -> None:
    until = NOW + timedelta(days=1)
    MessageSchedule.objects.update(snoozed_until=until)
    assert settle(database, made, outcome).snoozed_until == (until if asleep else None)


@pytest.mark.parametrize("status", [Status.DELIVERED, Status.READ])
def test_what_has_arrived_by_the_time_it_is_answered_says_when(
    database: Database, made: Try, status: Status
) -> None:
    row = settle(database, made, Accepted(provider_message_id="phone.1", status=status))

    assert (row.status, row.sent_at) == (status, LATER)
    told = {Status.DELIVERED: row.delivered_at, Status.READ: row.read_at}
    assert [moment for moment in told.values() if moment] == [told[status]] == [LATER]


def test_refused_is_a_failure_with_the_providers_own_words(database: Database, made: Try) -> None:
    refused = Refused(code="21211", reason="No such number", kind=ErrorKind.PERMANENT_RECIPIENT)
    row = settle(database, made, refused)

    assert (row.status, row.reason, row.wants_since) == (Status.FAILED, Reason.RECIPIENT, LATER)
    assert (row.reason_code, row.reason_words) == ("21211", "No such number")
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.code, attempt.words) == ("refused", "21211", "No such number")
    assert DeliveryEvent.objects.get().detail == {
        "reason": "recipient",
        "code": "21211",
        "words": "No such number",
    }


def test_a_refused_account_sends_nothing_more_and_says_why(
    database: Database, planner: Planner, made: Try
) -> None:
    waiting = make_message(at=NOW - timedelta(seconds=1), message_content="Hello again.")
    refused = Refused(code="63001", reason="Out of credit" + "!" * 500, kind=ErrorKind.ACCOUNT)
    write(database, [change_after(made, refused, LATER)])

    account = ProviderAccount.objects.get()
    assert account.paused_because.startswith("Out of credit!")
    event = Event.objects.get(kind="delivery.paused")
    assert (event.subject_id, event.actor) == (account.pk, None)
    assert event.detail["channel"] == "whatsapp"
    assert event.detail["words"] == account.paused_because
    assert MessageSchedule.objects.get(pk=made.message_id).reason == Reason.ACCOUNT
    assert not planner.round(10, NOW + timedelta(minutes=1)).departures
    waiting.refresh_from_db()
    assert (waiting.status, waiting.reason) == (Status.DUE, Reason.ACCOUNT)


@pytest.mark.parametrize("words", [("", "63001", "63001"), ("", "", "account")])
def test_a_paused_account_always_has_a_reason(
    database: Database, made: Try, words: tuple[str, str, str]
) -> None:
    said, code, told = words
    settle(database, made, Refused(code=code, reason=said, kind=ErrorKind.ACCOUNT))
    assert ProviderAccount.objects.get().paused_because == told


@pytest.mark.parametrize("kind", sorted(set(ErrorKind) - STOPS_THE_ACCOUNT))
def test_other_refusals_leave_the_account_at_work(
    database: Database, made: Try, kind: ErrorKind
) -> None:
    settle(database, made, Refused(code="1", reason="No.", kind=kind))
    assert not ProviderAccount.objects.get().paused_because


def test_why_an_account_was_paused_first_is_kept(database: Database, made: Try) -> None:
    ProviderAccount.objects.update(paused_because="Banned")
    settle(database, made, Refused(code="2", reason="Later.", kind=ErrorKind.ACCOUNT))
    assert ProviderAccount.objects.get().paused_because == "Banned"


def test_uncertain_is_unconfirmed_and_never_due_again(database: Database, made: Try) -> None:
    row = settle(database, made, Uncertain(why="no answer", cause=Reason.TIMED_OUT))

    assert (row.status, row.reason, row.wants_since) == (Status.UNCONFIRMED, "timed_out", LATER)
    assert Attempt.objects.get().outcome == "uncertain"


def test_not_sent_goes_back_into_the_outbox_with_a_delay(database: Database, made: Try) -> None:
    row = settle(database, made, NotSent(why="throttled", retry_after_s=90, code="429"))

    assert (row.status, row.reason, row.wants_since) == (Status.SCHEDULED, "", None)
    assert timedelta(seconds=90) <= row.due_at - LATER < timedelta(seconds=120)
    assert row.schedule_date < NOW
    assert Attempt.objects.get().outcome == "not_sent"


def test_a_throttled_account_is_held_and_the_message_keeps_its_place(
    database: Database, planner: Planner, made: Try
) -> None:
    due_at = MessageSchedule.objects.get().due_at
    row = settle(database, made, NotSent(why="throttled", retry_after_s=90, holds_account=True))

    assert (row.status, row.due_at) == (Status.SCHEDULED, due_at)
    until = LATER + timedelta(seconds=90)
    assert ProviderAccount.objects.get().held_until == until
    held = planner.round(10, LATER)
    assert (list(held.departures), held.anything_due, held.look_at) == ([], False, until)
    assert len(planner.round(10, until).departures) == 1


def test_an_account_is_held_as_long_as_the_longest_asks(
    database: Database, planner: Planner
) -> None:
    make_account(rate_per_s=10_000)
    for _ in range(3):
        make_message(at=NOW - timedelta(minutes=1), message_content="Hello.")
    pauses = [30, 90, 60]
    changes = [
        change_after(one.made, NotSent(why="", retry_after_s=s, holds_account=True), LATER)
        for one, s in zip(planner.round(10, NOW).departures, pauses, strict=True)
    ]
    write(database, changes[:2])
    write(database, changes[2:])
    assert ProviderAccount.objects.get().held_until == LATER + timedelta(seconds=90)


def test_a_throttled_account_is_given_up_on_as_a_limit() -> None:
    throttled = NotSent(why="slow down", holds_account=True)
    change = change_after(MADE, throttled, NOW + timedelta(hours=12))
    assert (change.status, change.reason) == (Status.FAILED, Reason.LIMIT)


def test_a_provider_that_knows_of_an_opt_out_is_believed(database: Database, made: Try) -> None:
    row = settle(database, made, Refused(code="21610", reason="STOP", kind=ErrorKind.OPT_OUT))
    assert (row.status, row.reason) == (Status.FAILED, Reason.OPTED_OUT)
    known = OptOut.objects.get()
    assert (known.phone_number, known.channel) == (row.sent_to, "whatsapp")
    assert (known.known_from, known.words, known.at) == ("provider", "STOP", LATER)


def test_never_begun_keeps_its_place(database: Database, made: Try) -> None:
    due_at = MessageSchedule.objects.get().due_at
    row = settle(database, made, None)

    assert (row.status, row.due_at) == (Status.SCHEDULED, due_at)
    assert Attempt.objects.get().outcome == "not_sent"


def test_next_try_is_not_after_the_send_by_moment() -> None:
    send_by = NOW + timedelta(seconds=3)
    made = Try(
        message_id=1,
        token=1,
        attempt_id=UUID(int=1),
        number=1,
        first_tried_at=NOW,
        send_by=send_by,
    )
    assert change_after(made, NotSent(why="no connection"), NOW).due_at == send_by


def test_it_gives_up_after_half_a_day() -> None:
    change = change_after(MADE, NotSent(why="no connection"), NOW + timedelta(hours=12))
    assert (change.status, change.reason) == (Status.FAILED, Reason.GAVE_UP)
    assert change.words == "no connection"


@pytest.mark.parametrize("lost", ["lease", "state"])
def test_a_worker_whose_lease_was_lost_writes_nothing(
    database: Database, made: Try, lost: str
) -> None:
    row = MessageSchedule.objects.get()
    if lost == "lease":
        row.claim_token += 1
    else:
        row.status = Status.UNCONFIRMED
    row.save()

    after = settle(database, made, Accepted(provider_message_id="late"))

    assert (after.status, after.provider_message_id) == (row.status, "")
    assert Attempt.objects.get().finished_at is None
    assert not DeliveryEvent.objects.exists()


def test_what_a_provider_says_may_be_long_and_hostile(database: Database, made: Try) -> None:
    refused = Refused(code="c" * 500, reason="no\0body " + "x" * 5000, kind=ErrorKind.UNKNOWN)
    row = settle(database, made, refused)

    assert row.reason_code == "c" * 60
    assert row.reason_words == ("nobody " + "x" * 5000)[:500]


def test_many_are_written_together_and_one_bad_row_spoils_none(
    database: Database, planner: Planner
) -> None:
    make_account(rate_per_s=10_000)
    for number in range(20):
        make_message(at=NOW - timedelta(minutes=1), message_content=f"Hello {number}.")
    departures = planner.round(100, NOW).departures
    changes = [
        change_after(one.made, Accepted(provider_message_id=str(number)), LATER)
        for number, one in enumerate(departures)
    ]
    broken = changes[7]
    object.__setattr__(broken, "code", "longer than its column" * 10)

    held = write(database, changes)

    assert held == {change.message_id for change in changes}
    assert set(MessageSchedule.objects.values_list("status", flat=True)) == {Status.SENT}
    assert DeliveryEvent.objects.count() == 20


def test_a_provider_that_gives_no_ids_mixes_up_no_messages(
    database: Database, planner: Planner
) -> None:
    make_account(rate_per_s=10_000)
    for number in range(3):
        make_message(at=NOW - timedelta(minutes=1), message_content=f"Hello {number}.")
    departures = planner.round(100, NOW).departures

    write(
        database,
        [change_after(one.made, Accepted(provider_message_id=""), LATER) for one in departures],
    )

    rows = MessageSchedule.objects.values_list("status", "provider_message_id", "sent_at")
    assert list(rows) == [(Status.SENT, "", LATER)] * 3
    assert set(Attempt.objects.values_list("outcome", "provider_message_id")) == {("accepted", "")}


def test_a_move_that_is_in_no_table_is_refused(database: Database, made: Try) -> None:
    change = change_after(made, Accepted(provider_message_id="1", status=Status.DUE), LATER)
    with pytest.raises(MoveNotAllowedError):
        database.write(
            lambda cursor: outcomes.write(cursor, database.dialect, [change], was=Status.SENDING)
        )
