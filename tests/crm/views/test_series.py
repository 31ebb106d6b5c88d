"""Messages that come again, and those that hang on an invoice's date, in the pages."""

import re
from copy import copy
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Customer, Invoice, MessageSchedule, MessageSeries
from rules.message_states import Status
from tests.make import NOW, make_customer, make_invoice, make_message


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def customer(client: Client) -> Customer:
    return make_customer()


def typed(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}, time for a fresh cut?",
        "schedule_date": "2026-12-03T10:00",
        "repeat": "month",
        "ends": "never",
        "form_id": str(uuid4()),
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def post(client: Client, customer: Customer, **changes: Any) -> str:
    url = reverse("message_schedule", args=[customer.pk])
    return client.post(url, typed(**changes), follow=True).content.decode()


def begun(client: Client, customer: Customer, **changes: Any) -> MessageSeries:
    post(client, customer, **changes)
    return MessageSeries.objects.latest("pk")


def days(one: MessageSeries) -> list[date]:
    rows = one.messages.filter(status=Status.SCHEDULED).order_by("schedule_date")
    return [message.wall.date() for message in rows]


def test_every_month_is_one_choice(client: Client, customer: Customer) -> None:
    page = post(client, customer)
    assert "Every month on the 3rd at 10:00. The first goes" in page
    one = MessageSeries.objects.get()
    assert days(one)[:3] == [date(2026, 12, 3), date(2027, 1, 3), date(2027, 2, 3)]
    assert f'action="{reverse("series_stop", args=[one.pk])}?next=' in page
    assert "repeats monthly" in page
    assert "Comes again" in page


def test_no_repeat_is_one_message(client: Client, customer: Customer) -> None:
    post(client, customer, repeat="")
    assert not MessageSeries.objects.exists()
    assert MessageSchedule.objects.count() == 1
    post(client, customer, repeat=None, ends=None)
    assert MessageSchedule.objects.count() == 2


def test_otherwise_is_any_number_of_units_on_any_weekdays(
    client: Client, customer: Customer
) -> None:
    one = begun(
        client,
        customer,
        repeat="custom",
        every="2",
        unit="week",
        weekdays=["1", "4"],
        ends="after",
        count="4",
        schedule_date="2026-11-24T10:00",
    )
    assert days(one) == [
        date(2026, 11, 24),
        date(2026, 11, 27),
        date(2026, 12, 8),
        date(2026, 12, 11),
    ]


def test_what_is_hidden_does_not_count(client: Client, customer: Customer) -> None:
    """The page sends all its fields along, those too that the choice has put away."""
    one = begun(client, customer, every="5", unit="day", weekdays=["0"], until="", count="3")
    assert (one.unit, one.interval, one.weekdays, one.count) == ("month", 1, "", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"repeat": "hourly"}, "hourly is not one of the available choices"),
        ({"repeat": "custom", "every": "0"}, "greater than or equal to 1"),
        ({"repeat": "custom", "every": "100"}, "less than or equal to 99"),
        ({"repeat": "custom", "every": "-1e9"}, "whole number"),
        ({"repeat": "custom", "unit": "eon"}, "eon is not one of the available choices"),
        ({"repeat": "custom", "unit": "week", "weekdays": ["9"]}, "9 is not one of"),
        ({"ends": "on", "until": ""}, "Choose the last day."),
        ({"ends": "on", "until": "2026-12-02"}, "This is before the first message."),
        ({"ends": "on", "until": "31.31.2026"}, "valid date"),
        ({"ends": "after", "count": ""}, "Say how many times."),
        ({"ends": "after", "count": "100000"}, "less than or equal to 999"),
        ({"ends": "someday"}, "someday is not one of the available choices"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told_beside_it(
    client: Client, customer: Customer, changes: dict[str, Any], said: str
) -> None:
    assert said in post(client, customer, **changes)
    assert not MessageSchedule.objects.exists()


def test_a_form_sent_twice_begins_one(client: Client, customer: Customer) -> None:
    form_id = str(uuid4())
    post(client, customer, form_id=form_id)
    post(client, customer, form_id=form_id)
    assert MessageSeries.objects.count() == 1
    assert MessageSchedule.objects.count() == 12


def edit(client: Client, message: MessageSchedule, **changes: Any) -> str:
    values = typed(schedule_date=message.wall.isoformat(timespec="minutes"), seen=message.promise)
    values |= {"scope": "this"} | changes
    url = reverse("message_edit", args=[message.pk])
    return client.post(url, values, follow=True).content.decode()


def test_changed_by_itself_it_says_so_and_the_series_goes_on(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer)
    january = one.messages.get(occurrence=date(2027, 1, 3))
    page = edit(client, january, message_content="Happy new year!")
    assert "Only this one: the series goes on as it was" in page
    assert "Changed by itself" in page
    assert one.messages.filter(message_content="Happy new year!").count() == 1


def test_this_and_all_that_follow(client: Client, customer: Customer) -> None:
    one = begun(client, customer)
    february = one.messages.get(occurrence=date(2027, 2, 3))
    page = edit(
        client, february, scope="following", message_content="Spring!", repeat="week", ends="never"
    )
    assert "Saved for this message and all that follow." in page
    one.refresh_from_db()
    assert one.unit == "week"
    assert one.messages.filter(message_content="Spring!").count() == 30
    assert one.messages.exclude(message_content="Spring!").count() == 2


def test_the_28th_of_a_31st_stays_the_months_last_day(client: Client, customer: Customer) -> None:
    one = begun(client, customer, schedule_date="2027-01-31T10:00", ends="after", count="6")
    february = one.messages.get(occurrence=date(2027, 2, 28))
    edit(client, february, scope="following", message_content="New words", ends="after", count="5")
    one.refresh_from_db()
    assert days(one) == [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
        date(2027, 6, 30),
    ]


def test_the_form_of_one_of_many_shows_the_rule(client: Client, customer: Customer) -> None:
    one = begun(client, customer, ends="after", count="12")
    third = one.messages.get(occurrence=date(2027, 2, 3))
    page = client.get(reverse("message_edit", args=[third.pk]) + "?scope=following")
    form = page.context["form"]
    assert form["scope"].value() == "following"
    assert form["repeat"].value() == "month"
    assert form["count"].value() == 10


def test_no_repeat_for_all_that_follow_asks_to_stop_instead(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer)
    page = edit(client, one.messages.latest("pk"), scope="following", repeat="")
    assert "To end it, stop the series." in page


def test_a_message_that_goes_once_is_not_asked_about_a_series(
    client: Client, customer: Customer
) -> None:
    form = client.get(reverse("message_edit", args=[make_message(customer).pk])).context["form"]
    assert "scope" not in form.fields
    assert "repeat" not in form.fields


def test_it_is_stopped_and_comes_again(client: Client, customer: Customer) -> None:
    one = begun(client, customer)
    stop, resume = (reverse(f"series_{deed}", args=[one.pk]) for deed in ("stop", "resume"))
    page = client.post(stop, follow=True).content.decode()
    assert "It does not come again: 12 planned messages are gone." in page
    assert f'action="{resume}"' in page
    assert "Comes again" not in page
    assert "It had been stopped already." in client.post(stop, follow=True).content.decode()
    detail = client.get(reverse("series_detail", args=[one.pk])).content.decode()
    assert "nothing more of it goes out" in detail
    assert "It comes again." in client.post(resume, follow=True).content.decode()
    assert "It comes again already." in client.post(resume, follow=True).content.decode()
    assert len(days(one)) == 12


def test_a_great_many_are_counted_as_the_country_writes_it(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer)
    far = one.messages.latest("schedule_date")
    far.pk, far.occurrence = None, None
    MessageSchedule.objects.bulk_create([copy(far) for _ in range(1300)])
    page = client.post(reverse("series_stop", args=[one.pk]), follow=True).content.decode()
    assert re.search(r"1[.,]312 planned messages are gone\.", page)


def planned(one: MessageSeries, number: int = 1) -> MessageSchedule:
    return one.messages.filter(status=Status.SCHEDULED).order_by("schedule_date")[number]


def stop(client: Client, one: MessageSeries) -> None:
    client.post(reverse("series_stop", args=[one.pk]))
    client.get(reverse("customer_index"))  # its notice has been read


def change(client: Client, one: MessageSeries, **changes: Any) -> None:
    first = planned(one, 0)
    typed_in = typed(**({"schedule_date": first.wall_time, "scope": "following"} | changes))
    client.post(reverse("message_edit", args=[first.pk]), typed_in)
    client.get(reverse("customer_index"))


DEEDS = [
    "message_cancel",
    "message_uncancel",
    "mark_reminder_sent",
    "reminder_dismiss",
    "reminder_reopen",
    "reminder_retry",
    "reminder_snooze",
    "reminder_wake",
]


@pytest.mark.parametrize("name", ["message_detail", "message_edit", *DEEDS])
def test_a_page_of_what_went_with_its_stopped_series_leads_to_the_customer(
    client: Client, customer: Customer, name: str
) -> None:
    one = begun(client, customer)
    url = reverse(name, args=[planned(one).pk])
    stop(client, one)
    answer = client.post(url, follow=True) if name in DEEDS else client.get(url, follow=True)
    assert answer.redirect_chain == [(reverse("customer_detail", args=[customer.pk]), 302)]
    assert "not planned any more: its series has been stopped" in answer.text


@pytest.mark.parametrize("name", ["message_detail", "message_edit", *DEEDS])
def test_a_page_of_what_was_planned_anew_leads_to_what_is_planned_now(
    client: Client, customer: Customer, name: str
) -> None:
    one = begun(client, customer)
    before = planned(one)
    change(client, one, message_content="Hello {first_name}, shorter?")
    now = one.messages.get(occurrence=before.occurrence)
    url = reverse(name, args=[before.pk])
    answer = client.post(url, follow=True) if name in DEEDS else client.get(url, follow=True)
    assert answer.redirect_chain == [(reverse("message_detail", args=[now.pk]), 302)]
    assert "planned anew with its series meanwhile" in answer.text
    now.refresh_from_db()
    assert now.state is Status.SCHEDULED


def test_a_page_of_a_day_that_is_no_longer_in_its_series_says_so(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer)
    before = planned(one)
    change(client, one, repeat="year")
    page = client.get(reverse("message_detail", args=[before.pk]), follow=True).text
    assert "not planned any more: its series has been changed" in page


def test_a_page_that_looks_again_by_itself_is_led_on_too(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer)
    url = reverse("message_detail", args=[planned(one).pk])
    stop(client, one)
    answer = client.get(f"{url}?version=seen", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("customer_detail", args=[customer.pk])


@pytest.mark.parametrize(("scope", "repeat"), [("this", ""), ("following", "month")])
def test_what_was_typed_for_a_message_that_is_gone_is_kept_as_one_by_itself(
    client: Client, customer: Customer, scope: str, repeat: str
) -> None:
    one = begun(client, customer)
    before = planned(one)
    stop(client, one)
    typed_in = typed(
        message_content="My own words", scope=scope, schedule_date=before.wall_time, seen="1"
    )
    page = client.post(reverse("message_edit", args=[before.pk]), typed_in)
    assert "its series has been stopped meanwhile. What you wrote stands here" in page.text
    assert ">\nMy own words</textarea>" in page.text
    assert f'action="{reverse("message_schedule", args=[customer.pk])}"' in page.text
    assert page.context["form"]["repeat"].value() == repeat
    assert not one.messages.filter(status=Status.SCHEDULED).exists()


def test_what_was_typed_for_a_message_that_is_planned_anew_asks_once_more(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer)
    before = planned(one)
    change(client, one, message_content="Hello {first_name}, shorter?")
    now = one.messages.get(occurrence=before.occurrence)
    typed_in = typed(
        message_content="My own words",
        schedule_date=before.wall_time,
        scope="this",
        seen=before.promise,
    )
    page = client.post(reverse("message_edit", args=[before.pk]), typed_in)
    assert "Somebody has changed this message since you opened it." in page.text
    assert "My own words" in page.text
    typed_in["seen"] = now.promise
    client.post(page.request["PATH_INFO"], typed_in)
    now.refresh_from_db()
    assert now.message_content == "My own words"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_preview_of_what_is_gone_previews_what_was_typed(
    client: Client, customer: Customer, headers: dict[str, str]
) -> None:
    one = begun(client, customer)
    url = f"{reverse('message_preview', args=[customer.pk])}?message={planned(one).pk}"
    stop(client, one)
    answer = client.post(url, typed(message_content="My own words"), headers=headers)
    assert answer.status_code == 200
    assert "My own words" in answer.text


def test_what_never_was_is_not_found(client: Client, customer: Customer) -> None:
    one = begun(client, customer)
    pk = planned(one).pk
    stop(client, one)
    assert client.get(reverse("message_detail", args=[pk + 1000])).status_code == 404
    customer.trashed_at = NOW
    customer.save()
    assert client.get(reverse("message_detail", args=[pk])).status_code == 404


def test_its_page_shows_each_message(client: Client, customer: Customer) -> None:
    one = begun(client, customer)
    page = client.get(reverse("series_detail", args=[one.pk])).content.decode()
    assert "Every month on the 3rd at 10:00" in page
    assert page.count("Hello Zoë, time for a fresh cut?") == 12
    assert page.count('<li class="row') == 12


@pytest.mark.parametrize("number", [1, 8])
def test_the_customers_page_costs_as_much_for_many_series(
    client: Client,
    customer: Customer,
    number: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    url = reverse("customer_detail", args=[customer.pk])
    for _series in range(number):
        begun(client, customer)
    client.get(url)
    with django_assert_max_num_queries(36) as found:
        client.get(url)
    _queries.append(len(found))
    assert len(set(_queries)) == 1


_queries: list[int] = []


@pytest.mark.parametrize("name", ["series_detail", "series_stop", "series_resume"])
def test_of_a_customer_in_the_trash_there_is_none(
    client: Client, customer: Customer, name: str
) -> None:
    one = begun(client, customer)
    Customer.objects.update(trashed_at=NOW)
    url = reverse(name, args=[one.pk])
    assert (client.get(url) if name == "series_detail" else client.post(url)).status_code == 404


@pytest.mark.parametrize("name", ["series_stop", "series_resume"])
def test_a_link_alone_changes_nothing(client: Client, customer: Customer, name: str) -> None:
    assert client.get(reverse(name, args=[begun(client, customer).pk])).status_code == 405


def relative(of: Invoice, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "invoice": of.pk,
        "when": "invoice",
        "anchor_number": "2",
        "anchor_unit": "day",
        "anchor_side": "before",
        "anchor": "due",
        "anchor_time": "10:00",
        "schedule_date": "",
        "repeat": "",
    }
    return values | changes


@pytest.mark.parametrize(
    ("changes", "wall"),
    [
        ({}, datetime(2026, 11, 28, 10)),
        ({"anchor_side": "on"}, datetime(2026, 11, 30, 10)),
        (
            {"anchor_side": "after", "anchor_number": "1", "anchor_unit": "week"},
            datetime(2026, 12, 7, 10),
        ),
        (
            {
                "anchor": "issued",
                "anchor_side": "after",
                "anchor_number": "1",
                "anchor_unit": "year",
            },
            datetime(2027, 11, 2, 10),
        ),
        ({"anchor_time": "16:30"}, datetime(2026, 11, 28, 16, 30)),
    ],
)
def test_it_goes_so_long_before_or_after_an_invoices_date(
    client: Client, customer: Customer, changes: dict[str, Any], wall: datetime
) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 30))
    post(client, customer, **relative(invoice, **changes))
    assert MessageSchedule.objects.get().wall == wall


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"anchor_number": "20"}, "has passed."),
        ({"invoice": ""}, "Choose the invoice whose date counts."),
        ({"anchor_number": "-1"}, "greater than or equal to 0"),
        ({"anchor_number": "999", "anchor_unit": "year", "anchor_side": "after"}, "check the year"),
        ({"anchor_unit": "eon"}, "eon is not one of the available choices"),
        ({"anchor_time": "25:00"}, "Enter a valid time."),
        ({"repeat": "month"}, "goes once"),
    ],
)
def test_what_is_wrong_with_it_is_said_and_nothing_goes(
    client: Client, customer: Customer, changes: dict[str, Any], said: str
) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 30))
    assert said in post(client, customer, **relative(invoice, **changes))
    assert not MessageSchedule.objects.exists()


def test_an_invoice_without_a_due_date_is_counted_from_its_issue(
    client: Client, customer: Customer
) -> None:
    invoice = make_invoice(customer, due_on=None)
    page = post(client, customer, **relative(invoice))
    assert "add one, or count from its issue" in page


def test_what_hangs_on_a_date_says_so_and_can_be_given_a_time_of_its_own(
    client: Client, customer: Customer
) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 30))
    page = post(client, customer, **relative(invoice))
    assert "2 days before it is due" in page
    message = MessageSchedule.objects.get()
    form = client.get(reverse("message_edit", args=[message.pk])).context["form"]
    shown = {field.name: str(field.value()) for field in form.anchor_fields}
    assert shown == {
        "anchor_number": "2",
        "anchor_unit": "day",
        "anchor_side": "before",
        "anchor": "due",
        "anchor_time": "10:00:00",
    }
    changes = relative(invoice, when="time", schedule_date="2026-11-29T09:00")
    edit(client, message, **changes)
    message.refresh_from_db()
    assert (message.anchor, message.wall) == ("", datetime(2026, 11, 29, 9))


def reissue(client: Client, invoice: Invoice, **changes: Any) -> str:
    values: dict[str, Any] = {
        "amount": "129.95",
        "currency": "EUR",
        "description": "Cut and colour",
        "issued_on": "2026-11-02",
        "due_on": "2026-11-30",
    }
    url = reverse("invoice_edit", args=[invoice.pk])
    return client.post(url, values | changes, follow=True).content.decode()


def test_a_new_due_date_takes_its_message_along_and_says_so(
    client: Client, customer: Customer
) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 30))
    post(client, customer, **relative(invoice))
    page = reissue(client, invoice, due_on="2026-12-14")
    assert "The message about it moved along: 12 Dec, 10:00." in page
    page = reissue(client, invoice, due_on="2026-11-18")
    assert "it waits for you on Today" in page
    assert MessageSchedule.objects.get().state is Status.EXPIRED


def test_without_a_due_date_nothing_is_said_to_have_moved(
    client: Client, customer: Customer
) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 30))
    post(client, customer, **relative(invoice))
    page = reissue(client, invoice, due_on="")
    assert "moved along" not in page
    assert "waits for you on Today" not in page


def test_an_invoice_offers_what_is_still_ahead(client: Client, customer: Customer) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 18))
    page = client.get(reverse("invoice_detail", args=[invoice.pk])).content.decode()
    assert "on the day it is due" in page
    assert "2 days before it is due" not in page
    paid = make_invoice(customer, due_on=date(2026, 12, 18), paid_on=date(2026, 11, 10))
    page = client.get(reverse("invoice_detail", args=[paid.pk])).content.decode()
    assert "1 year after its date of issue" in page
    assert "it is due" not in page


def test_what_it_offers_fills_the_form_in(client: Client, customer: Customer) -> None:
    invoice = make_invoice(customer, due_on=date(2026, 11, 30))
    choices = client.get(reverse("invoice_detail", args=[invoice.pk])).context["anchor_choices"]
    before, _on_the_day, after, *_later = choices
    form = client.get(before.url).context["form"]
    assert form["when"].value() == "invoice"
    assert form["anchor_side"].value() == "before"
    assert "is due on" in form["message_content"].value()
    assert "was due on" in client.get(after.url).context["form"]["message_content"].value()


def test_the_preview_says_when_it_comes_again(client: Client, customer: Customer) -> None:
    url = reverse("message_preview", args=[customer.pk])
    changes = typed(repeat="custom", every="2", unit="week", weekdays=["0", "3"])
    page = client.post(url, changes, headers={"HX-Request": "true"}).content.decode()
    assert "Every 2 weeks on Monday and Thursday: 3 Dec, 14 Dec, 17 Dec …" in page


def test_in_the_conversation_a_series_shows_its_next_few(
    client: Client, customer: Customer
) -> None:
    one = begun(client, customer, repeat="day")
    fifth = one.messages.order_by("schedule_date")[4]
    edit(client, fifth, message_content="A word of its own")
    make_message(customer, message_content="By itself")
    page = client.get(reverse("customer_detail", args=[customer.pk])).content.decode()
    shown = page[page.index('id="now"') :]
    assert shown.count('class="bubble is-out is-ahead"') == 4
    assert "A word of its own" in shown
    assert "By itself" in shown
