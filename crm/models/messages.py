"""Messages promised to customers: the outbox, and the only contract between web and worker.

Views write rows, the worker reads them. A row's `status` changes only along the table in
`rules/message_states.py`.
"""

import json
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models.anchored import Anchored
from crm.models.broadcasts import OneOfMany
from crm.models.customers import Customer
from crm.models.entered import Entered
from crm.models.invoices import Invoice
from crm.models.message_choices import REASON_CHOICES, STATUS_CHOICES, ZoneOf
from crm.models.message_indexes import CONSTRAINTS, INDEXES
from crm.models.message_querysets import GRACE, LONGEST_REST, MessageQuerySet
from crm.models.provider_accounts import ProviderAccount
from crm.models.receipts import Receipt
from crm.models.reminders import Reminder
from crm.models.series import Occurrence
from crm.models.written import Written
from rules import due_dates
from rules.message_states import EDITABLE, GONE, IN_FLIGHT, WANTS_A_PERSON, Status

#: What somebody who opened a message has seen of it: its words, what goes along, and when.
PROMISED = (
    "message_type",
    "message_content",
    "template_id",
    "template_values",
    "fallback_channel",
    "invoice_id",
    "receipt_id",
    "also_in_quiet_hours",
    "schedule_date",
    "send_by",
)


class MessageSchedule(Written, Entered, Reminder, Anchored, Occurrence, OneOfMany):
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        db_index=False,  # message_of_customer begins with it
        on_delete=models.CASCADE,
        related_name="messages",
    )
    invoice = models.ForeignKey(
        Invoice,
        verbose_name=_("about the invoice"),
        null=True,
        blank=True,
        db_index=False,  # message_about_invoice
        on_delete=models.SET_NULL,
        related_name="messages",
    )
    receipt = models.ForeignKey(
        Receipt,
        verbose_name=_("receipt that goes along"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    # What the person asked for: a wall time in a zone. `schedule_date` is the instant derived
    # from it (UTC), recomputed while it is in the future when the zone's rules change.
    schedule_date = models.DateTimeField(_("when"))
    wall_time = models.CharField(_("wall time"), max_length=16)
    time_zone = models.CharField(_("time zone"), max_length=64)
    zone_of = models.CharField(
        _("whose time"), max_length=10, choices=ZoneOf, default=ZoneOf.BUSINESS
    )
    send_by = models.DateTimeField(_("not after"), null=True, blank=True)

    # The ledger. A row is rewritten three times on its way out, and on PostgreSQL each of its
    # indexes with it: the keys nobody searches by (db_index=False) have none. `due_at` is when
    # the engine looks at the row next: the promised instant at first, later after a refusal
    # that may be tried again.
    status = models.CharField(
        _("state"), max_length=12, choices=STATUS_CHOICES, default=Status.SCHEDULED
    )
    due_at = models.DateTimeField(_("next try"))
    account = models.ForeignKey(
        ProviderAccount,
        verbose_name=_("account"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="messages",
    )
    claimed_by = models.CharField(_("worker"), max_length=100, blank=True)
    claim_token = models.BigIntegerField(_("fencing token"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    #: Only where nobody knows whether it has gone: when its provider is asked next.
    look_up_at = models.DateTimeField(_("next look-up"), null=True, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    first_tried_at = models.DateTimeField(_("first tried"), null=True, blank=True)
    provider_message_id = models.CharField(_("provider's id"), max_length=200, blank=True)
    text_sent = models.TextField(_("text as sent"), blank=True)
    sent_to = models.CharField(_("sent to"), max_length=20, blank=True)

    # How it ended, in the closed set of rules/reasons.py, with the provider's own words.
    reason = models.CharField(_("reason"), max_length=30, choices=REASON_CHOICES, blank=True)
    reason_code = models.CharField(_("provider's code"), max_length=60, blank=True)
    reason_words = models.CharField(_("provider's words"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by hand by"),
        null=True,
        blank=True,
        db_index=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-schedule_date", "-pk"]
        indexes = INDEXES
        constraints = CONSTRAINTS

    def __str__(self) -> str:
        return f"{self.get_message_type_display()} → {self.customer_id}, {self.schedule_date:%F %R}"

    @property
    def state(self) -> Status:
        return Status(self.status)

    @property
    def promise(self) -> str:
        """Another one once what or when has changed: a page that shows an older one is stale."""
        said = [getattr(self, name) for name in PROMISED]
        as_text = json.dumps(said, sort_keys=True, default=datetime.timestamp)
        return sha256(as_text.encode()).hexdigest()[:16]

    def differs_in(self, other: "MessageSchedule") -> list[str]:
        """The names of the columns in which the two promise something else."""
        return [name for name in PROMISED if getattr(self, name) != getattr(other, name)]

    @property
    def at(self) -> datetime:
        """When it was sent, else the moment it is promised for."""
        return self.sent_at or self.schedule_date

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    @property
    def is_sent(self) -> bool:
        return self.state in GONE

    def wants_a_person(self, now: datetime) -> bool:
        """Whether it is a reminder now (snoozed ones too)."""
        if self.state in WANTS_A_PERSON:
            return self.acknowledged_at is None
        return self.is_stuck(now)

    def is_stuck(self, now: datetime) -> bool:
        if self.state is Status.SCHEDULED:
            late = self.due_at < now - GRACE and not self.waits_for_account(now)
            return late or self.is_tried_in_vain(now)
        return (
            self.state in IN_FLIGHT
            and self.lease_until is not None
            and self.lease_until < now - GRACE
        )

    def is_tried_in_vain(self, now: datetime) -> bool:
        """Whether its provider has not been to be had for so long that a person should know."""
        since = self.first_tried_at
        waits = self.state is Status.SCHEDULED
        return waits and since is not None and since < now - LONGEST_REST

    def is_being_looked_up(self, now: datetime) -> bool:
        """Whether its provider is asked this very moment what became of it, and may go on then."""
        return (
            self.state is Status.UNCONFIRMED
            and self.lease_until is not None
            and now < self.lease_until
        )

    def waits_for_account(self, now: datetime) -> bool:
        """Whether the account it is to go by is busy with others, or rests, and not for long."""
        account = self.channel_account
        if account is None:
            return False
        rests = account.is_resting(now) and self.due_at >= now - LONGEST_REST
        return rests or account.is_busy(now)

    @cached_property
    def channel_account(self) -> ProviderAccount | None:
        """What serves its channel now; of many messages, ask for it with `know_accounts` first."""
        return ProviderAccount.objects.serving(self.message_type)

    @property
    def wall(self) -> datetime:
        """The naive wall time the person asked for in `time_zone`, even one that the zone skips."""
        return datetime.fromisoformat(self.wall_time)

    def set_time(self, wall: datetime, zone: str, zone_of: str = ZoneOf.BUSINESS) -> None:
        """Promise it for a naive wall time in an IANA zone; the caller saves.

        A wall time that the zone skips becomes the first valid instant after it, one that happens
        twice the first of the two.
        """
        self.wall_time = wall.isoformat(timespec="minutes")
        self.time_zone = zone
        self.zone_of = zone_of
        self.schedule_date = self.due_at = due_dates.resolve(wall, zone).instant
