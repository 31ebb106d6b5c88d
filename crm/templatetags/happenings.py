"""What happened to a customer, one sentence for each kind of event."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.models import Customer, Event, Invoice
from crm.models.customers import Channel
from crm.templatetags import display

register = template.Library()

type Words = str | Promise
type Detail = Mapping[str, Any]

#: Told by what they brought about, which stands in the conversation itself, or not worth a line.
SHOWN_OTHERWISE = frozenset(
    {
        "invoice.added",
        "message.scheduled",
        "message.sent_by_hand",
        "message.snoozed",
        "message.woken",
        "note.written",
        "reply.done",
        "reply.reopened",
    }
)

#: kind → (icon, sentence); `%(…)s` stand for what `_facts` makes of the event's detail.
SENTENCES: dict[str, tuple[str, Words]] = {
    "customer.added": ("user-plus", _("Added to the customers")),
    "customer.changed": ("pencil", _("Changed: %(fields)s")),
    "customer.trashed": ("trash", _("Put in the trash")),
    "customer.restored": ("arrow-uturn-left", _("Brought back from the trash")),
    "consent.given": ("check-circle", _("May be written to by %(channel)s")),
    "consent.refused": ("no-symbol", _("Asked not to be written to by %(channel)s")),
    "consent.forgotten": ("x-mark", _("Nothing is recorded about %(channel)s any more")),
    "consent.opted_out": ("no-symbol", _("Asked for no more messages by %(channel)s")),
    "consent.opted_in": ("check-circle", _("Asked for messages by %(channel)s again")),
    "consent.undone": (
        "arrow-uturn-left",
        _("What was recorded about %(channel)s was taken back"),
    ),
    "note.trashed": ("trash", _("A note was thrown away")),
    "note.restored": ("arrow-uturn-left", _("A note was brought back")),
    "invoice.changed": ("pencil", _("Invoice changed: %(fields)s")),
    "invoice.paid": ("check-circle", _("Paid: %(invoice)s")),
    "invoice.unpaid": ("arrow-uturn-left", _("Not paid after all: %(invoice)s")),
    "invoice.trashed": ("trash", _("Invoice thrown away: %(invoice)s")),
    "invoice.restored": ("arrow-uturn-left", _("Invoice brought back: %(invoice)s")),
    "receipt.added": ("paper-clip", _("Receipt attached: %(filename)s")),
    "receipt.trashed": ("trash", _("Receipt removed: %(filename)s")),
    "receipt.restored": ("arrow-uturn-left", _("Receipt brought back: %(filename)s")),
    "message.edited": ("pencil", _("A message was changed")),
    "message.moved": ("clock", _("A message was moved to %(moment)s")),
    "message.cancelled": ("x-mark", _("A message was called off")),
    "message.undone": ("arrow-uturn-left", _("A step with a message was taken back")),
    "message.dismissed": ("check", _("A reminder was dismissed without sending")),
    "message.retried": ("arrow-path", _("A message was put in the queue again")),
    "message.taken": ("hand-raised", _("A message was taken from the sender")),
    "message.arrived": ("check", _("A message that was in doubt did arrive")),
    "message.lost": ("exclamation-triangle", _("A message that was in doubt did not arrive")),
    "series.begun": ("arrow-path", _("A repeating message was set up")),
    "series.changed": ("pencil", _("A repeating message was changed")),
    "series.stopped": ("x-mark", _("A repeating message was stopped")),
    "series.resumed": ("arrow-uturn-left", _("A repeating message goes on")),
}


@register.filter
def happening(event: Event) -> str:
    """The sentence, without who and when; empty for a kind that stands for itself."""
    _icon, sentence = SENTENCES.get(_kind(event), ("", ""))
    return str(sentence) % _facts(event.detail) if sentence else ""


@register.filter
def happening_icon(event: Event) -> str:
    return SENTENCES.get(_kind(event), ("information-circle", ""))[0]


def _kind(event: Event) -> str:
    """A message that keeps its words and gets another time was moved."""
    was, became = event.detail.get("was", {}), event.detail.get("is", {})
    if event.kind != "message.edited" or was.get("message_content") != became.get(
        "message_content"
    ):
        return event.kind
    return (
        "message.moved" if became.get("schedule_date") != was.get("schedule_date") else event.kind
    )


def _facts(detail: Detail) -> dict[str, str]:
    return {name: tell(detail) for name, tell in _TELL.items()}


def _fields(detail: Detail) -> str:
    """In our order: PostgreSQL keeps none."""
    changed = detail.get("fields", {})
    return ", ".join(str(words) for name, words in _FIELDS.items() if name in changed)


def _invoice(detail: Detail) -> str:
    if not detail.get("currency"):
        return str(detail.get("description") or gettext("an invoice"))
    amount = display.money(Decimal(detail["amount"]), detail["currency"])
    return f"{detail['description']}, {amount}" if detail.get("description") else amount


def _moment(detail: Detail) -> str:
    promised = detail.get("is", {}).get("schedule_date")
    return display.moment(datetime.fromisoformat(promised)) if promised else ""


_TELL: dict[str, Callable[[Detail], str]] = {
    "fields": _fields,
    "invoice": _invoice,
    "moment": _moment,
    "channel": lambda detail: str(dict(Channel.choices).get(detail.get("channel", ""), "")),
    "filename": lambda detail: str(detail.get("filename", "")),
}
_FIELDS: dict[str, Words] = {
    field.name: field.verbose_name
    for model in (Invoice, Customer)
    for field in (*model._meta.fields, *model._meta.many_to_many)
}
