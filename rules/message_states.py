"""The one table of what a message may become.

    scheduled → sending → sent → delivered → read
        │         ├→ failed        (refused, with the reason)
        │         └→ unconfirmed   (may have gone: proof or a person decides)
        ├→ claimed     (held by a worker; usually it writes `sending` at once)
        ├→ due         (by hand: its time has come, a person sends it)
        ├→ expired     (too late to be useful)
        └→ cancelled

Where a person allowed another channel, what the first one refused for good goes back to `scheduled`
for that one: the same row, so it stays one promise. That is the only way back out of `sent`, and
only a provider's own word opens it: it took the message and said later that it never arrived. What
may have arrived (`unconfirmed` without such a word, `delivered`, `read`) never goes twice.

Everything that changes a status asks this table first; the database update then carries the
expected status in its WHERE, so that two writers can never both win.
"""

from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    SCHEDULED = "scheduled"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    DUE = "due"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


S = Status

#: Moves the engine and the providers' receipts make.
MOVES = MappingProxyType(
    {
        S.SCHEDULED: frozenset({S.CLAIMED, S.SENDING, S.DUE, S.EXPIRED, S.FAILED, S.CANCELLED}),
        S.CLAIMED: frozenset({S.SENDING, S.SCHEDULED, S.DUE, S.EXPIRED, S.FAILED}),
        S.SENDING: frozenset({S.SENT, S.DELIVERED, S.READ, S.FAILED, S.UNCONFIRMED, S.SCHEDULED}),
        S.SENT: frozenset({S.DELIVERED, S.READ, S.FAILED}),
        S.DELIVERED: frozenset({S.READ}),
        S.READ: frozenset(),
        S.FAILED: frozenset({S.DELIVERED, S.READ}),
        S.UNCONFIRMED: frozenset({S.SENT, S.DELIVERED, S.READ, S.FAILED, S.SCHEDULED}),
        S.DUE: frozenset(),
        S.EXPIRED: frozenset(),
        S.CANCELLED: frozenset(),
    }
)

#: Moves only a person makes: send by hand, take that back, try again, call off, bring back.
MOVES_BY_PERSON = MappingProxyType(
    {
        # Back to where "try again" and a new time were asked for.
        S.SCHEDULED: frozenset({S.SENT, S.CANCELLED, S.DUE, S.FAILED, S.UNCONFIRMED, S.EXPIRED}),
        S.DUE: frozenset({S.SENT, S.SCHEDULED, S.CANCELLED}),
        S.FAILED: frozenset({S.SENT, S.SCHEDULED, S.CANCELLED, S.UNCONFIRMED}),
        S.UNCONFIRMED: frozenset({S.SENT, S.FAILED, S.SCHEDULED, S.CANCELLED}),
        S.EXPIRED: frozenset({S.SENT, S.SCHEDULED, S.CANCELLED}),
        S.CANCELLED: frozenset({S.SCHEDULED, S.DUE, S.FAILED, S.UNCONFIRMED, S.EXPIRED}),
        S.SENT: frozenset({S.SCHEDULED, S.DUE, S.FAILED, S.UNCONFIRMED, S.EXPIRED}),
    }
)

#: Moves that a receipt for any try of a message makes, an earlier one too: wherever the message
#: stands meanwhile, the customer has it, and it must not go to them once more.
MOVES_BY_PROOF = MappingProxyType(
    dict.fromkeys((S.SCHEDULED, S.DUE, S.EXPIRED, S.CANCELLED), frozenset({S.DELIVERED, S.READ}))
)

#: From here what was refused for good may go back to `scheduled` for the other channel.
MAY_FALL_BACK = frozenset({S.CLAIMED, S.SENDING, S.SENT, S.UNCONFIRMED})

#: A person may still change what these say and when: nothing has left.
EDITABLE = frozenset({S.SCHEDULED, S.DUE, S.FAILED, S.EXPIRED})
#: On its way: nobody may touch it until the outcome is known.
IN_FLIGHT = frozenset({S.CLAIMED, S.SENDING})
#: Its time has come and it has not gone out by itself: a person is asked.
WANTS_A_PERSON = frozenset({S.DUE, S.FAILED, S.UNCONFIRMED, S.EXPIRED})
#: The message has left.
GONE = frozenset({S.SENT, S.DELIVERED, S.READ})

#: How much a provider's word weighs; a state without a rank has nothing at a provider.
_RANK = MappingProxyType(
    {S.SENDING: 0, S.UNCONFIRMED: 0, S.SENT: 1, S.FAILED: 2, S.DELIVERED: 3, S.READ: 4}
)


class MoveNotAllowedError(ValueError):
    """The table has no such move."""


def may_move(old: Status, new: Status, *, by_person: bool = False) -> bool:
    table = MOVES_BY_PERSON if by_person else MOVES
    return new in table.get(old, frozenset())


def require_move(old: Status, new: Status, *, by_person: bool = False) -> None:
    """Raise MoveNotAllowedError unless the table has the move."""
    if not may_move(old, new, by_person=by_person):
        raise MoveNotAllowedError(f"{old} → {new}")


def after_receipt(current: Status, reported: Status) -> Status:
    """What `current` becomes when a provider reports `reported`, in whatever order they arrive.

    Read beats delivered beats failed beats sent, so a late or repeated receipt changes nothing;
    nor does one for a message that a person has meanwhile put back in the queue.
    """
    if current not in _RANK or reported not in _RANK or not may_move(current, reported):
        return current
    return reported if _RANK[reported] > _RANK[current] else current


def after_proof(current: Status, reported: Status, *, of_last_try: bool) -> Status:
    """The same for a receipt of one certain try; `current` is not on its way.

    What became of an earlier try says nothing about a later one, unless the customer has it.
    """
    if reported in MOVES_BY_PROOF.get(current, frozenset()):
        return reported
    counts = of_last_try or reported in {S.DELIVERED, S.READ}
    return after_receipt(current, reported) if counts else current
