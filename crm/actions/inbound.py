"""What customers write to us: whose it is, what it means, and what follows from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from crm.actions import consents
from crm.models import Business, Customer, InboundMedia, InboundMessage, MessageSchedule, OptOut
from crm.models.consents import KnownFrom
from crm.models.customers import Channel, CustomerQuerySet
from providers.callbacks import Inbound, NumberChange
from rules import phone
from rules.opt_out import meaning
from rules.phone_variants import number_variants

Meant = InboundMessage.Meant

#: What nobody has to answer.
_NO_QUESTION = frozenset({"reaction"})
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_SAID_IN_WORDS = frozenset({"text", "button"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it came in: an account and what it serves."""

    account_id: int
    channel: str


def receive(place: Place, told: Inbound, now: datetime) -> InboundMessage | None:
    """Keep it and do what it asks for; None where it had come before.

    Call it in a transaction, and with nobody else receiving at the same time.
    """
    told_id = _clean(told.provider_message_id, 200)
    known = InboundMessage.objects.filter(account=place.account_id, provider_message_id=told_id)
    if known.exists():
        return None
    told = _in_full(place, told)
    answered = _answered(place, told.answers)
    sharing = sharing_number(told.sender)
    message = InboundMessage(
        account_id=place.account_id,
        channel=place.channel,
        customer=_whose(told, answered, sharing),
        provider_message_id=told_id,
        sender=_clean(told.sender, 20),
        sender_id=_clean(told.sender_id, 150),
        sender_name=_clean(told.sender_name, 200),
        kind=_clean(told.kind, 12),
        text=_clean(told.text),
        answers=answered,
        received_at=_believed(told.at, now),
        acknowledged_at=now if told.kind in _NO_QUESTION else None,
    )
    message.meant = _obeyed(message, _meant(told))
    message.save()
    _expect_files(message, told, now)
    return message


def receive_new_number(place: Place, told: NumberChange, now: datetime) -> list[InboundMessage]:
    """A person is told, and may take the new number over; what we wrote down stays until then."""
    change = f"number {told.old} {told.new}"
    customers = sharing_number(told.old)
    return [
        InboundMessage.objects.get_or_create(
            account_id=place.account_id,
            provider_message_id=_clean(f"{change} {customer.pk}", 200),
            defaults={
                "channel": place.channel,
                "customer": customer,
                "sender": _clean(told.old, 20),
                "kind": "number",
                "text": _clean(told.new, 20),
                "received_at": _believed(told.at, now),
            },
        )[0]
        for customer in customers
    ]


def sharing_number(number: str) -> list[Customer]:
    """The customers who have it, in whichever way it is written."""
    return list(_having(number).order_by("pk")) if number else []


def take_in_strangers(customer: Customer) -> int:
    """What came from this number before anybody knew whose it was is theirs now."""
    if not customer.phone_number:
        return 0
    numbers = number_variants(customer.phone_number)
    return InboundMessage.objects.filter(customer=None, sender__in=numbers).update(
        customer=customer
    )


def _having(number: str) -> CustomerQuerySet:
    return Customer.objects.live().filter(phone_number__in=number_variants(number))


def _in_full(place: Place, told: Inbound) -> Inbound:
    """A phone passes on a number as its network writes it: at home without the country."""
    if told.sender or not told.sender_id or place.channel != Channel.SMS:
        return told
    try:
        number = phone.parse(told.sender_id, country=Business.objects.current().country)
    except phone.PhoneError:
        return told
    return replace(told, sender=number.e164)


def _answered(place: Place, provider_message_id: str) -> MessageSchedule | None:
    if not provider_message_id:
        return None
    found = MessageSchedule.objects.known_as([provider_message_id])
    return found.filter(account=place.account_id).select_related("customer").first()


def _whose(
    told: Inbound, answered: MessageSchedule | None, sharing: Sequence[Customer]
) -> Customer | None:
    """Of those who share a number, the one whose message is answered, else the last written to."""
    if not sharing:
        return _by_answer(answered) or _by_sender_id(told.sender_id)
    if answered and answered.customer in sharing:
        return answered.customer
    return _last_written_to(sharing) if len(sharing) > 1 else sharing[0]


def _by_answer(answered: MessageSchedule | None) -> Customer | None:
    return answered.customer if answered and not answered.customer.is_trashed else None


def _by_sender_id(sender_id: str) -> Customer | None:
    """Who has only the provider's own name for them is whoever had it before."""
    if not sender_id:
        return None
    known = InboundMessage.objects.filter(sender_id=sender_id, customer__trashed_at=None)
    before = known.exclude(customer=None).select_related("customer").first()
    return before.customer if before else None


def _last_written_to(sharing: Sequence[Customer]) -> Customer:
    written = MessageSchedule.objects.filter(customer__in=sharing, sent_at__isnull=False)
    last = written.select_related("customer").order_by("-sent_at").first()
    return last.customer if last else sharing[0]


def _meant(told: Inbound) -> Meant:
    """The provider's own reading of a word counts more than ours: it has acted on it."""
    if told.keyword:
        return Meant(told.keyword)
    return Meant(meaning(told.text)) if told.kind in _SAID_IN_WORDS else Meant.NOTHING


def _obeyed(message: InboundMessage, meant: Meant) -> Meant:
    """Do what it asks for, unless they have asked for something else since; what it then meant."""
    if meant is Meant.OPT_OUT and not _has_asked_since(message):
        _tell(consents.opt_out, message)
    if meant is Meant.OPT_IN:
        forms = number_variants(_number(message))
        refused = OptOut.objects.filter(phone_number__in=forms, channel=message.channel)
        if _has_asked_since(message) or not refused.exists():
            return Meant.NOTHING  # "Yes" answers many questions
        _tell(consents.opt_in, message)
    return meant


def _tell(ask: Callable[..., object], message: InboundMessage) -> None:
    said: dict[str, Any] = {
        "channel": message.channel,
        "known_from": KnownFrom.REPLY,
        "words": message.text,
        "now": message.received_at,
    }
    if number := _number(message):
        ask(phone_number=number, **said)
    elif message.customer and ask is consents.opt_out:
        consents.opt_out_customer(message.customer, **said)


def _number(message: InboundMessage) -> str:
    """Somebody who is known to their provider by a name has the number we know of them."""
    return message.sender or (message.customer.phone_number if message.customer else "")


def _has_asked_since(message: InboundMessage) -> bool:
    """Providers do not keep the order: an old STOP may come after a new START."""
    theirs = InboundMessage.objects.filter(channel=message.channel, sender=message.sender)
    if not message.sender:  # of all who have no number, the one with this name
        theirs = theirs.filter(account=message.account_id, sender_id=message.sender_id)
    later = theirs.filter(received_at__gt=message.received_at)
    return later.filter(meant__in=(Meant.OPT_OUT, Meant.OPT_IN)).exists()


def _believed(at: datetime, now: datetime) -> datetime:
    """No moment at all is written as one of the year 1, which no clock west of Greenwich shows."""
    return min(at, now) if at > _BEGINNING else now


def _expect_files(message: InboundMessage, told: Inbound, now: datetime) -> None:
    InboundMedia.objects.bulk_create(
        InboundMedia(
            message=message,
            reference=_clean(file.reference),
            content_type=_clean(file.content_type, 100),
            file_name=_clean(file.file_name, 200),
            size=file.size,
            next_try_at=now,
        )
        for file in told.media
    )


def _clean(text: str, longest: int | None = None) -> str:
    """As a column holds it: PostgreSQL stores no NUL."""
    return text.replace("\0", "")[:longest]
