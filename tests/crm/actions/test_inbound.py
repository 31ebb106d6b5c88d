"""Whose a customer's message is, what it means, and what follows from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.actions import customers, inbound
from crm.actions.inbound import Place
from crm.models import (
    Consent,
    Customer,
    InboundMessage,
    OptOut,
    ProviderAccount,
    User,
)
from providers.callbacks import Inbound, InboundMedia, Keyword
from tests.make import NOW, make_account, make_customer, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ProviderAccount:
    return make_account()


def told(text: str = "Can I come at ten?", **changes: Any) -> Inbound:
    values: dict[str, Any] = {
        "provider_message_id": "in.1",
        "sender": "+34612345678",
        "at": NOW - timedelta(minutes=1),
        "text": text,
    }
    return Inbound(**(values | changes))


def receive(account: ProviderAccount, *messages: Inbound) -> InboundMessage:
    place = Place(account_id=account.pk, channel=account.channel)
    for one in messages:
        inbound.receive(place, one, NOW)
    return InboundMessage.objects.latest("pk")


def test_a_message_is_its_customers_and_wants_an_answer(account: ProviderAccount) -> None:
    customer = make_customer()
    message = receive(account, told(sender_name="Zoë", sender_id="34612345678"))

    assert (message.customer, message.account, message.channel) == (customer, account, "whatsapp")
    assert (message.text, message.meant, message.sender_name) == ("Can I come at ten?", "", "Zoë")
    assert message.received_at == NOW - timedelta(minutes=1)
    assert [*InboundMessage.objects.unanswered()] == [message]


def test_the_same_message_comes_once(account: ProviderAccount) -> None:
    receive(account, told(), told())
    receive(make_account(channel="sms"), told())
    assert InboundMessage.objects.count() == 2


def test_a_number_is_the_same_however_its_country_writes_it(account: ProviderAccount) -> None:
    customer = make_customer(phone_number="+5511987654321")
    assert receive(account, told(sender="+551187654321")).customer == customer


def test_who_shares_a_number_is_told_apart_by_what_is_answered(account: ProviderAccount) -> None:
    make_customer(name="Ravi")
    zoe = make_customer(name="Zoë")
    sent = make_message(
        zoe, account=account, status="sent", sent_at=NOW, provider_message_id="out.1"
    )
    message = receive(account, told(answers="out.1"))
    assert (message.customer, message.answers) == (zoe, sent)


def test_who_shares_a_number_is_else_the_last_one_written_to(account: ProviderAccount) -> None:
    ravi, zoe = make_customer(name="Ravi"), make_customer(name="Zoë")
    make_message(zoe, status="sent", sent_at=NOW)
    make_message(ravi, status="sent", sent_at=NOW - timedelta(days=1))
    assert receive(account, told()).customer == zoe


def test_who_shares_a_number_and_was_never_written_to_is_the_first(
    account: ProviderAccount,
) -> None:
    ravi = make_customer(name="Ravi")
    make_customer(name="Zoë")
    assert receive(account, told()).customer == ravi


def test_a_stranger_is_nobodys_until_they_are_added(account: ProviderAccount, user: User) -> None:
    message = receive(account, told())
    assert message.customer is None
    customer = customers.add(Customer(name="Zoë", phone_number="+34612345678"), actor=user)
    message.refresh_from_db()
    assert message.customer == customer


def test_a_number_that_is_written_down_later_brings_its_messages_along(
    account: ProviderAccount, user: User
) -> None:
    message, customer = receive(account, told()), make_customer(phone_number="")
    customer.phone_number = "+34612345678"
    customers.change(customer, [], actor=user, now=NOW)
    message.refresh_from_db()
    assert message.customer == customer


def test_who_has_only_a_name_at_the_provider_is_known_by_it_again(
    account: ProviderAccount,
) -> None:
    customer = make_customer()
    receive(account, told(sender_id="ES.1"))
    message = receive(account, told(sender="", sender_id="ES.1", provider_message_id="in.2"))
    assert message.customer == customer


def test_what_lies_in_the_trash_has_no_messages(account: ProviderAccount) -> None:
    make_customer(trashed_at=NOW)
    assert receive(account, told()).customer is None


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Baja", "Unsubscribe!"])
def test_a_word_that_means_no_more_is_obeyed(account: ProviderAccount, word: str) -> None:
    customer = make_customer()
    message = receive(account, told(word))

    assert message.meant == "opt_out"
    assert OptOut.objects.get().phone_number == "+34612345678"
    consent = Consent.objects.get()
    assert (consent.customer, consent.channel, consent.given) == (customer, "whatsapp", False)
    assert (consent.words, consent.at) == (word, message.received_at)


def test_what_only_sounds_like_it_is_for_a_person(account: ProviderAccount) -> None:
    make_customer()
    assert receive(account, told("please stop writing to me")).meant == "near_opt_out"
    assert not OptOut.objects.exists()


def test_the_providers_own_reading_counts(account: ProviderAccount) -> None:
    make_customer()
    assert receive(account, told("Nada más", keyword=Keyword.OPT_OUT)).meant == "opt_out"
    assert OptOut.objects.exists()


def test_a_word_under_a_picture_is_no_command(account: ProviderAccount) -> None:
    assert receive(account, told("stop", kind="image")).meant == ""


def test_yes_is_an_answer_unless_they_had_asked_for_nothing_more(account: ProviderAccount) -> None:
    make_customer()
    assert receive(account, told("Yes")).meant == ""
    receive(account, told("Stop", provider_message_id="in.2", at=NOW - timedelta(seconds=30)))
    again = receive(account, told("Yes", provider_message_id="in.3", at=NOW))
    assert again.meant == "opt_in"
    assert not OptOut.objects.exists()


def test_an_old_stop_that_comes_late_does_not_undo_a_new_start(account: ProviderAccount) -> None:
    make_customer()
    receive(account, told("Stop", at=NOW - timedelta(minutes=9)))
    receive(account, told("Start", provider_message_id="in.2", at=NOW - timedelta(minutes=5)))
    late = told("Stop", provider_message_id="in.3", at=NOW - timedelta(minutes=7))
    assert receive(account, late).meant == "opt_out"
    assert not OptOut.objects.exists()


def test_a_stop_is_not_overtaken_by_what_another_nameless_customer_said(
    account: ProviderAccount,
) -> None:
    """WhatsApp tells some customers' names for them and no number."""
    one = make_customer(phone_number="+34612345671")
    another = make_customer(phone_number="+34612345672")
    for number, (customer, name) in enumerate(((one, "ES.1"), (another, "ES.2"))):
        make_message(customer, account=account, provider_message_id=f"out.{number}")
        receive(
            account,
            told(
                provider_message_id=f"first.{number}",
                sender="",
                sender_id=name,
                answers=f"out.{number}",
                at=NOW - timedelta(hours=1),
            ),
        )
    later, earlier = NOW - timedelta(minutes=1), NOW - timedelta(minutes=9)
    receive(
        account,
        told("STOP", provider_message_id="b", sender="", sender_id="ES.2", at=later),
        told("STOP", provider_message_id="a", sender="", sender_id="ES.1", at=earlier),
    )
    stopped = set(OptOut.objects.values_list("phone_number", flat=True))
    assert stopped == {"+34612345671", "+34612345672"}


def test_a_moment_before_anybody_had_a_phone_is_none(account: ProviderAccount) -> None:
    """What a gateway writes for no moment at all; no clock west of Greenwich could show it."""
    message = receive(account, told(at=datetime(1, 1, 1, tzinfo=UTC)))
    assert message.received_at == NOW


def test_a_stranger_may_ask_for_nothing_more_too(account: ProviderAccount) -> None:
    receive(account, told("STOP"))
    assert OptOut.objects.get().phone_number == "+34612345678"


def test_a_customer_without_a_number_is_believed_too(account: ProviderAccount) -> None:
    zoe = make_customer(phone_number="", phone_as_typed="")
    sent = make_message(zoe, status="sent", provider_message_id="out.1", account=account)
    stop = receive(account, told("STOP", sender="", sender_id="ES.1", answers="out.1"))
    assert (stop.customer, stop.meant, stop.answers) == (zoe, "opt_out", sent)
    consent = Consent.objects.get()
    assert (consent.customer, consent.given, consent.known_from) == (zoe, False, "reply")
    assert not OptOut.objects.exists()


def test_a_reaction_wants_no_answer(account: ProviderAccount) -> None:
    make_customer()
    message = receive(account, told("👍", kind="reaction"))
    assert message.acknowledged_at == NOW
    assert not InboundMessage.objects.unanswered().exists()


def test_the_providers_clock_opens_no_window_in_the_future(account: ProviderAccount) -> None:
    assert receive(account, told(at=NOW + timedelta(days=9))).received_at == NOW


def test_files_are_expected_at_once(account: ProviderAccount) -> None:
    photo = InboundMedia(reference="media.1", content_type="image/jpeg", size=9)
    message = receive(account, told("", kind="image", media=(photo,)))
    media = message.media.get()
    assert (media.reference, media.size, media.next_try_at) == ("media.1", 9, NOW)


def test_what_no_column_holds_is_cut(account: ProviderAccount) -> None:
    long = told("a\0b", provider_message_id="x" * 400, sender_name="y" * 400, sender_id="z" * 400)
    message = receive(account, long, long)
    assert (message.text, len(message.provider_message_id)) == ("ab", 200)
    assert InboundMessage.objects.count() == 1
