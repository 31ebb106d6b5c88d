"""The same message in many hands at the same moment."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from crm.models import DeliveryEvent, Event, MessageSchedule
from rules.message_states import Status
from tests.databases import Installation
from tests.make import make_business, make_customer, make_message, make_reminder, make_user

PEOPLE = 4

type Deed = Callable[[Client], Any]


@pytest.fixture
def browsers(installation: Installation) -> list[Client]:
    """Each belongs to somebody else."""
    make_business()
    people = [make_user(f"person{number}") for number in range(PEOPLE)]
    found = [Client() for _ in people]
    for browser, person in zip(found, people, strict=True):
        browser.force_login(person)
    return found


def at_once(browsers: list[Client], deeds: list[Deed]) -> Counter[int]:
    """The status codes of what each browser does at the moment at which all of them do."""
    start = Barrier(len(browsers))

    def do(browser: Client, deed: Deed) -> int:
        try:
            start.wait()
            return int(deed(browser).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as pool:
        return Counter(pool.map(do, browsers, deeds))


def test_marked_as_done_by_all_it_is_done_once(browsers: list[Client]) -> None:
    message = make_reminder()
    url = f"/mark-reminder-sent/{message.pk}/"
    assert at_once(browsers, [lambda browser: browser.post(url)] * PEOPLE) == {302: PEOPLE}
    message.refresh_from_db()
    assert message.status == Status.SENT
    assert Event.objects.get(kind="message.sent_by_hand").actor == message.sent_by
    assert DeliveryEvent.objects.filter(status=Status.SENT).count() == 1


def test_one_form_sent_by_all_makes_one_message(browsers: list[Client]) -> None:
    url = f"/message/schedule/{make_customer().pk}/"
    form = {
        "message_type": "sms",
        "message_content": "Hello",
        "schedule_date": "2062-01-12T09:00",
        "send_now": "1",
        "form_id": str(uuid4()),
    }
    assert at_once(browsers, [lambda browser: browser.post(url, form)] * PEOPLE) == {302: PEOPLE}
    assert MessageSchedule.objects.count() == 1
    assert Event.objects.filter(kind="message.scheduled").count() == 1


def test_contradicting_deeds_have_one_winner_and_a_whole_story(browsers: list[Client]) -> None:
    message = make_reminder()
    urls = [
        f"/mark-reminder-sent/{message.pk}/",
        f"/message/{message.pk}/cancel/",
        f"/reminder/{message.pk}/dismiss/",
        f"/reminder/{message.pk}/retry/",
    ]
    deeds: list[Deed] = [lambda browser, url=url: browser.post(url) for url in urls]
    assert at_once(browsers, deeds) == {302: PEOPLE}
    message.refresh_from_db()
    last = Event.objects.about("message", message.pk).first()
    assert last is not None
    assert all(getattr(message, name) == value for name, value in plain(last).items())


def plain(event: Event) -> dict[str, Any]:
    """What the event says the message has become, of what is not a moment."""
    names = ("status", "reason", "sent_by_id", "acknowledged_by_id")
    return {name: event.detail["is"][name] for name in names if name in event.detail["is"]}


def test_a_claim_and_a_change_never_both_win(browsers: list[Client]) -> None:
    message = make_message()
    url = f"/message/{message.pk}/cancel/"

    def claim(_browser: Client) -> Any:
        waiting = MessageSchedule.objects.filter(pk=message.pk, status=Status.SCHEDULED)
        waiting.update(status=Status.CLAIMED, claim_token=1, lease_until=message.due_at)
        return Client().get("/healthz")

    cancel: Deed = lambda browser: browser.post(url)  # noqa: E731
    at_once(browsers[:2], [claim, cancel])
    message.refresh_from_db()
    cancelled = Event.objects.filter(kind="message.cancelled").exists()
    assert message.status == (Status.CANCELLED if cancelled else Status.CLAIMED)
