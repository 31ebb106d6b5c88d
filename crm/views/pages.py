"""Long lists, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

#: Counting further costs more than the figure is worth; who looks for one of these searches.
COUNTED_AT_MOST = 10_000


@dataclass(frozen=True, kw_only=True)
class Page[Row]:
    """`number` begins at 1; `total` is what was counted, and `is_counted` whether that is all."""

    rows: Sequence[Row]
    number: int
    last: int
    total: int
    is_counted: bool

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.last else None


def page_of[Row: Any](found: QuerySet[Row], asked: str | None, *, size: int) -> Page[Row]:
    """The page whose number was `asked` for in the address; the nearest where there is no such."""
    total = found.order_by()[: COUNTED_AT_MOST + 1].count()
    is_counted = total <= COUNTED_AT_MOST
    total = min(total, COUNTED_AT_MOST)
    last = max(1, -(-total // size))
    number = _number(asked, last)
    return Page(
        rows=list(found[(number - 1) * size : number * size]),
        number=number,
        last=last,
        total=total,
        is_counted=is_counted,
    )


def _number(asked: str | None, last: int) -> int:
    if asked is None or not asked.isascii() or not asked.isdecimal():
        return 1
    return min(max(1, int(asked[:9])), last)
