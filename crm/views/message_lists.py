"""All messages: those that want a person, those ahead, those that have gone."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.actions.messages import rendered
from crm.models import MessageSchedule
from crm.models.message_querysets import MessageQuerySet, know_accounts_of_late
from crm.templatetags.message_words import shown_state
from crm.views.pages import page_of
from crm.views.requests import AuthenticatedRequest

MESSAGES_A_PAGE = 50
LONGEST_SEARCH = 200
SHOWN_FIRST = "upcoming"
SHOWS: dict[str, str | Promise] = {
    "upcoming": _("Upcoming"),
    "wants": _("Needs you"),
    "sent": _("Sent"),
    "all": _("All"),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """`state` is a pill's: a late one that no sender has taken up is due."""

    message: MessageSchedule
    text: str
    state: str


def listed(request: AuthenticatedRequest) -> dict[str, Any]:
    """The context of the list: three queries, however many rows."""
    show = request.GET.get("show", SHOWN_FIRST)
    show = show if show in SHOWS else "all"
    asked = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    now = timezone.now()
    found = _shown(show).about(asked) if asked else _shown(show)
    page = page_of(
        # Joined to them, SQLite would go through all customers and sort everything they were sent.
        found.select_related("invoice", "account").prefetch_related("customer"),
        request.GET.get("page"),
        size=MESSAGES_A_PAGE,
    )
    know_accounts_of_late(page.rows, now)
    rows = [
        Row(
            message=message,
            text=message.text_sent or rendered(message, request.business).text,
            state="due" if message.is_stuck(now) else shown_state(message),
        )
        for message in page.rows
    ]
    return {
        "shows": SHOWS,
        "show": show,
        "q": asked,
        "page": page,
        "rows": rows,
        "nav_current": "messages",
    }


def _shown(show: str) -> MessageQuerySet:
    now, messages = timezone.now(), MessageSchedule.objects
    if show == "wants":
        return messages.reminders(now)
    if show == "upcoming":
        return messages.upcoming(now)
    return messages.gone() if show == "sent" else messages.live()
