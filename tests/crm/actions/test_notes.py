"""Notes on a customer."""

from uuid import uuid4

import pytest

from crm.actions import notes
from crm.models import Event, Note, User
from tests.make import NOW, make_customer, make_note

pytestmark = pytest.mark.django_db


def test_a_note_keeps_its_author_and_a_form_sent_twice_writes_one(user: User) -> None:
    customer, form_id = make_customer(), uuid4()
    first, second = (
        notes.write(Note(customer=customer, text="Tea.", form_id=form_id), actor=user)
        for _ in range(2)
    )
    assert first == second
    assert first.author == user
    assert Event.objects.get().kind == "note.written"


def test_a_note_goes_to_the_trash_and_comes_back_once(user: User) -> None:
    note = make_note()
    assert notes.trash(note, actor=user, now=NOW)
    assert not notes.trash(note, actor=user, now=NOW)
    assert not Note.objects.live().exists()
    assert notes.restore(note, actor=user)
    assert not notes.restore(note, actor=user)
    assert list(Note.objects.live()) == [note]
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "note.trashed",
        "note.restored",
    ]
