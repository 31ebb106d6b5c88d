"""What the columns of a message may hold, in the words people read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from rules.message_states import Status
from rules.reasons import Reason

STATUS_CHOICES = [
    (Status.SCHEDULED, _("Scheduled")),
    (Status.CLAIMED, _("About to go")),
    (Status.SENDING, _("Sending")),
    (Status.SENT, _("Sent")),
    (Status.DELIVERED, _("Delivered")),
    (Status.READ, _("Read")),
    (Status.FAILED, _("Failed")),
    (Status.UNCONFIRMED, _("Unconfirmed")),
    (Status.DUE, _("Due")),
    (Status.EXPIRED, _("Expired")),
    (Status.CANCELLED, _("Cancelled")),
]
REASON_CHOICES = [(reason, reason.value) for reason in Reason]


class ZoneOf(models.TextChoices):
    BUSINESS = "business", _("the business's time")
    CUSTOMER = "customer", _("the customer's time")
