"""Accounts whose credentials nobody can open, on each database."""

from datetime import timedelta

from crm.actions.secrets import sealed
from crm.models import Attempt, Event, MessageSchedule, ProviderAccount
from delivery import housekeeping
from delivery.planner import Planner
from rules.message_states import Status
from rules.reasons import Reason
from tests.make import NOW, make_account, make_customer, make_message


def promise(count: int = 1) -> None:
    for _ in range(count):
        make_message(make_customer(), at=NOW - timedelta(seconds=1))


def test_what_is_due_waits_for_people_and_nothing_is_tried(planner: Planner) -> None:
    account = make_account(secrets="sealed with another key")
    promise(3)

    assert not planner.round(2, NOW).departures
    assert not planner.round(2, NOW).departures

    found = set(MessageSchedule.objects.values_list("status", "reason"))
    assert found == {(Status.DUE, Reason.ACCOUNT)}
    assert not Attempt.objects.exists()
    account.refresh_from_db()
    assert account.paused_because
    told = Event.objects.get(kind="delivery.paused")
    assert (told.subject_id, told.detail["words"]) == (account.pk, account.paused_because)


def test_other_accounts_send_meanwhile(planner: Planner) -> None:
    make_account(channel="sms", secrets="sealed with another key")
    make_account()
    promise()
    assert len(planner.round(2, NOW).departures) == 1


def test_once_the_key_is_back_it_sends_again(planner: Planner) -> None:
    account = make_account(secrets="sealed with another key")
    promise()
    planner.round(1, NOW)
    housekeeping.keep_house(NOW, housekeeping.SOON)
    assert not ProviderAccount.objects.usable().exists()

    ProviderAccount.objects.update(secrets=sealed({"token": "it opens"}))
    housekeeping.keep_house(NOW, housekeeping.SOON)
    account.refresh_from_db()
    assert account.paused_because == ""
    promise()
    assert len(planner.round(1, NOW).departures) == 1


def test_one_that_its_provider_has_stopped_stays_so(planner: Planner) -> None:
    make_account(paused_because="no credit")
    housekeeping.keep_house(NOW, housekeeping.SOON)
    assert ProviderAccount.objects.get().paused_because == "no credit"
