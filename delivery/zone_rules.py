"""Promised moments follow the rules of their zones when this machine gets other ones.

Each moment ahead has to be looked at for it, which takes seconds where there are many, and on most
days finds nothing.
"""

import platform
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from crm.actions.message_times import recompute_times
from delivery import marks

#: Even if nothing seems to be new: a page served by another machine may have promised by older
#: rules, and a backup brings moments back as they were.
AT_LEAST_EVERY = timedelta(days=1)


def follow_rules(now: datetime) -> int:
    """How many messages moved; nothing is looked at where nothing has changed since it last was."""
    mark = settings.DATA_DIR / "zone-rules"
    rules = rules_in_use()
    if marks.was_done(mark, rules, now, within=AT_LEAST_EVERY):
        return 0
    zoneinfo.ZoneInfo.clear_cache()
    moved = recompute_times(now)
    marks.note(mark, rules, now)
    return moved


def rules_in_use() -> str:
    """Another text on another machine, and where its zones or those of our package are others."""
    tables = (line for folder in zoneinfo.TZPATH for line in _table(Path(folder)))
    return "\n".join([platform.node(), f"tzdata {version('tzdata')}", *tables])


def _table(folder: Path) -> Iterator[str]:
    """What tells the tables of a machine apart; nothing where there are none."""
    if not folder.is_dir():
        return
    named = (folder / name for name in ("tzdata.zi", "+VERSION"))
    table = next((path for path in named if path.is_file()), None)
    if table is not None:
        with table.open(encoding="utf-8", errors="replace") as lines:
            yield lines.readline().strip()
    yield f"{folder} {(table or folder).stat().st_mtime_ns}"
