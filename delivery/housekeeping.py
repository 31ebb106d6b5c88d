"""What has to happen now and then, whoever is at work: emptying the trash, following the clocks."""

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from crm.actions import account_pauses, templates
from crm.actions.series import make_more
from crm.actions.trash import purge
from delivery import inbox, inbox_again, inbox_parked
from delivery.heartbeats import forget_old
from delivery.zone_rules import follow_rules

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)

type Chores = tuple[tuple[str, Callable[[datetime], int]], ...]

CHORES: Chores = (
    ("moments moved with their zone", follow_rules),
    ("messages of series made", make_more),
    ("purged from the trash", purge),
    ("old heartbeats", forget_old),
    ("callbacks read after all", inbox_again.apply_again),
    ("receipts matched late", inbox_parked.apply_old),
    ("receipts nobody knows", inbox_parked.forget_old),
    ("old callbacks", inbox.forget_old),
)
#: Looked at every minute: a provider has just said that something is different, or a day is over;
#: somebody has mended what kept an account from sending.
SOON: Chores = (
    ("template lists read", templates.read_due),
    ("accounts that can be used again", account_pauses.resume_mended),
)


def keep_house(now: datetime, chores: Chores | None = None) -> None:
    """Do every chore; one that fails is logged and does not keep the others from being done."""
    for name, chore in CHORES if chores is None else chores:
        try:
            if done := chore(now):
                log.info("housekeeping: %d %s", done, name)
        except Exception:  # whatever is wrong with it, messages go out meanwhile
            log.exception("housekeeping: %s", name)
    connection.close()


def is_time(mark: Path, now: datetime) -> bool:
    """Whether an hour has passed since it was last so, by the file `mark`, which is renewed then.

    Workers that are started again and again, as by cron, keep house as often as one that stays.
    """
    try:
        last = mark.stat().st_mtime
    except OSError:
        last = 0.0
    if now.timestamp() - last < EVERY.total_seconds():
        return False
    try:
        mark.touch(mode=0o600)
        os.utime(mark, (now.timestamp(), now.timestamp()))
    except OSError as error:  # a full disk must not keep messages from going out
        log.warning("housekeeping: cannot write %s: %s", mark.name, error)
    return True
