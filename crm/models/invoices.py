"""Invoices: what a customer owes or has paid."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer, folded
from crm.models.entered import Entered
from crm.models.trash import Trashable, TrashableQuerySet


@dataclass(frozen=True, kw_only=True)
class Totals:
    """In one currency; an amount is None where there is no such invoice."""

    currency: str
    count: int
    overdue: Decimal | None
    overdue_count: int
    unpaid: Decimal | None
    unpaid_count: int
    paid: Decimal | None
    paid_count: int


class InvoiceQuerySet(TrashableQuerySet["Invoice"]):
    def live(self) -> Self:
        """Not in the trash, and neither is the customer."""
        return super().live().of_live_customers()

    def of_live_customers(self) -> Self:
        return self.filter(customer__trashed_at__isnull=True)

    def paid(self) -> Self:
        return self.filter(paid_on__isnull=False)

    def unpaid(self) -> Self:
        return self.filter(paid_on__isnull=True)

    def overdue(self, today: date) -> Self:
        """Unpaid past the due date; `today` is the business's day."""
        return self.unpaid().filter(due_on__lt=today)

    def search(self, text: str, *, amount: Decimal | None = None) -> Self:
        """By words of the customer or of what it is for, or by the amount `text` was read as."""
        found = self
        for word in text.split():
            named = models.Q(customer__search_text__contains=folded(word))
            found = found.filter(named | models.Q(description__icontains=word))
        exact = models.Q(amount=amount) if amount is not None else models.Q(pk__in=())
        return self.filter(models.Q(pk__in=found.values("pk")) | exact)

    def first_due_first(self) -> Self:
        return self.order_by(models.F("due_on").asc(nulls_last=True), "pk")

    def totals(self, today: date) -> "list[Totals]":
        """For each currency what is overdue, unpaid, and was paid in the month of `today`."""
        unpaid = models.Q(paid_on__isnull=True)
        kinds = {
            "overdue": unpaid & models.Q(due_on__lt=today),
            "unpaid": unpaid,
            "paid": models.Q(paid_on__gte=today.replace(day=1), paid_on__lte=today),
        }
        asked: dict[str, Any] = {"count": models.Count("pk")}
        for kind, those in kinds.items():
            asked[kind] = models.Sum("amount", filter=those)
            asked[f"{kind}_count"] = models.Count("pk", filter=those)
        rows: Any = self.order_by().values("currency").annotate(**asked).order_by("currency")
        return [Totals(**row) for row in rows]

    def owed(self) -> dict[str, Decimal]:
        """What is unpaid, added up by currency."""
        rows = self.unpaid().order_by().values_list("currency").annotate(models.Sum("amount"))
        return dict(rows)

    def owed_by_customer(self) -> dict[int, dict[str, Decimal]]:
        """What each customer owes, added up by currency; customers who owe nothing are left out."""
        rows = self.unpaid().order_by().values_list("customer_id", "currency")
        owed: dict[int, dict[str, Decimal]] = {}
        for customer_id, currency, amount in rows.annotate(models.Sum("amount")):
            owed.setdefault(customer_id, {})[currency] = amount
        return owed


class Invoice(Entered, Trashable):
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="invoices"
    )
    amount = models.DecimalField(
        _("amount"), max_digits=15, decimal_places=3, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("what for"), max_length=300, blank=True)
    issued_on = models.DateField(_("issued on"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    # The form it was entered with: sent twice, it still makes one invoice.
    form_id = models.UUIDField(null=True, editable=False, unique=True)

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_on", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-issued_on"], name="invoice_of_customer"),
            models.Index(
                fields=["due_on"], name="invoice_unpaid", condition=models.Q(paid_on__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="invoice_not_negative"),
            models.CheckConstraint(
                condition=models.Q(due_on__isnull=True)
                | models.Q(due_on__gte=models.F("issued_on")),
                name="invoice_due_after_issue",
                violation_error_message=_("The due date is before the date of issue."),
            ),
        ]

    def __str__(self) -> str:
        return self.description or f"{self.amount:f} {self.currency}"

    @property
    def is_paid(self) -> bool:
        return self.paid_on is not None

    def is_overdue(self, today: date) -> bool:
        return not self.is_paid and self.due_on is not None and self.due_on < today
