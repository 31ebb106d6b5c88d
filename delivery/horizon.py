"""The moment before which the outbox holds nothing that is scheduled.

A message that has gone leaves a dead entry in PostgreSQL's index of due messages until a vacuum
clears it away. A look that begins at the index's first entry walks over all of them: hundreds of
milliseconds after a million messages, with nothing to find. So a look begins at the horizon, which
follows the oldest message that is still waiting. What turns up before it after all (a customer back
from the trash, a clock that is behind) is found by a full look, and those take at most a hundredth
of the time, however dear they become.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

#: Pages promise whole minutes: what is to go now may be written down for up to a minute ago.
MARGIN = timedelta(minutes=2)
FULL_LOOK_EVERY_S = 5.0
FULL_LOOK_SHARE = 0.01
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Horizon:
    """Seconds are of a clock that only goes forward."""

    def __init__(self) -> None:
        self.since = BEGINNING
        self._full_look_at_s = 0.0
        self._known = BEGINNING

    def begin_look(self, at_s: float) -> None:
        """Set `since` for the look that begins now."""
        self.since = BEGINNING if at_s >= self._full_look_at_s else self._known

    def end_look(
        self, first_due: Collection[datetime], now: datetime, *, began_s: float, ended_s: float
    ) -> None:
        """`first_due` is what was found from `since` on, of each channel the first."""
        known = min([now, *first_due]) - MARGIN
        if self.since > BEGINNING:
            self._known = max(self._known, known)
            return
        self._known = known
        pause_s = max(FULL_LOOK_EVERY_S, (ended_s - began_s) / FULL_LOOK_SHARE)
        self._full_look_at_s = ended_s + pause_s
