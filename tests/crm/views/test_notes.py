"""Notes on a customer's page."""

import pytest
from django.test import Client

from crm.models import Note, User
from tests.make import NOW, make_customer, make_note

pytestmark = pytest.mark.django_db


def test_a_note_stands_in_the_conversation_with_its_author(client: Client, user: User) -> None:
    zoe = make_customer()
    response = client.post(f"/customer/{zoe.pk}/note/", {"text": "Likes tea.\n<b>"}, follow=True)
    page = response.content.decode()
    assert response.redirect_chain[0][0] == f"/customer/{zoe.pk}/#now"
    assert "Likes tea." in page
    assert "&lt;b&gt;" in page
    assert Note.objects.get().author == user


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write something first."),
        ("   \n ", "Write something first."),
        ("x" * 10_001, "at most 10000"),
        ("a\x00b", "Null characters"),
    ],
)
def test_a_note_that_cannot_be_kept_stays_in_its_box(client: Client, text: str, said: str) -> None:
    zoe = make_customer()
    response = client.post(f"/customer/{zoe.pk}/note/", {"text": text})
    page = response.content.decode()
    assert said in page
    assert '<input type="radio" name="writes" id="write-note" checked' in page
    assert response.context["note_form"]["text"].value() == text
    assert not response.context["composer"]["form"].is_bound
    assert not Note.objects.exists()


def test_a_note_sent_twice_is_kept_once(client: Client) -> None:
    zoe = make_customer()
    form_id = client.get(f"/customer/{zoe.pk}/").context["note_form"]["form_id"].value()
    for _ in range(2):
        client.post(f"/customer/{zoe.pk}/note/", {"text": "Likes tea.", "form_id": form_id})
    assert Note.objects.count() == 1


def test_a_note_is_thrown_away_and_brought_back_however_often_it_is_asked(client: Client) -> None:
    note = make_note()
    for _ in range(2):
        response = client.post(f"/note/{note.pk}/delete/", follow=True)
        assert "The note is in the trash." in response.content.decode()
    assert not Note.objects.live().exists()
    for _ in range(2):
        response = client.post(f"/note/{note.pk}/restore/", follow=True)
        assert "The note is back." in response.content.decode()
    assert Note.objects.live().exists()


def test_a_note_of_somebody_in_the_trash_is_out_of_reach(client: Client) -> None:
    note = make_note(make_customer(trashed_at=NOW))
    assert client.post(f"/note/{note.pk}/delete/").status_code == 404
    assert client.post(f"/customer/{note.customer_id}/note/", {"text": "x"}).status_code == 404
