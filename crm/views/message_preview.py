"""What a form for a message would bring about, before it is saved."""

from dataclasses import dataclass
from datetime import datetime

from crm.actions.messages import placeholder_values
from crm.forms.message_texts import LABELS, advice
from crm.forms.messages import MessageScheduleForm
from crm.models import MessageSchedule, MessageTemplate, ProviderAccount, Receipt
from crm.models.customers import Channel
from crm.models.message_choices import ZoneOf
from crm.views.sms_preview import Sms, sms_of
from rules.due_dates import Kind
from rules.message_text import PLACEHOLDERS


@dataclass(frozen=True, kw_only=True)
class Preview:
    """`instant` is None while no moment has been chosen; `kind` tells of a change of the clocks.

    `sms` is there too where it may go as one instead: `may_fall_back`.
    """

    text: str
    advice: list[str]
    unknown: tuple[str, ...]
    sms: Sms | None
    instant: datetime | None
    kind: Kind
    wall: datetime | None
    is_past: bool
    zone: str
    other_zone: str
    is_by_their_clock: bool
    channel: str
    account: ProviderAccount | None
    template: MessageTemplate | None
    receipt: Receipt | None
    may_fall_back: bool


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    name: str
    label: str
    value: str

    @property
    def typed(self) -> str:
        return f"{{{self.name}}}"


def preview_of(form: MessageScheduleForm) -> Preview:
    """`form` has been validated; it may have errors."""
    draft, found, resolved = form.draft, form.found, form.resolved
    channels = {draft.message_type, draft.fallback_channel}
    account = form.reach[draft.message_type].account
    return Preview(
        text=found.text,
        advice=[advice(draft, name) for name in found.missing],
        unknown=tuple(f"{{{name}}}" for name in found.unknown),
        sms=sms_of(draft, form.business) if Channel.SMS in channels else None,
        instant=resolved.instant if resolved else None,
        kind=resolved.kind if resolved else "exact",
        wall=draft.wall if resolved else None,
        is_past=form.is_past,
        zone=draft.time_zone,
        other_zone=_other_zone(form),
        is_by_their_clock=draft.zone_of == ZoneOf.CUSTOMER,
        channel=draft.get_message_type_display(),
        account=account if account and not account.paused_because else None,
        template=draft.template,
        receipt=draft.receipt,
        may_fall_back=bool(draft.fallback_channel),
    )


def offered(form: MessageScheduleForm) -> list[Placeholder]:
    """What can be put in: what has a value for this customer, and an invoice's where one is."""
    values = placeholder_values(_blank(form), form.business)
    of_invoices = "invoice" in form.fields
    return [
        Placeholder(name=name, label=str(LABELS[name]), value=values[name])
        for name in PLACEHOLDERS
        if values[name] or (of_invoices and name.startswith("invoice_"))
    ]


def _blank(form: MessageScheduleForm) -> MessageSchedule:
    return MessageSchedule(
        customer=form.customer, schedule_date=form.now, time_zone=form.business.time_zone
    )


def _other_zone(form: MessageScheduleForm) -> str:
    """The zone that was not chosen, where its clock shows another time."""
    if not form.has_two_clocks:
        return ""
    return next(zone for zone in form.zones.values() if zone != form.draft.time_zone)
