"""Messages that come again: the rule, and what each of its messages says.

Each occurrence is a message of its own, made well ahead, so that it can be seen and changed
before it goes.
"""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models.anchored import UNIT_CHOICES
from crm.models.customers import Customer
from crm.models.entered import Entered
from crm.models.invoices import Invoice
from crm.models.message_choices import ZoneOf
from crm.models.receipts import Receipt
from crm.models.written import Written
from rules.recurrence import Rule, Unit

#: As in RFC 5545, from Monday on.
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class SeriesQuerySet(models.QuerySet["MessageSeries"]):
    def live(self) -> Self:
        return self.filter(customer__trashed_at__isnull=True)

    def running(self) -> Self:
        return self.filter(stopped_at__isnull=True)

    def on_business_time(self) -> Self:
        """By the business's clock, and by that of customers who have none of their own."""
        return self.filter(
            Q(zone_of=ZoneOf.BUSINESS) | Q(zone_of=ZoneOf.CUSTOMER, customer__time_zone="")
        )

    def lacking(self, day: date) -> Self:
        """Of which more can be made on `day`."""
        return self.live().running().filter(more_from__lte=day)


class MessageSeries(Entered, Written):
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="series"
    )
    invoice = models.ForeignKey(
        Invoice,
        verbose_name=_("about the invoice"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="series",
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
    unit = models.CharField(_("comes again after"), max_length=10, choices=UNIT_CHOICES)
    interval = models.PositiveSmallIntegerField(_("so many of them"), default=1)
    weekdays = models.CharField(_("on these days"), max_length=20, blank=True)
    first_day = models.DateField(_("first day"))
    until = models.DateField(_("last day"), null=True, blank=True)
    count = models.PositiveIntegerField(_("how many times"), null=True, blank=True)
    wall_time = models.TimeField(_("time of day"))
    time_zone = models.CharField(_("time zone"), max_length=64)
    zone_of = models.CharField(
        _("whose time"), max_length=10, choices=ZoneOf, default=ZoneOf.BUSINESS
    )
    send_within = models.DurationField(_("not later than after"), null=True, blank=True)
    # The day from which on further occurrences can be made; null where there are none.
    more_from = models.DateField(_("more can be made from"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series of messages")
        verbose_name_plural = _("series of messages")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["more_from"],
                name="series_lacking",
                condition=Q(stopped_at__isnull=True, more_from__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(interval__gte=1), name="series_goes_on"),
            models.CheckConstraint(condition=~Q(message_content=""), name="series_has_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}, {self.first_day:%F}, {self.interval} × {self.unit}"

    @property
    def rule(self) -> Rule:
        names = self.weekdays.split(",") if self.weekdays else ()
        return Rule(
            unit=Unit(self.unit),
            interval=self.interval,
            weekdays=frozenset(WEEKDAYS.index(name) for name in names),
            first=self.first_day,
            until=self.until,
            count=self.count,
        )

    def set_rule(self, rule: Rule) -> None:
        """The caller saves."""
        self.unit, self.interval = rule.unit, rule.interval
        self.weekdays = ",".join(WEEKDAYS[day] for day in sorted(rule.weekdays))
        self.first_day, self.until, self.count = rule.begins, rule.until, rule.count

    def wall_on(self, day: date) -> datetime:
        """Naive, in `time_zone`."""
        return datetime.combine(day, self.wall_time)


class RemovedOccurrence(models.Model):
    """A planned message that went when its series was stopped or changed.

    Pages that were open before still name it: this tells where it went.
    """

    message_id = models.BigIntegerField(_("number of the message"), primary_key=True)
    series = models.ForeignKey(
        MessageSeries, verbose_name=_("series"), on_delete=models.CASCADE, related_name="removed"
    )
    occurrence = models.DateField(_("day by the series"))

    class Meta:
        verbose_name = _("removed message of a series")
        verbose_name_plural = _("removed messages of series")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.series_id}, {self.occurrence:%F}"


class Occurrence(models.Model):
    """`occurrence` is the day by the rule, wherever the message itself has been moved to since.

    `is_detached` is one that a person has changed by itself: changes of the series pass it by.
    """

    series = models.ForeignKey(
        MessageSeries,
        verbose_name=_("series"),
        null=True,
        blank=True,
        db_index=False,  # message_once_an_occurrence begins with it
        on_delete=models.SET_NULL,
        related_name="messages",
    )
    occurrence = models.DateField(_("day by the series"), null=True, blank=True)
    is_detached = models.BooleanField(_("changed apart from the series"), default=False)

    class Meta:
        abstract = True
