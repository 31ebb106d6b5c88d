"""What is looked at before a message is promised: consent, quiet hours, WhatsApp's window."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from crm.forms.messages import MessageScheduleForm
from crm.models import Business, Consent, Customer, InboundMessage, MessageSchedule, OptOut
from crm.templatetags.display import written_for
from tests.make import NOW, make_account, make_customer, make_message

pytestmark = pytest.mark.django_db

#: 21:40 in New York on Friday is 03:40 on Saturday in Madrid.
LATE_THERE = "2026-11-21T03:40"
MORNING_THERE = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _a_page_of_the_business(business: Business) -> Iterator[None]:
    business.quiet_from, business.quiet_until = time(21), time(8)
    business.save()
    with timezone.override("Europe/Madrid"), written_for(business):
        yield


def form(
    customer: Customer, *, message: MessageSchedule | None = None, **typed: Any
) -> MessageScheduleForm:
    """What the browser sends for a WhatsApp message of next Friday at nine, but for `typed`."""
    data = QueryDict(mutable=True)
    values = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}",
        "schedule_date": "2026-11-20T09:00",
    }
    data.update(values | typed)
    business = Business.objects.current()
    return MessageScheduleForm(data, customer=customer, business=business, now=NOW, message=message)


def errors(found: MessageScheduleForm) -> dict[str, list[str]]:
    assert not found.is_valid()
    return {name: [str(error) for error in told] for name, told in found.errors.items()}


def new_yorker() -> Customer:
    return make_customer(time_zone="America/New_York")


# --- consent --------------------------------------------------------------------------------


def test_who_opted_out_on_a_channel_is_not_written_to_there(business: Business) -> None:
    zoe = make_customer()
    OptOut.objects.create(phone_number=zoe.phone_number, channel="whatsapp", known_from="reply")
    (said,) = errors(form(zoe))["message_type"]
    assert said.startswith("Zoë asked not to be written to by WhatsApp.")
    assert form(zoe, message_type="sms").is_valid()


def test_what_a_person_recorded_counts_as_much(business: Business) -> None:
    zoe = make_customer()
    Consent.objects.create(customer=zoe, channel="whatsapp", given=False, known_from="person")
    assert "message_type" in errors(form(zoe))


def test_without_recorded_consent_nothing_is_promised_where_the_business_asks_for_it(
    business: Business,
) -> None:
    zoe = make_customer()
    assert form(zoe).is_valid()
    Business.objects.update(only_with_consent=True)
    (said,) = errors(form(zoe))["message_type"]
    assert said.startswith("Nobody has recorded that Zoë may be written to by WhatsApp")
    Consent.objects.create(customer=zoe, channel="whatsapp", given=True, known_from="person")
    assert form(zoe).is_valid()


# --- quiet hours ----------------------------------------------------------------------------


def test_a_moment_in_their_quiet_hours_waits_until_those_are_over() -> None:
    make_account()
    found = form(new_yorker(), schedule_date=LATE_THERE)
    assert found.is_valid(), found.errors
    assert found.quiet is not None
    assert (found.quiet.goes_at, found.goes_at) == (MORNING_THERE, MORNING_THERE)
    assert found.quiet.zone == "America/New_York"
    assert found["also_in_quiet_hours"].label == "Send it at 21:40 all the same"
    assert not found.draft.also_in_quiet_hours
    assert found.draft.schedule_date == datetime(2026, 11, 21, 2, 40, tzinfo=UTC)


def test_the_same_moment_is_no_night_for_somebody_else() -> None:
    make_account()
    found = form(make_customer(time_zone="Asia/Tokyo"), schedule_date=LATE_THERE)
    assert found.is_valid()
    assert found.quiet is None
    assert found.goes_at == found.draft.schedule_date


def test_a_person_may_say_that_it_goes_all_the_same() -> None:
    make_account()
    found = form(new_yorker(), schedule_date=LATE_THERE, also_in_quiet_hours="on")
    assert found.is_valid()
    assert found.draft.also_in_quiet_hours
    assert found.goes_at == found.draft.schedule_date


def test_what_was_allowed_in_the_night_is_forgotten_by_day() -> None:
    make_account()
    found = form(new_yorker(), schedule_date="2026-11-20T18:00", also_in_quiet_hours="on")
    assert found.is_valid()
    assert not found.draft.also_in_quiet_hours


def test_by_hand_the_reminder_comes_all_the_same() -> None:
    found = form(new_yorker(), schedule_date=LATE_THERE)
    assert found.is_valid()
    assert found.quiet is not None
    assert found.quiet.is_by_hand
    assert found.goes_at == found.draft.schedule_date


def test_now_in_somebodys_night_is_asked_about_once() -> None:
    make_account()
    ravi = make_customer(time_zone="America/Los_Angeles")  # 01:30 there
    (said,) = errors(form(ravi, send_now="1"))["also_in_quiet_hours"]
    assert "Send it now all the same?" in said
    assert form(ravi, send_now="1", also_in_quiet_hours="on").is_valid()


def test_what_is_of_no_use_before_the_quiet_hours_end_is_refused() -> None:
    make_account()
    late = {"schedule_date": LATE_THERE, "send_by": "2026-11-21T06:00"}
    assert errors(form(new_yorker(), **late)) == {
        "send_by": ["Quiet hours last longer: it would never go."]
    }
    assert form(new_yorker(), **late, also_in_quiet_hours="on").is_valid()


def test_a_message_to_edit_shows_what_was_said_about_its_night() -> None:
    make_account()
    message = make_message(new_yorker(), at=datetime(2026, 11, 21, 2, 40, tzinfo=UTC))
    MessageSchedule.objects.update(also_in_quiet_hours=True)
    message.refresh_from_db()
    fresh = MessageScheduleForm(
        customer=message.customer, business=Business.objects.current(), now=NOW, message=message
    )
    assert fresh.quiet is not None
    assert fresh["also_in_quiet_hours"].value() is True


# --- WhatsApp's window ----------------------------------------------------------------------


def wrote(customer: Customer, at: datetime, **changes: Any) -> InboundMessage:
    values = {"channel": "whatsapp", "sender": customer.phone_number, "received_at": at}
    return InboundMessage.objects.create(
        customer=customer, provider_message_id=str(at), **(values | changes)
    )


def test_what_is_written_freely_goes_for_a_day_after_they_wrote() -> None:
    make_account(provider="whatsapp_cloud")
    zoe = make_customer()
    wrote(zoe, NOW - timedelta(hours=3))
    soon = form(zoe, schedule_date="2026-11-18T07:00")
    assert soon.is_valid(), soon.errors
    assert soon.window is not None
    assert soon.window.open_until == NOW + timedelta(hours=21)
    assert not soon.misses_window
    later = form(zoe, schedule_date="2026-11-18T09:00")
    assert later.is_valid()
    assert later.misses_window


@pytest.mark.parametrize("changes", [{"channel": "sms"}, {"sender": "+34699999999"}])
def test_only_their_whatsapp_opens_it(changes: dict[str, Any]) -> None:
    make_account(provider="whatsapp_cloud")
    zoe = make_customer()
    wrote(zoe, NOW - timedelta(hours=3), **changes)
    found = form(zoe, schedule_date="2026-11-18T07:00")
    assert found.is_valid()
    assert found.misses_window


@pytest.mark.parametrize("account", [None, "console"])
def test_by_hand_and_in_a_test_run_there_is_no_window(account: str | None) -> None:
    if account:
        make_account(provider=account)
    found = form(make_customer())
    assert found.is_valid()
    assert found.window is None
    assert not found.misses_window


def test_an_sms_knows_no_window() -> None:
    make_account(provider="whatsapp_cloud")
    make_account(provider="twilio", channel="sms")
    found = form(make_customer(), message_type="sms")
    assert found.is_valid()
    assert not found.misses_window


# --- the SMS instead ------------------------------------------------------------------------


def test_the_sms_instead_is_offered_where_both_ways_are_open() -> None:
    zoe = make_customer()
    assert "fallback" not in form(zoe).fields
    make_account(provider="whatsapp_cloud")
    assert "fallback" not in form(zoe).fields
    make_account(provider="twilio", channel="sms")
    found = form(zoe, fallback="on")
    assert found.is_valid(), found.errors
    assert found.draft.fallback_channel == "sms"
    assert form(zoe).is_valid()


def test_it_is_not_offered_to_whom_no_sms_may_be_sent() -> None:
    make_account(provider="whatsapp_cloud")
    make_account(provider="twilio", channel="sms")
    zoe = make_customer()
    OptOut.objects.create(phone_number=zoe.phone_number, channel="sms", known_from="reply")
    found = form(zoe, fallback="on")
    assert found.is_valid()
    assert found.draft.fallback_channel == ""


def test_an_sms_has_nothing_to_fall_back_on() -> None:
    make_account(provider="whatsapp_cloud")
    make_account(provider="twilio", channel="sms")
    found = form(make_customer(), message_type="sms", fallback="on")
    assert found.is_valid()
    assert found.draft.fallback_channel == ""


def test_what_may_go_as_an_sms_must_fit_into_one() -> None:
    make_account(provider="whatsapp_cloud")
    make_account(provider="twilio", channel="sms")
    zoe = make_customer()
    long = {"message_content": "a" * 1601}
    assert form(zoe, **long).is_valid()
    assert errors(form(zoe, **long, fallback="on")) == {
        "message_content": ["Filled in, it has 1601 characters; 1600 fit."]
    }
