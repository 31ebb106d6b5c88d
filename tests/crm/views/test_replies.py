"""What customers wrote: on Today, in their conversation, and what a person does about it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import Consent, Event, InboundMedia, InboundMessage, OptOut
from tests.make import NOW, make_account, make_customer, make_message, make_reply

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def again(reply: InboundMessage) -> InboundMessage:
    reply.refresh_from_db()
    return reply


def make_file(reply: InboundMessage, content: bytes = b"\xff\xd8\xff", **changes: Any) -> Any:
    path = default_storage.save("inbound/ab/file.jpg", ContentFile(content))
    values = {"content_type": "image/jpeg", "file_name": "wall.jpg", "file": path}
    return InboundMedia.objects.create(message=reply, reference="1", **(values | changes))


def test_what_a_customer_wrote_is_on_today_until_somebody_has_looked_after_it(
    client: Client,
) -> None:
    reply = make_reply(make_customer(), text="Can I come at ten?")
    page = client.get("/").text
    assert "Can I come at ten?" in page
    assert "Nothing needs you" not in page
    assert 'data-wants-count="1"' in page
    assert re.search(r'data-wants-badge data-count="1"', page)

    answer = client.post(f"/reply/{reply.pk}/done/", follow=True)
    assert "Can I come at ten?" not in answer.text
    assert again(reply).acknowledged_by is not None
    assert f'action="/reply/{reply.pk}/reopen/"' in answer.text

    assert "Can I come at ten?" in client.post(f"/reply/{reply.pk}/reopen/", follow=True).text
    assert again(reply).acknowledged_at is None
    kinds = [event.kind for event in Event.objects.order_by("pk")]
    assert kinds == ["reply.done", "reply.reopened"]


def test_looking_after_it_twice_is_once(client: Client) -> None:
    reply = make_reply(make_customer())
    client.post(f"/reply/{reply.pk}/done/")
    answer = client.post(f"/reply/{reply.pk}/done/", follow=True)
    assert "already" in answer.text
    assert Event.objects.count() == 1


def test_through_htmx_the_part_comes_back_with_its_notice(client: Client) -> None:
    reply = make_reply(make_customer())
    answer = client.post(f"/reply/{reply.pk}/done/", headers=HTMX)
    assert 'id="reminders"' in answer.text
    assert "Done: looked after." in answer.text


def test_a_stranger_can_be_added_with_what_is_known(client: Client) -> None:
    make_reply(None, sender_name="Ravi & Co", text="Hello")
    page = client.get("/").text
    assert re.search(r"Ravi &amp; Co, 612.34.56.78", page)
    link = re.search(r'href="(/customer/create/\?[^"]+)"', page)
    assert link is not None
    form = client.get(link[1].replace("&amp;", "&")).text
    assert 'value="Ravi &amp; Co"' in form
    assert 'value="+34612345678"' in form


def test_who_else_has_the_number_is_said(client: Client) -> None:
    make_customer(name="Ravi")
    zoe = make_customer(name="Zoë")
    make_reply(zoe)
    said = "This number is also that of Ravi."
    assert said in client.get("/").text
    assert said in client.get(f"/customer/{zoe.pk}/").text


def test_what_may_be_an_opt_out_is_decided_by_a_person(client: Client) -> None:
    customer = make_customer()
    reply = make_reply(customer, text="please stop", meant="near_opt_out")
    page = client.get("/").text
    assert "May want no more messages" in page
    assert "Stop messages" in page

    answer = client.post(f"/reply/{reply.pk}/stop/", follow=True)
    consent = Consent.objects.get()
    assert (consent.customer, consent.channel, consent.given) == (customer, "whatsapp", False)
    assert again(reply).acknowledged_at is not None
    undo = re.search(r'action="(/customer/\d+/consent/\d+/undo/)"', answer.text)
    assert undo is not None
    client.post(undo[1])
    assert not Consent.objects.exists()


def test_what_was_no_opt_out_waits_for_an_answer_like_any_other(client: Client) -> None:
    reply = make_reply(make_customer(), text="please stop", meant="near_opt_out")
    page = client.post(f"/reply/{reply.pk}/fine/", follow=True).text
    assert again(reply).meant == ""
    assert again(reply).acknowledged_at is None
    assert "May want no more messages" not in page
    assert not Consent.objects.exists()
    assert not OptOut.objects.exists()


def test_a_new_number_is_proposed_on_the_customers_form(client: Client) -> None:
    customer = make_customer()
    make_reply(customer, kind="number", text="+34699999999")
    page = client.get("/").text
    assert re.search(r"Has a new number: 699.99.99.99", page)
    link = f"/customer/{customer.pk}/edit/?phone_number=%2B34699999999#id_phone_number"
    assert link in page
    assert re.search(r'value="699.99.99.99"', client.get(link).text)


def test_both_sides_are_one_conversation(client: Client) -> None:
    customer = make_customer()
    sent = make_message(
        customer, status="read", sent_at=NOW, text_sent="See you at nine.", account=make_account()
    )
    make_reply(customer, text="Ten would be <b>better</b>", answers=sent)
    page = client.get(f"/customer/{customer.pk}/").text
    assert "Ten would be &lt;b&gt;better&lt;/b&gt;" in page
    assert page.count("See you at nine.") == 2
    assert "Ten would be" in client.get(f"/message/{sent.pk}/").text


def test_what_comes_in_the_same_second_is_in_the_order_in_which_we_heard_of_it(
    client: Client,
) -> None:
    zoe = make_customer()
    for words in ("Hello!", "Is it ready?", "The blue one."):
        make_reply(zoe, text=words, received_at=NOW)
    page = client.get(f"/customer/{zoe.pk}/").content.decode()
    assert page.index("Hello!") < page.index("Is it ready?") < page.index("The blue one.")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("image", "Sent a picture."),
        ("location", "Sent a place"),
        ("other", "A message of a kind that cannot be shown here."),
        ("text", "Sent a message without a word in it."),
    ],
)
@pytest.mark.parametrize("nothing", ["", " \n", "\u200b"])
def test_what_was_no_text_is_said_in_words(
    client: Client, kind: str, said: str, nothing: str
) -> None:
    zoe = make_customer()
    make_reply(zoe, kind=kind, text=nothing)
    assert said in client.get("/").text
    assert said in client.get(f"/customer/{zoe.pk}/").text


@pytest.mark.parametrize(("meant", "said"), [("opt_out", "off"), ("opt_in", "on again")])
def test_a_wish_told_to_whatsapp_itself_is_said_in_words(
    client: Client, meant: str, said: str
) -> None:
    make_reply(make_customer(), kind="preference", text="", meant=meant)
    assert f"Turned your messages {said} in WhatsApp." in client.get("/").text


def test_a_file_of_any_other_kind_is_called_one(client: Client) -> None:
    make_file(make_reply(make_customer(), kind="other", text=""))
    assert "Sent a file." in client.get("/").text


def test_a_stop_without_a_number_says_that_there_is_none_to_stop(client: Client) -> None:
    make_reply(None, sender="", sender_id="ES.1", sender_name="Ravi", text="STOP", meant="opt_out")
    assert "so there is none to stop" in client.get("/").text
    InboundMessage.objects.update(sender="+34699999999")
    assert "so there is none to stop" not in client.get("/").text


def test_the_conversation_looks_again_and_is_told_only_what_is_new(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = make_customer()
    page = client.get(f"/customer/{customer.pk}/?shown=40&invoice=5").text
    look = re.search(r'id="conversation"[^>]*\s+hx-get="([^"]+)"', page)
    assert look is not None
    address = look[1].replace("&amp;", "&")
    assert "shown=40&invoice=5" in address

    with django_assert_num_queries(6):
        assert client.get(address, headers=HTMX).status_code == 204
    reply = make_reply(customer, text="Hello?")
    fresh = client.get(address, headers=HTMX)
    assert "Hello?" in fresh.text
    assert "composer" not in fresh.text
    now = re.search(r'hx-get="([^"]+)"', fresh.text)
    assert now is not None
    address = now[1].replace("&amp;", "&")
    assert client.get(address, headers=HTMX).status_code == 204
    for change in (
        lambda: client.post(f"/reply/{reply.pk}/done/"),
        lambda: make_file(reply),
        lambda: make_message(customer),
    ):
        change()
        answer = client.get(address, headers=HTMX)
        assert answer.status_code == 200
        found = re.search(r'hx-get="([^"]+)"', answer.text)
        assert found is not None
        address = found[1].replace("&amp;", "&")
    assert client.get(address).status_code == 302


def test_a_picture_is_shown_sealed_and_only_to_who_signs_in(
    client: Client, stranger: Client
) -> None:
    file = make_file(make_reply(make_customer()), b"\xff\xd8\xffpicture")
    address = f"/reply/file/{file.pk}/"
    answer = client.get(address)
    assert b"".join(answer) == b"\xff\xd8\xffpicture"  # type: ignore[call-overload]
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"] == 'inline; filename="wall.jpg"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert stranger.get(address).status_code == 302
    assert client.get(f"/reply/file/{file.pk}/thumbnail/").status_code == 404


def test_what_is_neither_drawn_nor_played_is_only_downloaded(client: Client) -> None:
    file = make_file(make_reply(None), b"PK", content_type="application/octet-stream")
    answer = client.get(f"/reply/file/{file.pk}/")
    assert answer["Content-Disposition"].startswith("attachment;")
    answer.close()


def test_files_of_who_lies_in_the_trash_are_not_there(client: Client) -> None:
    file = make_file(make_reply(make_customer(trashed_at=NOW)))
    assert client.get(f"/reply/file/{file.pk}/").status_code == 404


def test_files_that_come_or_do_not_are_spoken_of(client: Client) -> None:
    reply = make_reply(make_customer(), kind="image", text="")
    InboundMedia.objects.create(message=reply, reference="1", next_try_at=NOW)
    InboundMedia.objects.create(message=reply, reference="2", words="html")
    InboundMedia.objects.create(message=reply, reference="3", words="404: gone")
    page = client.get("/").text
    assert "A file is on its way." in page
    assert "A web page came along. It is not kept" in page


@pytest.mark.parametrize("rows", [1, 15])
def test_today_costs_as_many_queries_for_one_reply_as_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for number in range(rows):
        customer = make_customer(phone_number=f"+346000000{number:02}")
        reply = make_reply(
            customer,
            sender=customer.phone_number,
            received_at=NOW - timedelta(minutes=number),
        )
        make_file(reply)
    with django_assert_num_queries(12):
        client.get("/reminders/", headers=HTMX)
