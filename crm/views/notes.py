"""Notes on a customer's page."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.actions import notes
from crm.forms.notes import NoteForm
from crm.models import Note
from crm.views import access
from crm.views.back import next_url
from crm.views.customer_page import customer_page
from crm.views.notices import notify
from crm.views.requests import AuthenticatedRequest


@require_POST
def note_create(request: AuthenticatedRequest, customer_id: int) -> HttpResponse:
    customer = access.get_customer(request, customer_id)
    form = NoteForm(request.POST, instance=Note(customer=customer))
    if not form.is_valid():
        context = customer_page(request, customer, note_form=form)
        return render(request, "crm/customer_detail.html", context)
    note = notes.write(form.save(commit=False), actor=request.user)
    notify(request, _("The note is kept."), undo=reverse("note_delete", args=[note.pk]))
    return HttpResponseRedirect(f"{reverse('customer_detail', args=[customer.pk])}#now")


@require_POST
def note_delete(request: AuthenticatedRequest, note_id: int) -> HttpResponse:
    note = access.get_note(request, note_id, trashed=None)
    notes.trash(note, actor=request.user, now=timezone.now())
    notify(request, _("The note is in the trash."), undo=reverse("note_restore", args=[note.pk]))
    return redirect("customer_detail", customer_id=note.customer_id)


@require_POST
def note_restore(request: AuthenticatedRequest, note_id: int) -> HttpResponse:
    note = access.get_note(request, note_id, trashed=None)
    notes.restore(note, actor=request.user)
    notify(request, _("The note is back."))
    default = reverse("customer_detail", args=[note.customer_id])
    return HttpResponseRedirect(next_url(request, default))
