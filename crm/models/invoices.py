"""Invoices: what a customer owes or has paid."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer
from crm.models.trash import Trashable, TrashableQuerySet


class InvoiceQuerySet(TrashableQuerySet["Invoice"]):
    def live(self) -> Self:
        """Not in the trash, and neither is the customer."""
        return super().live().filter(customer__trashed_at__isnull=True)

    def paid(self) -> Self:
        return self.filter(paid_on__isnull=False)

    def unpaid(self) -> Self:
        return self.filter(paid_on__isnull=True)

    def overdue(self, today: date) -> Self:
        """Unpaid past the due date; `today` is the business's day."""
        return self.unpaid().filter(due_on__lt=today)

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

    def search(self, text: str, *, amount: Decimal | None = None) -> Self:
        """By what they are for, or by their exact `amount`."""
        found = models.Q(description__icontains=text.strip())
        if amount is not None:
            found |= models.Q(amount=amount)
        return self.filter(found)


class Invoice(Trashable):
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="invoices"
    )
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=3, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(_("currency"), max_length=3)
    description = models.CharField(_("what for"), max_length=300, blank=True)
    issued_on = models.DateField(_("issued on"))
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    # The form it was entered with: sent twice, it still makes one invoice.
    form_id = models.UUIDField(null=True, editable=False, unique=True)
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

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
