"""What people got, held against what the ledger says they got."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from crm.models import MessageSchedule
from rules.message_states import GONE, IN_FLIGHT, WANTS_A_PERSON, Status


@dataclass(frozen=True, kw_only=True)
class Count:
    """`never` is the promise broken: it did not go and nobody is told. So is `twice`.

    `untrue` is what is shown as sent and was not taken, or as failed and was.
    """

    became: Counter[Status]
    twice: int
    never: int
    untrue: int

    @property
    def kept_the_promise(self) -> bool:
        return not (self.twice or self.never or self.untrue)

    @property
    def gone(self) -> int:
        return sum(self.became[status] for status in GONE)


def count(taken: Mapping[str, Sequence[str]]) -> Count:
    """`taken` is what the provider took, by recipient; each has one message."""
    rows = MessageSchedule.objects.values_list("customer__phone_number", "status")
    states = {phone: Status(status) for phone, status in rows}
    times = {phone: len(taken.get(phone, ())) for phone in states}
    return Count(
        became=Counter(states.values()),
        twice=sum(number > 1 for number in times.values()),
        never=sum(not times[phone] and not _is_told(state) for phone, state in states.items()),
        untrue=sum(_is_untrue(state, times[phone]) for phone, state in states.items()),
    )


def _is_told(state: Status) -> bool:
    return state in WANTS_A_PERSON


def _is_untrue(state: Status, times: int) -> bool:
    return (state in GONE and times == 0) or (state is Status.FAILED and times > 0)


def unsettled() -> int:
    """Messages of which nothing is decided yet."""
    return MessageSchedule.objects.filter(status__in=[Status.SCHEDULED, *IN_FLIGHT]).count()


def asked_about_soon() -> int:
    """Messages that may have gone, and whose provider is asked now or within half a minute.

    Those too about which a worker asked that has died: another asks when its lease is over.
    """
    soon = Q(look_up_at__lt=datetime.now(UTC) + timedelta(seconds=30)) | ~Q(claimed_by="")
    unconfirmed = MessageSchedule.objects.filter(status=Status.UNCONFIRMED, acknowledged_at=None)
    return unconfirmed.filter(soon).count()
