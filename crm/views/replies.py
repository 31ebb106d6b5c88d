"""What a person does about customers' messages, and the files that came with them."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.actions import replies
from crm.actions.receipt_copies import THUMBNAIL_KIND
from crm.models import InboundMessage
from crm.views import access
from crm.views.back import next_url
from crm.views.notices import notify
from crm.views.receipts import served
from crm.views.reminder_cards import today
from crm.views.requests import AuthenticatedRequest
from rules.inbound_files import DOWNLOAD


@require_POST
def reply_done(request: AuthenticatedRequest, reply_id: int) -> HttpResponse:
    reply = access.get_reply(request, reply_id)
    if replies.acknowledge(reply, actor=request.user, now=timezone.now()):
        undo = reverse("reply_reopen", args=[reply.pk])
        notify(request, _("Done: looked after."), undo=undo)
    else:
        notify(request, _("Somebody has looked after it already."))
    return _answer(request, reply)


@require_POST
def reply_reopen(request: AuthenticatedRequest, reply_id: int) -> HttpResponse:
    reply = access.get_reply(request, reply_id)
    replies.reopen(reply, actor=request.user)
    notify(request, _("It waits for an answer again."))
    return _answer(request, reply)


@require_POST
def reply_stop(request: AuthenticatedRequest, reply_id: int) -> HttpResponse:
    """It did mean that they want no more messages."""
    reply = access.get_reply(request, reply_id)
    event = replies.take_as_opt_out(reply, actor=request.user, now=timezone.now())
    if event and event.customer_id:
        undo = reverse("consent_undo", args=[event.customer_id, event.pk])
        said = _("Recorded: no %(channel)s messages. What is scheduled there will not go out.")
        notify(request, said % {"channel": reply.get_channel_display()}, undo=undo)
    return _answer(request, reply)


@require_POST
def reply_fine(request: AuthenticatedRequest, reply_id: int) -> HttpResponse:
    """It did not."""
    reply = access.get_reply(request, reply_id)
    replies.take_as_message(reply)
    notify(request, _("Noted: messages go on."))
    return _answer(request, reply)


@require_safe
def reply_file(request: AuthenticatedRequest, media_id: int) -> HttpResponseBase:
    """What we drew anew or can be played is shown; anything else is only ever downloaded."""
    media = access.get_reply_file(request, media_id)
    return served(
        request,
        f"reply-{media.pk}",
        lambda: _file(media.file, media.content_type or DOWNLOAD, media.file_name),
    )


@require_safe
def reply_thumbnail(request: AuthenticatedRequest, media_id: int) -> HttpResponseBase:
    media = access.get_reply_file(request, media_id)
    if not media.thumbnail:
        raise Http404
    return served(
        request,
        f"reply-thumbnail-{media.pk}",
        lambda: _file(media.thumbnail, THUMBNAIL_KIND.media_type, ""),
    )


def _file(path: str, content_type: str, name: str) -> HttpResponseBase:
    try:
        file = default_storage.open(path, "rb")
    except FileNotFoundError as error:
        raise Http404 from error
    only_saved = content_type == DOWNLOAD
    return FileResponse(file, content_type=content_type, filename=name, as_attachment=only_saved)


def _answer(request: AuthenticatedRequest, reply: InboundMessage) -> HttpResponse:
    if request.htmx:
        return render(request, "crm/components/_reminders_answer.html", {"today": today(request)})
    return HttpResponseRedirect(next_url(request, reverse("customer_list")))
