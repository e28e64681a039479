"""What the store asks of a connection to a database; SQLite's own connections are such, and so are PostgreSQL's.

Statements are SQL that both know, with `?` for values. Knows neither of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol


class Cursor(Protocol):
    """The rows of one statement, each a tuple."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """The next row, None after the last one."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """One connection to a database. Not for several threads at once."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and neither committed nor rolled back."""

    @property
    def total_changes(self) -> int:
        """How many rows were inserted, changed or deleted on this connection."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Cursor:
        """Runs one statement."""

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        """Runs a statement once for each row of values."""

    def close(self) -> None:
        """Closes it; doing it twice is fine."""
