"""The form for one message: what, to whom by which channel, and when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast, override

from babel.dates import format_datetime, format_time
from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from crm.actions.messages import rendered
from crm.actions.reach import Reach, reach_of
from crm.forms import message_templates
from crm.forms.anchors import AnchoredMomentForm
from crm.forms.form_ids import FormIdField
from crm.forms.message_checks import Quiet, Window, quiet_at, window_of
from crm.forms.message_fields import InvoiceField
from crm.forms.message_wording import WordingForm
from crm.forms.series import RepeatForm
from crm.models import Business, Customer, Invoice, MessageSchedule, Receipt
from crm.models.customers import Channel
from rules import due_dates
from rules.message_text import Rendered

#: What an edit may differ in besides its text and its moment.
_ASIDE: dict[str, str | Promise] = {
    "message_type": _("the channel"),
    "template_id": _("the template"),
    "template_values": _("what fills the template in"),
    "fallback_channel": _("the SMS instead"),
    "invoice_id": _("the invoice it is about"),
    "receipt_id": _("what goes along"),
    "also_in_quiet_hours": _("whether quiet hours hold it"),
    "send_by": _("until when it may go"),
}


class MessageScheduleForm(WordingForm, AnchoredMomentForm, RepeatForm):
    """`draft` is the unsaved message it describes, as far as that can be told, even with errors."""

    invoice = InvoiceField(
        label=_("About the invoice"),
        queryset=Invoice.objects.none(),
        required=False,
        empty_label=_("None"),
    )
    receipt = forms.ChoiceField(
        label=_("Send along"),
        required=False,
        error_messages={"invalid_choice": _("Choose a receipt of the invoice it is about.")},
    )
    also_in_quiet_hours = forms.BooleanField(required=False)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    form_id = FormIdField()

    field_order = ("message_type", "template", "message_content", "fallback", "invoice", "receipt")

    draft: MessageSchedule
    found: Rendered
    quiet: Quiet | None = None

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        customer: Customer,
        business: Business,
        now: datetime,
        message: MessageSchedule | None = None,
        initial: dict[str, Any] | None = None,
        reach: Mapping[str, Reach] | None = None,
    ) -> None:
        """`message` is the one to edit."""
        self.customer, self.business, self.now, self.message = customer, business, now, message
        self.locale = business.locale(get_language() or "en")
        self.reach = reach or reach_of(customer)
        start: dict[str, Any] = {"message_type": self.first_channel}
        if message:
            start = _written(message, self.zones[message.zone_of])
        super().__init__(data, initial={**start, **(initial or {})})
        self.offer_wordings()
        self._offer_invoices()
        self._offer_receipts()
        self.offer_moments()
        self.offer_anchors(message)
        self.offer_repeats(message)
        self._see_quiet(message)

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.resolve(values)
        self.draft = self._drafted(values)
        self.found = rendered(self.draft, self.business)
        self.check_wording(self.draft, self.found)
        self.check_moment(self.draft, values)
        self.check_repeat(self.draft, values)
        self._check_quiet(values)
        self._check_file()
        self._check_seen(values)
        return values

    @property
    def moment(self) -> datetime | None:
        """The one in view: chosen here, or promised by the message to edit."""
        if not self.is_bound:
            return self.message.schedule_date if self.message else None
        is_chosen = self.resolved is not None or bool(self.cleaned_data.get("send_now"))
        return self.draft.schedule_date if is_chosen else None

    @property
    def window(self) -> Window | None:
        return window_of(self.reach[Channel.WHATSAPP], now=self.now, at=self.moment)

    @property
    def misses_window(self) -> bool:
        """Written freely for a moment at which WhatsApp takes only templates, as things stand."""
        is_free = self.draft.message_type == Channel.WHATSAPP and self.draft.template is None
        return is_free and self.window is not None and self.window.is_closed

    @property
    def goes_at(self) -> datetime:
        """When `draft` really goes, with the quiet hours."""
        waits = self.quiet and not (self.quiet.is_by_hand or self.draft.also_in_quiet_hours)
        return self.quiet.goes_at if self.quiet and waits else self.draft.schedule_date

    @property
    def knows_quiet_hours(self) -> bool:
        return self.business.quiet_from is not None and self.business.quiet_until is not None

    def _offer_invoices(self) -> None:
        theirs = Invoice.objects.live().filter(customer=self.customer)
        unpaid_first = theirs.order_by(F("paid_on").asc(nulls_first=True), "-issued_on", "-pk")
        cast("InvoiceField", self.fields["invoice"]).offer(unpaid_first, self.locale)
        if not unpaid_first:
            del self.fields["invoice"]

    def _offer_receipts(self) -> None:
        """Those of the invoice it is about, where an account can send one along."""
        self.receipts = {str(one.pk): one for one in self._receipts()}
        if not self.receipts:
            del self.fields["receipt"]
            return
        named = [(pk, one.filename) for pk, one in self.receipts.items()]
        field = cast("forms.ChoiceField", self.fields["receipt"])
        field.choices = [("", gettext("Nothing")), *named]

    def _receipts(self) -> list[Receipt]:
        invoice = str(self["invoice"].value() or "") if "invoice" in self.fields else ""
        if not (invoice.isascii() and invoice.isdecimal() and self.channels_with_files):
            return []
        theirs = Receipt.objects.live().filter(invoice__customer=self.customer)
        return list(theirs.filter(invoice=int(invoice[:18])))

    @property
    def channels_with_files(self) -> list[str]:
        return [channel for channel, one in self.reach.items() if one.takes_files]

    def _drafted(self, values: dict[str, Any]) -> MessageSchedule:
        message = MessageSchedule(
            customer=self.customer, invoice=values.get("invoice"), form_id=values.get("form_id")
        )
        self.set_wording(message, values)
        self.set_moment(message, values)
        if self.reach[message.message_type].takes_files:
            message.receipt = self.receipts.get(values.get("receipt", ""))
        return message

    def _check_quiet(self, values: dict[str, Any]) -> None:
        """Whoever says "now" in the middle of somebody's night is asked whether they know it."""
        self._see_quiet(self.draft if self.moment else None)
        if self.quiet is None or self.quiet.is_by_hand:
            return
        self.draft.also_in_quiet_hours = bool(values.get("also_in_quiet_hours"))
        limit = self.draft.send_by
        if limit and limit < self.goes_at:
            self.add_error("send_by", gettext("Quiet hours last longer: it would never go."))
        if values.get("send_now") and not self.draft.also_in_quiet_hours:
            said = gettext("These are quiet hours where %(customer)s is. Send it now all the same?")
            self.add_error("also_in_quiet_hours", said % {"customer": self.customer.first_name})

    def _see_quiet(self, message: MessageSchedule | None) -> None:
        self.quiet = None
        if message:
            reach = self.reach[message.message_type]
            self.quiet = quiet_at(message, self.business, reach)
        if self.quiet:
            wall = due_dates.wall_in(self.quiet.at, self.quiet.zone)
            clock = {"clock": format_time(wall.time(), "short", locale=self.locale)}
            said = gettext("Send it at %(clock)s all the same") % clock
            self["also_in_quiet_hours"].label = said

    def _check_file(self) -> None:
        file = self.draft.receipt
        if file and self.draft.fallback_channel:
            said = gettext("An SMS carries no file: send it along, or allow the SMS instead.")
            self.add_error("fallback", said)
        if not self.chosen:
            return
        problem = message_templates.file_problem(self.chosen, file.content_type if file else None)
        if problem:
            self.add_error("receipt" if "receipt" in self.fields else "template", problem)

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
        if aside := self._differs_aside(self.message):
            self.add_error(None, gettext("Other than yours: %(what)s.") % {"what": aside})

    def _differs_aside(self, message: MessageSchedule) -> str:
        differing = self.draft.differs_in(message)
        return ", ".join(str(words) for name, words in _ASIDE.items() if name in differing)


def _written(message: MessageSchedule, zone: str) -> dict[str, Any]:
    """As the clock in `zone` shows it; what has passed did not follow a clock that moved."""
    limit, kept = message.send_by, message.time_zone == zone
    return {
        "message_type": message.message_type,
        "message_content": message.message_content,
        "template": message.template_id,
        "fallback": message.fallback_channel == Channel.SMS,
        "invoice": message.invoice_id,
        "receipt": message.receipt_id,
        "schedule_date": message.wall if kept else due_dates.wall_in(message.schedule_date, zone),
        "zone_of": message.zone_of,
        "send_by": due_dates.wall_in(limit, zone) if limit else None,
        "also_in_quiet_hours": message.also_in_quiet_hours,
        **message_templates.initial_values(message.template_values),
    }
