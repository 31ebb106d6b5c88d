"""What customers wrote and nobody has looked after yet, ready to be drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from crm.models import Customer, InboundMessage
from rules.phone_variants import number_variants

REPLIES_SHOWN = 20

Meant = InboundMessage.Meant


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One card. `shared_with` are others who have the number; `link` is where to go with it."""

    message: InboundMessage
    link: str
    shared_with: Sequence[str] = ()

    @property
    def is_near_opt_out(self) -> bool:
        return self.message.meant == Meant.NEAR_OPT_OUT

    @property
    def is_new_number(self) -> bool:
        return self.message.kind == "number"


@dataclass(frozen=True, kw_only=True)
class Replies:
    """`count` is how many there are, `shown` the newest of them."""

    shown: Sequence[Reply]
    count: int

    @property
    def seen(self) -> list[object]:
        """What the cards say, for the page's version."""
        return [
            (one.message.pk, one.message.meant, one.link, one.shared_with, _files(one.message))
            for one in self.shown
        ]


def replies() -> Replies:
    """At most four queries, however many there are; one where there is none."""
    unanswered = InboundMessage.objects.unanswered()
    rows = unanswered.select_related("customer", "account").prefetch_related("media")
    found = list(rows[: REPLIES_SHOWN + 1])
    count = unanswered.count() if len(found) > REPLIES_SHOWN else len(found)
    return Replies(shown=cards(found[:REPLIES_SHOWN]), count=count)


def cards(messages: Sequence[InboundMessage]) -> list[Reply]:
    sharing = _sharing(messages)
    return [
        Reply(message=one, link=_link(one), shared_with=_others(one, sharing)) for one in messages
    ]


def _sharing(messages: Iterable[InboundMessage]) -> Mapping[str, list[tuple[int, str]]]:
    """By number, those who have it."""
    numbers = {form for one in messages if one.sender for form in number_variants(one.sender)}
    found: dict[str, list[tuple[int, str]]] = {}
    if numbers:
        rows = Customer.objects.live().filter(phone_number__in=numbers).order_by("pk")
        for number, pk, name in rows.values_list("phone_number", "pk", "name"):
            found.setdefault(number, []).append((pk, name))
    return found


def _others(
    message: InboundMessage, sharing: Mapping[str, list[tuple[int, str]]]
) -> tuple[str, ...]:
    if not message.sender or message.customer_id is None:
        return ()
    forms = number_variants(message.sender)
    return tuple(
        name for form in forms for pk, name in sharing.get(form, ()) if pk != message.customer_id
    )


def _link(message: InboundMessage) -> str:
    """To the conversation; for a stranger to the form that makes them a customer."""
    if message.customer_id is None:
        known = {"name": message.sender_name, "phone_number": message.sender}
        return f"{reverse('customer_create')}?{urlencode(known)}"
    page = reverse("customer_detail", args=[message.customer_id])
    if message.kind == "number":
        edit = reverse("customer_edit", args=[message.customer_id])
        return f"{edit}?{urlencode({'phone_number': message.text})}#id_phone_number"
    return f"{page}#reply-{message.pk}"


def _files(message: InboundMessage) -> list[tuple[int, str]]:
    return [(one.pk, one.file) for one in message.media.all()]
