"""Who may be written to, and who asked not to be."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Channel, Customer, CustomerQuerySet


class KnownFrom(models.TextChoices):
    PERSON = "person", _("recorded by hand")
    REPLY = "reply", _("the customer's own message")
    PROVIDER = "provider", _("the provider")


class Consent(models.Model):
    """What is known of a customer's will on a channel; no row where nothing was ever said."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="consents"
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    given = models.BooleanField(_("may be written to"))
    known_from = models.CharField(_("known from"), max_length=10, choices=KnownFrom)
    words = models.CharField(_("in which words"), max_length=300, blank=True)
    at = models.DateTimeField(_("since"), default=timezone.now)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(fields=["customer", "channel"], name="consent_once_a_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel}: {'yes' if self.given else 'no'}"


class OptOutQuerySet(models.QuerySet["OptOut"]):
    def of(self, phone_number: str, channel: str) -> Self:
        return self.filter(phone_number=phone_number, channel=channel)


class OptOut(models.Model):
    """A number that asked to hear nothing on a channel, whoever has it and whenever they came.

    Gone once the number asks to hear from us again.
    """

    phone_number = models.CharField(_("phone number"), max_length=20)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    known_from = models.CharField(_("known from"), max_length=10, choices=KnownFrom)
    words = models.CharField(_("in which words"), max_length=300, blank=True)
    at = models.DateTimeField(_("since"), default=timezone.now)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        constraints = [
            models.UniqueConstraint(
                fields=["phone_number", "channel"], name="opt_out_once_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phone_number} {self.channel}"


def refusing(customers: CustomerQuerySet) -> CustomerQuerySet:
    """Those among them who asked not to be written to, on whichever channel."""
    said_no = Consent.objects.filter(customer=models.OuterRef("pk"), given=False)
    opted_out = OptOut.objects.filter(phone_number=models.OuterRef("phone_number"))
    return customers.filter(models.Exists(said_no) | models.Exists(opted_out))
