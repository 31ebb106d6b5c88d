"""What customers answer, and what goes to them again and again or to many of them at once."""
# ruff: noqa: E501 (tables are read in rows)

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from crm.actions import broadcasts, consents, inbound, messages, replies, series
from crm.actions.inbound import Place
from crm.actions.recipients import Wanted, audience
from crm.management.demo.moments import Moment, ago, on
from crm.management.demo.plan import BIRTHDAY, INVOICE
from crm.management.demo.story import Story, happened
from crm.models import Broadcast, MessageSchedule, Tag
from crm.models.anchored import Anchor
from crm.models.customers import Channel
from providers.callbacks import Inbound
from rules.recurrence import Rule, Unit

TIME_AGAIN = "Hi {first_name}, six weeks since your last colour: shall we keep Saturday free for you? {business}"
NEW_SHADES = "Hi {first_name}, our new shades are here. Come by and have a look! {business}\n\nReply STOP to get no more of these."
STRANGER = "+447700900555"


@dataclass(frozen=True)
class Heard:
    """`who` is nobody we know where there is a `number`. `to_last` answers what went to them last."""

    who: str
    text: str
    at: Moment
    is_done: bool = False
    to_last: bool = False
    number: str = ""


@dataclass(frozen=True)
class Repeated:
    who: str
    text: str
    first: Moment
    unit: Unit
    interval: int = 1


HEARD: tuple[Heard, ...] = (
    Heard("Zoë O’Neill", "Thank you! I’ve told my sister about you.", on(-21, "18:40"), is_done=True, to_last=True),
    Heard("Charlotte Evans", "STOP", on(-15, "12:10"), is_done=True),
    Heard("Elif Yılmaz", "Please stop sending me offers", on(-1, "17:25"), to_last=True),
    Heard("Siobhán Ní Bhriain", "Could I come an hour later next time?", ago(minutes=25), to_last=True),
    Heard("Priscilla Dunn", "Hello, do you cut children’s hair on Saturdays?", ago(minutes=12), number=STRANGER),
)  # fmt: skip
AGREED = ("Zoë O’Neill", "Siobhán Ní Bhriain", "Yuki Tanaka", "Priya Raghunathan")
REPEATED: tuple[Repeated, ...] = (
    Repeated("Yuki Tanaka", TIME_AGAIN, on(13, "10:00"), Unit.WEEK, 6),
    Repeated("Nora Haddad", BIRTHDAY, on(47, "09:00"), Unit.YEAR),
)
#: Whose invoice is spoken of two days before it is due.
REMINDED = "Priya Raghunathan"
#: Who wears it hears of the new shades.
TAG = "colour"


def tell(story: Story, say: Callable[[str], None]) -> None:
    for name in AGREED:
        _agree(story, name)
    for heard in HEARD:
        _hear(story, heard)
    say(f"{len(HEARD)} replies")
    for repeated in REPEATED:
        _repeat(story, repeated)
    _remind(story)
    say(f"{len(REPEATED)} messages that come again")
    say(f"1 message to the {_to_many(story).recipients} with the tag “{TAG}”")


def _agree(story: Story, name: str) -> None:
    customer = story.known[name]
    met = customer.created_at + timedelta(minutes=5)
    with happened(met):
        consents.record(customer, Channel.WHATSAPP, True, actor=story.owner, now=met)


def _hear(story: Story, heard: Heard) -> None:
    then = heard.at(story.now).astimezone(UTC)
    whatsapp = story.accounts[Channel.WHATSAPP]
    place = Place(account_id=whatsapp.pk, channel=Channel.WHATSAPP)
    told = Inbound(
        provider_message_id=f"demo-{heard.who}",
        sender=heard.number or story.known[heard.who].phone_number,
        sender_name=heard.who,
        at=then,
        text=heard.text,
    )
    with happened(then):
        reply = inbound.receive(place, replace(told, answers=_last(story, heard)), then)
    if reply and heard.is_done:
        with happened(then + timedelta(minutes=9)):
            replies.acknowledge(reply, actor=story.owner, now=then + timedelta(minutes=9))


def _last(story: Story, heard: Heard) -> str:
    """The provider's id of what is answered."""
    if not heard.to_last:
        return ""
    gone = story.known[heard.who].messages.gone().order_by("-sent_at")
    return gone.values_list("provider_message_id", flat=True)[0]


def _repeat(story: Story, repeated: Repeated) -> None:
    customer = story.known[repeated.who]
    first = repeated.first(story.now)
    draft = MessageSchedule(
        customer=customer,
        message_type=customer.preferred_channel,
        message_content=repeated.text,
    )
    draft.set_time(first.replace(tzinfo=None), story.business.time_zone)
    rule = Rule(unit=repeated.unit, interval=repeated.interval, first=first.date())
    with happened(story.yesterday):
        series.begin(draft, rule, actor=story.owner, now=story.yesterday)


def _remind(story: Story) -> None:
    customer = story.known[REMINDED]
    invoice = customer.invoices.unpaid().get()
    draft = MessageSchedule(
        customer=customer,
        invoice=invoice,
        message_type=customer.preferred_channel,
        message_content=INVOICE,
        anchor=Anchor.DUE,
        anchor_offset=-2,
    )
    if day := draft.anchored_day(invoice):
        draft.set_time(datetime.combine(day, time(10)), story.business.time_zone)
    with happened(story.yesterday):
        messages.schedule(draft, actor=story.owner, now=story.yesterday)


def _to_many(story: Story) -> Broadcast:
    """To those of the story alone: with --force there may be real customers who wear the tag."""
    wanted = Wanted(tags=[Tag.objects.get(name=TAG)], content=NEW_SHADES)
    found = audience(wanted, story.business)
    ours = {customer.pk for customer in story.known.values()}
    chosen = [customer for customer in found.chosen if customer.pk in ours]
    broadcast = Broadcast(
        message_content=NEW_SHADES,
        begins_at=on(8, "11:00")(story.now).astimezone(UTC),
        per_minute=30,
        created_at=story.yesterday,
    )
    with happened(story.yesterday):
        return broadcasts.send(
            broadcast,
            wanted,
            replace(found, chosen=chosen),
            time_zone=story.business.time_zone,
            actor=story.owner,
            now=story.yesterday,
        )
