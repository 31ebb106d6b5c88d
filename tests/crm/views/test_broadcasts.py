"""Messages to many: written, looked over, sent off, watched, stopped."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from crm.models import (
    Broadcast,
    Consent,
    Customer,
    InboundMessage,
    MessageSchedule,
    MessageTemplate,
    Tag,
)
from crm.models.consents import KnownFrom
from rules.message_states import Status
from tests.make import NOW, make_account, make_customer

CREATE = reverse("broadcast_create")


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def vip(client: Client) -> Tag:
    tag = Tag.objects.create(name="VIP")
    for number, name in enumerate(("Ana", "Bea", "Cleo")):
        make_customer(name=name, phone_number=f"+3460000000{number}").tags.add(tag)
    return tag


def typed(tag: Tag, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "tags": [tag.pk],
        "matching": "any",
        "message_type": "",
        "message_content": "Hello {first_name}, we are closed on Friday.",
        "opt_out_line": "on",
        "begins": "later",
        "schedule_date": "2026-11-18T09:00",
        "per_minute": "30",
        "form_id": str(uuid4()),
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def sent(client: Client, tag: Tag, **changes: Any) -> Broadcast:
    client.post(CREATE, typed(tag, step="send", **changes))
    return Broadcast.objects.latest("pk")


def test_the_text_fits_whoever_gets_it_by_whatever_channel(client: Client, vip: Tag) -> None:
    dan = make_customer(name="Dan", phone_number="+34600000009", preferred_channel="sms")
    long = typed(vip, message_content="x" * 1590 + "{first_name}", opt_out_line=None)
    assert "characters;" not in client.post(CREATE, long).content.decode()
    dan.tags.add(vip)
    assert "characters;" not in client.post(CREATE, long).content.decode()
    Customer.objects.filter(pk=dan.pk).update(name="Bartholomew")
    page = client.post(CREATE, long).content.decode()
    assert "Filled in, it has 1601 characters; 1600 fit." in page
    by_whatsapp = client.post(CREATE, long | {"message_type": "whatsapp"}).content.decode()
    assert "characters;" not in by_whatsapp


def test_the_form_offers_the_tags_that_are_worn(client: Client, vip: Tag) -> None:
    Tag.objects.create(name="Nobody wears it")
    page = client.get(CREATE + "?tag=VIP").content.decode()
    assert "VIP" in page
    assert "Nobody wears it" not in page
    assert "checked" in page[page.index('name="tags"') :][:120]


def test_without_a_tag_it_says_where_to_begin(client: Client) -> None:
    assert "No customer has a tag yet" in client.get(CREATE).content.decode()


def test_looking_it_over_sends_nothing_and_shows_the_numbers(client: Client, vip: Tag) -> None:
    make_customer(name="Dan", phone_number="").tags.add(vip)
    page = client.post(CREATE, typed(vip)).content.decode()
    assert not MessageSchedule.objects.exists()
    assert "Schedule 3 messages" in page
    assert "no phone number: 1" in page
    assert "Hello Ana, we are closed on Friday." in page
    assert "Reply STOP to get no more of these." in page
    assert "No account sends 3 of them" in page


def test_another_ones_message_can_be_looked_at(client: Client, vip: Tag) -> None:
    assert "Hello Bea" in client.post(CREATE, typed(vip, sample="1")).content.decode()
    assert "Hello Ana" in client.post(CREATE, typed(vip, sample="3")).content.decode()
    assert "Hello Ana" in client.post(CREATE, typed(vip, sample="-1 OR 1=1")).content.decode()


def test_the_page_that_is_looked_over_keeps_all_that_was_typed(client: Client, vip: Tag) -> None:
    page = client.post(CREATE, typed(vip, opt_out_line=None)).content.decode()
    assert f'name="tags" value="{vip.pk}"' in page
    assert 'name="schedule_date" value="2026-11-18T09:00"' in page
    assert "opt_out_line" not in page
    changed = client.post(CREATE, typed(vip, step="change"))
    assert "we are closed on Friday." in changed.content.decode()
    assert not MessageSchedule.objects.exists()


def test_sent_off_each_has_one_at_the_pace(client: Client, vip: Tag) -> None:
    one = sent(client, vip)
    assert one.recipients == 3
    moments = list(one.messages.order_by("schedule_date").values_list("schedule_date", flat=True))
    assert [later - moments[0] for later in moments] == [timedelta(seconds=2 * n) for n in range(3)]
    assert one.message_content.endswith("Reply STOP to get no more of these.")


def test_sent_twice_it_is_one(client: Client, vip: Tag) -> None:
    form = typed(vip, step="send")
    client.post(CREATE, form)
    again = client.post(CREATE, form, follow=True)
    assert Broadcast.objects.count() == 1
    assert MessageSchedule.objects.count() == 3
    assert "It had been sent off already." in again.content.decode()


@pytest.mark.parametrize("sent", ["9" * 30, "-1", "١", "\0", "VIP"])
def test_what_is_no_tag_is_said_so(client: Client, vip: Tag, sent: str) -> None:
    page = client.post(CREATE, typed(vip, tags=[vip.pk, sent], step="send"))
    assert page.status_code == 422
    assert not Broadcast.objects.exists()


def test_now_needs_no_moment(client: Client, vip: Tag) -> None:
    one = sent(client, vip, begins="now", schedule_date="")
    assert one.begins_at == NOW


def test_who_does_not_want_it_is_left_out_at_the_last_moment_too(client: Client, vip: Tag) -> None:
    form = typed(vip)
    client.post(CREATE, form)
    Consent.objects.create(
        customer=Customer.objects.get(name="Bea"),
        channel="whatsapp",
        given=False,
        known_from=KnownFrom.REPLY,
    )
    client.post(CREATE, form | {"step": "send"})
    one = Broadcast.objects.get()
    assert (one.recipients, one.left_out) == (2, {"opted_out": 1})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tags": []}, "Choose at least one tag."),
        ({"tags": ["-1", "x"]}, "not a valid value"),
        ({"message_content": ""}, "Write what the customer will read."),
        ({"message_content": "Pay {invoice_amount}"}, "A message to many is about no invoice"),
        ({"message_content": "Hi {nonsense}"}, "There is no {nonsense}"),
        ({"message_content": "x" * 5000}, "at most 4096"),
        ({"schedule_date": ""}, "Choose a date and a time."),
        ({"schedule_date": "2026-11-16T09:00"}, "This moment has passed."),
        ({"schedule_date": "2096-11-16T09:00"}, "check the year"),
        ({"schedule_date": "9999-12-31T23:59"}, "check the year"),
        ({"per_minute": "0"}, "greater than or equal to 1"),
        ({"per_minute": "1e9"}, "whole number"),
        ({"begins": "whenever"}, "whenever is not one of the available choices"),
        ({"message_type": "fax"}, "fax is not one of the available choices"),
        ({"matching": "most"}, "most is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_goes(
    client: Client, vip: Tag, changes: dict[str, Any], said: str
) -> None:
    response = client.post(CREATE, typed(vip, step="send", **changes))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not MessageSchedule.objects.exists()


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "\0\x1bHi", "\u202eevil", "😀" * 900, "{{{first_name}}}"],
)
def test_hostile_words_are_only_words(client: Client, vip: Tag, text: str) -> None:
    page = client.post(CREATE, typed(vip, message_content=f"Hello {text}")).content.decode()
    assert "<script>alert" not in page
    assert "\0" not in page
    assert client.post(CREATE, typed(vip, message_content=f"Hello {text}", step="send"))
    assert Broadcast.objects.exists()


def test_nobody_can_be_written_to_and_nothing_is_made(client: Client, vip: Tag) -> None:
    Customer.objects.update(phone_number="")
    page = client.post(CREATE, typed(vip, step="send")).content.decode()
    assert "0 customers get it" in page
    assert "3 are left out" in page
    assert not Broadcast.objects.exists()


def test_who_gets_it_is_told_while_one_writes(client: Client, vip: Tag) -> None:
    fragment = client.post(reverse("broadcast_audience"), typed(vip, schedule_date="")).content
    assert "3 customers get it" in fragment.decode()
    assert "<html" not in fragment.decode()
    nothing = client.post(reverse("broadcast_audience"), {}).content.decode()
    assert "Choose a tag to see who gets it." in nothing


def test_its_page_counts_how_far_it_has_come(client: Client, vip: Tag) -> None:
    one = sent(client, vip)
    first, second, _third = one.messages.order_by("schedule_date")
    MessageSchedule.objects.filter(pk=first.pk).update(status=Status.READ)
    MessageSchedule.objects.filter(pk=second.pk).update(status=Status.FAILED)
    page = client.get(reverse("broadcast_detail", args=[one.pk])).content.decode()
    assert "2 of 3 done" in page
    assert "1 arrived" in page
    assert "They wait on Today." in page
    assert "every 3s" not in page
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert "every 3s" in client.get(reverse("broadcast_detail", args=[one.pk])).content.decode()


def test_the_rest_is_stopped_and_that_can_be_undone(client: Client, vip: Tag) -> None:
    one = sent(client, vip)
    stop, resume = (reverse(f"broadcast_{deed}", args=[one.pk]) for deed in ("stop", "resume"))
    page = client.post(stop, follow=True).content.decode()
    assert "Stopped: 3 messages do not go out." in page
    assert f'action="{resume}"' in page
    assert "It had been stopped already." in client.post(stop, follow=True).content.decode()
    page = client.post(resume, follow=True).content.decode()
    assert "3 messages go out after all." in page
    assert "It goes on already." in client.post(resume, follow=True).content.decode()
    assert one.messages.filter(status=Status.SCHEDULED).count() == 3


@pytest.mark.parametrize("rows", [1, 40])
def test_the_list_costs_as_much_for_many(
    client: Client, vip: Tag, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(rows):
        sent(client, vip)
    with django_assert_max_num_queries(12):
        page = client.get(reverse("broadcast_list")).content.decode()
    assert page.count("To 3 customers") == min(rows, 20)


@pytest.mark.parametrize("people", [1, 60])
def test_its_page_costs_as_much_for_many(
    client: Client, people: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tag = Tag.objects.create(name="Crowd")
    for number in range(people):
        make_customer(phone_number=f"+346000001{number:02}").tags.add(tag)
    one = sent(client, tag)
    with django_assert_max_num_queries(13):
        client.get(reverse("broadcast_detail", args=[one.pk]))


def test_by_an_account_it_says_which(client: Client, vip: Tag) -> None:
    make_account()
    page = client.post(CREATE, typed(vip)).content.decode()
    assert "3 by WhatsApp, through Console" in page
    assert "nobody receives them" in page


@pytest.mark.parametrize("name", ["broadcast_detail", "broadcast_stop", "broadcast_resume"])
def test_there_is_no_such_one(client: Client, name: str) -> None:
    url = reverse(name, args=[4711])
    response = client.get(url) if name == "broadcast_detail" else client.post(url)
    assert response.status_code == 404


@pytest.mark.parametrize("name", ["broadcast_list", "broadcast_create", "broadcast_audience"])
def test_strangers_are_sent_to_the_door(stranger: Client, client: Client, name: str) -> None:
    response = stranger.get(reverse(name))
    assert response.status_code == 302
    assert "/login" in response["Location"]


def test_from_a_tag_on_the_customers_page_one_writes_to_all_of_them(
    client: Client, vip: Tag
) -> None:
    page = client.get(reverse("customer_index") + "?tag=VIP").content.decode()
    assert f'href="{CREATE}?tag=VIP"' in page


def test_each_message_says_that_it_is_one_of_many(client: Client, vip: Tag) -> None:
    one = sent(client, vip)
    message = one.messages.all()[0]
    page = client.get(reverse("message_detail", args=[message.pk])).content.decode()
    assert reverse("broadcast_detail", args=[one.pk]) in page


@pytest.fixture
def template(vip: Tag) -> MessageTemplate:
    return MessageTemplate.objects.create(
        account=make_account(provider="whatsapp_cloud", label="Our WhatsApp"),
        reference="1",
        name="closed",
        language="en",
        state="approved",
        body="Hello {{1}}, we are closed on {{2}}.",
        slots=[
            {"key": "body.1", "mark": "{{1}}", "part": "body", "example": "Ana"},
            {"key": "body.2", "mark": "{{2}}", "part": "body", "example": "Friday"},
        ],
        synced_at=NOW,
    )


def test_freely_whatsapp_takes_it_only_from_those_who_wrote_lately(
    client: Client, vip: Tag, template: MessageTemplate
) -> None:
    InboundMessage.objects.create(
        account=template.account,
        channel="whatsapp",
        sender="+34600000001",
        text="Are you open?",
        received_at=NOW,
    )
    page = client.post(CREATE, typed(vip)).content.decode()
    assert "Schedule 1 message<" in page
    assert "WhatsApp takes only a template for them: 2" in page


def test_a_template_reaches_everybody_and_each_by_name(
    client: Client, vip: Tag, template: MessageTemplate
) -> None:
    by_sms = make_customer(name="Dan", phone_number="+34600000009", preferred_channel="sms")
    by_sms.tags.add(vip)
    filled = {
        "template": template.pk,
        "slot_body.1": "{first_name}",
        "slot_body.2": "Friday",
        "message_content": "",
    }
    assert "Hello Ana, we are closed on Friday." in client.post(
        CREATE, typed(vip, **filled)
    ).content.decode().replace("\n", " ")
    one = sent(client, vip, **filled)
    assert one.recipients == 4
    assert "STOP" not in one.message_content
    for message in one.messages.all():
        assert message.message_content == "Hello {first_name}, we are closed on Friday."
        assert (message.template_id is not None) == (message.message_type == "whatsapp")


def test_a_template_is_asked_for_its_places(
    client: Client, vip: Tag, template: MessageTemplate
) -> None:
    asked = typed(vip, template=template.pk, message_content="")
    headers = {"HX-Request": "true", "HX-Target": "template-slots"}
    slots = client.post(reverse("broadcast_audience"), asked, headers=headers).content.decode()
    assert 'name="slot_body.2"' in slots
    empty = client.post(CREATE, asked | {"step": "send", "slot_body.1": "Hi {company}"})
    assert empty.status_code == 422
    assert not Broadcast.objects.exists()
