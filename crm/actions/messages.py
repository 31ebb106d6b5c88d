"""Messages: what they say, and every change a person makes to one."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Protocol

from babel.dates import format_date, format_skeleton, format_time
from django.conf import settings
from django.db import IntegrityError, transaction

from crm.actions.events import record
from crm.actions.message_changes import (
    NotPossibleError,
    OvertakenError,
    change,
    log_state,
    take_over,
    undo,
)
from crm.actions.wake import wake_sender
from crm.models import Business, Event, Invoice, MessageSchedule, ProviderAccount, User
from rules import due_dates, message_text, money, phone, sms_plain
from rules.message_states import Status
from rules.message_text import Rendered
from rules.person_names import first_name
from rules.reasons import Reason

#: What a person writes down; the rest of a message is the engine's.
_ASKED = (
    "message_type",
    "message_content",
    "fallback_channel",
    "template_id",
    "template_values",
    "invoice_id",
    "receipt_id",
    "also_in_quiet_hours",
    "schedule_date",
    "wall_time",
    "time_zone",
    "zone_of",
    "send_by",
    "anchor",
    "anchor_offset",
    "anchor_unit",
)
#: In the queue as if nothing had been tried.
AFRESH: dict[str, Any] = {
    "status": Status.SCHEDULED,
    "first_tried_at": None,
    "reason": "",
    "reason_code": "",
    "reason_words": "",
    "wants_since": None,
    "snoozed_until": None,
    "acknowledged_at": None,
    "acknowledged_by_id": None,
}


def schedule(draft: MessageSchedule, *, actor: User, now: datetime) -> MessageSchedule:
    """Promise an unsaved message; a form sent twice (`form_id`) promises it once.

    What a person sends by hand and wants to send now is a reminder at once.
    """
    draft.created_by = actor
    draft.created_at = now
    if draft.due_at <= now and ProviderAccount.objects.serving(draft.message_type) is None:
        draft.status, draft.reason, draft.wants_since = Status.DUE, Reason.BY_HAND, now
    try:
        with transaction.atomic():
            draft.save()
            log_state(draft, actor=actor, now=now)
            record("message.scheduled", customer=draft.customer, subject=draft, actor=actor)
            wake_sender()
    except IntegrityError:
        first = MessageSchedule.objects.filter(form_id=draft.form_id).first()
        if draft.form_id is None or first is None:
            raise
        return first
    return draft


def edit(message: MessageSchedule, draft: MessageSchedule, *, actor: User, now: datetime) -> Event:
    """Say or promise something else; a reminder goes back to waiting for its time.

    Raises MessageError, NotPossibleError among them where it may have left.
    """
    take_over(message, now=now)
    if not message.is_editable:
        raise NotPossibleError
    asked = {name: getattr(draft, name) for name in _ASKED}
    asked["due_at"] = draft.due_at
    asked["is_detached"] = message.series_id is not None
    return change(message, "message.edited", actor=actor, now=now, **asked, **AFRESH)


def cancel(message: MessageSchedule, *, actor: User, now: datetime) -> Event | None:
    """Call it off; None where it was called off already. Raises MessageError."""
    if message.state is Status.CANCELLED:
        return None
    take_over(message, now=now)
    return change(
        message,
        "message.cancelled",
        actor=actor,
        now=now,
        status=Status.CANCELLED,
        snoozed_until=None,
    )


def uncancel(message: MessageSchedule, *, actor: User, now: datetime) -> Event:
    """Bring back what was called off, as it was. Raises MessageError.

    What should have gone meanwhile does not go out late by itself: a person decides.
    """
    if message.state is not Status.CANCELLED:
        raise OvertakenError
    told = Event.objects.of(message.customer).about("message", message.pk)
    event = told.filter(kind="message.cancelled").first()
    was = event.detail["was"]["status"] if event else Status.SCHEDULED
    if event and not (was == Status.SCHEDULED and message.due_at <= now):
        return undo(message, event, actor=actor, now=now)
    fields: dict[str, Any] = {"status": Status.SCHEDULED}
    if message.due_at <= now:
        fields = {"status": Status.EXPIRED, "reason": Reason.TOO_LATE, "wants_since": now}
    return change(message, "message.undone", actor=actor, now=now, **fields)


def rendered(message: MessageSchedule, business: Business) -> Rendered:
    """The text as the customer reads it; `customer` and `invoice` of the message are read."""
    content = message.message_content
    values = placeholder_values(message, business, message_text.used(content))
    return message_text.render(content, values)


class Addressee(Protocol):
    """Whom a message speaks to: a customer, or what is known of one."""

    @property
    def name(self) -> str: ...
    @property
    def company(self) -> str: ...


def rendered_for(content: str, customer: Addressee, business: Business) -> Rendered | None:
    """The text where it speaks of nothing but these two; None where it wants the whole message."""
    used = message_text.used(content)
    if not _OF_MESSAGE.keys().isdisjoint(used):
        return None
    values = {name: _OF_PEOPLE[name](customer, business) for name in used if name in _OF_PEOPLE}
    return message_text.render(content, values)


def placeholder_values(
    message: MessageSchedule,
    business: Business,
    wanted: Iterable[str] = message_text.PLACEHOLDERS,
) -> dict[str, str]:
    """A value for each of the `wanted` placeholders we know, empty where there is none.

    Written in the installation's language as the business's country does, whoever looks;
    `date` and `time` are the message's promised moment in its own zone. Dates and money are dear
    to format (a third of a millisecond): only what is wanted is.
    """
    return {name: _value(name, message, business) for name in wanted if name in _KNOWN}


def _value(name: str, message: MessageSchedule, business: Business) -> str:
    if name in _OF_PEOPLE:
        return _OF_PEOPLE[name](message.customer, business)
    return _OF_MESSAGE[name](message, business)


def _date(message: MessageSchedule, business: Business) -> str:
    return _day_and_month(_wall(message).date(), _locale(business))


def _time(message: MessageSchedule, business: Business) -> str:
    return _plain(format_time(_wall(message), "short", locale=_locale(business)))


def _invoice_due(message: MessageSchedule, business: Business) -> str:
    invoice = _invoice(message)
    if invoice is None or invoice.due_on is None:
        return ""
    return _plain(format_date(invoice.due_on, "long", locale=_locale(business)))


def _invoice_amount(message: MessageSchedule, business: Business) -> str:
    invoice = _invoice(message)
    if invoice is None:
        return ""
    return _plain(money.format_money(invoice.amount, invoice.currency, _locale(business)))


def _invoice_for(message: MessageSchedule, business: Business) -> str:
    invoice = _invoice(message)
    return invoice.description if invoice else ""


def _invoice(message: MessageSchedule) -> Invoice | None:
    """Nothing of an invoice in the trash is ever told to a customer."""
    invoice = message.invoice
    return None if invoice is None or invoice.is_trashed else invoice


def _wall(message: MessageSchedule) -> datetime:
    return due_dates.wall_in(message.schedule_date, message.time_zone)


def _locale(business: Business) -> str:
    return business.locale(settings.LANGUAGE_CODE)


@lru_cache(maxsize=512)
def _day_and_month(day: date, locale: str) -> str:
    return _plain(format_skeleton("MMMMEEEEd", day, locale=locale))


def _plain(formatted: str) -> str:
    """Without babel's unbreakable spaces and curved apostrophes, which make an SMS cost double."""
    return sms_plain.plain(formatted)


_OF_PEOPLE: Mapping[str, Callable[[Addressee, Business], str]] = {
    "first_name": lambda customer, _business: first_name(customer.name),
    "name": lambda customer, _business: customer.name,
    "company": lambda customer, _business: customer.company,
    "business": lambda _customer, business: business.name,
    "business_phone": lambda _customer, business: phone.display_international(
        business.phone_number
    ),
}
_OF_MESSAGE: Mapping[str, Callable[[MessageSchedule, Business], str]] = {
    "invoice_amount": _invoice_amount,
    "invoice_due": _invoice_due,
    "invoice_for": _invoice_for,
    "date": _date,
    "time": _time,
}
_KNOWN = _OF_PEOPLE.keys() | _OF_MESSAGE.keys()
