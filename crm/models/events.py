"""What happened, when, and who did it: the timeline of a customer and the audit of a business."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Customer


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, customer: Customer) -> Self:
        return self.filter(customer=customer)

    def about(self, noun: str, number: int) -> Self:
        """What happened to one thing: `of(customer).about("message", 5)`."""
        return self.filter(kind__startswith=f"{noun}.", subject_id=number)


class Event(models.Model):
    """Append-only. `kind` is `<noun>.<verb>`; `detail` holds what the sentence needs."""

    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        on_delete=models.CASCADE,
        related_name="events",
    )
    kind = models.CharField(_("kind"), max_length=40)
    subject_id = models.BigIntegerField(_("number of the thing"), null=True)
    detail = models.JSONField(_("detail"), default=dict)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["customer", "-at"], name="event_of_customer")]

    def __str__(self) -> str:
        return self.kind
