"""What surrounds every page: the business, its clock, and what wants a person."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from crm.models import Business, Heartbeat, InboundMessage, MessageSchedule, User
from crm.templatetags.display import written_for
from crm.views.sending_cards import troubles

type GetResponse = Callable[[HttpRequest], HttpResponse]

#: Addresses that answer on an installation which has no user yet.
_OPEN_BEFORE_SET_UP = ("/setup/", "/healthz", "/static/", "/styleguide/", "/webhooks/")


class FirstVisitMiddleware:
    """Sends every page to the set-up page while nobody has an account."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_set_up = False

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.is_set_up and not request.path.startswith(_OPEN_BEFORE_SET_UP):
            if not User.objects.exists():
                return HttpResponseRedirect(reverse("setup"))
            self.is_set_up = True
        return self.get_response(request)


class BusinessMiddleware:
    """Puts the business on the request, and its time zone and way of writing in force."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        business = Business.objects.current()
        request.business = business  # type: ignore[attr-defined]
        with timezone.override(ZoneInfo(business.time_zone)), written_for(business):
            return self.get_response(request)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: `business`, `wants_count`, whether the sender runs, `troubles`.

    And whether mail is printed instead of sent, which those at the door need to know.
    """
    door = {"business": None, "mail_is_printed": settings.MAIL_IS_PRINTED}
    business = getattr(request, "business", None)
    if business is None:
        return door
    now = timezone.now()
    return door | {
        "business": business,
        "wants_count": SimpleLazyObject(lambda: wants_count(now)),
        "reminders_count": SimpleLazyObject(lambda: MessageSchedule.objects.reminders(now).count()),
        "sender": SimpleLazyObject(lambda: sender(now)),
        "troubles": SimpleLazyObject(lambda: troubles(now)),
    }


def wants_count(now: datetime) -> int:
    """Reminders, and what customers wrote: one query on every page."""
    reminders = MessageSchedule.objects.reminders(now).order_by().values("pk")
    replies = InboundMessage.objects.unanswered().order_by().values("pk")
    return reminders.union(replies, all=True).count()


def sender(now: datetime) -> dict[str, Any]:
    return {
        "running": Heartbeat.objects.alive(now),
        "last_beat": Heartbeat.objects.last_beat(),
    }
