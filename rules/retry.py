"""When to try again what certainly has not left."""

import zlib
from datetime import datetime, timedelta

FIRST_DELAY_S = 15.0
LONGEST_DELAY_S = 15 * 60.0
#: Up to this share is added, so that what failed together does not come back together.
JITTER = 0.25
#: A provider may ask for a longer pause than ours, but not for ever.
LONGEST_RETRY_AFTER_S = 60 * 60.0
#: Whoever asks for less gets this: an account that is asked again at once is refused again.
SHORTEST_HOLD_S = 1.0
GIVE_UP_AFTER = timedelta(hours=12)
#: How long after a try whose answer nobody heard its provider is asked what became of it.
ASK_AFTER = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=8),
    timedelta(minutes=25),
    timedelta(hours=1),
)

_CRC_RANGE = 2**32


def delay_s(attempt_number: int, *, seed: str, retry_after_s: float | None = None) -> float:
    """How long to wait after attempt `attempt_number`, counted from 1: doubling, capped.

    The same seed gives the same delay; never shorter than what the provider asked for.
    """
    if attempt_number < 1:
        raise ValueError("attempts are counted from 1")
    # The exponent is capped too: 2.0 ** 1024 overflows.
    ours = min(FIRST_DELAY_S * 2.0 ** min(attempt_number - 1, 16), LONGEST_DELAY_S)
    asked = min(max(retry_after_s or 0.0, 0.0), LONGEST_RETRY_AFTER_S)
    return max(ours, asked) * (1 + JITTER * _chance(f"{seed}:{attempt_number}"))


def hold_s(attempt_number: int, *, seed: str, retry_after_s: float | None = None) -> float:
    """How long a whole account is left alone: as long as its provider asked for, within limits.

    Where it did not say, the longer the oftener the message that met it was refused: that one
    keeps its place, and so is the first to find out.
    """
    if retry_after_s is None:
        return delay_s(attempt_number, seed=seed)
    return min(max(retry_after_s, SHORTEST_HOLD_S), LONGEST_RETRY_AFTER_S)


def give_up(first_tried: datetime, now: datetime) -> bool:
    return now - first_tried >= GIVE_UP_AFTER


def ask_again_at(tried_at: datetime, now: datetime) -> datetime | None:
    """When the provider is asked next what became of a try; None once that has been enough."""
    return next((tried_at + after for after in ASK_AFTER if tried_at + after > now), None)


def _chance(seed: str) -> float:
    """From 0 up to 1, spread evenly over seeds."""
    return zlib.crc32(seed.encode()) / _CRC_RANGE
