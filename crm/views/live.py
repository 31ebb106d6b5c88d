"""What pages that look again by themselves are compared by: a look that finds nothing is cheap."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from django.db.models import Count, Max, Q, Value
from django.utils import timezone

from crm.models import Customer, Event, InboundMedia, InboundMessage, MessageSchedule
from crm.models.message_querysets import GRACE, LONGEST_REST, tried_in_vain
from rules.message_states import Status


def conversation_version(customer: Customer, *, now: datetime) -> str:
    """Another one as soon as the conversation would read differently. Two queries.

    What people do leaves an event; what providers tell moves a message, or is one.
    """
    promised = customer.messages.aggregate(
        Count("pk"),
        Max("updated_at"),
        come=Count("pk", filter=Q(schedule_date__lte=now)),
        late=Count("pk", filter=Q(status=Status.SCHEDULED, due_at__lt=now - GRACE)),
        later=Count("pk", filter=Q(status=Status.SCHEDULED, due_at__lt=now - LONGEST_REST)),
        tried=Count("pk", filter=tried_in_vain(now)),
    )
    seen = [timezone.localdate(), promised, sorted(_summed_up(customer))]
    return sha256(repr(seen).encode()).hexdigest()[:16]


def _summed_up(customer: Customer) -> Iterable[tuple[str, int, int]]:
    events = Event.objects.of(customer).order_by().values("customer")
    replies = InboundMessage.objects.of(customer).order_by().values("customer")
    files = InboundMedia.objects.filter(message__customer=customer).values("message__customer")
    near = Q(meant=InboundMessage.Meant.NEAR_OPT_OUT)
    rows = (
        events.annotate(of=Value("events"), one=Max("pk"), other=Value(0)),
        replies.annotate(of=Value("replies"), one=Max("pk"), other=Count("pk", filter=near)),
        files.annotate(
            of=Value("files"), one=Count("next_try_at"), other=Count("pk", filter=~Q(file=""))
        ),
    )
    first, *others = (one.values_list("of", "one", "other") for one in rows)
    return first.union(*others, all=True).order_by()


def message_version(message: MessageSchedule, *, now: datetime) -> str:
    """The same of a message's page. One query."""
    replies = InboundMessage.objects.answering(message).order_by().aggregate(Max("pk"))
    seen = [message.updated_at, message.status, message.is_stuck(now), replies]
    return sha256(repr(seen).encode()).hexdigest()[:16]
