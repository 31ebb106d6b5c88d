"""Adding, editing and throwing away a customer in the browser."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from crm.models import Customer, Event, MessageSchedule, Tag, User
from rules.message_states import Status
from tests.make import NOW, make_customer, make_message

pytestmark = pytest.mark.django_db

CREATE = "/customer/create/"


def typed(**changes: Any) -> dict[str, Any]:
    return {"name": "Zoë O'Neill", "phone_number": "612 34 56 78"} | changes


def notices(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]  # type: ignore[attr-defined]


def test_the_fields_of_the_users_own_document_are_enough(client: Client, user: User) -> None:
    sent = typed(email="zoe@example.com", address="Calle Mayor 1\nMadrid")
    response = client.post(CREATE, sent, follow=True)
    zoe = Customer.objects.get()
    assert response.redirect_chain == [(f"/customer/{zoe.pk}/", 302)]
    assert notices(response) == ["Zoë O'Neill is added."]
    assert (zoe.phone_number, zoe.phone_as_typed) == ("+34612345678", "612 34 56 78")
    assert (zoe.created_by, zoe.preferred_channel) == (user, "whatsapp")


def test_a_form_with_errors_keeps_what_was_typed_and_says_what_is_wrong(client: Client) -> None:
    response = client.post(CREATE, typed(phone_number="12", notes="Mornings", tags="vip"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "This number is too short" in page
    assert 'value="12"' in page
    assert "Mornings" in page
    assert "<details" in page
    assert not Customer.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"name": "x" * 100_000},
        {"name": "\x00", "email": "\x00", "phone_number": "\x00", "notes": "\x00", "tags": "\x00"},
        {"name": "Zoë", "email": "not an e-mail", "time_zone": "Moon", "preferred_channel": "x"},
        {"name": ["a", "b"], "phone_number": ["1", "2"]},
        {"name": "Zoë", "phone_number": "-1", "form_id": "x" * 1000, "seen": ["x", "-1", ""]},
    ],
)
def test_nonsense_is_refused_politely(client: Client, sent: dict[str, Any]) -> None:
    assert client.post(CREATE, sent).status_code == 200
    assert not Customer.objects.exists()


def test_hostile_words_are_kept_and_shown_as_words(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    sent = typed(name=evil, company=evil, address=evil, notes=evil, tags=evil)
    page = client.post(CREATE, sent, follow=True).content.decode()
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
    edit = client.get(f"/customer/{Customer.objects.get().pk}/edit/").content.decode()
    assert "<script>alert" not in edit


def test_a_number_in_no_known_range_is_saved_with_a_warning(client: Client) -> None:
    response = client.post(CREATE, typed(phone_number="212 34 56 78"), follow=True)
    assert "check its digits" in notices(response)[1]
    assert Customer.objects.get().phone_number == "+34212345678"


def test_a_likely_duplicate_is_asked_about_once_and_never_refused(client: Client) -> None:
    first = make_customer()
    response = client.post(CREATE, typed(name="Her mother"))
    page = response.content.decode()
    assert "the same telephone number" in page
    assert f'href="/customer/{first.pk}/"' in page
    assert "Save anyway" in page
    assert Customer.objects.count() == 1
    client.post(CREATE, typed(name="Her mother", seen=[str(first.pk)]))
    assert Customer.objects.count() == 2


def test_a_form_sent_twice_adds_one_customer(client: Client) -> None:
    form_id = client.get(CREATE).context["form"]["form_id"].value()
    sent = typed(form_id=form_id)
    client.post(CREATE, sent)
    zoe = Customer.objects.get()
    response = client.post(CREATE, sent | {"seen": [str(zoe.pk)]})
    assert response["Location"] == f"/customer/{zoe.pk}/"
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("phone_number=612345678", "the same telephone number"),
        ("email=ZOE@example.com", "the same e-mail"),
        ("name=o'neill+zoe", "the same name"),
        ("name=Zoe+Oneill", "nearly the same name"),
        ("phone_number=212345678", "check its digits"),
    ],
)
def test_while_typing_the_page_tells_who_may_be_meant(
    client: Client, query: str, said: str
) -> None:
    make_customer()
    page = client.get(f"/customers/duplicates/?{query}").content.decode()
    assert said in page
    assert "<html" not in page


@pytest.mark.parametrize(
    "query", ["", "name=", "name=%00&phone_number=%00", "name=" + "x" * 50_000, "phone_number=1"]
)
def test_while_typing_nothing_else_is_said(client: Client, query: str) -> None:
    make_customer()
    page = client.get(f"/customers/duplicates/?{query}").content.decode()
    assert "<li>" not in page


def test_while_editing_a_customer_is_no_duplicate_of_itself(client: Client) -> None:
    zoe = make_customer()
    query = {"name": zoe.name, "email": "other@example.com", "customer": zoe.pk}
    assert "<li>" not in client.get("/customers/duplicates/", query).content.decode()


@pytest.mark.parametrize("asked", ["x", "-1", "999999", "9" * 30, "²"])
def test_an_unknown_customer_is_no_trouble_while_typing(client: Client, asked: str) -> None:
    response = client.get("/customers/duplicates/", {"customer": asked})
    assert response.status_code in {200, 404}


def test_an_edit_is_saved_and_written_down(client: Client) -> None:
    zoe = make_customer()
    address = f"/customer/{zoe.pk}/edit/"
    response = client.post(address, typed(name="Zoë Byrne", tags="vip, new"), follow=True)
    assert notices(response) == ["Saved."]
    zoe.refresh_from_db()
    assert (zoe.name, zoe.phone_as_typed) == ("Zoë Byrne", "612 34 56 78")
    assert {tag.name for tag in zoe.tags.all()} == {"new", "vip"}
    assert "Changed: name, e-mail, tags" in response.content.decode()


def test_editing_goes_back_to_where_it_was_asked_for(client: Client) -> None:
    zoe = make_customer(phone_number="")
    page = client.get(f"/customer/{zoe.pk}/edit/?next=/messages/").content.decode()
    assert '<input type="hidden" name="next" value="/messages/">' in page
    sent = typed(email=zoe.email, next="/messages/")
    assert client.post(f"/customer/{zoe.pk}/edit/", sent)["Location"] == "/messages/"
    sent["next"] = "https://evil.example/"
    assert client.post(f"/customer/{zoe.pk}/edit/", sent)["Location"] == f"/customer/{zoe.pk}/"


def test_the_edit_page_takes_a_proposed_zone(client: Client) -> None:
    zoe = make_customer()
    response = client.get(f"/customer/{zoe.pk}/edit/?time_zone=America/New_York")
    assert response.context["form"]["time_zone"].value() == "America/New_York"
    assert response.context["shows_more"]


def test_throwing_away_calls_messages_off_and_can_be_undone(client: Client) -> None:
    zoe = make_customer()
    message = make_message(zoe, at=NOW.replace(year=2099))
    response = client.post(f"/customer/{zoe.pk}/delete/", follow=True)
    assert notices(response) == ["Zoë O'Neill is in the trash. 1 message to them is called off."]
    assert f'action="/customer/{zoe.pk}/restore/"' in response.content.decode()
    response = client.post(f"/customer/{zoe.pk}/restore/", follow=True)
    assert notices(response) == ["Zoë O'Neill is back."]
    message.refresh_from_db()
    assert message.status == Status.SCHEDULED


def test_what_missed_its_time_in_the_trash_is_told(client: Client) -> None:
    zoe = make_customer()
    make_message(zoe, at=NOW.replace(year=2099))
    client.post(f"/customer/{zoe.pk}/delete/")
    MessageSchedule.objects.update(due_at=NOW.replace(year=2001))
    response = client.post(f"/customer/{zoe.pk}/restore/", follow=True)
    assert "missed its time in the trash" in notices(response)[-1]


def test_a_page_out_of_date_gets_a_friendly_answer(client: Client) -> None:
    zoe = make_customer()
    for _ in range(2):
        response = client.post(f"/customer/{zoe.pk}/delete/", follow=True)
        assert notices(response) == ["Zoë O'Neill is in the trash."]
    response = client.get(f"/customer/{zoe.pk}/", follow=True)
    assert response.redirect_chain == [("/trash/", 302)]
    for _ in range(2):
        response = client.post(f"/customer/{zoe.pk}/restore/", follow=True)
        assert notices(response) == ["Zoë O'Neill is back."]
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "customer.trashed",
        "customer.restored",
    ]


@pytest.mark.parametrize("customer_id", [0, 999_999, 9_223_372_036_854_775_808])
def test_who_does_not_exist_is_not_found(client: Client, customer_id: int) -> None:
    for address in ("", "edit/"):
        assert client.get(f"/customer/{customer_id}/{address}").status_code == 404
    for address in ("delete/", "restore/", "note/"):
        assert client.post(f"/customer/{customer_id}/{address}").status_code == 404


def test_changes_are_never_made_by_following_a_link(client: Client) -> None:
    zoe = make_customer()
    for address in ("delete/", "restore/", "note/"):
        assert client.get(f"/customer/{zoe.pk}/{address}").status_code == 405
    assert Customer.objects.live().exists()


def test_the_form_offers_the_tags_in_use(client: Client) -> None:
    make_customer().tags.add(Tag.objects.create(name="vip"))
    assert 'data-fill-with="vip"' in client.get(CREATE).content.decode()
