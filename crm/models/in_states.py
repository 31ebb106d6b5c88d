"""A message's state, in the words of the partial indexes."""

from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup
from django.db.models.sql.compiler import SQLCompiler

from rules.message_states import Status


class InStates(Lookup):
    """Whether the column `name` holds one of `states`, which stand in the statement themselves.

    SQLite takes a partial index where it can prove that a row is in it, and of a list of parameters
    it cannot: `status__in` reads every message there is.
    """

    lookup_name = "in_states"
    prepare_rhs = False

    def __init__(self, name: str, states: Collection[Status]) -> None:
        super().__init__(F(name), tuple(sorted(states)))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        states = ", ".join(f"'{state}'" for state in self.rhs)
        return f"{column} IN ({states})", tuple(parameters)
