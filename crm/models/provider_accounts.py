"""The accounts through which messages go out by themselves."""

from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models.customers import Channel

#: The sender has taken slots this lately, or its provider's pause has just ended: what is overdue
#: waits for its turn.
BUSY_FOR = timedelta(seconds=60)


def new_webhook_key() -> str:
    return token_urlsafe(24)


class ProviderAccountQuerySet(models.QuerySet["ProviderAccount"]):
    def with_unread(self) -> Self:
        """`unread`: how much its provider said that could not be read, and that nobody has seen."""
        told = models.FilteredRelation(
            "callbacks", condition=models.Q(callbacks__state="unreadable")
        )
        seen_at = models.F("unread_seen_at")
        new = models.Q(unread_seen_at=None) | models.Q(told__received_at__gt=seen_at)
        return self.annotate(told=told, unread=models.Count("told", filter=new))

    def usable(self) -> Self:
        return self.filter(enabled=True, paused_because="")

    def on(self, channel: str) -> Self:
        """The one that is to send there, and those that did before it, the latest first."""
        return self.filter(channel=channel, removed_at=None).order_by("-enabled", "-pk")

    def in_use(self) -> Self:
        """One a channel at most, paused or not."""
        return self.filter(enabled=True).order_by("-channel")

    def serving(self, channel: str) -> "ProviderAccount | None":
        """The account that sends on this channel, or None: then a person sends by hand."""
        return self.usable().filter(channel=channel).order_by("pk").first()

    def resting(self, now: datetime) -> Self:
        """Those whose provider asked for a pause, until it is known whether that was enough."""
        return self.usable().filter(held_until__gt=now - BUSY_FOR)

    def busy(self, now: datetime) -> Self:
        """Those that send as fast as they may."""
        awake = models.Q(held_until__isnull=True) | models.Q(held_until__lte=now - BUSY_FOR)
        return self.usable().filter(awake, next_slot_at__gte=now - BUSY_FOR)


class ProviderAccount(models.Model):
    provider = models.CharField(_("provider"), max_length=40)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    label = models.CharField(_("label"), max_length=80, blank=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    # Credentials, encrypted as one JSON object: see crm/actions/secrets.py. Never shown again.
    secrets = models.TextField(_("credentials"), blank=True, editable=False)
    # The last part of the address to which the provider sends receipts and replies.
    webhook_key = models.CharField(
        _("webhook key"), max_length=43, default=new_webhook_key, unique=True, editable=False
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    paused_because = models.CharField(_("paused because"), max_length=300, blank=True)
    rate_per_s = models.FloatField(_("messages per second at most"), default=20)
    # The provider asked for a pause of everything until then.
    held_until = models.DateTimeField(_("held until"), null=True, blank=True, editable=False)
    # The moment at which the account may start its next message: all workers move it forward by
    # one atomic update, so that together they keep the rate.
    next_slot_at = models.DateTimeField(_("next free slot"), default=timezone.now, editable=False)
    # What the provider said when it was asked last: a providers.accounts.Check as JSON.
    last_check = models.JSONField(_("last check"), default=dict, blank=True, editable=False)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True, editable=False)
    # When its templates are to be read again, where its provider has any.
    templates_due_at = models.DateTimeField(
        _("read templates again at"), default=timezone.now, editable=False
    )
    created_at = models.DateTimeField(_("connected"), default=timezone.now, editable=False)
    # Of what its provider said until then, somebody knows that it could not be read.
    unread_seen_at = models.DateTimeField(null=True, editable=False)
    # The form it was connected with: sent twice, it still makes one.
    form_id = models.UUIDField(null=True, editable=False, unique=True)
    # Its credentials are forgotten then; the row stays for the messages that went through it.
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True, editable=False)

    unread: int  # only where asked for `with_unread`

    objects = ProviderAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("provider account")
        verbose_name_plural = _("provider accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["channel"],
                condition=models.Q(enabled=True),
                name="one_enabled_account_per_channel",
            ),
            models.CheckConstraint(
                condition=models.Q(rate_per_s__gt=0), name="account_rate_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.provider} ({self.get_channel_display()})"

    def is_resting(self, now: datetime) -> bool:
        """As `resting` of a queryset asks it of the usable ones."""
        return self.held_until is not None and self.held_until > now - BUSY_FOR

    def is_busy(self, now: datetime) -> bool:
        return self.next_slot_at >= now - BUSY_FOR and not self.is_resting(now)

    @property
    def is_test_run(self) -> bool:
        """Whether nobody receives what goes out through it."""
        return self.provider == "console"
