"""What a customer said about being written to, written down and taken back."""

from datetime import timedelta

import pytest

from crm.actions import consents
from crm.actions.consents import ConsentChangedError
from crm.models import Consent, Customer, Event, OptOut, User
from tests.make import NOW, make_customer

pytestmark = pytest.mark.django_db


def said(customer: Customer, channel: str = "whatsapp") -> list[tuple[bool, str, str]]:
    rows = Consent.objects.filter(customer=customer, channel=channel)
    return list(rows.values_list("given", "known_from", "words"))


def test_what_was_said_is_kept_with_who_heard_it_and_when(user: User) -> None:
    zoe = make_customer()
    consents.record(zoe, "whatsapp", True, actor=user, now=NOW)
    known = Consent.objects.get()
    assert (known.customer, known.channel, known.given) == (zoe, "whatsapp", True)
    assert (known.recorded_by, known.at, known.words) == (user, NOW, "")
    assert [event.kind for event in Event.objects.of(zoe)] == ["consent.given"]


def test_a_channel_says_nothing_of_the_other(user: User) -> None:
    zoe = make_customer()
    consents.record(zoe, "whatsapp", False, actor=user, now=NOW)
    assert said(zoe) == [(False, "person", "")]
    assert said(zoe, "sms") == []


def test_what_is_known_already_is_not_written_again(user: User) -> None:
    zoe = make_customer()
    assert consents.record(zoe, "sms", False, actor=user, now=NOW)
    later = NOW + timedelta(days=1)
    assert consents.record(zoe, "sms", False, actor=user, now=later) is None
    assert Consent.objects.get().at == NOW
    assert Event.objects.count() == 1


def test_a_number_that_opted_out_is_written_to_again_once_they_ask_for_it(user: User) -> None:
    zoe = make_customer()
    OptOut.objects.create(phone_number=zoe.phone_number, channel="sms", known_from="reply", at=NOW)
    OptOut.objects.create(phone_number=zoe.phone_number, channel="whatsapp", known_from="reply")
    consents.record(zoe, "sms", True, actor=user, now=NOW)
    assert [one.channel for one in OptOut.objects.all()] == ["whatsapp"]


def test_the_opt_out_of_a_number_known_by_another_form_goes_too(user: User) -> None:
    zoe = make_customer(phone_number="+5511987654321")
    OptOut.objects.create(phone_number="+551187654321", channel="whatsapp", known_from="reply")
    consents.record(zoe, "whatsapp", True, actor=user, now=NOW)
    assert not OptOut.objects.exists()


def test_asked_again_while_the_number_is_opted_out_it_counts(user: User) -> None:
    """Somebody else with the same number has written STOP since."""
    zoe = make_customer()
    consents.record(zoe, "sms", True, actor=user, now=NOW)
    OptOut.objects.create(phone_number=zoe.phone_number, channel="sms", known_from="reply")
    assert consents.record(zoe, "sms", True, actor=user, now=NOW)
    assert not OptOut.objects.exists()


def test_taking_it_back_leaves_what_was_known_before(user: User) -> None:
    zoe = make_customer()
    OptOut.objects.create(
        phone_number=zoe.phone_number, channel="sms", known_from="reply", words="STOP", at=NOW
    )
    first = consents.record(zoe, "sms", False, actor=user, now=NOW)
    second = consents.record(zoe, "sms", True, actor=user, now=NOW + timedelta(hours=1))
    assert first
    assert second
    consents.undo(second, actor=user)
    known = Consent.objects.get()
    assert (known.given, known.words, known.at, known.recorded_by) == (
        False,
        "",
        NOW,
        user,
    )
    assert list(OptOut.objects.values_list("words", "at")) == [("STOP", NOW)]
    consents.undo(first, actor=user)
    assert said(zoe, "sms") == []
    kinds = [event.kind for event in Event.objects.of(zoe)]
    assert kinds == ["consent.undone", "consent.undone", "consent.given", "consent.refused"]


def test_nothing_may_be_known_any_more(user: User) -> None:
    zoe = make_customer()
    consents.record(zoe, "sms", True, actor=user, now=NOW)
    forgotten = consents.record(zoe, "sms", None, actor=user, now=NOW)
    assert forgotten
    assert said(zoe, "sms") == []
    consents.undo(forgotten, actor=user)
    assert said(zoe, "sms") == [(True, "person", "")]


def test_what_has_been_changed_since_is_not_taken_back(user: User) -> None:
    zoe = make_customer()
    first = consents.record(zoe, "sms", True, actor=user, now=NOW)
    consents.record(zoe, "sms", False, actor=user, now=NOW)
    assert first
    with pytest.raises(ConsentChangedError):
        consents.undo(first, actor=user)
    assert said(zoe, "sms") == [(False, "person", "")]


def test_without_a_number_what_was_said_is_kept_all_the_same(user: User) -> None:
    zoe = make_customer(phone_number="")
    event = consents.record(zoe, "sms", True, actor=user, now=NOW)
    assert event
    consents.undo(event, actor=user)
    assert not Consent.objects.exists()
