"""The moment before which there is nothing to find: nothing scheduled, no lease that has run out.

A message that has gone leaves dead entries in PostgreSQL's indexes until a vacuum clears them away.
A look that begins at an index's first entry walks over all of them: hundreds of milliseconds after
a million messages, with nothing to find. So a look begins at the horizon, which follows the oldest
thing that still waits. What turns up before it after all (a customer back from the trash, a clock
that is behind) is found by a full look, and those take at most a hundredth of the time, however
dear they become.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

#: Pages promise whole minutes: what is to go now is written down for up to a minute ago.
MARGIN = timedelta(seconds=75)
FULL_LOOK_EVERY_S = 5.0
FULL_LOOK_SHARE = 0.01
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Horizon:
    """Of one index. Seconds are of a clock that only goes forward."""

    def __init__(self, clock_s: Callable[[], float] = monotonic) -> None:
        self._clock_s = clock_s
        self._full_look_at_s = clock_s()
        self._known = BEGINNING

    @contextmanager
    def look(self, now: datetime) -> Iterator["Look"]:
        """The look begins at its `since` and is told what still waits."""
        began_s = self._clock_s()
        full = began_s >= self._full_look_at_s
        look = Look(since=BEGINNING if full else self._known)
        yield look
        known = min([now, *look.waiting]) - MARGIN
        self._known = known if full else max(self._known, known)
        if full:
            ended_s = self._clock_s()
            pause_s = max(FULL_LOOK_EVERY_S, (ended_s - began_s) / FULL_LOOK_SHARE)
            self._full_look_at_s = ended_s + pause_s


@dataclass(kw_only=True)
class Look:
    since: datetime
    waiting: Collection[datetime] = ()
