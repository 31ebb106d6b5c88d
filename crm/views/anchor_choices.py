"""Quick ways to promise a message by an invoice's dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from crm.forms.anchors import AFTER, BEFORE, ON, RELATIVE
from crm.models import Invoice, MessageSchedule
from crm.models.anchored import Anchor
from crm.templatetags.series_words import anchor_words
from rules.due_dates import OutOfRangeError
from rules.recurrence import Unit

#: Which date, how long after it, counted in what.
_UNPAID = (
    (Anchor.DUE, -2, Unit.DAY),
    (Anchor.DUE, 0, Unit.DAY),
    (Anchor.DUE, 3, Unit.DAY),
    (Anchor.DUE, 2, Unit.WEEK),
)
_ANY = ((Anchor.ISSUED, 1, Unit.YEAR),)


@dataclass(frozen=True, kw_only=True)
class Choice:
    words: str
    url: str


def anchor_choices(invoice: Invoice, today: date) -> list[Choice]:
    """Those whose day is still ahead; `today` is the business's."""
    asked = _ANY if invoice.is_paid else (*_UNPAID, *_ANY)
    hanging = (
        MessageSchedule(anchor=anchor, anchor_offset=offset, anchor_unit=unit)
        for anchor, offset, unit in asked
    )
    return [_choice(invoice, message) for message in _ahead(hanging, invoice, today)]


def _ahead(
    hanging: Iterator[MessageSchedule], invoice: Invoice, today: date
) -> Iterator[MessageSchedule]:
    for message in hanging:
        try:
            day = message.anchored_day(invoice)
        except OutOfRangeError:
            continue
        if day and day > today:
            yield message


def _choice(invoice: Invoice, message: MessageSchedule) -> Choice:
    offset = message.anchor_offset
    query = {
        "invoice": invoice.pk,
        "when": RELATIVE,
        "anchor": message.anchor,
        "anchor_number": abs(offset),
        "anchor_unit": message.anchor_unit,
        "anchor_side": BEFORE if offset < 0 else AFTER if offset else ON,
    }
    url = reverse("message_schedule", args=[invoice.customer_id])
    return Choice(words=anchor_words(message), url=f"{url}?{urlencode(query)}")
