"""Adding, changing, throwing away and bringing back customers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from crm.actions import broadcasts
from crm.actions.events import record
from crm.actions.inbound import take_in_strangers
from crm.actions.message_times import follow_customer
from crm.actions.wake import wake_sender
from crm.models import (
    Broadcast,
    Business,
    Customer,
    DeliveryEvent,
    Event,
    MessageSchedule,
    Tag,
    User,
)
from crm.models.ledger import Source
from crm.models.message_querysets import MessageQuerySet
from rules.message_states import Status, require_move
from rules.reasons import Reason

_WATCHED = (
    "name",
    "company",
    "email",
    "phone_number",
    "address",
    "notes",
    "preferred_channel",
    "time_zone",
)
_LONGEST_KEPT = 200
_COLUMNS = (
    *_WATCHED,
    "phone_as_typed",
    "search_text",
    "search_digits",
    "sort_name",
    "name_key",
    "updated_at",
)


@dataclass(frozen=True, kw_only=True)
class Restored:
    """How many messages wait for their time again, and how many missed it in the trash."""

    resumed: int
    missed: int


def add(customer: Customer, tags: Sequence[str] = (), *, actor: User) -> Customer:
    """Save an unsaved customer; a form sent twice (`form_id`) adds one."""
    customer.created_by = actor
    customer.refresh_search()
    try:
        with transaction.atomic():
            customer.save()
            customer.tags.set(_tags(tags))
            take_in_strangers(customer)
            record("customer.added", customer=customer, subject=customer, actor=actor)
    except IntegrityError:
        first = Customer.objects.filter(form_id=customer.form_id).first()
        if customer.form_id is None or first is None:
            raise
        return first
    return customer


def change(customer: Customer, tags: Sequence[str], *, actor: User, now: datetime) -> bool:
    """Save what has been changed; False where that is nothing.

    What was promised in the customer's own time follows them into another zone.
    """
    with transaction.atomic():
        before = _written(Customer.objects.select_for_update().get(pk=customer.pk))
        customer.refresh_search()
        customer.save(update_fields=_COLUMNS)
        customer.tags.set(_tags(tags))
        after = _written(customer)
        changed = {
            name: [before[name], after[name]] for name in after if before[name] != after[name]
        }
        if "phone_number" in changed:
            take_in_strangers(customer)
        if "time_zone" in changed:
            follow_customer(customer, Business.objects.current(), now=now)
        if changed:
            record(
                "customer.changed", customer=customer, subject=customer, actor=actor, fields=changed
            )
    return bool(changed)


def trash(customer: Customer, *, actor: User, now: datetime) -> int:
    """Put the customer in the trash and call off what was promised; how many messages that were.

    What is on its way, or already waits for a person, stays as it is and is out of sight.
    """
    with transaction.atomic():
        live = Customer.objects.live().filter(pk=customer.pk)
        if not live.update(trashed_at=now, trashed_by=actor):
            return 0
        called_off = _move(
            customer.messages.filter(status=Status.SCHEDULED), Status.CANCELLED, actor, now
        )
        record(
            "customer.trashed",
            customer=customer,
            subject=customer,
            actor=actor,
            messages=called_off,
        )
    return len(called_off)


def restore(customer: Customer, *, actor: User, now: datetime) -> Restored:
    """Bring the customer back, and the messages that went with them.

    What should have gone meanwhile does not go late by surprise: it becomes a reminder.
    """
    with transaction.atomic():
        trashed = Customer.objects.trashed().filter(pk=customer.pk)
        if not trashed.update(trashed_at=None, trashed_by=None):
            return Restored(resumed=0, missed=0)
        take_in_strangers(customer)
        broadcasts.join_stopped(customer, _trashed_with(customer), now=now)
        went_along = _called_off_with(customer)
        # Those too that a worker held at that moment and has put back since; yet of a series
        # only the next one counts.
        late = went_along.filter(series=None) | customer.messages.filter(status=Status.SCHEDULED)
        missed = _move(
            late.filter(due_at__lte=now),
            Status.EXPIRED,
            actor,
            now,
            reason=Reason.WAS_IN_TRASH,
            wants_since=now,
        )
        resumed = _move(went_along.filter(due_at__gt=now), Status.SCHEDULED, actor, now)
        record(
            "customer.restored",
            customer=customer,
            subject=customer,
            actor=actor,
            resumed=resumed,
            missed=missed,
        )
        wake_sender()
    return Restored(resumed=len(resumed), missed=len(missed))


def _called_off_with(customer: Customer) -> MessageQuerySet:
    """But for what was to go to many and is stopped; with what was let go on meanwhile."""
    stopped = Broadcast.objects.filter(stopped_at__isnull=False)
    pks = [*_trashed_with(customer), *broadcasts.left_behind(customer)]
    return MessageSchedule.objects.filter(pk__in=pks, status=Status.CANCELLED).exclude(
        broadcast__in=stopped
    )


def _trashed_with(customer: Customer) -> list[int]:
    trashed = Event.objects.of(customer).filter(kind="customer.trashed").first()
    return list(trashed.detail["messages"]) if trashed else []


def _move(
    messages: MessageQuerySet, to: Status, actor: User, now: datetime, **fields: Any
) -> list[int]:
    """All of `messages` to another state, each with its line in the ledger; their ids."""
    found = list(messages.select_for_update().order_by("pk").values_list("pk", "status"))
    for _pk, status in found:
        require_move(Status(status), to, by_person=True)
    pks = [pk for pk, _status in found]
    MessageSchedule.objects.filter(pk__in=pks).update(status=to, updated_at=now, **fields)
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(
            message_id=pk, status=to, source=Source.PERSON, detail={"person": actor.pk}, at=now
        )
        for pk in pks
    )
    return pks


def _written(customer: Customer) -> dict[str, Any]:
    tags = sorted(tag.name for tag in customer.tags.all())
    fields = {name: str(getattr(customer, name))[:_LONGEST_KEPT] for name in _WATCHED}
    return {**fields, "tags": ", ".join(tags)}


def _tags(names: Iterable[str]) -> list[Tag]:
    """One tag for each name, made where there is none; upper and lower case are one."""
    wanted = {name.casefold(): name for name in names}
    _make(wanted)
    return [tag for key, tag in _known().items() if key in wanted]


def _make(wanted: dict[str, str]) -> None:
    known = _known()
    new = [Tag(name=name) for key, name in wanted.items() if key not in known]
    Tag.objects.bulk_create(new, ignore_conflicts=True)


def _known() -> dict[str, Tag]:
    return {tag.name.casefold(): tag for tag in Tag.objects.all()}
