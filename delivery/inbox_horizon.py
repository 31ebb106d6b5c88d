"""The number below which no callback waits: see horizon.py for what dead index entries cost.

Numbers are given before their transactions commit, so a lower one may turn up later. It is found by
stepping back a little each time, and by a full look now and then.
"""

import time
from collections.abc import Callable, Sequence

#: More than are ever being written at the same time.
MARGIN = 2_000
FULL_LOOK_EVERY_S = 60.0


class InboxHorizon:
    """Seconds are of a clock that only goes forward."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._full_look_at_s = clock_s()
        self._highest = 0

    def since(self) -> int:
        """What waits has a higher number."""
        if self._clock_s() >= self._full_look_at_s:
            self._full_look_at_s = self._clock_s() + FULL_LOOK_EVERY_S
            return 0
        return max(0, self._highest - MARGIN)

    def found(self, numbers: Sequence[int]) -> None:
        """What the look brought up, in order: all but the last batch will have been applied."""
        if numbers:
            self._highest = max(self._highest, numbers[0])
