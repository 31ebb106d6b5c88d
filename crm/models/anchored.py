"""A moment that hangs on an invoice's date: "2 days before it is due"."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.invoices import Invoice
from rules import recurrence
from rules.recurrence import Unit

UNIT_CHOICES = [
    (Unit.DAY.value, _("days")),
    (Unit.WEEK.value, _("weeks")),
    (Unit.MONTH.value, _("months")),
    (Unit.YEAR.value, _("years")),
]


class Anchor(models.TextChoices):
    DUE = "due", _("the due date")
    ISSUED = "issued", _("the date of issue")


class Anchored(models.Model):
    """`anchor` is empty where the moment was chosen by itself; a negative offset is before."""

    anchor = models.CharField(_("relative to"), max_length=10, choices=Anchor, blank=True)
    anchor_offset = models.SmallIntegerField(_("how long after"), default=0)
    anchor_unit = models.CharField(
        _("counted in"), max_length=10, choices=UNIT_CHOICES, default=Unit.DAY.value
    )

    class Meta:
        abstract = True

    def anchored_day(self, invoice: Invoice) -> date | None:
        """The day by `invoice`; None where it has no such date. Raises OutOfRangeError."""
        hangs_on = {Anchor.DUE: invoice.due_on, Anchor.ISSUED: invoice.issued_on}
        day = hangs_on[Anchor(self.anchor)]
        unit = Unit(self.anchor_unit)
        return None if day is None else recurrence.shifted(day, self.anchor_offset, unit)
