"""A worker in a thread of its own, beside the test: what it does is what `deliver` does."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from delivery.worker import Tally, deliver

CLOCK = partial(datetime.now, UTC)


def work_off(data_dir: Path, **changes: Any) -> Tally:
    """What `deliver --once` does, in this process."""
    values: dict[str, Any] = {"name": "once", "in_flight": 20, "once": True, "clock": CLOCK}
    return asyncio.run(deliver(data_dir=data_dir, **(values | changes)))


def wait_until(true: Callable[[], Any], *, at_most_s: float = 15) -> None:
    until = time.monotonic() + at_most_s
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
