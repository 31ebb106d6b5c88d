"""What comes again and what goes to many, in many hands at the same moment."""

from uuid import uuid4

from django.test import Client
from django.utils import timezone

from crm.models import Broadcast, DeliveryEvent, MessageSchedule, MessageSeries, Tag
from rules.message_states import Status
from tests.crm.at_once.test_messages import PEOPLE, at_once, browsers
from tests.make import make_customer

__all__ = ["browsers"]


def next_year() -> str:
    return f"{timezone.now().year + 1}-06-03T10:00"


def test_one_form_sent_by_all_begins_one_series(browsers: list[Client]) -> None:
    customer = make_customer()
    form = {
        "message_type": "whatsapp",
        "message_content": "Time for a cut?",
        "schedule_date": next_year(),
        "repeat": "month",
        "ends": "never",
        "form_id": str(uuid4()),
    }
    url = f"/message/schedule/{customer.pk}/"
    assert at_once(browsers, [lambda browser: browser.post(url, form)] * PEOPLE) == {302: PEOPLE}
    assert MessageSeries.objects.count() == 1
    days = MessageSchedule.objects.values("occurrence").distinct().count()
    assert 3 <= days == MessageSchedule.objects.count() == DeliveryEvent.objects.count()


def test_stopped_and_let_go_on_by_all_each_message_is_there_once(browsers: list[Client]) -> None:
    customer = make_customer()
    form = {
        "message_type": "sms",
        "message_content": "Your box is packed.",
        "schedule_date": next_year(),
        "repeat": "day",
        "ends": "never",
    }
    browsers[0].post(f"/message/schedule/{customer.pk}/", form)
    one = MessageSeries.objects.get()
    for deed in ("stop", "resume"):
        url = f"/series/{one.pk}/{deed}/"
        done = at_once(browsers, [lambda browser, url=url: browser.post(url)] * PEOPLE)
        assert done == {302: PEOPLE}
    assert one.messages.count() == 30
    assert one.messages.values("occurrence").distinct().count() == 30


def to_many(browsers: list[Client]) -> dict[str, object]:
    tag = Tag.objects.create(name="VIP")
    for number in range(5):
        make_customer(phone_number=f"+3460000000{number}").tags.add(tag)
    return {
        "tags": [tag.pk],
        "message_type": "sms",
        "message_content": "We are closed.",
        "begins": "later",
        "schedule_date": next_year(),
        "per_minute": "60",
        "form_id": str(uuid4()),
        "step": "send",
    }


def test_one_form_sent_by_all_goes_to_many_once(browsers: list[Client]) -> None:
    form = to_many(browsers)
    deeds = [lambda browser: browser.post("/broadcast/create/", form)] * PEOPLE
    assert at_once(browsers, deeds) == {302: PEOPLE}
    assert Broadcast.objects.count() == 1
    assert MessageSchedule.objects.count() == 5


def test_stopped_by_all_the_rest_is_called_off_once(browsers: list[Client]) -> None:
    browsers[0].post("/broadcast/create/", to_many(browsers))
    one = Broadcast.objects.get()
    for deed, events in (("stop", Status.CANCELLED), ("resume", Status.SCHEDULED)):
        url = f"/broadcast/{one.pk}/{deed}/"
        done = at_once(browsers, [lambda browser, url=url: browser.post(url)] * PEOPLE)
        assert done == {302: PEOPLE}
        assert one.messages.filter(status=events).count() == 5
    assert DeliveryEvent.objects.filter(status=Status.CANCELLED).count() == 5
    assert DeliveryEvent.objects.filter(status=Status.SCHEDULED).count() == 10
