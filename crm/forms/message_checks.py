"""What stands against a message before it is promised: the customer's will, the hour, the window.

The sender looks at all of it again when the moment comes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from crm.actions.message_times import zone_of_customer
from crm.actions.reach import Reach
from crm.models import Business, Customer, MessageSchedule
from rules import quiet_hours, service_window


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """The chosen moment lies within the quiet hours of `zone`, the customer's.

    `is_by_hand`: a person is reminded at that moment all the same.
    """

    at: datetime
    goes_at: datetime
    zone: str
    is_by_hand: bool


@dataclass(frozen=True, kw_only=True)
class Window:
    """Freeform text reaches the customer until `open_until`; None: not at all now.

    `at` is the chosen moment, None where none is; `is_closed` tells of it.
    """

    open_until: datetime | None
    at: datetime | None
    is_closed: bool


@dataclass(frozen=True, kw_only=True)
class ChannelNote:
    """What is known against a channel; `refused` says why nothing may go there, "" where it may.

    `other` is the channel that may reach them instead, "" where none may.
    """

    reach: Reach
    refused: str
    other: str


def quiet_at(message: MessageSchedule, business: Business, reach: Reach) -> Quiet | None:
    """None where its moment (`schedule_date`) is allowed."""
    at, zone = message.schedule_date, zone_of_customer(message.customer, business)
    goes_at = quiet_hours.next_allowed(at, zone, business.quiet_from, business.quiet_until)
    if goes_at == at:
        return None
    return Quiet(at=at, goes_at=goes_at, zone=zone, is_by_hand=reach.account is None)


def window_of(reach: Reach, *, now: datetime, at: datetime | None) -> Window | None:
    """None where the channel knows no window, or nothing may go there at all."""
    if not reach.has_window or reach.standing.refused:
        return None
    closes = service_window.open_until(reach.heard_at)
    return Window(
        open_until=closes if closes and closes > now else None,
        at=at,
        is_closed=at is not None and not service_window.is_open(reach.heard_at, at),
    )


def channel_notes(
    reach: Mapping[str, Reach], customer: Customer, business: Business
) -> list[ChannelNote]:
    """One for each channel."""
    refused = {channel: refusal_of(one, customer, business) for channel, one in reach.items()}
    return [
        ChannelNote(
            reach=one,
            refused=refused[channel],
            other=_other(channel, [name for name, why in refused.items() if not why], reach),
        )
        for channel, one in reach.items()
    ]


def _other(channel: str, allowed: Iterable[str], reach: Mapping[str, Reach]) -> str:
    others = (one for one in allowed if one != channel and reach[one].refusal is None)
    return next((str(reach[one].channel.label) for one in others), "")


def refusal_of(reach: Reach, customer: Customer, business: Business) -> str:
    """Why the customer may not be written to on this channel, and what to do; "" where they may."""
    names = {"customer": customer.first_name, "channel": reach.channel.label}
    if reach.standing.refused:
        said = gettext(
            "%(customer)s asked not to be written to by %(channel)s. Choose another way, or record "
            "on their page that they agree to it again."
        )
        return said % names
    if reach.standing.allows(only_with_consent=business.only_with_consent):
        return ""
    said = gettext(
        "Nobody has recorded that %(customer)s may be written to by %(channel)s, and you write "
        "only to those who agreed. Ask them, and record it on their page."
    )
    return said % names
