"""The form for one invoice and its receipts."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, override

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from crm.forms.form_ids import FormIdField
from crm.forms.one_line import OneLineField
from crm.forms.places import currency_field
from crm.forms.receipts import ReceiptsMixin
from crm.models import Business, Invoice, User
from rules import money
from rules.money import MoneyError, MoneyProblem

DUE_AFTER = timedelta(days=14)
FIRST_YEAR, LAST_YEAR = 1970, 2100

_PROBLEMS = {
    MoneyProblem.NOT_A_NUMBER: _("Write the amount in digits, such as %(example)s."),
    MoneyProblem.NEGATIVE: _("An amount cannot be less than zero."),
    MoneyProblem.TOO_MANY_DECIMALS: _("%(currency)s has no such small parts: %(example)s."),
    MoneyProblem.TOO_LARGE: _("That is more than fits: below a million millions."),
    MoneyProblem.OTHER_CURRENCY: _("The sign is not that of %(currency)s."),
}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        bounds = {"min": f"{FIRST_YEAR}-01-01", "max": f"{LAST_YEAR}-12-31"}
        super().__init__(attrs=bounds, format="%Y-%m-%d")


class InvoiceForm(ReceiptsMixin, forms.ModelForm):  # type: ignore[type-arg] # not generic at run time
    """Cleaned, `amount` is a Decimal in `currency`'s minor unit, `paid_on` None for unpaid."""

    field_order = (
        "amount",
        "currency",
        "description",
        "issued_on",
        "due_on",
        "paid",
        "paid_on",
        "held",
        "receipt",
    )

    amount = forms.CharField(
        label=_("Amount"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    currency = currency_field()
    paid = forms.BooleanField(label=_("Already paid"), required=False)
    form_id = FormIdField()

    class Meta:
        model = Invoice
        fields = ("amount", "currency", "description", "issued_on", "due_on", "paid_on")
        field_classes = {"description": OneLineField}
        widgets = {
            "description": forms.TextInput(attrs={"autocomplete": "off"}),
            "issued_on": DayInput(),
            "due_on": DayInput(),
            "paid_on": DayInput(),
        }
        labels = {
            "description": _("What for"),
            "issued_on": _("Issued"),
            "due_on": _("Due"),
            "paid_on": _("Paid on"),
        }

    def __init__(
        self, *args: Any, business: Business, user: User, now: datetime, today: date, **kwargs: Any
    ) -> None:
        """`today` is the business's day."""
        super().__init__(*args, user=user, now=now, invoice=kwargs.get("instance"), **kwargs)
        self.today = today
        self.locale = business.locale(get_language() or "en")
        first = self.instance.currency or business.currency
        self._put_first(first)
        self.initial.setdefault("paid", self.instance.is_paid)
        self.initial["paid_on"] = self.instance.paid_on or today
        if self.instance.pk:
            amount = money.format_plain(self.instance.amount, first, self.locale)
            self.initial["amount"] = amount

    @override
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        self.instance.form_id = self.instance.form_id or values.get("form_id")
        self._read_amount(values)
        self._check_days(values)
        return values

    def _put_first(self, currency: str) -> None:
        """The likely currency before the alphabet; one that is out of use stays choosable."""
        field = self.fields["currency"]
        named = dict(field.choices)  # type: ignore[attr-defined]
        named.pop(currency, None)
        field.choices = [(currency, currency), *named.items()]  # type: ignore[attr-defined]
        field.initial = currency

    def _read_amount(self, values: dict[str, Any]) -> None:
        typed, currency = values.get("amount"), values.get("currency")
        if typed is None or currency is None:
            return
        try:
            values["amount"] = money.parse_amount(typed, currency=currency, locale=self.locale)
        except MoneyError as error:
            example = money.format_plain(Decimal("1234.5"), currency, self.locale)
            words = {"currency": currency, "example": example}
            self.add_error("amount", str(_PROBLEMS[error.code]) % words)

    def _check_days(self, values: dict[str, Any]) -> None:
        issued, due = values.get("issued_on"), values.get("due_on")
        if not values.get("paid"):
            self.errors.pop("paid_on", None)  # nobody sees that field then
            values["paid_on"] = None
        elif "paid_on" not in self.errors:
            values["paid_on"] = values.get("paid_on") or self.today
        for name in ("issued_on", "due_on", "paid_on"):
            if (day := values.get(name)) and not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.add_error(name, gettext("Is the year right?"))
        if issued and due and due < issued:
            self.add_error("due_on", gettext("It is due before it was issued."))
        if (paid := values.get("paid_on")) and paid > self.today:
            self.add_error("paid_on", gettext("That day is still to come."))


def first_values(today: date) -> dict[str, Any]:
    """What a new invoice begins with."""
    return {"issued_on": today, "due_on": today + DUE_AFTER}
