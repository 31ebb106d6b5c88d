"""The form for one message: what, to whom by which channel, and when."""

from datetime import datetime, timedelta
from typing import Any, cast, override
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone_location
from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.message_times import zone_of_customer
from crm.actions.messages import rendered
from crm.forms.form_ids import FormIdField
from crm.forms.message_texts import MessageTextField, refusals
from crm.forms.wall_times import WallTimeField
from crm.forms.widgets import ScheduleInput
from crm.models import Business, Customer, Invoice, MessageSchedule
from crm.models.customers import Channel
from crm.models.message_choices import ZoneOf
from rules import due_dates, money
from rules.due_dates import OutOfRangeError, Resolved
from rules.message_text import Rendered

#: A moment so shortly past was chosen as now, and the form took a while to fill in.
COUNTS_AS_NOW = timedelta(minutes=2)
#: Further ahead is a slip of the finger in the year.
FURTHEST = timedelta(days=3660)


class ChannelField(forms.ChoiceField):
    """`WhatsApp` and `SMS` in whatever case a script may send them."""

    @override
    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).lower()


class InvoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """Its form sets `locale`."""

    locale = ""

    @override
    def label_from_instance(self, obj: Any) -> str:
        parts = [obj.description, money.format_money(obj.amount, obj.currency, self.locale)]
        if obj.due_on:
            due = format_date(obj.due_on, "medium", locale=self.locale)
            parts.append(gettext("due %(day)s") % {"day": due})
        return " · ".join(part for part in parts if part)


class MessageScheduleForm(forms.Form):
    """`draft` is the unsaved message it describes, as far as that can be told, even with errors.

    `schedule_date` and `send_by` are wall times in the zone that `zone_of` names. With `send_now`
    the moment of the press counts instead. `is_past` asks for that press.
    """

    message_type = ChannelField(
        label=_("Send by"),
        choices=Channel.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    message_content = MessageTextField(label=_("Message"), max_length=4096)
    invoice = InvoiceField(
        label=_("About the invoice"),
        queryset=Invoice.objects.none(),
        required=False,
        empty_label=_("None"),
    )
    schedule_date = WallTimeField(label=_("When"))
    zone_of = forms.ChoiceField(
        label=_("By whose clock"),
        choices=ZoneOf.choices,
        required=False,
        widget=forms.RadioSelect(attrs={"class": "segmented"}),
    )
    send_by = WallTimeField(
        label=_("Not after"),
        required=False,
        help_text=_("If it cannot go by then, it does not go late: you are told instead."),
    )
    send_now = forms.BooleanField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    form_id = FormIdField()

    draft: MessageSchedule
    found: Rendered
    resolved: Resolved | None = None
    is_past = False

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        customer: Customer,
        business: Business,
        now: datetime,
        message: MessageSchedule | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        """`message` is the one to edit."""
        self.customer, self.business, self.now, self.message = customer, business, now, message
        self.locale = business.locale(get_language() or "en")
        self.zones = {
            ZoneOf.BUSINESS.value: business.time_zone,
            ZoneOf.CUSTOMER.value: zone_of_customer(customer, business),
        }
        start = {"message_type": customer.preferred_channel}
        if message:
            start = _written(message, self.zones[message.zone_of])
        super().__init__(data, initial={**start, **(initial or {})})
        self._offer_invoices()
        self._offer_zones()

    @property
    def has_two_clocks(self) -> bool:
        return "zone_of" in self.fields

    @property
    def is_only_past(self) -> bool:
        """Nothing but the moment in the past keeps it from being saved."""
        return self.is_past and list(self.errors) == ["schedule_date"]

    @property
    def walls(self) -> dict[str, str]:
        """What each of the two clocks shows now, for the calendar."""
        return {
            whose: due_dates.wall_in(self.now, zone).strftime(ScheduleInput.WALL)
            for whose, zone in self.zones.items()
        }

    @property
    def zone_of_choice(self) -> str:
        chosen = self.cleaned_data.get("zone_of") if self.is_bound else None
        return chosen or self.initial.get("zone_of") or ZoneOf.BUSINESS

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self._resolve(values)
        self.draft = self._drafted(values)
        self.found = rendered(self.draft, self.business)
        if "message_content" in values:
            for error in refusals(self.draft, self.found):
                self.add_error("message_content", error)
        self._check_moment(values)
        self._check_seen(values)
        return values

    def _offer_invoices(self) -> None:
        theirs = Invoice.objects.live().filter(customer=self.customer)
        unpaid_first = theirs.order_by(F("paid_on").asc(nulls_first=True), "-issued_on", "-pk")
        field = cast("InvoiceField", self.fields["invoice"])
        field.queryset, field.locale = unpaid_first, self.locale
        if not theirs.exists():
            del self.fields["invoice"]

    def _offer_zones(self) -> None:
        ours, theirs = self.zones.values()
        for name in ("schedule_date", "send_by"):
            field = cast("WallTimeField", self.fields[name])
            field.offer(self.now, self.zones[self.initial.get("zone_of") or ZoneOf.BUSINESS])
        if not clocks_differ(ours, theirs, self.now):
            del self.fields["zone_of"]
            return
        names = {
            "ours": self._city(ours),
            "theirs": self._city(theirs),
            "customer": self.customer.first_name,
        }
        cast("forms.ChoiceField", self.fields["zone_of"]).choices = [
            (ZoneOf.BUSINESS, gettext("Ours, %(ours)s") % names),
            (ZoneOf.CUSTOMER, gettext("%(customer)s’s, %(theirs)s") % names),
        ]
        self.initial.setdefault("zone_of", ZoneOf.BUSINESS)

    def _resolve(self, values: dict[str, Any]) -> None:
        wall = values.get("schedule_date")
        if values.get("send_now"):
            self.errors.pop("schedule_date", None)
            return
        if wall is None:
            return
        try:
            self.resolved = due_dates.resolve(wall, self.zones[self.zone_of_choice])
        except OutOfRangeError:
            self.add_error("schedule_date", gettext("There is no such day to send it on."))

    def _drafted(self, values: dict[str, Any]) -> MessageSchedule:
        zone = self.zones[self.zone_of_choice]
        message = MessageSchedule(
            customer=self.customer,
            message_type=values.get("message_type") or self.customer.preferred_channel,
            message_content=values.get("message_content", ""),
            invoice=values.get("invoice"),
            form_id=values.get("form_id"),
        )
        wall = due_dates.wall_in(self.now, zone)
        if self.resolved and self.resolved.instant > self.now:
            message.set_time(values["schedule_date"], zone, self.zone_of_choice)
        else:
            message.set_time(wall, zone, self.zone_of_choice)
            message.schedule_date = message.due_at = self.now
        return message

    def _check_moment(self, values: dict[str, Any]) -> None:
        if self.resolved and self.resolved.instant < self.now - COUNTS_AS_NOW:
            self.is_past = True
            self.add_error("schedule_date", self._past(self.resolved))
        elif self.resolved and self.resolved.instant > self.now + FURTHEST:
            self.add_error("schedule_date", gettext("That is years ahead: check the year."))
        if limit := values.get("send_by"):
            self._check_limit(limit)

    def _city(self, zone: str) -> str:
        return get_timezone_location(ZoneInfo(zone), locale=self.locale, return_city=True)

    def _past(self, chosen: Resolved) -> str:
        if chosen.kind == "fold" and chosen.instant > self.now - timedelta(hours=1):
            return gettext("The clocks go back: this time comes twice, and the first has passed.")
        return gettext("This moment has passed.")

    def _check_limit(self, limit: datetime) -> None:
        try:
            self.draft.send_by = due_dates.resolve(limit, self.draft.time_zone).instant
        except OutOfRangeError:
            self.add_error("send_by", gettext("There is no such day."))
            return
        if self.draft.send_by <= self.draft.schedule_date:
            self.add_error("send_by", gettext("This must be later than the moment above."))

    def _check_seen(self, values: dict[str, Any]) -> None:
        seen = values.get("seen")
        if self.message is None or not seen or seen == self.message.promise:
            return
        if self.draft.promise == self.message.promise:
            return
        said = gettext(
            "Somebody has changed this message since you opened it. It now says “%(text)s”, for "
            "%(moment)s. Save again to put yours in its place."
        )
        moment = format_datetime(self.message.wall, "short", locale=self.locale)
        now_there = {"text": self.message.message_content, "moment": moment}
        self.add_error(None, said % now_there)


def clocks_differ(ours: str, theirs: str, now: datetime) -> bool:
    """Whether two zones show another time in this half of the year or the other."""
    moments = (now, now + timedelta(days=182))
    return any(due_dates.wall_in(at, ours) != due_dates.wall_in(at, theirs) for at in moments)


def _written(message: MessageSchedule, zone: str) -> dict[str, Any]:
    """As the clock in `zone` shows it; what has passed did not follow a clock that moved."""
    limit, kept = message.send_by, message.time_zone == zone
    return {
        "message_type": message.message_type,
        "message_content": message.message_content,
        "invoice": message.invoice_id,
        "schedule_date": message.wall if kept else due_dates.wall_in(message.schedule_date, zone),
        "zone_of": message.zone_of,
        "send_by": due_dates.wall_in(limit, zone) if limit else None,
    }
