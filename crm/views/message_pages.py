"""All there is to know about one message."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.urls import reverse
from django.utils import timezone

from crm.actions.messages import rendered
from crm.models import Event, InboundMessage, MessageSchedule
from crm.models.ledger import Source
from crm.templatetags.message_words import deed, ledger_words, shown_state
from crm.views.circumstances import circumstances
from crm.views.live import message_version
from crm.views.reminder_cards import cards, sleeps
from crm.views.requests import AuthenticatedRequest


@dataclass(frozen=True, kw_only=True)
class Line:
    at: datetime
    words: str


def told(request: AuthenticatedRequest, message: MessageSchedule) -> dict[str, Any]:
    """The context of the message's page."""
    now = timezone.now()
    wants = message.wants_a_person(now)
    answers = InboundMessage.objects.answering(message)
    return {
        "message": message,
        "text": message.text_sent or rendered(message, request.business).text,
        "card": cards(request, [message], now)[0] if wants else None,
        "sleeps": sleeps(request, now) if wants else (),
        "about": circumstances([message], request.business)[message.pk],
        "back": reverse("message_detail", args=[message.pk]),
        "state": "due" if message.is_stuck(now) else shown_state(message),
        "version": message_version(message, now=now),
        "replies": list(answers.select_related("customer").prefetch_related("media")),
        "history": sorted(history(message), key=attrgetter("at")),
        "attempts": list(message.tries.select_related("account")),
        "nav_current": "messages",
    }


def history(message: MessageSchedule) -> Iterator[Line]:
    """What people did, and what the sender and the provider made known."""
    events = Event.objects.of(message.customer).about("message", message.pk)
    for event in events.select_related("actor"):
        if words := deed(event):
            yield Line(at=event.at, words=words)
    for known in message.delivery_events.exclude(source=Source.PERSON):
        yield Line(at=known.at, words=ledger_words(known))
