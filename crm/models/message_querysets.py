"""Which messages: what wants a person, what is to come, what went."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q, Window
from django.db.models.functions import Coalesce, RowNumber

from crm.models.customers import Channel, Customer, CustomerQuerySet
from crm.models.in_states import InStates
from crm.models.message_choices import ZoneOf
from crm.models.provider_accounts import ProviderAccount
from rules.message_states import GONE, IN_FLIGHT, WANTS_A_PERSON, Status
from rules.reasons import Reason

if TYPE_CHECKING:
    from crm.models.messages import MessageSchedule

#: A message this late without having been taken up means that no sender is at work.
GRACE = timedelta(seconds=60)
#: A provider's pauses are minutes long, and none lasts longer than this: what waits for them later
#: than that, or has been tried in vain for so long, is told to a person, who may not want to wait
#: any more.
LONGEST_REST = timedelta(hours=1)

#: Where a message stands in time; see `MessageSchedule.at`.
_AT = Coalesce("sent_at", "schedule_date")


class MessageQuerySet(models.QuerySet["MessageSchedule"]):
    def known_as(self, names: Collection[str]) -> Self:
        """By their providers' ids; in the words of the index, which holds none that is empty."""
        return self.filter(provider_message_id__in=names).exclude(provider_message_id="")

    def live(self) -> Self:
        # Not a join: SQLite would begin at the customers and sort all that they were ever sent.
        return self.filter(models.Exists(_their_customer().live()))

    def unacknowledged(self, now: datetime) -> Self:
        """Everything a person still has to look at, snoozed or not."""
        # Each part by an index of its own, which SQLite does not find for an OR of them.
        everything = self.model.objects.order_by().values("pk")
        first, *others = (everything.filter(part) for part in _parts_unacknowledged(now))
        return self.live().filter(pk__in=first.union(*others, all=True))

    def reminders(self, now: datetime) -> Self:
        """What wants a person now, newest trouble first."""
        awake = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now)
        return (
            self.unacknowledged(now)
            .filter(awake)
            .order_by(Coalesce("wants_since", "first_tried_at", "due_at").desc(), "-pk")
        )

    def stopped_with_account(self, now: datetime) -> Self:
        """Reminders only because their account was stopped, and still of use."""
        return self.reminders(now).filter(_stopped_with_account(now))

    def count_reminders(self, now: datetime) -> tuple[int, dict[str, int]]:
        """All of them, and by channel how many were stopped with their account. One query."""
        stopped = {
            channel: models.Count("pk", filter=_stopped_with_account(now, message_type=channel))
            for channel in Channel.values
        }
        found = self.reminders(now).order_by().aggregate(all=models.Count("pk"), **stopped)
        return found.pop("all"), {channel: count for channel, count in found.items() if count}

    def snoozed(self, now: datetime) -> Self:
        return self.unacknowledged(now).filter(snoozed_until__gt=now).order_by("snoozed_until")

    def in_flight(self) -> Self:
        return self.filter(InStates("status", IN_FLIGHT))

    def upcoming(self, now: datetime) -> Self:
        """What will go by itself, also what is overdue and waits for its account's turn."""
        to_go = Q(due_at__gte=now - GRACE) | _waits_for_account(now)
        going = self.live().filter(to_go, status=Status.SCHEDULED).exclude(tried_in_vain(now))
        return going.order_by("due_at", "pk")

    def ahead(self, now: datetime) -> Self:
        """Promised for later, called off or not: that may be undone."""
        waiting = [Status.SCHEDULED, Status.CANCELLED]
        return self.filter(status__in=waiting, schedule_date__gt=now, due_at__gt=now)

    def moments(self, now: datetime) -> dict[int, datetime]:
        """When each goes that waits for its time, the next first."""
        waiting = self.filter(status=Status.SCHEDULED, schedule_date__gt=now)
        return dict(waiting.order_by("schedule_date").values_list("pk", "schedule_date"))

    def on_business_time(self) -> Self:
        """Promised by the business's clock, and by that of customers who have none of their own."""
        return self.filter(
            Q(zone_of=ZoneOf.BUSINESS) | Q(zone_of=ZoneOf.CUSTOMER, customer__time_zone="")
        )

    def so_far(self, now: datetime) -> Self:
        """What went, or should have gone, the newest first."""
        return self.alias(at=_AT).filter(at__lte=now).order_by("-at", "-pk")

    def to_come(self, now: datetime) -> Self:
        """What is promised for later, called off or not, the next first."""
        return self.alias(at=_AT).filter(at__gt=now).order_by("at", "pk")

    def next_of_series(self, number: int) -> Self:
        """Of each series only the next few; those that were changed by themselves are kept all."""
        place = Window(RowNumber(), ["series_id", "is_detached"], order_by=["schedule_date", "pk"])
        of_none = Q(series__isnull=True) | Q(is_detached=True)
        return self.alias(place=place).filter(of_none | Q(place__lte=number))

    def next_by_customer(self, now: datetime) -> dict[int, datetime]:
        """When each customer hears from us next; customers who don't are left out."""
        ahead = self.upcoming(now).order_by().values_list("customer_id")
        return dict(ahead.annotate(models.Min("due_at")))

    def gone(self) -> Self:
        return self.live().filter(status__in=GONE)

    def arrived_since(self, moment: datetime) -> Self:
        return self.filter(status__in=[Status.DELIVERED, Status.READ], sent_at__gt=moment)

    def about(self, text: str) -> Self:
        """To a customer who is found by `text`, or with every word of it in what is said."""
        customers = Customer.objects.live().search(text).order_by().values("pk")
        return self.filter(Q(customer__in=customers) | _saying(text))

    def search(self, text: str) -> Self:
        """Whose text holds every word of `text`."""
        return self.filter(_saying(text))


def tried_in_vain(now: datetime) -> Q:
    """As `MessageSchedule.is_tried_in_vain`."""
    return Q(status=Status.SCHEDULED, first_tried_at__lt=now - LONGEST_REST)


def know_accounts(messages: Iterable["MessageSchedule"]) -> set[str]:
    """Read what serves their channels once for all of them; the channels that are served."""
    serving = {account.channel: account for account in ProviderAccount.objects.usable()}
    for message in messages:
        message.channel_account = serving.get(message.message_type)
    return set(serving)


def know_accounts_of_late(messages: Iterable["MessageSchedule"], now: datetime) -> None:
    """The same, in case one that should have gone by now is asked whether it is stuck."""
    if late := [one for one in messages if one.state is Status.SCHEDULED and one.due_at < now]:
        know_accounts(late)


def _their_customer() -> CustomerQuerySet:
    return Customer.objects.filter(pk=models.OuterRef("customer_id"))


def _parts_unacknowledged(now: datetime) -> tuple[Q, ...]:
    """Nobody has seen to it, no worker has though nothing keeps them, none could, one died with it.

    Each has an index of its own.
    """
    late = now - GRACE
    return (
        Q(InStates("status", WANTS_A_PERSON), acknowledged_at__isnull=True),
        Q(status=Status.SCHEDULED, due_at__lt=late) & ~_waits_for_account(now),
        tried_in_vain(now),
        Q(InStates("status", IN_FLIGHT), lease_until__lt=late),
    )


def _waits_for_account(now: datetime) -> Q:
    """What is overdue waits for its turn, or for the end of its provider's pause."""
    channel = models.OuterRef("message_type")
    busy = ProviderAccount.objects.busy(now).filter(channel=channel)
    resting = ProviderAccount.objects.resting(now).filter(channel=channel)
    not_for_long = Q(due_at__gte=now - LONGEST_REST)
    return Q(models.Exists(busy)) | (not_for_long & Q(models.Exists(resting)))


def _stopped_with_account(now: datetime, **of: str) -> Q:
    useful = Q(send_by__isnull=True) | Q(send_by__gt=now)
    refused = Q(status__in=[Status.DUE, Status.FAILED], reason=Reason.ACCOUNT)
    return refused & useful & Q(acknowledged_at__isnull=True, **of)


def _saying(text: str) -> Q:
    return Q(*(Q(message_content__icontains=word) for word in text.split()))
