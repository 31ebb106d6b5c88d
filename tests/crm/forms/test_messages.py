"""The form for a message."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from crm.forms.messages import MessageScheduleForm
from crm.models import Business, Consent, Customer, MessageSchedule
from crm.templatetags.display import written_for
from tests.make import (
    NOW,
    make_business,
    make_customer,
    make_invoice,
    make_message,
    make_reminder,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_page_of_the_business(business: Business) -> Iterator[None]:
    with timezone.override("Europe/Madrid"), written_for(business):
        yield


def form(
    customer: Customer | None = None,
    *,
    now: datetime = NOW,
    message: MessageSchedule | None = None,
    **typed: Any,
) -> MessageScheduleForm:
    """What the browser sends for a WhatsApp message of next Friday at nine, but for `typed`."""
    data = QueryDict(mutable=True)
    values = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}",
        "schedule_date": "2026-11-20T09:00",
    }
    data.update({name: value for name, value in (values | typed).items() if value is not None})
    return MessageScheduleForm(
        data,
        customer=customer or make_customer(),
        business=Business.objects.current(),
        now=now,
        message=message,
    )


def preselected(customer: Customer) -> str:
    business = Business.objects.current()
    return str(
        MessageScheduleForm(customer=customer, business=business, now=NOW).initial["message_type"]
    )


@pytest.mark.parametrize(
    ("refused", "chosen"),
    [
        ((), "whatsapp"),
        (("whatsapp",), "sms"),
        (("sms",), "whatsapp"),
        (("sms", "whatsapp"), "whatsapp"),
    ],
)
def test_the_first_choice_is_a_channel_that_was_not_refused(
    refused: tuple[str, ...], chosen: str
) -> None:
    zoe = make_customer(preferred_channel="whatsapp")
    for channel in refused:
        Consent.objects.create(customer=zoe, channel=channel, given=False, known_from="person")
    assert preselected(zoe) == chosen
    assert form(zoe, message_type="").channel == chosen


def test_a_business_that_asks_first_begins_where_it_was_allowed() -> None:
    make_business(only_with_consent=True)
    zoe = make_customer(preferred_channel="whatsapp")
    assert preselected(zoe) == "whatsapp"
    Consent.objects.create(customer=zoe, channel="sms", given=True, known_from="person")
    assert preselected(zoe) == "sms"


def errors(found: MessageScheduleForm) -> dict[str, list[str]]:
    assert not found.is_valid()
    return {name: [str(error) for error in told] for name, told in found.errors.items()}


def test_a_whole_form_describes_a_message() -> None:
    found = form()
    assert found.is_valid(), found.errors
    draft = found.draft
    assert draft.pk is None
    assert draft.schedule_date == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert (draft.wall_time, draft.time_zone) == ("2026-11-20T09:00", "Europe/Madrid")
    assert (draft.zone_of, draft.message_type) == ("business", "whatsapp")
    assert found.found.text == "Hello Zoë"


def test_the_channel_the_customer_prefers_is_chosen_already() -> None:
    zoe = make_customer(preferred_channel="sms")
    fresh = MessageScheduleForm(customer=zoe, business=Business.objects.current(), now=NOW)
    assert fresh.initial["message_type"] == "sms"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("message_content", None, "Write what the customer will read."),
        ("message_content", "", "Write what the customer will read."),
        ("message_content", " \n\t ", "Write what the customer will read."),
        ("message_content", "\x00\x01", "Write what the customer will read."),
        ("message_content", "x" * 4097, "at most 4096"),
        ("message_content", "x" * 100_000, "at most 4096"),
        ("message_content", "Hi {colour}", "There is no {colour}:"),
        ("message_content", "Hi {company}", "Zoë O'Neill has no company."),
        ("message_content", "{invoice_amount}", "Choose the invoice it is about"),
        ("schedule_date", None, "Choose a date and a time."),
        ("schedule_date", "soon", "Write the date and the time like"),
        ("schedule_date", "2026-11-31T09:00", "Write the date and the time like"),
        ("schedule_date", "2026-13-01T09:00", "Write the date and the time like"),
        ("schedule_date", "2026-11-20", "Write the date and the time like"),
        ("schedule_date", "2026-11-20T25:00", "Write the date and the time like"),
        ("schedule_date", "2026-11-20T09:00+02:00", "Write the date and the time like"),
        ("schedule_date", "-1", "Write the date and the time like"),
        ("schedule_date", "2026-11-20T09:00\x00", "Write the date and the time like"),
        ("schedule_date", "9" * 10_000, "Write the date and the time like"),
        ("schedule_date", "0001-01-01T00:00", "has passed"),
        ("schedule_date", "9999-12-31T23:59", "check the year"),
        ("schedule_date", "2062-11-20T09:00", "check the year"),
        ("schedule_date", "2020-11-20T09:00", "has passed"),
        ("message_type", "pigeon", "Select a valid choice"),
        ("send_by", "whenever", "Write the date and the time like"),
        ("send_by", "2026-11-20T09:00", "must be later"),
        ("send_by", "2026-11-19T09:00", "must be later"),
        ("send_by", "0001-01-01T00:00", "must be later"),
        ("send_by", "9999-12-31T23:59", "That is years ahead"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(field: str, value: Any, said: str) -> None:
    told = errors(form(**{field: value}))
    assert list(told) == [field]
    assert said in told[field][0]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "\u202eright to left\u202c override",
        "👩‍👩‍👧‍👦 family",
        "مرحبا {first_name}",
        "line one\nline two",
        "100 % {{sure}}",
        "%(customer)s %s %d",
        "e\u0301",
    ],
)
def test_any_text_is_taken_as_it_is(text: str) -> None:
    found = form(message_content=text)
    assert found.is_valid(), found.errors
    assert found.draft.message_content == text


def test_line_ends_are_one_and_controls_are_left_out() -> None:
    found = form(message_content="one\r\ntwo\rthree\x00\x07\x1b[31m\u0085")
    assert found.is_valid()
    assert found.draft.message_content == "one\ntwo\nthree[31m"


def test_text_that_is_too_long_only_once_filled_in_is_refused() -> None:
    zoe = make_customer(name="Z" * 200)
    told = errors(form(zoe, message_content="{name}" * 30))
    assert "Filled in, it has 6000 characters; 4096 fit." in told["message_content"]


def test_an_sms_is_shorter() -> None:
    told = errors(form(message_type="sms", message_content="x" * 1601))
    assert told["message_content"] == ["Filled in, it has 1601 characters; 1600 fit."]


@pytest.mark.parametrize(
    ("typed", "instant", "kind"),
    [
        ("2027-03-28T02:30", datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "gap"),
        ("2027-03-28T03:00", datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "exact"),
        ("2027-10-31T02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "fold"),
        ("2027-10-31T03:00", datetime(2027, 10, 31, 2, 0, tzinfo=UTC), "exact"),
    ],
)
def test_the_change_of_the_clocks_is_told_and_blocks_nothing(
    typed: str, instant: datetime, kind: str
) -> None:
    found = form(schedule_date=typed)
    assert found.is_valid()
    assert found.resolved
    assert (found.draft.schedule_date, found.resolved.kind) == (instant, kind)
    assert found.draft.wall_time == typed


@pytest.mark.parametrize(
    ("zone", "typed", "instant", "kind"),
    [
        ("America/New_York", "2027-03-14T02:30", "2027-03-14T07:00", "gap"),
        ("America/New_York", "2027-11-07T01:30", "2027-11-07T05:30", "fold"),
        ("Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-02T15:30", "gap"),
        ("Australia/Lord_Howe", "2027-04-04T01:45", "2027-04-03T14:45", "fold"),
    ],
)
def test_the_customers_clock_changes_by_its_own_rules(
    zone: str, typed: str, instant: str, kind: str
) -> None:
    found = form(make_customer(time_zone=zone), zone_of="customer", schedule_date=typed)
    assert found.is_valid(), found.errors
    assert found.resolved
    assert found.resolved.kind == kind
    assert found.draft.schedule_date == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (found.draft.time_zone, found.draft.zone_of) == (zone, "customer")


def test_a_day_outside_of_the_calendar_is_refused() -> None:
    tokyo = make_customer(time_zone="Asia/Tokyo")
    first_day = {"schedule_date": "0001-01-01T00:00", "send_by": "0001-01-01T00:00"}
    told = errors(form(tokyo, zone_of="customer", **first_day))
    assert told == {
        "schedule_date": ["There is no such day to send it on."],
        "send_by": ["There is no such day."],
    }


def test_whose_clock_is_asked_only_where_they_differ() -> None:
    assert form(make_customer(time_zone="Asia/Tokyo")).has_two_clocks
    assert not form(make_customer(time_zone="")).has_two_clocks
    assert not form(make_customer(time_zone="Europe/Paris")).has_two_clocks


def test_a_zone_that_was_not_asked_for_is_not_taken() -> None:
    found = form(zone_of="customer")
    assert found.is_valid()
    assert found.draft.zone_of == "business"


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=30), timedelta(minutes=2)])
def test_the_last_two_minutes_count_as_now(ago: timedelta) -> None:
    found = form(now=datetime(2026, 11, 20, 8, 0, tzinfo=UTC) + ago)
    assert found.is_valid()
    assert found.draft.schedule_date == found.draft.due_at == found.now


def test_the_past_asks_to_send_now_and_keeps_what_was_typed() -> None:
    found = form(now=datetime(2026, 11, 20, 8, 3, tzinfo=UTC))
    assert list(errors(found)) == ["schedule_date"]
    assert found.is_past
    assert found["message_content"].value() == "Hello {first_name}"


def test_send_now_needs_no_date() -> None:
    found = form(send_now="1", schedule_date="")
    assert found.is_valid()
    assert found.draft.schedule_date == found.draft.due_at == NOW
    assert found.draft.wall_time == "2026-11-17T10:30"


def test_send_now_overrides_a_moment_in_the_past_and_nonsense() -> None:
    assert form(send_now="1", schedule_date="2020-01-01T00:00").is_valid()
    assert form(send_now="1", schedule_date="nonsense").is_valid()


def test_send_now_while_an_hour_comes_twice_is_now_and_not_an_hour_ago() -> None:
    second_pass = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    found = form(now=second_pass, send_now="1")
    assert found.is_valid()
    assert found.draft.schedule_date == second_pass


def test_the_hour_that_comes_twice_says_so_when_its_first_has_passed() -> None:
    found = form(now=datetime(2026, 10, 25, 1, 10, tzinfo=UTC), schedule_date="2026-10-25T02:30")
    assert errors(found)["schedule_date"] == [
        "The clocks go back: this time comes twice, and the first has passed."
    ]


def test_an_invoice_of_this_customer_fills_its_placeholders() -> None:
    invoice = make_invoice()
    found = form(invoice.customer, invoice=str(invoice.pk), message_content="{invoice_for}")
    assert found.is_valid()
    assert (found.draft.invoice, found.found.text) == (invoice, "Cut and colour")


@pytest.mark.parametrize("value", ["-1", "0", "999999", "abc", "9" * 40, "\x00", "1 OR 1=1"])
def test_no_other_invoice_is_taken(value: str) -> None:
    zoe = make_invoice().customer
    make_invoice(make_customer(name="Ravi"), pk=999999)
    assert list(errors(form(zoe, invoice=value))) == ["invoice"]


def test_invoices_in_the_trash_are_not_offered() -> None:
    zoe = make_invoice(trashed_at=NOW).customer
    assert "invoice" not in form(zoe).fields


def test_what_an_invoice_lacks_is_named() -> None:
    invoice = make_invoice(due_on=None, description="")
    found = form(
        invoice.customer, invoice=str(invoice.pk), message_content="{invoice_due} {invoice_for}"
    )
    told = errors(found)["message_content"]
    assert told == [
        "The invoice has no due date. Add one, or take {invoice_due} out.",
        "The invoice does not say what for. Add it, or take {invoice_for} out.",
    ]


def test_what_the_business_lacks_is_named() -> None:
    make_business(name="", phone_number="")
    told = errors(form(message_content="{business} {business_phone}"))["message_content"]
    assert [sentence.split(".")[0] for sentence in told] == [
        "Your business has no name yet",
        "Your business has no number yet",
    ]


def test_a_limit_is_in_the_same_zone() -> None:
    tokyo = make_customer(time_zone="Asia/Tokyo")
    found = form(tokyo, zone_of="customer", send_by="2026-11-20T18:00")
    assert found.is_valid()
    assert found.draft.send_by == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_an_edit_starts_from_what_was_promised() -> None:
    tokyo = make_customer(time_zone="Asia/Tokyo")
    message = make_message(tokyo, message_content="Hi")
    message.set_time(datetime(2026, 11, 20, 9, 0), "Asia/Tokyo", "customer")
    message.send_by = message.schedule_date + timedelta(hours=1)
    found = MessageScheduleForm(
        customer=tokyo, business=Business.objects.current(), now=NOW, message=message
    )
    assert found.initial["schedule_date"] == datetime(2026, 11, 20, 9, 0)
    assert found.initial["send_by"] == datetime(2026, 11, 20, 10, 0)
    assert found.initial["zone_of"] == "customer"


def test_an_edit_shows_the_promised_instant_when_the_clock_it_went_by_has_moved() -> None:
    message = make_reminder(status="failed")
    message.set_time(datetime(2026, 11, 17, 9, 0), "America/New_York")
    found = MessageScheduleForm(
        customer=message.customer, business=Business.objects.current(), now=NOW, message=message
    )
    assert found.initial["schedule_date"] == datetime(2026, 11, 17, 15, 0)


def test_an_edit_shows_a_time_that_the_clocks_skip_as_it_was_typed() -> None:
    message = make_message()
    message.set_time(datetime(2027, 3, 28, 2, 30), "Europe/Madrid")
    found = MessageScheduleForm(
        customer=message.customer, business=Business.objects.current(), now=NOW, message=message
    )
    assert found.initial["schedule_date"] == datetime(2027, 3, 28, 2, 30)


def test_an_edit_of_what_somebody_else_has_changed_says_so() -> None:
    message = make_message(message_content="Hers now")
    found = form(message.customer, message=message, seen="an older promise")
    assert "It now says “Hers now”" in errors(found)["__all__"][0]
    assert form(message.customer, message=message, seen=message.promise).is_valid()


def test_an_edit_names_what_differs_besides_the_text_and_the_moment() -> None:
    message = make_message(fallback_channel="sms", send_by=NOW + timedelta(days=3))
    seen = make_message(message.customer).promise
    told = errors(form(message.customer, message=message, seen=seen))["__all__"]
    assert told[1] == "Other than yours: the SMS instead, until when it may go."


@pytest.mark.parametrize("broken", ["", "not-a-uuid", "\x00"])
def test_a_broken_form_number_costs_only_the_protection(broken: str) -> None:
    found = form(form_id=broken)
    assert found.is_valid()
    assert found.draft.form_id is None


def test_an_empty_form_says_what_it_needs() -> None:
    told = errors(form(message_type=None, message_content=None, schedule_date=None))
    assert sorted(told) == ["message_content", "schedule_date"]


@pytest.mark.parametrize("written", ["SMS", "Sms", "sms"])
def test_a_channel_may_be_written_in_any_case(written: str) -> None:
    found = form(message_type=written)
    assert found.is_valid()
    assert found.draft.message_type == "sms"


def test_without_a_channel_it_goes_by_the_one_the_customer_prefers() -> None:
    found = form(make_customer(preferred_channel="sms"), message_type="")
    assert found.is_valid()
    assert found.draft.message_type == "sms"
