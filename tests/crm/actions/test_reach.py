"""Whether a customer can be written to on each channel, as far as anybody knows beforehand."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from crm.actions.reach import Refusal, reach_of
from crm.models import Customer, DeliveryEvent, MessageSchedule, OptOut
from rules.message_states import Status
from tests.make import NOW, make_account, make_customer, make_message

pytestmark = pytest.mark.django_db


def refused(customer: Customer, **changes: Any) -> MessageSchedule:
    values: dict[str, Any] = {
        "status": Status.FAILED,
        "reason": "recipient",
        "reason_words": "Not on WhatsApp",
        "sent_to": customer.phone_number,
        "wants_since": NOW,
    }
    return make_message(customer, at=NOW, **(values | changes))


def test_without_accounts_everybody_is_written_to_by_hand() -> None:
    reach = reach_of(make_customer())
    assert [(one.account, one.entry, one.is_open) for one in reach.values()] == [
        (None, None, False)
    ] * 2


def test_an_account_serves_its_channel_paused_or_not() -> None:
    account = make_account(channel="sms", paused_because="no credit")
    reach = reach_of(make_customer())
    assert (reach["sms"].account, reach["whatsapp"].account) == (account, None)
    assert reach["sms"].is_open


def test_an_account_of_a_provider_we_do_not_know_is_an_account_still() -> None:
    make_account(provider="carrier pigeon")
    one = reach_of(make_customer())["whatsapp"]
    assert (one.entry, one.has_window, one.takes_files) == (None, False, False)


def test_whoever_opted_out_is_not_reached() -> None:
    make_account()
    zoe = make_customer()
    OptOut.objects.create(phone_number=zoe.phone_number, channel="whatsapp", known_from="reply")
    assert not reach_of(zoe)["whatsapp"].is_open


def test_a_number_that_could_not_receive_is_remembered_for_its_channel() -> None:
    make_account()
    zoe = make_customer()
    refused(zoe, wants_since=NOW - timedelta(days=3))
    refused(zoe)
    reach = reach_of(zoe)
    assert reach["whatsapp"].refusal == Refusal(channel="whatsapp", at=NOW, words="Not on WhatsApp")
    assert not reach["whatsapp"].is_open
    assert reach["sms"].refusal is None


def test_it_is_the_number_that_counts_whoever_has_it() -> None:
    refused(make_customer())
    assert reach_of(make_customer(name="Her daughter"))["whatsapp"].refusal
    assert reach_of(make_customer(phone_number="+34699999999"))["whatsapp"].refusal is None
    assert reach_of(make_customer(phone_number=""))["whatsapp"].refusal is None


@pytest.mark.parametrize(
    "changes", [{"reason": "content"}, {"sent_to": "+34600000000"}, {"status": Status.SENT}]
)
def test_other_trouble_says_nothing_of_the_number(changes: dict[str, Any]) -> None:
    zoe = make_customer()
    refused(zoe, **changes)
    assert reach_of(zoe)["whatsapp"].refusal is None


def test_what_arrived_later_clears_the_number() -> None:
    zoe = make_customer()
    refused(zoe)
    make_message(
        zoe,
        status=Status.DELIVERED,
        sent_to=zoe.phone_number,
        sent_at=NOW + timedelta(days=1),
    )
    assert reach_of(zoe)["whatsapp"].refusal is None


def test_what_went_out_on_the_other_channel_says_why_it_did() -> None:
    zoe = make_customer()
    message = make_message(zoe, message_type="sms", sent_to=zoe.phone_number)
    fell = {"reason": "fell_back", "channel": "sms", "because": "recipient"}
    DeliveryEvent.objects.create(
        message=message, status="scheduled", source="worker", detail=fell, at=NOW
    )
    reach = reach_of(zoe)
    assert reach["whatsapp"].refusal == Refusal(channel="whatsapp", at=NOW)
    assert reach["sms"].refusal is None


def test_it_costs_the_same_for_a_long_story(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    zoe = make_customer()
    for _ in range(5):
        refused(zoe)
        refused(zoe, message_type="sms")
    with django_assert_num_queries(7):
        reach_of(zoe)
