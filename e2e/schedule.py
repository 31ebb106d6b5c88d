"""Which tests run beside which, where several run at once.

Long ones mostly wait: for a minute to begin, a lease to end, a page to look again. Spread over the
others, which keep the processors busy, they cost hardly any time.
"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadFileScheduling

#: Their tests share nothing, so each may go to another worker.
LONG = (
    "test_promise.py",
    "test_main_job.py",
    "test_conversation.py",
    "test_cut_off.py",
    "test_storm.py",
    "test_delivery_crash.py",
)
#: The longest whose tests share something.
LONGEST_FILE = "test_ways_out.py"


class ByFileOrTest(LoadFileScheduling):
    """A file goes to one worker, but for the long ones."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return nodeid if file.endswith(LONG) else file


def mixed(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Long ones and others, evenly mixed, and of each the longest first."""
    long = sorted(filter(_is_long, items), key=lambda one: LONG.index(one.path.name))
    others = [one for one in items if not _is_long(one)]
    others.sort(key=lambda one: one.path.name != LONGEST_FILE)
    places = {
        one: place / len(group) for group in (long, others) for place, one in enumerate(group)
    }
    return sorted(items, key=places.__getitem__)


def _is_long(item: pytest.Item) -> bool:
    return item.path.name in LONG
