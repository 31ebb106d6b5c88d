"""The installation's first minute, and what the owner decides about the business later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from crm.actions.events import record
from crm.actions.message_times import follow_business
from crm.models import Business, MessageSchedule, User
from rules import due_dates


class AlreadySetUpError(Exception):
    """Somebody has an account."""


def set_up(owner: User, password: str, business: Mapping[str, str]) -> User:
    """Save the first user and the business's `name`, `country`, `time_zone` and `currency`.

    Of two who try at the same moment one becomes the owner. Raises AlreadySetUpError.
    """
    owner.set_password(password)  # slow by design: not while others wait
    owner.is_staff = owner.is_superuser = True
    with transaction.atomic():
        row = _locked_row()
        if User.objects.exists():
            raise AlreadySetUpError
        owner.save()
        for name, value in business.items():
            setattr(row, name, value)
        row.save()
        record("business.set_up", actor=owner)
    return owner


def _locked_row() -> Business:
    Business.objects.current()
    return Business.objects.select_for_update().get()


def change(
    business: Business, *, keep_clock_time: bool, actor: User, now: datetime
) -> dict[str, Any]:
    """Save a business that a form has changed; what was changed, `{field: [before, after]}`.

    When the zone changes, messages planned in the business's time go out either at the same time
    on the clock there (`keep_clock_time`), or at the same moment.
    """
    with transaction.atomic():
        before = _locked_row()
        changed = {
            name: [getattr(before, name), getattr(business, name)]
            for name in ("name", "country", "time_zone", "currency", "phone_number")
            if getattr(before, name) != getattr(business, name)
        }
        if not changed:
            return {}
        business.save()
        if "time_zone" in changed:
            _rezone(business, keep_clock_time=keep_clock_time, now=now)
        record("business.changed", actor=actor, changed=changed)
    return changed


def _rezone(business: Business, *, keep_clock_time: bool, now: datetime) -> None:
    if keep_clock_time:
        follow_business(business, now=now)
    else:
        hold_moments(business, now=now)


def hold_moments(business: Business, *, now: datetime) -> None:
    """Write what is planned down as the business's clock shows its unchanged moment."""
    planned = MessageSchedule.objects.ahead(now).on_business_time()
    moments = planned.order_by().values_list("schedule_date", flat=True).distinct()
    for moment in list(moments):
        wall = due_dates.wall_in(moment, business.time_zone)
        planned.filter(schedule_date=moment).update(
            wall_time=wall.isoformat(timespec="minutes"), time_zone=business.time_zone
        )
