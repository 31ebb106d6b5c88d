"""Writing, listing, editing and calling off messages in the browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Customer, Event, MessageSchedule, MessageSeries, ProviderAccount, User
from rules.message_states import Status
from tests.make import (
    NOW,
    make_account,
    make_customer,
    make_invoice,
    make_message,
    make_reminder,
    make_user,
)

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% now %}",
    "' OR 1=1 --",
    "\x00\x01\x02",
    "\u202egnp.exe",
    "👩‍👩‍👧‍👦" * 50,
    "x" * 100_000,
    "-1",
    "9" * 400,
    "",
]


@pytest.fixture(autouse=True)
def _at_the_same_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def typed(**changes: Any) -> dict[str, Any]:
    values = {
        "message_type": "whatsapp",
        "message_content": "Hello {first_name}",
        "schedule_date": "2026-11-20T09:00",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def schedule(client: Client, customer: Customer, **changes: Any) -> Any:
    return client.post(f"/message/schedule/{customer.pk}/", typed(**changes))


def notices(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- writing --------------------------------------------------------------------------------


def test_the_form_of_the_users_document_schedules_a_message(client: Client, user: User) -> None:
    zoe = make_customer()
    response = client.post(f"/message/schedule/{zoe.pk}/", typed(), follow=True)
    assert response.redirect_chain[0][0] == f"/customer/{zoe.pk}/"
    assert notices(response) == ["Scheduled for Fri 09:00."]
    message = MessageSchedule.objects.get()
    assert (message.customer, message.status, message.created_by) == (zoe, "scheduled", user)
    assert message.schedule_date == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_scheduling_can_be_undone(client: Client) -> None:
    zoe = make_customer()
    response = client.post(f"/message/schedule/{zoe.pk}/", typed(), follow=True)
    undo = next(iter(response.context["messages"])).extra_tags
    assert client.post(undo).url == f"/customer/{zoe.pk}/"
    assert MessageSchedule.objects.get().status == Status.CANCELLED


def test_pressing_twice_makes_one(client: Client) -> None:
    zoe, form_id = make_customer(), str(uuid4())
    for _ in range(2):
        assert schedule(client, zoe, form_id=form_id).status_code == 302
    assert MessageSchedule.objects.count() == 1


def test_what_was_typed_stays_when_something_is_wrong(client: Client) -> None:
    response = schedule(client, make_customer(), message_content="Hi {nobody}", schedule_date="")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Hi {nobody}</textarea>" in page
    assert "Choose a date and a time." in page
    assert "There is no {nobody}" in page
    assert not MessageSchedule.objects.exists()


def test_a_moment_in_the_past_asks_and_one_more_tap_sends_now(client: Client) -> None:
    zoe = make_customer()
    asked = schedule(client, zoe, schedule_date="2026-11-17T09:00")
    page = asked.content.decode()
    assert "Today 09:00 has passed." in page
    assert "Send it now?" in page
    assert "Hello {first_name}</textarea>" in page
    assert not MessageSchedule.objects.exists()
    sent = schedule(client, zoe, schedule_date="2026-11-17T09:00", send_now="1")
    message = MessageSchedule.objects.get()
    assert sent.url == f"/message/{message.pk}/"
    assert (message.status, message.schedule_date) == (Status.DUE, NOW)


def test_send_now_through_an_account_leaves_it_to_the_sender(client: Client) -> None:
    make_account(channel="whatsapp")
    zoe = make_customer()
    url = f"/message/schedule/{zoe.pk}/"
    response = client.post(url, typed(send_now="1", schedule_date=""), follow=True)
    assert response.redirect_chain == [(f"/customer/{zoe.pk}/", 302)]
    assert notices(response) == ["It goes now."]
    message = MessageSchedule.objects.get()
    assert (message.status, message.due_at) == (Status.SCHEDULED, NOW)


def test_whom_no_number_reaches_gets_no_form_but_a_way_to_add_one(client: Client) -> None:
    paul = make_customer(phone_number="")
    for response in (client.get(f"/message/schedule/{paul.pk}/"), schedule(client, paul)):
        page = response.content.decode()
        assert "A number is missing" in page
        assert f"/customer/{paul.pk}/edit/?next=/message/schedule/{paul.pk}/" in page
        assert "<textarea" not in page
    assert not MessageSchedule.objects.exists()


def test_another_page_may_propose_what_to_write(client: Client) -> None:
    invoice = make_invoice()
    response = client.get(
        f"/message/schedule/{invoice.customer_id}/",
        {"invoice": invoice.pk, "message_type": "sms", "message_content": "Hi <b>"},
    )
    page = response.content.decode()
    assert f'<option value="{invoice.pk}" selected>' in page
    assert "Hi &lt;b&gt;</textarea>" in page
    assert response.context["form"]["message_type"].value() == "sms"


def test_an_invoice_proposes_a_reminder_of_itself(client: Client) -> None:
    invoice = make_invoice()
    page = client.get(f"/message/schedule/{invoice.customer_id}/", {"invoice": invoice.pk})
    proposed = page.context["form"]["message_content"].value()
    assert "{invoice_amount}" in proposed
    sent = schedule(client, invoice.customer, invoice=invoice.pk, message_content=proposed)
    assert sent.status_code == 302
    assert MessageSchedule.objects.get().invoice == invoice


@pytest.mark.parametrize("value", ["0", "-1", "abc", "9" * 40, "\x00"])
def test_nonsense_in_the_address_proposes_nothing(client: Client, value: str) -> None:
    page = client.get(f"/message/schedule/{make_customer().pk}/", {"invoice": value})
    assert page.status_code == 200
    assert not page.context["form"]["message_content"].value()


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "field",
    ["message_content", "schedule_date", "message_type", "invoice", "zone_of", "send_by", "seen"],
)
def test_hostile_input_is_never_an_error_of_ours(client: Client, field: str, value: str) -> None:
    zoe = make_invoice(make_customer(time_zone="Asia/Tokyo")).customer
    response = schedule(client, zoe, **{field: value})
    assert response.status_code in {200, 302}
    assert b"<script>alert(1)" not in response.content
    assert b"<img src=x" not in response.content


@pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_the_way_back_never_leads_elsewhere(client: Client, next_url: str) -> None:
    zoe = make_customer()
    assert schedule(client, zoe, next=next_url).url == f"/customer/{zoe.pk}/"


def test_the_way_back_is_kept(client: Client) -> None:
    assert schedule(client, make_customer(), next="/messages/").url == "/messages/"


def test_writing_to_somebody_in_the_trash_is_not_possible(client: Client) -> None:
    gone = make_customer(trashed_at=NOW)
    assert schedule(client, gone).status_code == 404
    assert client.get("/message/schedule/999999/").status_code == 404


# --- the preview ----------------------------------------------------------------------------


def preview(client: Client, customer: Customer, *, htmx: bool = True, **changes: Any) -> str:
    headers = {"HX-Request": "true"} if htmx else {}
    response = client.post(f"/message/preview/{customer.pk}/", typed(**changes), headers=headers)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_preview_reads_as_the_customer_will(client: Client) -> None:
    page = preview(client, make_customer(), message_content="Dear {first_name}, {business}")
    assert "Dear Zoë, Salón Luz" in page
    assert "Friday, 20 November 2026, 09:00" in page
    assert "<html" not in page


def test_the_preview_names_what_is_missing_and_unknown(client: Client) -> None:
    page = preview(client, make_customer(), message_content="{company} {colour}")
    assert "Not known: {colour}" in page
    assert "has no company" in page


def test_the_preview_counts_the_parts_of_an_sms(client: Client) -> None:
    ravi = make_customer(name="Ravi")
    page = preview(client, ravi, message_type="sms", message_content="a" * 161)
    assert "2 SMS (plain letters)" in page
    assert "145 characters left" in page
    assert "SMS (" not in preview(client, ravi, message_content="a")


def test_the_preview_says_which_sign_costs_and_offers_to_write_it_plainly(client: Client) -> None:
    text = "We’d love to see you again " + "a" * 60
    page = preview(client, make_customer(), message_type="sms", message_content=text)
    assert "2 SMS (Unicode)" in page
    assert "A part holds 70 characters instead of 160, because of <kbd>’</kbd>" in page
    assert "Use plain signs: 1 SMS" in page
    assert f'data-replace-text="We&#x27;d love to see you again {"a" * 60}"' in page


def test_a_letter_with_an_accent_is_named_and_never_replaced(client: Client) -> None:
    page = preview(client, make_customer(), message_type="sms", message_content="Até já – João")
    assert "<kbd>" not in page
    assert "Because of “á” a part holds 70 characters instead of 160." in page


def test_no_plain_signs_are_offered_for_what_a_placeholder_puts_in(client: Client) -> None:
    zoe = make_customer(name="D’Arcy Smith")
    text = "Hello {first_name}" + "a" * 65
    page = preview(client, zoe, message_type="sms", message_content=text)
    assert "2 SMS (Unicode)" in page
    assert "Use plain signs" not in page


def test_without_javascript_the_button_gives_the_form_with_plain_signs(client: Client) -> None:
    text = "We’d love — to see you… " + "a" * 60
    zoe = make_customer()
    page = preview(client, zoe, htmx=False, message_type="sms", message_content=text)
    assert '<button type="submit" class="btn btn-small" name="plain" value="1"' in page
    page = preview(client, zoe, htmx=False, message_type="sms", message_content=text, plain="1")
    assert f"We&#x27;d love - to see you... {'a' * 60}</textarea>" in page
    assert "1 SMS (plain letters)" in page


def test_the_preview_shows_both_clocks(client: Client) -> None:
    ravi = make_customer(time_zone="America/New_York")
    ours = preview(client, ravi)
    assert "Friday, 20 November 2026, 09:00" in ours
    assert "Friday, 20 November 2026, 03:00 (New York time)" in ours
    theirs = preview(client, ravi, zone_of="customer")
    assert "Friday, 20 November 2026, 09:00 (New York time)" in theirs
    assert "Friday, 20 November 2026, 15:00 (our time)" in theirs


def test_the_preview_tells_of_the_change_of_the_clocks(client: Client) -> None:
    zoe = make_customer()
    gap = preview(client, zoe, schedule_date="2027-03-28T02:30")
    assert "there is no 02:30 on that day. It goes at 03:00." in gap
    fold = preview(client, zoe, schedule_date="2027-10-31T02:30")
    assert "02:30 comes twice. It goes at the first." in fold


def test_the_preview_says_how_it_will_go(client: Client) -> None:
    zoe = make_customer()
    assert "you are reminded here" in preview(client, zoe)
    account = make_account(channel="whatsapp", label="Our line")
    assert "Nobody receives it." in preview(client, zoe)
    ProviderAccount.objects.filter(pk=account.pk).update(provider="twilio")
    assert "It goes by itself, through Our line." in preview(client, zoe)


def test_without_javascript_the_preview_is_the_form_with_everything_typed(client: Client) -> None:
    page = preview(client, make_customer(), htmx=False, message_content="Dear {first_name} & co")
    assert "Dear {first_name} &amp; co</textarea>" in page
    assert "Dear Zoë &amp; co" in page
    assert 'value="2026-11-20T09:00"' in page
    assert not MessageSchedule.objects.exists()


def test_without_javascript_an_edit_stays_an_edit(client: Client) -> None:
    message = make_message()
    url = f"/message/preview/{message.customer_id}/?message={message.pk}"
    page = client.post(url, typed()).content.decode()
    assert f'action="/message/{message.pk}/edit/"' in page


@pytest.mark.parametrize("value", HOSTILE)
def test_the_preview_escapes_everything(client: Client, value: str) -> None:
    page = preview(client, make_customer(name="<b>Zoë</b>"), message_content=value + "{name}")
    assert "<script>alert(1)" not in page
    assert "<b>Zoë" not in page


@pytest.mark.parametrize("message", ["abc", "-1", "²", "9" * 40])
def test_the_preview_of_a_message_that_is_not_there(client: Client, message: str) -> None:
    url = f"/message/preview/{make_customer().pk}/?message={message}"
    assert client.post(url, typed()).status_code in {200, 404}


# --- editing --------------------------------------------------------------------------------


def test_an_edit_says_and_promises_something_else(client: Client) -> None:
    message = make_message()
    page = client.get(f"/message/{message.pk}/edit/").content.decode()
    assert message.message_content in page
    response = client.post(
        f"/message/{message.pk}/edit/",
        typed(message_content="New words", seen=message.promise),
    )
    assert response.url == f"/message/{message.pk}/"
    message.refresh_from_db()
    assert message.message_content == "New words"
    assert message.schedule_date == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def test_a_reminder_that_is_edited_waits_for_its_new_time(client: Client) -> None:
    message = make_reminder(status="failed", reason="refused", acknowledged_at=NOW)
    client.post(f"/message/{message.pk}/edit/", typed())
    message.refresh_from_db()
    assert (message.status, message.reason, message.acknowledged_at) == ("scheduled", "", None)


@pytest.mark.parametrize("status", ["claimed", "sending", "sent", "cancelled", "unconfirmed"])
def test_what_may_not_be_edited_says_so(client: Client, status: str) -> None:
    message = make_message(status=status, lease_until=NOW, sent_at=NOW)
    for response in (
        client.get(f"/message/{message.pk}/edit/", follow=True),
        client.post(f"/message/{message.pk}/edit/", typed(), follow=True),
    ):
        assert response.redirect_chain == [(f"/message/{message.pk}/", 302)]
        assert len(notices(response)) == 1
    message.refresh_from_db()
    assert message.status == status


def test_two_people_who_edit_do_not_overwrite_each_other_unseen(client: Client) -> None:
    message = make_message()
    seen = message.promise
    url = f"/message/{message.pk}/edit/"
    client.post(url, typed(message_content="Hers", seen=seen))
    page = client.post(url, typed(message_content="His", seen=seen)).content.decode()
    assert "Somebody has changed this message since you opened it." in page
    assert "His</textarea>" in page
    message.refresh_from_db()
    assert message.message_content == "Hers"
    assert f'name="seen" value="{message.promise}"' in page
    client.post(url, typed(message_content="His", seen=message.promise))
    message.refresh_from_db()
    assert message.message_content == "His"


def test_a_limit_that_somebody_else_has_set_is_not_taken_away_unseen(client: Client) -> None:
    message = make_message()
    url, seen = f"/message/{message.pk}/edit/", message.promise
    limit = (message.wall + timedelta(days=1)).isoformat(timespec="minutes")
    same = {"schedule_date": message.wall.isoformat(timespec="minutes"), "seen": seen}
    client.post(url, typed(**same, send_by=limit))
    page = client.post(url, typed(**same)).content.decode()
    assert "Somebody has changed this message since you opened it." in page
    assert "Other than yours: until when it may go." in page
    message.refresh_from_db()
    assert message.send_by


def test_an_edit_that_is_sent_twice_is_saved_once_and_no_quarrel(client: Client) -> None:
    message = make_message()
    url, form = f"/message/{message.pk}/edit/", typed(seen=message.promise)
    assert client.post(url, form).status_code == 302
    assert client.post(url, form).status_code == 302


# --- calling off ----------------------------------------------------------------------------


def test_calling_off_and_bringing_back(client: Client) -> None:
    message = make_message()
    response = client.post(f"/message/{message.pk}/cancel/", follow=True)
    undo = next(iter(response.context["messages"])).extra_tags
    message.refresh_from_db()
    assert message.status == Status.CANCELLED
    assert notices(response) == ["Called off: Zoë O'Neill does not get it."]
    back = client.post(undo, follow=True)
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED
    assert notices(back) == ["Brought back: it goes tomorrow 10:30."]


def test_calling_off_twice_from_two_pages_is_friendly(client: Client) -> None:
    message = make_message()
    bea = Client()
    bea.force_login(make_user("bea"))
    client.post(f"/message/{message.pk}/cancel/")
    told = notices(bea.post(f"/message/{message.pk}/cancel/", follow=True))
    assert told == ["Ana has called it off."]
    assert Event.objects.filter(kind="message.cancelled").count() == 1


@pytest.mark.parametrize("status", ["claimed", "sending", "sent"])
def test_what_is_on_its_way_or_gone_is_not_called_off(client: Client, status: str) -> None:
    message = make_message(status=status, lease_until=NOW, sent_at=NOW)
    told = notices(client.post(f"/message/{message.pk}/cancel/", follow=True))
    assert "on its way" in told[0] or "gone out already" in told[0]
    message.refresh_from_db()
    assert message.status == status


def test_brought_back_too_late_it_waits_for_a_person(client: Client) -> None:
    message = make_message(at=NOW - timedelta(hours=1), status="cancelled")
    told = notices(client.post(f"/message/{message.pk}/uncancel/", follow=True))
    assert "waits on the home page" in told[0]
    assert notices(client.post(f"/message/{message.pk}/uncancel/", follow=True))


@pytest.mark.parametrize("name", ["message_cancel", "message_uncancel", "message_preview"])
def test_changes_are_posts(client: Client, name: str) -> None:
    assert client.get(reverse(name, args=[make_message().pk])).status_code == 405


# --- lists and pages ------------------------------------------------------------------------


def test_the_list_shows_what_is_asked_for(client: Client) -> None:
    zoe = make_customer()
    ahead, due, sent, off = (
        make_message(zoe),
        make_reminder(zoe),
        make_message(zoe, status="delivered", sent_at=NOW),
        make_message(zoe, status="cancelled"),
    )

    def shown(show: str) -> set[int]:
        rows = client.get("/messages/", {"show": show}).context["rows"]
        return {row.message.pk for row in rows}

    assert shown("upcoming") == {ahead.pk}
    assert shown("wants") == {due.pk}
    assert shown("sent") == {sent.pk}
    assert shown("all") == shown("nonsense") == {ahead.pk, due.pk, sent.pk, off.pk}


def test_no_page_says_of_a_test_run_that_it_was_sent(client: Client) -> None:
    invoice = make_invoice()
    zoe = invoice.customer
    sent = {"status": "sent", "sent_at": NOW, "account": make_account()}
    message = make_message(zoe, invoice=invoice, message_content="Hello", **sent)
    for page in (
        "/messages/?show=sent",
        "/search/?q=hello",
        f"/customer/{zoe.pk}/",
        f"/invoice/{invoice.pk}/",
        f"/message/{message.pk}/",
    ):
        shown = client.get(page).content.decode()
        assert "<span>Test run</span>" in shown, page
        assert "<span>Sent</span>" not in shown, page


def test_the_list_is_searched_by_name_number_and_words(client: Client) -> None:
    make_message(make_customer(), message_content="Your table is ready")
    make_message(make_customer(name="Ravi", email="", phone_number="+447911123456"))

    def found(q: str) -> int:
        return len(client.get("/messages/", {"q": q}).context["rows"])

    assert (found("zoe"), found("07911 123"), found("table ready"), found("nobody")) == (1, 1, 1, 0)


@pytest.mark.parametrize("value", HOSTILE)
def test_any_search_is_answered(client: Client, value: str) -> None:
    make_message()
    response = client.get("/messages/", {"q": value, "page": value, "show": value})
    assert response.status_code == 200
    assert b"<script>alert(1)" not in response.content


def test_searching_as_one_types_gets_the_rows_alone(client: Client) -> None:
    make_message()
    page = client.get("/messages/", {"q": "zoe"}, headers={"HX-Request": "true"}).content.decode()
    assert "Zoë" in page
    assert "<html" not in page


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    assert b"Choose a customer" in client.get("/messages/").content
    assert "Nothing found for “x”" in client.get("/messages/", {"q": "x"}).content.decode()


@pytest.mark.parametrize("rows", [1, 60])
def test_the_list_costs_as_many_queries_for_one_as_for_sixty(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    gone = {"status": "sent", "sent_at": NOW, "account": make_account()}
    for number in range(rows):
        make_message(make_invoice(make_customer(name=f"Customer {number}")).customer, **gone)
    client.get("/messages/")
    with django_assert_num_queries(11):
        response = client.get("/messages/", {"show": "all"})
    assert len(response.context["rows"]) == min(rows, 50)


def overdue(series: MessageSeries, days: range) -> None:
    """Messages that no sender has taken up, one a day."""
    for day in days:
        at = NOW - timedelta(days=day, hours=1)
        make_message(series.customer, at=at, series=series, occurrence=at.date())


@pytest.mark.parametrize("page", ["/messages/?show=all", "/customer/{zoe}/", "/series/{series}/"])
def test_many_that_no_sender_takes_up_cost_as_many_queries_as_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    series = MessageSeries.objects.create(
        customer=make_customer(),
        message_type="whatsapp",
        message_content="Hello",
        unit="day",
        first_day=NOW.date(),
        wall_time=NOW.time(),
        time_zone="UTC",
    )
    url = page.format(zoe=series.customer_id, series=series.pk)
    overdue(series, range(1))
    client.get(url)
    with CaptureQueriesContext(connection) as of_one:
        client.get(url)
    overdue(series, range(1, 9))
    with django_assert_num_queries(len(of_one)):
        client.get(url)


def test_the_second_page_goes_on(client: Client) -> None:
    zoe = make_customer()
    for number in range(55):
        make_message(zoe, at=NOW + timedelta(days=number + 1))
    response = client.get("/messages/", {"page": 2})
    assert len(response.context["rows"]) == 5
    assert "Page 2 of 2" in response.content.decode()


def test_the_page_tells_everything_about_a_message(client: Client, user: User) -> None:
    zoe = make_customer()
    schedule(client, zoe)
    message = MessageSchedule.objects.get()
    client.post(f"/message/{message.pk}/edit/", typed(message_content="Dear {first_name}"))
    page = client.get(f"/message/{message.pk}/").content.decode()
    assert "Dear Zoë" in page
    assert "Ana scheduled it" in page
    assert "Ana changed it" in page
    assert "612 34 56 78" in page


def test_the_page_shows_the_text_as_it_was_sent(client: Client) -> None:
    message = make_message(status="sent", sent_at=NOW, text_sent="As sent", sent_to="+34600000000")
    page = client.get(f"/message/{message.pk}/").content.decode()
    assert "As sent" in page
    assert "600 00 00 00" in page


@pytest.mark.parametrize("status", sorted(Status))
def test_every_state_has_a_page(client: Client, status: Status) -> None:
    message = make_reminder(
        status=status,
        reason="" if status is Status.SCHEDULED else "refused",
        reason_words="<b>No</b>",
        reason_code="131026",
        lease_until=NOW - timedelta(hours=1),
        sent_at=NOW,
        send_by=NOW,
        invoice=make_invoice(),
        account=make_account(),
    )
    page = client.get(f"/message/{message.pk}/")
    assert page.status_code == 200
    assert b"<b>No" not in page.content


def test_the_page_looks_again_by_itself_and_is_told_only_what_is_new(client: Client) -> None:
    message = make_message(at=NOW, status="sent", sent_at=NOW)
    page = client.get(f"/message/{message.pk}/").content.decode()
    look = re.search(r'hx-get="([^"]+)" hx-trigger="poll"', page)
    assert look is not None
    headers = {"HX-Request": "true"}

    assert client.get(look[1], headers=headers).status_code == 204
    MessageSchedule.objects.update(status="read", read_at=NOW, updated_at=NOW)
    moved = client.get(look[1], headers=headers)
    assert moved.status_code == 200
    assert "It has been read." in moved.text


def test_tries_and_what_the_provider_said_are_listed(client: Client) -> None:
    message = make_message(status="failed", reason="refused")
    message.tries.create(
        number=1, worker="w1", started_at=NOW, outcome="refused", code="21211", words="Invalid To"
    )
    message.delivery_events.create(status="sending", source="worker", at=NOW)
    page = client.get(f"/message/{message.pk}/").content.decode()
    assert "Invalid To" in page
    assert "(21211)" in page
    assert "Handed to the provider" in page


@pytest.mark.parametrize("times", [1, 30])
def test_the_page_costs_as_many_queries_for_a_long_story_as_for_a_short_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, user: User, times: int
) -> None:
    message = make_reminder(status="failed", reason="refused", invoice=make_invoice())
    for number in range(times):
        message.tries.create(number=number, worker="w", started_at=NOW, account=None)
        message.delivery_events.create(status="failed", source="worker", at=NOW)
        Event.objects.create(
            customer=message.customer, kind="message.edited", subject_id=message.pk, actor=user
        )
    client.get("/messages/")
    with django_assert_num_queries(15):
        client.get(f"/message/{message.pk}/")


def test_the_page_of_somebody_in_the_trash_is_not_found(client: Client) -> None:
    message = make_message(make_customer(trashed_at=NOW))
    assert client.get(f"/message/{message.pk}/").status_code == 404
    assert client.post(f"/message/{message.pk}/cancel/").status_code == 404


def test_nobody_sees_messages_without_signing_in(stranger: Client, user: User) -> None:
    message = make_message()
    for url in ("/messages/", f"/message/{message.pk}/", f"/message/{message.pk}/edit/"):
        assert stranger.get(url).status_code == 302
    assert stranger.post(f"/message/{message.pk}/cancel/").status_code == 302
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED
