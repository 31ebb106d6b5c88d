"""Every state and reason has words that say what happened and what to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import DeliveryEvent, MessageSchedule
from crm.templatetags.display import clock
from crm.templatetags.message_words import (
    REASONS,
    STATES,
    ledger_words,
    shown_state,
    what_happened,
    what_to_do,
    words,
)
from rules.message_states import WANTS_A_PERSON, Status
from rules.reasons import Reason
from tests.make import (
    NOW,
    make_account,
    make_customer,
    make_message,
    make_reminder,
    make_user,
)

pytestmark = pytest.mark.django_db

LATE = NOW - timedelta(hours=1)


def test_no_state_and_no_reason_is_without_words() -> None:
    assert set(REASONS) == set(Reason)
    assert set(STATES) == set(Status)
    assert all(str(happened) and str(to_do) for happened, to_do in REASONS.values())
    assert all(str(STATES[state][1]) for state in WANTS_A_PERSON)


@pytest.mark.parametrize("reason", sorted(Reason))
@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_sentences_end_and_leave_nothing_open(status: Status, reason: Reason) -> None:
    message = make_reminder(make_customer(name="100% Wool {x}"), status=status, reason=reason)
    for said in (what_happened(message), what_to_do(message)):
        assert said.endswith(".")
        assert "%(" not in said


def test_names_are_put_in() -> None:
    zoe = make_customer(name="Zoë")
    assert what_happened(make_reminder(zoe, reason="no_phone")) == "Zoë has no phone number."
    by_sms = make_reminder(zoe, message_type="sms")
    assert "no account sends SMS messages by itself." in what_happened(by_sms)


def happened(message: MessageSchedule) -> str:
    return str(words(message, NOW)[0])


def test_what_is_late_says_that_the_sender_has_not_come() -> None:
    assert "has not taken it up" in happened(make_message(at=LATE))
    claimed = make_message(at=LATE, status="claimed", lease_until=LATE)
    assert "has not taken it up" in happened(claimed)


def test_what_waits_for_its_providers_pause_says_until_when() -> None:
    now = timezone.now()
    make_account(held_until=now + timedelta(minutes=10))
    message = make_message(at=now - timedelta(minutes=5))
    assert what_happened(message) == (
        f"The provider asked for a pause. It goes out by itself after "
        f"{clock(now + timedelta(minutes=10))}."
    )
    assert what_to_do(message) == ""


def test_what_waits_for_one_pause_after_another_says_so() -> None:
    now = timezone.now()
    make_account(held_until=now + timedelta(minutes=10))
    message = make_message(at=now - timedelta(hours=2))
    assert "one pause after another" in what_happened(message)
    assert what_to_do(message).startswith("Send it by hand")


def test_what_is_tried_in_vain_says_when_it_is_tried_next() -> None:
    now = timezone.now()
    next_try = now + timedelta(minutes=10)
    tried = {"first_tried_at": now - timedelta(hours=2), "reason_words": "connection refused"}
    message = make_message(at=next_try, **tried)
    assert "tried for over an hour" in what_happened(message)
    assert f"tried again at {clock(next_try)}" in what_to_do(message)
    late = make_message(message.customer, at=now - timedelta(hours=2), **tried)
    assert "has not taken it up" in what_happened(late)


def test_what_is_tried_in_vain_and_has_its_turn_coming_does_not_blame_the_sender() -> None:
    now = timezone.now()
    make_account(next_slot_at=now)
    message = make_message(at=now - timedelta(hours=2), first_tried_at=now - timedelta(hours=2))
    assert "tried for over an hour" in what_happened(message)
    assert f"tried again at {clock(now)}" in what_to_do(message)


def test_what_waits_behind_others_is_not_stuck() -> None:
    make_account(next_slot_at=NOW - timedelta(seconds=30))
    message = make_message(at=LATE)
    assert "waits for its turn" in happened(message)
    assert MessageSchedule.objects.upcoming(NOW).get() == message
    assert not MessageSchedule.objects.reminders(NOW).exists()
    assert MessageSchedule.objects.reminders(NOW + timedelta(minutes=2)).get() == message


@pytest.mark.parametrize(("reason", "said"), [("fell_back", "other channel"), ("", "another try")])
def test_the_ledger_says_why_it_went_back_into_the_queue(reason: str, said: str) -> None:
    known = DeliveryEvent(status=Status.SCHEDULED, detail={"reason": reason})
    assert said in ledger_words(known)


def test_what_the_sender_died_with_may_have_gone() -> None:
    message = make_message(at=LATE, status="sending", lease_until=LATE)
    assert "may have gone" in happened(message)


def test_what_is_on_its_way_says_so_whatever_an_earlier_try_left() -> None:
    message = make_message(status="sending", lease_until=NOW, reason="timed_out")
    assert happened(message) == "It is going out right now."


def test_what_a_person_knows_to_be_lost_is_not_uncertain_any_more() -> None:
    message = make_reminder(status="failed", reason="timed_out")
    assert happened(message) == "It did not arrive."


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "cancelled"])
def test_what_is_over_says_how_it_ended(status: str) -> None:
    assert what_happened(make_message(status=status, reason="refused")) == STATES[Status(status)][0]
    assert what_to_do(make_message(status=status)) == ""


def test_a_test_run_does_not_pretend_that_somebody_received_it() -> None:
    sent = {"status": "sent", "sent_at": NOW}
    tried = make_message(make_customer(), account=make_account(), **sent)
    assert "Nobody has received it." in what_happened(tried)
    by_hand = make_message(make_customer(), **sent)
    assert what_happened(by_hand) == "It has gone out."


def test_what_a_person_sent_by_hand_after_a_test_run_was_sent() -> None:
    message = make_message(status="sent", account=make_account(), sent_by=make_user())
    assert shown_state(message) == "sent"
