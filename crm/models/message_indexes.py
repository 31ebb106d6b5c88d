"""How the table of messages is read, and what the database refuses to have in it."""

from django.db import models
from django.db.models import Q

from rules.message_states import Status

INDEXES: list[models.Index] = [
    # Partial where few rows count: every other index is written with each step of each
    # message (docs/explanation/delivery.md). Each channel is claimed by itself.
    models.Index(
        fields=["message_type", "due_at"],
        name="message_to_claim",
        condition=Q(status=Status.SCHEDULED),
    ),
    models.Index(fields=["due_at"], name="message_due", condition=Q(status=Status.SCHEDULED)),
    models.Index(
        fields=["send_by"],
        name="message_expires",
        condition=Q(status=Status.SCHEDULED, send_by__isnull=False),
    ),
    models.Index(
        fields=["lease_until"],
        name="message_leased",
        condition=Q(status__in=[Status.CLAIMED, Status.SENDING]),
    ),
    models.Index(
        fields=["look_up_at"],
        name="message_to_look_up",
        condition=Q(
            status=Status.UNCONFIRMED,
            acknowledged_at__isnull=True,
            look_up_at__isnull=False,
        ),
    ),
    models.Index(
        fields=["wants_since"],
        name="message_wants_a_person",
        condition=Q(
            status__in=[Status.DUE, Status.EXPIRED, Status.FAILED, Status.UNCONFIRMED],
            acknowledged_at__isnull=True,
        ),
    ),
    models.Index(
        fields=["first_tried_at"],
        name="message_tried_again",
        condition=Q(status=Status.SCHEDULED, first_tried_at__isnull=False),
    ),
    models.Index(fields=["customer", "-schedule_date"], name="message_of_customer"),
    models.Index(fields=["-schedule_date", "-id"], name="message_by_date"),
    models.Index(
        fields=["provider_message_id"],
        name="message_at_provider",
        condition=~Q(provider_message_id=""),
    ),
    models.Index(
        fields=["invoice"],
        name="message_about_invoice",
        condition=Q(invoice__isnull=False),
    ),
    models.Index(
        fields=["broadcast", "status"],
        name="message_of_broadcast",
        condition=Q(broadcast__isnull=False),
    ),
]

CONSTRAINTS: list[models.BaseConstraint] = [
    models.CheckConstraint(
        condition=Q(status__in=[status.value for status in Status]),
        name="message_status_known",
    ),
    models.CheckConstraint(condition=~Q(message_content=""), name="message_has_a_text"),
    models.CheckConstraint(
        condition=Q(acknowledged_at__isnull=True) | ~Q(status=Status.SCHEDULED),
        name="message_scheduled_is_open",
    ),
    # Without one nobody would ever take it over, and no page would show it.
    models.CheckConstraint(
        condition=Q(lease_until__isnull=False) | ~Q(status__in=[Status.CLAIMED, Status.SENDING]),
        name="message_in_flight_is_leased",
    ),
    models.UniqueConstraint(
        fields=["form_id"],
        condition=Q(form_id__isnull=False),
        name="message_of_one_form",
    ),
    models.UniqueConstraint(
        fields=["series", "occurrence"],
        condition=Q(series__isnull=False),
        name="message_once_an_occurrence",
    ),
]
