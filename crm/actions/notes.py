"""Notes on a customer."""

from datetime import datetime

from django.db import IntegrityError, transaction

from crm.actions.events import record
from crm.models import Note, User


def write(note: Note, *, actor: User) -> Note:
    """Save an unsaved note; a form sent twice (`form_id`) writes one."""
    note.author = actor
    try:
        with transaction.atomic():
            note.save()
            record("note.written", customer=note.customer, subject=note, actor=actor)
    except IntegrityError:
        return Note.objects.get(form_id=note.form_id)
    return note


def trash(note: Note, *, actor: User, now: datetime) -> bool:
    """Put it in the trash; False where it lies there already."""
    with transaction.atomic():
        live = Note.objects.live().filter(pk=note.pk)
        if not live.update(trashed_at=now, trashed_by=actor):
            return False
        record("note.trashed", customer=note.customer, subject=note, actor=actor)
    return True


def restore(note: Note, *, actor: User) -> bool:
    with transaction.atomic():
        trashed = Note.objects.trashed().filter(pk=note.pk)
        if not trashed.update(trashed_at=None, trashed_by=None):
            return False
        record("note.restored", customer=note.customer, subject=note, actor=actor)
    return True
