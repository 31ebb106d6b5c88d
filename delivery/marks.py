"""Files in the data folder that say what was last done on this machine, and when."""

import logging
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)


def was_done(mark: Path, what: str, now: datetime, *, within: timedelta) -> bool:
    """Whether it was just this that was last done, and lately."""
    try:
        done_at = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
        done = mark.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return done == what and timedelta(0) <= now - done_at < within


def note(mark: Path, what: str, now: datetime) -> None:
    try:
        mark.write_text(what, encoding="utf-8")
        os.utime(mark, (now.timestamp(), now.timestamp()))
    except OSError as error:  # it is done again then
        log.warning("housekeeping: cannot write %s: %s", mark.name, error)
