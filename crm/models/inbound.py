"""What comes in: providers' callbacks as they came, and what customers wrote."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Channel, Customer
from crm.models.messages import MessageSchedule
from crm.models.provider_accounts import ProviderAccount
from crm.models.reminders import Acknowledged


class CallbackState(models.TextChoices):
    NEW = "new", _("not applied yet")
    APPLIED = "applied", _("applied")
    PARKED = "parked", _("about a message that is not known (yet)")
    UNREADABLE = "unreadable", _("not understood")


class ProviderCallback(models.Model):
    """A genuine callback, byte by byte, kept before the provider was told that it arrived.

    `fingerprint` is the SHA-256 of account and body: the same one again is no news.
    """

    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=_("account"),
        db_index=False,
        on_delete=models.CASCADE,
        related_name="callbacks",
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    method = models.CharField(_("method"), max_length=7)
    url = models.TextField(_("address"))
    headers = models.JSONField(_("headers"), default=dict)
    body = models.BinaryField(_("body"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    state = models.CharField(
        _("state"), max_length=10, choices=CallbackState, default=CallbackState.NEW
    )
    applied_at = models.DateTimeField(_("applied"), null=True)
    words = models.CharField(_("what was wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        indexes = [
            models.Index(
                fields=["id"], name="callback_to_apply", condition=models.Q(state=CallbackState.NEW)
            ),
            models.Index(fields=["received_at"], name="callback_by_age"),
            models.Index(
                fields=["account", "received_at"],
                name="callback_unreadable",
                condition=models.Q(state=CallbackState.UNREADABLE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.received_at:%F %T}"


class ParkedReceipt(models.Model):
    """A receipt for a message whose provider id is not known yet: it may come with the answer."""

    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=_("account"),
        db_index=False,
        on_delete=models.CASCADE,
        related_name="+",
    )
    provider_message_id = models.CharField(_("provider's id"), max_length=200)
    receipt = models.JSONField(_("receipt"))
    parked_at = models.DateTimeField(_("parked"), default=timezone.now)

    class Meta:
        verbose_name = _("parked receipt")
        verbose_name_plural = _("parked receipts")
        indexes = [
            models.Index(fields=["provider_message_id"], name="parked_at_provider"),
            models.Index(fields=["parked_at"], name="parked_by_age"),
        ]

    def __str__(self) -> str:
        return self.provider_message_id


class InboundMessageQuerySet(models.QuerySet["InboundMessage"]):
    def of(self, customer: Customer) -> Self:
        return self.filter(customer=customer)

    def answering(self, message: MessageSchedule) -> Self:
        """Told apart by their customer first: that is what has an index."""
        return self.filter(customer=message.customer_id, answers=message)

    def here(self) -> Self:
        """Strangers' messages too, but not of customers in the trash."""
        live = models.Q(customer__isnull=True) | models.Q(customer__trashed_at__isnull=True)
        return self.filter(live)

    def unanswered(self) -> Self:
        """What nobody has acknowledged, the newest first."""
        return self.here().filter(acknowledged_at__isnull=True).order_by("-received_at", "-pk")


class InboundMessage(Acknowledged):
    """Something a customer, or a stranger, sent to one of the accounts.

    `sender` is E.164, "" where the provider says only `sender_id`. `received_at` is the provider's
    moment. `meant` is what was made of it: an opt-out, or words near one that a person is to read.
    """

    class Meant(models.TextChoices):
        NOTHING = "", _("a message")
        OPT_OUT = "opt_out", _("wants no more messages")
        OPT_IN = "opt_in", _("wants messages again")
        HELP = "help", _("asks for help")
        NEAR_OPT_OUT = "near_opt_out", _("may want no more messages")

    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=_("account"),
        null=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="inbound",
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        db_index=False,
        on_delete=models.CASCADE,
        related_name="inbound",
    )
    provider_message_id = models.CharField(_("provider's id"), max_length=200)
    sender = models.CharField(_("from"), max_length=20, blank=True)
    sender_id = models.CharField(_("provider's id of the sender"), max_length=150, blank=True)
    sender_name = models.CharField(_("name of the sender"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=12, default="text")
    text = models.TextField(_("text"), blank=True)
    answers = models.ForeignKey(
        MessageSchedule,
        verbose_name=_("answer to"),
        null=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="replies",
    )
    meant = models.CharField(_("meant"), max_length=12, choices=Meant, blank=True)
    received_at = models.DateTimeField(_("received"))

    objects = InboundMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message received")
        verbose_name_plural = _("messages received")
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "provider_message_id"], name="inbound_once"),
        ]
        indexes = [
            models.Index(fields=["customer", "-received_at"], name="inbound_of_customer"),
            models.Index(fields=["sender", "channel", "-received_at"], name="inbound_of_number"),
            models.Index(
                fields=["sender_id"],
                name="inbound_of_sender_id",
                condition=~models.Q(sender_id=""),
            ),
            models.Index(
                fields=["-received_at"],
                name="inbound_unanswered",
                condition=models.Q(acknowledged_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender or self.sender_id} {self.received_at:%F %T}"

    @property
    def stops_nobody(self) -> bool:
        """Asks for no more messages, and neither a number nor a customer is known of them."""
        is_nobody = not self.sender and self.customer_id is None
        return is_nobody and self.meant == self.Meant.OPT_OUT


class InboundMedia(models.Model):
    """A file that came with a message; `file` is "" until it was fetched, or if it could not be."""

    message = models.ForeignKey(
        InboundMessage,
        verbose_name=_("message"),
        on_delete=models.CASCADE,
        related_name="media",
    )
    reference = models.TextField(_("provider's id"))
    content_type = models.CharField(_("kind"), max_length=100, blank=True)
    file_name = models.CharField(_("name"), max_length=200, blank=True)
    size = models.BigIntegerField(_("size in bytes"), null=True)
    # As we keep them, under MEDIA_ROOT; `content_type` is then what the file is by its bytes.
    file = models.CharField(_("file"), max_length=200, blank=True)
    thumbnail = models.CharField(_("thumbnail"), max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True)
    words = models.CharField(_("what was wrong"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("file received")
        verbose_name_plural = _("files received")
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="inbound_media_to_fetch",
                condition=models.Q(next_try_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or self.reference

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def is_sound(self) -> bool:
        return self.content_type.startswith("audio/")

    @property
    def is_awaited(self) -> bool:
        return self.next_try_at is not None
