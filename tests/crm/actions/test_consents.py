"""What a customer said about being written to, written down and taken back."""

from datetime import timedelta
from typing import Any

import pytest

from crm.actions import consents
from crm.actions.consents import ConsentChangedError, standing_of
from crm.models import Consent, Customer, Event, InboundMessage, OptOut, User
from crm.models.consents import KnownFrom
from rules.opt_out import Meaning
from tests.make import NOW, make_customer, make_user

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)


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


def test_it_is_taken_back_though_whoever_recorded_it_is_here_no_more(user: User) -> None:
    zoe, ben = make_customer(), make_user("ben")
    first = consents.record(zoe, "sms", False, actor=ben, now=NOW, words="No!")
    second = consents.record(zoe, "sms", True, actor=ben, now=NOW + timedelta(hours=1))
    assert first
    assert second
    ben.delete()
    consents.undo(second, actor=user)
    known = Consent.objects.get()
    assert (known.given, known.words, known.at, known.recorded_by) == (False, "No!", NOW, None)
    consents.undo(first, actor=user)
    assert said(zoe, "sms") == []


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


def asked(**changes: Any) -> dict[str, Any]:
    values = {"phone_number": "+34612345678", "channel": "sms", "words": "STOP", "now": NOW}
    return {"known_from": KnownFrom.REPLY, **values, **changes}


def kinds(customer: Customer) -> list[str]:
    return [event.kind for event in Event.objects.of(customer)]


def test_who_says_stop_is_written_to_no_more_and_neither_is_who_shares_the_number() -> None:
    zoe, her_mother, other = (
        make_customer(),
        make_customer(name="Mary"),
        make_customer(phone_number="+34699999999"),
    )
    assert consents.opt_out(**asked()) == [zoe, her_mother]

    for customer in (zoe, her_mother):
        standing = standing_of(customer, "sms")
        assert (standing.given, standing.opted_out, standing.words) == (False, True, "STOP")
        assert (standing.at, standing.known_from) == (NOW, "reply")
        assert not standing.allows(only_with_consent=False)
        assert kinds(customer) == ["consent.opted_out"]
    assert standing_of(other, "sms").at is None
    assert not standing_of(zoe, "whatsapp").refused


def test_said_twice_it_is_written_down_once() -> None:
    zoe = make_customer()
    consents.opt_out(**asked())
    assert consents.opt_out(**asked(words="Stop!!", now=LATER)) == []
    assert standing_of(zoe, "sms").at == NOW
    assert kinds(zoe) == ["consent.opted_out"]


def test_a_number_of_nobody_is_remembered_for_when_somebody_has_it() -> None:
    assert consents.opt_out(**asked()) == []
    assert standing_of(make_customer(), "sms").opted_out


def test_a_number_is_opted_out_under_every_form_it_is_known_by() -> None:
    consents.opt_out(**asked(phone_number="+551187654321"))
    zoe = make_customer(phone_number="+5511987654321")
    assert standing_of(zoe, "sms").opted_out
    assert set(OptOut.objects.values_list("phone_number", flat=True)) == {
        "+551187654321",
        "+5511987654321",
    }
    assert consents.opt_in(**asked(phone_number="+5511987654321", words="START")) == [zoe]
    assert not OptOut.objects.exists()


def test_who_asks_again_hears_again() -> None:
    zoe = make_customer()
    consents.opt_out(**asked())
    assert consents.opt_in(**asked(words="START", now=LATER)) == [zoe]

    standing = standing_of(zoe, "sms")
    assert (standing.given, standing.opted_out, standing.words) == (True, False, "START")
    assert standing.allows(only_with_consent=True)
    assert kinds(zoe) == ["consent.opted_in", "consent.opted_out"]


def test_a_yes_to_another_question_is_no_consent() -> None:
    zoe = make_customer()
    assert consents.opt_in(**asked(words="Yes")) == []
    assert not Consent.objects.exists()
    assert kinds(zoe) == []


def test_what_a_person_recorded_only_a_person_changes(user: User) -> None:
    zoe = make_customer()
    consents.opt_out(**asked())
    Consent.objects.update(known_from=KnownFrom.PERSON, recorded_by=user)
    assert consents.opt_in(**asked(words="yes")) == []
    assert standing_of(zoe, "sms").given is False


def test_who_tells_a_person_otherwise_is_written_to_again(user: User) -> None:
    zoe = make_customer()
    consents.opt_out(**asked())
    consents.record(zoe, "sms", True, actor=user, now=LATER)
    assert standing_of(zoe, "sms").allows(only_with_consent=True)


def test_without_a_word_from_anybody_the_business_decides() -> None:
    standing = standing_of(make_customer(phone_number=""), "sms")
    assert standing.allows(only_with_consent=False)
    assert not standing.allows(only_with_consent=True)


def test_words_are_kept_as_far_as_there_is_room() -> None:
    zoe = make_customer()
    consents.opt_out(**asked(words="no\0 " + "x" * 500))
    assert standing_of(zoe, "sms").words == ("no " + "x" * 500)[:300]


def test_a_customer_in_the_trash_is_left_alone_and_the_number_is_not() -> None:
    zoe = make_customer(trashed_at=NOW)
    assert consents.opt_out(**asked()) == []
    assert OptOut.objects.of(zoe.phone_number, "sms").exists()


def test_what_words_may_mean_is_what_a_message_is_stored_with() -> None:
    assert set(InboundMessage.Meant.values) == {meant.value for meant in Meaning}
