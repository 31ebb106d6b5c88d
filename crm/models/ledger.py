"""What the delivery engine tried, and everything it learnt of it."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.messages import MessageSchedule
from crm.models.provider_accounts import ProviderAccount


class Outcome(models.TextChoices):
    PENDING = "", _("on the wire")
    ACCEPTED = "accepted", _("accepted")
    REFUSED = "refused", _("refused")
    NOT_SENT = "not_sent", _("nothing left")
    UNCERTAIN = "uncertain", _("may have gone")


class Attempt(models.Model):
    """One try to hand a message to a provider, written before its first byte leaves.

    `id` is what the provider gets as our reference, so that a later receipt or a look-up can
    prove what became of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(
        MessageSchedule,
        verbose_name=_("message"),
        db_index=False,  # attempt_numbered_once begins with it
        on_delete=models.CASCADE,
        related_name="tries",
    )
    number = models.PositiveIntegerField(_("number of the try"))
    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=_("account"),
        null=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="attempts",
    )
    worker = models.CharField(_("worker"), max_length=100)
    body_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    provider_message_id = models.CharField(_("provider's id"), max_length=200, blank=True)
    code = models.CharField(_("provider's code"), max_length=60, blank=True)
    words = models.CharField(_("provider's words"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["message", "number"]
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="attempt_numbered_once"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Source(models.TextChoices):
    WORKER = "worker", _("the sender")
    RECEIPT = "receipt", _("the provider")
    PERSON = "person", _("a person")


class DeliveryEvent(models.Model):
    """Append-only: what became of a message, with what brought it about.

    The engine's own steps on the way, `claimed` and `sending`, are not here: the attempts tell.
    """

    message = models.ForeignKey(
        MessageSchedule,
        verbose_name=_("message"),
        db_index=False,  # delivery_event_of_message begins with it
        on_delete=models.CASCADE,
        related_name="delivery_events",
    )
    # No constraint, index or cascade of its own: an attempt only goes with its message, and then
    # so does this.
    attempt = models.ForeignKey(
        Attempt,
        verbose_name=_("attempt"),
        null=True,
        db_constraint=False,
        db_index=False,
        on_delete=models.DO_NOTHING,
        related_name="+",
    )
    status = models.CharField(_("became"), max_length=12)
    source = models.CharField(_("known from"), max_length=10, choices=Source)
    detail = models.JSONField(_("detail"), default=dict)
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["message", "at"], name="delivery_event_of_message")]

    def __str__(self) -> str:
        return self.status
