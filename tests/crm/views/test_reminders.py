"""The reminders on the home page, and what a person does about them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import Broadcast, Event, MessageSchedule, ProviderAccount, User
from rules.message_states import WANTS_A_PERSON, Status
from tests.make import (
    NOW,
    make_account,
    make_business,
    make_customer,
    make_message,
    make_reminder,
    make_user,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
LATE = NOW - timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_the_same_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bea(db: None) -> Client:
    """A colleague's browser."""
    browser = Client()
    browser.force_login(make_user("bea", first_name="Bea"))
    return browser


def home(client: Client) -> str:
    return " ".join(client.get("/").content.decode().split())


def post(client: Client, name: str, message: MessageSchedule, **data: Any) -> Any:
    return client.post(reverse(name, args=[message.pk]), data, follow=True)


def notices(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def undo_url(response: Any) -> str:
    return str(next(iter(response.context["messages"])).extra_tags)


# --- what is shown --------------------------------------------------------------------------


def test_a_due_reminder_says_what_to_whom_when_why_and_how(client: Client) -> None:
    make_reminder(message_content="Hello {first_name}, it is ready & waiting")
    page = home(client)
    assert "WhatsApp to <bdi>Zoë O&#x27;Neill</bdi>" in page
    assert "Hello Zoë, it is ready &amp; waiting" in page
    assert "due 10 min" in page
    assert "Yours to send: no account sends WhatsApp messages by itself." in page
    link = "https://wa.me/34612345678?text=Hello%20Zo%C3%AB%2C%20it%20is%20ready%20%26%20waiting"
    assert f'href="{link}"' in page
    assert 'target="_blank" rel="noopener noreferrer"' in page


@pytest.mark.parametrize(
    ("agent", "separator"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)", "&amp;"),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9)", "?"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "?"),
    ],
)
def test_an_sms_link_is_as_the_phone_wants_it(client: Client, agent: str, separator: str) -> None:
    make_reminder(message_type="sms", message_content="Hi")
    page = client.get("/", headers={"User-Agent": agent}).content.decode()
    assert f'href="sms:+34612345678{separator}body=Hi"' in page


def test_the_newest_trouble_stands_first(client: Client) -> None:
    older = make_reminder(wants_since=NOW - timedelta(days=2))
    newer = make_reminder(wants_since=NOW - timedelta(hours=1))
    shown = client.get("/").context["today"].reminders
    assert [card.message.pk for card in shown] == [newer.pk, older.pk]


@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_what_was_not_acknowledged_stays(client: Client, status: Status) -> None:
    message = make_reminder(status=status, wants_since=NOW - timedelta(days=400))
    assert f'id="reminder-{message.pk}"' in home(client)


def test_what_waits_for_a_sender_that_is_off_says_so_and_can_be_sent_by_hand(
    client: Client,
) -> None:
    message = make_message(at=LATE)
    page = home(client)
    assert "the sender has not taken it up" in page
    assert f'id="open-{message.pk}"' in page
    post(client, "mark_reminder_sent", message)
    message.refresh_from_db()
    assert message.status == Status.SENT


def test_what_may_still_go_by_itself_is_taken_from_the_sender_before_it_is_sent_by_hand(
    client: Client,
) -> None:
    """Both at once, it would go twice."""
    make_account(channel="whatsapp")
    message = make_message(at=NOW + timedelta(days=1), first_tried_at=NOW - timedelta(days=1))
    page = home(client)
    assert "Send it by hand" in page
    assert "Try again now" in page
    assert "https://wa.me/" not in page
    assert "sms:" not in page
    post(client, "reminder_take", message)
    page = home(client)
    assert "Yours to send" in page
    assert f'id="open-{message.pk}"' in page
    assert "Try again now" in page
    message.refresh_from_db()
    assert message.status == Status.DUE


def test_what_no_sender_has_tried_is_not_offered_to_be_tried_again(client: Client) -> None:
    """That it is off is said; another place in the queue would not help."""
    make_account(channel="whatsapp", next_slot_at=LATE)
    make_message(at=LATE)
    page = home(client)
    assert "Send it by hand" in page
    assert "Try again now" not in page


def test_what_the_sender_has_just_taken_up_stays_with_it(client: Client) -> None:
    make_account(channel="whatsapp")
    message = make_message(at=LATE)
    MessageSchedule.objects.update(status="sending", lease_until=NOW)
    assert "on its way" in notices(post(client, "reminder_take", message))[0]
    message.refresh_from_db()
    assert message.status == Status.SENDING


def test_what_is_still_asked_about_has_no_link_by_which_it_would_go_twice(client: Client) -> None:
    make_account(channel="whatsapp")
    message = make_reminder(status="unconfirmed", reason="timed_out", look_up_at=NOW)
    before = client.get("/").context["today"]
    assert "https://wa.me/" not in home(client)
    MessageSchedule.objects.update(look_up_at=None)
    after = client.get("/").context["today"]
    assert "https://wa.me/" in home(client)
    assert before.version != after.version
    post(client, "reminder_dismiss", message, arrived="no")
    assert "https://wa.me/" in home(client)


@pytest.mark.parametrize(
    ("reason", "says"),
    [("no_phone", "Add a number"), ("content", "Edit"), ("opted_out", "Dismiss")],
)
def test_the_first_button_is_what_helps(client: Client, reason: str, says: str) -> None:
    number = "" if reason == "no_phone" else "+34612345678"
    message = make_reminder(make_customer(phone_number=number), status="failed", reason=reason)
    card = client.get("/").context["today"].reminders[0]
    assert card.step in {"number", "edit", "dismiss"}
    page = home(client)
    assert says in page
    assert f'id="open-{message.pk}"' not in page


def test_a_number_that_cannot_receive_offers_the_other_channel(client: Client) -> None:
    make_reminder(status="failed", reason="recipient", message_type="sms")
    assert "Open WhatsApp" in home(client)


def test_the_providers_words_stand_beside_ours(client: Client) -> None:
    make_reminder(status="failed", reason="refused", reason_code="63024", reason_words="<i>No</i>")
    page = home(client)
    assert "The provider refused it." in page
    assert "<q>&lt;i&gt;No&lt;/i&gt;</q> (63024)" in page


def test_trying_again_is_offered_only_where_an_account_sends(client: Client) -> None:
    make_reminder(status="failed", reason="gave_up")
    assert "Try again now" not in home(client)
    make_account(channel="whatsapp")
    assert "Try again now" in home(client)


def test_what_a_stopped_account_left_to_people_is_tried_again_once_it_sends(client: Client) -> None:
    account = make_account(channel="whatsapp", paused_because="Out of credit")
    make_reminder(reason="account")
    page = home(client)
    assert "it is blocked, has no credit, or has to sign in again" in page
    assert "Try again now" not in page
    before = client.get("/").context["today"]
    ProviderAccount.objects.filter(pk=account.pk).update(paused_because="")
    assert home(client).count("Try again now") == 1
    after = client.get("/").context["today"]
    assert [before.reminders[0].step, after.reminders[0].step] == ["open", "retry"]
    assert before.version != after.version


def test_what_may_have_gone_warns_before_it_is_sent_again(client: Client) -> None:
    make_account(channel="whatsapp")
    make_reminder(status="unconfirmed", reason="timed_out")
    page = home(client)
    assert "It arrived" in page
    assert "Send again, even if twice" in page


def test_more_than_twenty_are_counted_and_linked(client: Client) -> None:
    zoe = make_customer()
    for _ in range(23):
        make_reminder(zoe)
    shown = client.get("/").context["today"]
    assert (len(shown.reminders), shown.rest, shown.count) == (20, 3, 23)
    page = home(client)
    assert '<a href="/messages/?show=wants">3 more need you</a>' in page
    assert 'data-wants-count="23"' in page


def test_more_than_twenty_snoozed_are_counted(client: Client) -> None:
    zoe = make_customer()
    for _ in range(23):
        make_reminder(zoe, snoozed_until=NOW + timedelta(hours=1))
    shown = client.get("/").context["today"]
    assert (len(shown.snoozed), shown.snoozed_count) == (20, 23)
    assert "23 snoozed" in home(client)


def test_later_today_and_this_week(client: Client) -> None:
    zoe = make_customer()
    later = make_message(zoe, at=NOW + timedelta(hours=2))
    week = make_message(zoe, at=NOW + timedelta(days=3))
    make_message(zoe, at=NOW + timedelta(days=9))
    shown = client.get("/").context["today"]
    assert [row.message.pk for row in shown.ahead.later_today] == [later.pk]
    assert [row.message.pk for row in shown.ahead.this_week] == [week.pk]
    assert "All that is ahead" in home(client)


def test_today_ends_at_midnight_of_the_business(client: Client) -> None:
    """In Madrid the day ends at 23:00 UTC."""
    zoe = make_customer()
    make_message(zoe, at=NOW.replace(hour=22, minute=59))
    make_message(zoe, at=NOW.replace(hour=23, minute=0))
    shown = client.get("/").context["today"]
    assert (len(shown.ahead.later_today), len(shown.ahead.this_week)) == (1, 1)


def test_an_empty_day_is_calm_and_tells_what_comes_next(client: Client) -> None:
    assert "Nothing needs you." in home(client)
    make_message(at=NOW + timedelta(days=30))
    assert "The next message is for Zoë O&#x27;Neill" in home(client)


def test_nothing_of_a_customer_in_the_trash_is_shown(client: Client) -> None:
    make_reminder(make_customer(trashed_at=NOW))
    make_message(make_customer(trashed_at=NOW))
    shown = client.get("/").context["today"]
    assert (shown.count, shown.ahead.following) == (0, None)


def many(number: int, *, at: datetime, **changes: Any) -> Broadcast:
    """One message to so many, the first at `at`, a minute between them."""
    broadcast = Broadcast.objects.create(
        message_content="We are closed on Friday.",
        begins_at=at,
        ends_at=at + timedelta(minutes=number - 1),
        per_minute=1,
        **changes,
    )
    for place in range(number):
        make_message(at=at + timedelta(minutes=place), broadcast=broadcast)
    return broadcast


def test_one_message_to_many_is_one_row(client: Client) -> None:
    before = make_message(at=NOW + timedelta(minutes=30))
    after = make_message(at=NOW + timedelta(hours=3))
    broadcast = many(30, at=NOW + timedelta(hours=1))
    next_week = many(2, at=NOW + timedelta(days=3))
    many(3, at=NOW + timedelta(hours=2), stopped_at=NOW)
    many(0, at=NOW - timedelta(hours=2))
    page = client.get("/")
    ahead = page.context["today"].ahead
    assert [(row.message, row.broadcast, row.count) for row in ahead.later_today] == [
        (before, None, 1),
        (None, broadcast, 30),
        (after, None, 1),
    ]
    assert [(row.broadcast, row.count) for row in ahead.this_week] == [(next_week, 2)]
    assert not ahead.has_more
    words = " ".join(page.text.split())
    link = reverse("broadcast_detail", args=[broadcast.pk])
    assert f'href="{link}"> To 30 customers, one after the other </a>' in words
    assert page.text.count("We are closed on Friday.") == 2


def test_one_that_is_under_way_counts_what_still_waits(client: Client) -> None:
    broadcast = many(5, at=NOW - timedelta(minutes=2))
    broadcast.messages.filter(due_at__lt=NOW).update(status=Status.SENT, sent_at=NOW)
    today = client.get("/").context["today"]
    (row,) = today.ahead.later_today
    assert (row.broadcast, row.count, row.is_under_way) == (broadcast, 3, True)
    with time_machine.travel(NOW + timedelta(seconds=50), tick=False):
        assert poll(client, today.version).status_code == 204


@pytest.mark.parametrize("rows", [1, 60])
def test_today_costs_as_many_queries_for_one_as_for_sixty(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        zoe = make_customer(name=f"Customer {number}")
        make_reminder(zoe)
        make_message(zoe, at=NOW + timedelta(hours=1))
        make_reminder(zoe, snoozed_until=NOW + timedelta(hours=1))
        many(2, at=NOW + timedelta(hours=1))
    client.get("/messages/")
    more_to_count = 2 if rows > 20 else 0
    with django_assert_num_queries(9 + more_to_count):
        client.get("/reminders/", headers=HTMX)


# --- what waited for its account ------------------------------------------------------------


def stopped(**changes: Any) -> MessageSchedule:
    return make_reminder(make_customer(), **({"reason": "account"} | changes))


RETRY_ALL = reverse("reminder_retry_all", args=["whatsapp"])


def test_what_waited_for_its_account_is_tried_again_with_one_button(client: Client) -> None:
    make_account()
    waited = [stopped(), stopped(status=Status.FAILED)]
    kept = [
        stopped(reason="by_hand"),
        stopped(message_type="sms"),
        stopped(snoozed_until=NOW + timedelta(hours=1)),
        stopped(send_by=NOW - timedelta(minutes=1)),
        stopped(acknowledged_at=NOW),
        stopped(status=Status.UNCONFIRMED),
    ]
    page = home(client)
    assert "Try the 2 WhatsApp messages that waited" in page
    assert f'action="{RETRY_ALL}"' in page
    answer = client.post(RETRY_ALL, follow=True)
    assert notices(answer) == ["2 messages are tried again now."]
    assert "that waited" not in answer.text
    for message in waited:
        message.refresh_from_db()
        assert (message.status, message.due_at, message.reason) == (Status.SCHEDULED, NOW, "")
        assert message.delivery_events.get().status == Status.SCHEDULED
        story = client.get(reverse("message_detail", args=[message.pk])).text
        assert "had it tried again" in story
    for message in kept:
        before = (message.status, message.reason)
        message.refresh_from_db()
        assert (message.status, message.reason) == before
    assert notices(client.post(RETRY_ALL, follow=True)) == ["Nothing waits for it any more."]


def test_each_of_them_is_taken_back_as_if_it_had_been_tried_by_itself(client: Client) -> None:
    make_account()
    message = stopped()
    client.post(RETRY_ALL, follow=True)
    answer = post(client, "reminder_reopen", message)
    assert notices(answer) == ["Taken back: everything is as it was."]
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.DUE, "account")


def test_while_the_account_is_stopped_nothing_is_tried_again(client: Client) -> None:
    make_account(paused_because="no credit")
    message = stopped()
    assert "that waited" not in home(client)
    answer = client.post(RETRY_ALL, follow=True)
    assert notices(answer) == ["Nothing was tried: WhatsApp has no account that sends."]
    message.refresh_from_db()
    assert message.state is Status.DUE
    assert client.post(reverse("reminder_retry_all", args=["pigeon"])).status_code == 404
    assert client.get(RETRY_ALL).status_code == 405


def test_those_that_are_not_shown_are_counted_too(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_account()
    zoe = make_customer()
    for number in range(30):
        made = NOW - timedelta(hours=1, minutes=number)
        make_reminder(zoe, reason="account", wants_since=made)
        make_reminder(zoe)
    assert "Try the 30 WhatsApp messages that waited" in home(client)
    with django_assert_max_num_queries(25):
        client.post(RETRY_ALL)
    assert MessageSchedule.objects.filter(status=Status.SCHEDULED).count() == 30


# --- kept fresh -----------------------------------------------------------------------------


def poll(client: Client, version: str) -> Any:
    return client.get("/reminders/", {"version": version}, headers=HTMX)


def test_polling_answers_only_when_something_has_changed(client: Client) -> None:
    message = make_reminder()
    version = client.get("/").context["today"].version
    assert poll(client, version).status_code == 204
    message.status = Status.FAILED
    message.save()
    answer = poll(client, version)
    assert answer.status_code == 200
    assert 'data-wants-count="1"' in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("what", ["time", "snoozed", "upcoming", "text", "count"])
def test_whatever_would_read_differently_is_a_change(client: Client, what: str) -> None:
    message = make_reminder(message_content="Hello {name}")
    version = client.get("/").context["today"].version
    if what == "time":
        with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
            assert poll(client, version).status_code == 200
        return
    changes: dict[str, Any] = {
        "snoozed": lambda: make_reminder(message.customer, snoozed_until=NOW + timedelta(1)),
        "upcoming": lambda: make_message(message.customer, at=NOW + timedelta(hours=1)),
        "text": lambda: type(message.customer).objects.update(name="Zoe"),
        "count": lambda: make_reminder(message.customer),
    }
    changes[what]()
    assert poll(client, version).status_code == 200


def test_the_fragments_address_in_a_browser_leads_home(client: Client) -> None:
    assert client.get("/reminders/").url == "/"


# --- deeds ----------------------------------------------------------------------------------


def test_mark_as_done_is_a_plain_form(client: Client, user: User) -> None:
    message = make_reminder()
    response = post(client, "mark_reminder_sent", message)
    assert response.redirect_chain == [("/", 302)]
    assert notices(response) == ["Done: Zoë O'Neill has it."]
    message.refresh_from_db()
    assert (message.status, message.sent_by, message.sent_at) == (Status.SENT, user, NOW)
    assert f'id="reminder-{message.pk}"' not in home(client)


def test_mark_as_done_answers_htmx_with_the_reminders_and_a_notice(client: Client) -> None:
    message, other = make_reminder(), make_reminder()
    page = client.post(f"/mark-reminder-sent/{message.pk}/", headers=HTMX).content.decode()
    assert f'id="reminder-{message.pk}"' not in page
    assert f'id="reminder-{other.pk}"' in page
    assert 'data-wants-count="1"' in page
    assert 'hx-swap-oob="beforeend"' in page
    assert "Undo" in page
    assert "<html" not in page


def test_mark_as_done_needs_the_forms_token(user: User, business: Any) -> None:
    message = make_reminder()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert browser.post(f"/mark-reminder-sent/{message.pk}/").status_code == 403
    browser.get("/")
    token = browser.cookies["csrftoken"].value
    done = browser.post(f"/mark-reminder-sent/{message.pk}/", {"csrfmiddlewaretoken": token})
    assert done.status_code == 302
    again = browser.post(f"/reminder/{message.pk}/reopen/", headers={"X-CSRFToken": token, **HTMX})
    assert again.status_code == 200


def test_done_twice_is_friendly_and_counts_once(client: Client, bea: Client) -> None:
    message = make_reminder()
    post(client, "mark_reminder_sent", message)
    assert notices(post(client, "mark_reminder_sent", message)) == [
        "Ana has marked it as done already, today 10:30."
    ]
    assert notices(post(bea, "mark_reminder_sent", message)) == [
        "Ana has marked it as done already, today 10:30."
    ]
    message.refresh_from_db()
    assert message.sent_by is not None
    assert message.sent_by.username == "ana"
    assert Event.objects.filter(kind="message.sent_by_hand").count() == 1


def test_done_after_it_went_by_itself_says_so(client: Client) -> None:
    message = make_message(status="delivered", sent_at=NOW)
    assert notices(post(client, "mark_reminder_sent", message)) == [
        "It has gone out already, today 10:30."
    ]


def test_a_cancelled_one_is_not_marked(client: Client, bea: Client) -> None:
    message = make_reminder()
    bea.post(f"/message/{message.pk}/cancel/")
    assert notices(post(client, "mark_reminder_sent", message)) == ["Bea has called it off."]
    message.refresh_from_db()
    assert message.status == Status.CANCELLED


def test_one_on_its_way_is_left_alone(client: Client) -> None:
    message = make_message(status="sending", lease_until=NOW)
    told = notices(post(client, "mark_reminder_sent", message))
    assert told == ["It is on its way right now. Wait a moment for the outcome."]


@pytest.mark.parametrize(
    "name", ["mark_reminder_sent", "reminder_dismiss", "reminder_retry", "reminder_snooze"]
)
def test_a_stale_page_does_not_touch_what_has_been_promised_anew(
    client: Client, bea: Client, name: str
) -> None:
    message = make_reminder()
    seen = message.promise
    bea.post(
        f"/message/{message.pk}/edit/",
        {
            "message_type": "whatsapp",
            "message_content": "Another text",
            "schedule_date": "2026-11-20T09:00",
        },
    )
    told = notices(post(client, name, message, seen=seen, preset="in_1_hour"))
    assert told == ["Somebody has changed this message meanwhile: please look at it again."]
    message.refresh_from_db()
    assert (message.status, message.snoozed_until) == (Status.SCHEDULED, None)


@pytest.mark.parametrize("status", sorted(WANTS_A_PERSON))
def test_dismissed_is_acknowledged_and_not_sent(client: Client, user: User, status: Status) -> None:
    message = make_reminder(status=status)
    told = post(client, "reminder_dismiss", message)
    assert notices(told) == ["Dismissed: Zoë O'Neill does not get it."]
    message.refresh_from_db()
    assert (message.status, message.acknowledged_by, message.sent_at) == (status, user, None)
    assert notices(post(client, "reminder_dismiss", message)) == ["Ana has dealt with it already."]


def test_whether_it_arrived(client: Client) -> None:
    lost, found = (make_reminder(status="unconfirmed", reason="timed_out") for _ in range(2))
    assert notices(post(client, "reminder_dismiss", lost, arrived="no")) == [
        "Noted: it did not arrive."
    ]
    assert notices(post(client, "reminder_dismiss", found, arrived="yes")) == ["Noted: it arrived."]
    shown = [card.message.pk for card in client.get("/").context["today"].reminders]
    assert shown == [lost.pk]
    assert "It did not arrive." in home(client)


def test_whether_it_arrived_is_not_said_of_others(client: Client) -> None:
    message = make_reminder()
    assert (
        "nothing was done" in notices(post(client, "reminder_dismiss", message, arrived="yes"))[0]
    )


def test_try_again(client: Client) -> None:
    message = make_reminder(status="failed", reason="gave_up")
    assert notices(post(client, "reminder_retry", message)) == ["It is tried again now."]
    message.refresh_from_db()
    assert (message.status, message.due_at) == (Status.SCHEDULED, NOW)


@pytest.mark.parametrize(
    ("data", "until"),
    [
        ({"preset": "in_1_hour"}, NOW + timedelta(hours=1)),
        ({"preset": "this_evening"}, NOW.replace(hour=17, minute=0)),
        ({"preset": "tomorrow_9"}, NOW.replace(day=18, hour=8, minute=0)),
        ({"preset": "custom", "at": "2026-12-01T12:30"}, NOW.replace(month=12, day=1, hour=11)),
    ],
)
def test_snooze(client: Client, data: dict[str, str], until: Any) -> None:
    message = make_reminder()
    post(client, "reminder_snooze", message, **data)
    message.refresh_from_db()
    assert message.snoozed_until == until
    page = home(client)
    assert f'id="reminder-{message.pk}"' not in page
    assert "1 snoozed" in page
    assert notices(post(client, "reminder_wake", message)) == ["It is back on the list."]
    assert f'id="reminder-{message.pk}"' in home(client)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose until when."),
        ({"preset": "never"}, "Choose until when."),
        ({"preset": "custom"}, "Choose a date and a time."),
        ({"preset": "custom", "at": "soon"}, "Write the date and the time"),
        ({"preset": "custom", "at": "2020-01-01T09:00"}, "has passed"),
        ({"preset": "custom", "at": "0001-01-01T00:00"}, "has passed"),
        ({"preset": "custom", "at": "2062-01-01T09:00"}, "more than a year"),
        ({"preset": "custom", "at": "\x00" * 9}, "Write the date and the time"),
        ({"preset": "9" * 1000}, "Choose until when."),
    ],
)
def test_a_snooze_that_makes_no_sense_says_so(
    client: Client, data: dict[str, str], says: str
) -> None:
    message = make_reminder()
    assert says in notices(post(client, "reminder_snooze", message, **data))[0]
    message.refresh_from_db()
    assert message.snoozed_until is None


def test_a_snooze_outside_of_the_calendar_has_passed(client: Client) -> None:
    make_business(time_zone="Asia/Tokyo")
    message = make_reminder()
    told = post(client, "reminder_snooze", message, preset="custom", at="0001-01-01T00:00")
    assert "has passed" in notices(told)[0]


def test_waking_what_is_awake_is_no_quarrel(client: Client) -> None:
    assert notices(post(client, "reminder_wake", make_reminder())) == [
        "That had been done already."
    ]


@pytest.mark.parametrize(
    ("now", "preset", "until"),
    [
        # The night of the gap in Madrid: the hour from one is three o'clock.
        ("2026-03-29T00:00", "in_1_hour", "2026-03-29T01:00"),
        ("2026-03-28T21:00", "tomorrow_9", "2026-03-29T07:00"),
        # The night of the fold.
        ("2026-10-24T23:50", "in_1_hour", "2026-10-25T00:50"),
        ("2026-10-24T20:00", "tomorrow_9", "2026-10-25T08:00"),
    ],
)
def test_snoozing_knows_the_change_of_the_clocks(
    client: Client, now: str, preset: str, until: str
) -> None:
    with time_machine.travel(f"{now}+00:00", tick=False):
        message = make_reminder()
        post(client, "reminder_snooze", message, preset=preset)
    message.refresh_from_db()
    assert message.snoozed_until is not None
    assert message.snoozed_until.isoformat(timespec="minutes") == f"{until}+00:00"


DEEDS: dict[str, dict[str, str]] = {
    "mark_reminder_sent": {},
    "reminder_dismiss": {},
    "reminder_snooze": {"preset": "in_1_hour"},
    "reminder_retry": {},
}


@pytest.mark.parametrize("name", DEEDS)
def test_every_deed_can_be_undone_once(client: Client, name: str) -> None:
    message = make_reminder(status="failed", reason="refused", reason_words="No")
    before = MessageSchedule.objects.values().get()
    undo = undo_url(post(client, name, message, **DEEDS[name]))
    assert notices(client.post(undo, follow=True)) == ["Taken back: everything is as it was."]
    after = MessageSchedule.objects.values().get()
    assert {**after, "updated_at": 0} == {**before, "updated_at": 0}
    assert "Taken back" not in notices(client.post(undo, follow=True))[0]


def test_undo_leaves_what_another_did_meanwhile(client: Client, bea: Client) -> None:
    message = make_reminder()
    undo = undo_url(post(client, "reminder_snooze", message, preset="in_1_hour"))
    bea.post(f"/mark-reminder-sent/{message.pk}/")
    told = notices(client.post(undo, follow=True))
    assert told == ["Bea has marked it as done already, today 10:30."]
    message.refresh_from_db()
    assert message.status == Status.SENT


@pytest.mark.parametrize("event", ["", "abc", "-1", "999999", "9" * 60, "²"])
def test_undoing_nonsense_does_nothing(client: Client, event: str) -> None:
    message = make_reminder()
    response = client.post(f"/reminder/{message.pk}/reopen/?event={event}", follow=True)
    assert len(notices(response)) == 1
    message.refresh_from_db()
    assert message.status == Status.DUE


def test_from_the_messages_page_one_comes_back_to_it(client: Client) -> None:
    message = make_reminder()
    url = f"/message/{message.pk}/"
    assert f'name="next" value="{url}"' in client.get(url).content.decode()
    response = post(client, "mark_reminder_sent", message, next=url)
    assert response.redirect_chain == [(url, 302)]
    assert client.post(undo_url(response)).url == url


@pytest.mark.parametrize("name", ["mark_reminder_sent", "reminder_dismiss"])
def test_the_messages_page_takes_the_last_step_back_long_after(client: Client, name: str) -> None:
    message = make_reminder()
    post(client, name, message)
    url = f"/message/{message.pk}/"
    assert "Take back the last step" in client.get(url).content.decode()
    response = post(client, "reminder_reopen", message, next=url)
    assert response.redirect_chain == [(url, 302)]
    message.refresh_from_db()
    assert (message.status, message.acknowledged_at) == (Status.DUE, None)


@pytest.mark.parametrize("name", [*DEEDS, "reminder_wake", "reminder_reopen"])
def test_deeds_are_posts_on_messages_that_exist(
    client: Client, stranger: Client, name: str
) -> None:
    message = make_reminder()
    assert client.get(reverse(name, args=[message.pk])).status_code == 405
    assert client.post(reverse(name, args=[999_999])).status_code == 404
    assert stranger.post(reverse(name, args=[message.pk])).status_code == 302
    gone = make_reminder(make_customer(trashed_at=NOW))
    assert client.post(reverse(name, args=[gone.pk])).status_code == 404
    message.refresh_from_db()
    assert message.status == Status.DUE
