from dataclasses import replace
from datetime import timedelta

import pytest

from crm.models import Attempt, DeliveryEvent, MessageSchedule
from delivery.database import Database
from delivery.departures import Departure
from delivery.outcomes import change_after
from delivery.planner import Planner
from delivery.writeback import write
from providers.base import Accepted, NotSent, Outcome, Refused, Uncertain
from providers.errors import FALLS_BACK, ErrorKind
from rules.message_states import Status
from rules.reasons import Reason
from tests.make import NOW, make_account, make_message

LATER = NOW + timedelta(seconds=1)
CLOSED = Refused(code="131047", reason="Re-engagement message", kind=ErrorKind.WINDOW)


@pytest.fixture
def departure(planner: Planner) -> Departure:
    """A WhatsApp message on the wire, which may go by SMS instead."""
    make_account()
    make_account(channel="sms")
    make_message(at=NOW - timedelta(seconds=1), message_content="Hello.", fallback_channel="sms")
    (departure,) = planner.round(1, NOW).departures
    return departure


def settle(database: Database, departure: Departure, outcome: Outcome) -> MessageSchedule:
    write(database, [change_after(departure.made, outcome, LATER)])
    return MessageSchedule.objects.get()


def test_refused_for_good_it_goes_out_on_the_other_channel_at_once(
    database: Database, planner: Planner, departure: Departure
) -> None:
    row = settle(database, departure, CLOSED)

    assert (row.status, row.message_type, row.fallback_channel) == ("scheduled", "sms", "")
    assert (row.due_at, row.reason, row.wants_since) == (LATER, Reason.FELL_BACK, None)
    assert row.reason_code == "131047"
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.code) == ("refused", "131047")
    event = DeliveryEvent.objects.get()
    assert (event.status, event.attempt) == (Status.SCHEDULED, attempt)
    assert event.detail["reason"] == "fell_back"
    assert (event.detail["because"], event.detail["channel"]) == ("window_closed", "sms")

    (second,) = planner.round(1, LATER).departures
    assert (second.outgoing.channel, second.made.number) == ("sms", 1)
    assert second.made.first_tried_at == LATER
    assert [one.number for one in Attempt.objects.all()] == [1, 2]


def test_it_falls_back_once(database: Database, planner: Planner, departure: Departure) -> None:
    settle(database, departure, CLOSED)
    (second,) = planner.round(1, LATER).departures
    refused = Refused(code="21211", reason="No number", kind=ErrorKind.PERMANENT_RECIPIENT)
    row = settle(database, second, refused)
    assert (row.status, row.message_type, row.reason) == ("failed", "sms", "recipient")


@pytest.mark.parametrize("kind", sorted(set(ErrorKind) - FALLS_BACK))
def test_other_refusals_do_not_fall_back(
    database: Database, departure: Departure, kind: ErrorKind
) -> None:
    row = settle(database, departure, Refused(code="1", reason="No", kind=kind))
    assert (row.status, row.message_type) == (Status.FAILED, "whatsapp")


@pytest.mark.parametrize(
    "outcome",
    [Uncertain(why="no answer"), Accepted(provider_message_id="1"), NotSent(why="unreachable")],
)
def test_what_may_have_gone_or_may_yet_go_does_not_fall_back(
    database: Database, departure: Departure, outcome: Outcome
) -> None:
    row = settle(database, departure, outcome)
    assert (row.message_type, row.fallback_channel) == ("whatsapp", "sms")
    assert row.status != Status.FAILED


def test_without_permission_it_fails(database: Database, departure: Departure) -> None:
    without = replace(departure, made=replace(departure.made, fallback=""))
    assert settle(database, without, CLOSED).status == Status.FAILED
