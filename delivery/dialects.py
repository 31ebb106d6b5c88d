"""The few places where SQLite and PostgreSQL want other words for the same statement.

The engine's statements carry many rows at once. `given` turns a list of tuples into a table named
`new` that a statement can join, so that a group of any size is one statement on either database.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from django.utils.dateparse import parse_datetime

#: The state of a row of `m` that is found by its id. PostgreSQL must not see that an index of the
#: rows in this state would do: it would walk that index, with its dead entries, for each group.
STATE_BY_ID = "(m.status || '')"

type Kind = Literal["bigint", "text", "timestamptz", "uuid", "jsonb"]
type Columns = Mapping[str, Kind]
type Row = Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Given:
    """`source` goes into a FROM, where it is called `new`; `parameters` go with it."""

    source: str
    parameters: tuple[Any, ...]


class Dialect(Protocol):
    #: Closes a subquery that picks rows of `m`: what others hold is passed over.
    lock_messages: str
    #: Closes a query of rows this transaction is about to change, and which others wait for.
    lock: str

    def given(self, columns: Columns, rows: Sequence[Row]) -> Given: ...

    def picked(self, subquery: str) -> str:
        """The right side of `id …`: the subquery's rows, found once, before any is changed."""

    def moment(self, value: datetime) -> Any:
        """An aware datetime as a parameter."""

    def lock_for_this_transaction(self, cursor: CursorWrapper, key: int) -> bool:
        """Whether nobody else holds the lock `key` now; they wait for nothing."""

    def open(self, cursor: CursorWrapper) -> None:
        """Make a new connection fit for promises."""


#: A document within the document would come out as the text that it is.
_TOLD_AS: Mapping[Kind, str] = {"jsonb": "text"}
_READ_AS: Mapping[Kind, str] = {"jsonb": "{0}::jsonb AS {0}"}


class PostgreSQL:
    # Weaker than FOR UPDATE on the account: the rows that point to it can be written meanwhile.
    lock_messages = "FOR UPDATE OF m SKIP LOCKED"
    lock = "FOR NO KEY UPDATE"

    def given(self, columns: Columns, rows: Sequence[Row]) -> Given:
        # One text to write and to read: arrays are put together in Python, value by value.
        told = ", ".join(f"{name} {_TOLD_AS.get(kind, kind)}" for name, kind in columns.items())
        read = ", ".join(_READ_AS.get(kind, "{0}").format(name) for name, kind in columns.items())
        return Given(
            source=f"(SELECT {read} FROM json_to_recordset(%s) AS told({told})) AS new",  # noqa: S608
            parameters=(
                json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str),
            ),
        )

    def picked(self, subquery: str) -> str:
        # Not `IN (…)`: on a table whose statistics say "empty" the planner runs such a subquery
        # again for each row, and its LIMIT no longer limits anything.
        return f"= ANY(ARRAY({subquery}))"

    def moment(self, value: datetime) -> datetime:
        return value

    def lock_for_this_transaction(self, cursor: CursorWrapper, key: int) -> bool:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key])
        return bool(cursor.fetchone()[0])

    def open(self, cursor: CursorWrapper) -> None:
        """A commit returns when the disk has it: PostgreSQL's default."""


class SQLite:
    # BEGIN IMMEDIATE has locked everything already.
    lock_messages = ""
    lock = ""

    def given(self, columns: Columns, rows: Sequence[Row]) -> Given:
        fields = ", ".join(
            f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns)
        )
        return Given(
            source=f"(SELECT {fields} FROM json_each(%s)) AS new",  # noqa: S608
            parameters=(json.dumps([[_plain(value) for value in row] for row in rows]),),
        )

    def picked(self, subquery: str) -> str:
        return f"IN ({subquery})"

    def moment(self, value: datetime) -> str:
        return _as_stored(value)

    def lock_for_this_transaction(self, cursor: CursorWrapper, key: int) -> bool:
        """BEGIN IMMEDIATE has locked everything already."""
        return True

    def open(self, cursor: CursorWrapper) -> None:
        """The pages' connections may lose their last commits to a power cut, ours may not.

        A message whose `sending` was forgotten would go a second time.
        """
        cursor.execute("PRAGMA synchronous = FULL")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _as_stored(value)
    return value.hex if isinstance(value, UUID) else value


def _as_stored(value: datetime) -> str:
    """As Django stores it: naive, in UTC, without a fraction where there is none."""
    return str(value.astimezone(UTC).replace(tzinfo=None))


DIALECTS: Mapping[str, Dialect] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}


def read_moment(value: datetime | str) -> datetime:
    """A moment as either database gives it, aware."""
    parsed = parse_datetime(value) if isinstance(value, str) else value
    if parsed is None:
        raise ValueError(f"no moment: {value!r}")
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def column(rows: Iterable[Row]) -> list[Any]:
    return [row[0] for row in rows]
