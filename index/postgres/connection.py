"""Connections to a PostgreSQL server, and what its errors mean. The only file that imports psycopg.

Knows nothing of tables. Whatever the server says becomes one line that names the library's address.
"""

from __future__ import annotations

import itertools
import shlex
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from index.errors import BadDocument, BadSetting, DiskFull, FootnoteError, LibraryDamaged, LibraryMissing
from index.place import FORM, Address
from index.postgres.dialect import translated

if TYPE_CHECKING:
    import psycopg

SECONDS = 10
"""How long a server may take to accept a connection."""
PORTION = 500
"""Rows fetched at a time where all rows of a table are read."""
_NOTICED = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""How soon a server that went without a word is noticed: in a minute, not in a quarter of an hour."""
_PATH = """
SELECT set_config('search_path', concat_ws(', ', 'footnote', (SELECT quote_ident(nspname) FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'vector')), false)
"""
"""No other schema is looked in, where others may make operators that would be taken for PostgreSQL's."""
_LIMITS = ("57014", "25P03", "25P04", "57P05")
"""What a server says that ends statements, transactions or sessions after some time."""
_FIGURES = ("SELECT count(", "SELECT max(", "SELECT min(")
"""How statements begin that read all rows and give one."""


class Connection:
    """One connection; a statement is its own transaction unless BEGIN began one. Not for several threads at once."""

    def __init__(self, address: Address) -> None:
        """Raises LibraryMissing where the server doesn't answer or has no such database."""
        self.address = address
        self.total_changes = 0
        self._names = itertools.count()
        with answering(address), readable(address):
            self._server: psycopg.Connection[Any] = _psycopg().connect(
                address.uri,
                autocommit=True,
                prepare_threshold=None,
                connect_timeout=SECONDS,
                application_name="footnote",
                client_encoding="utf8",
                **_NOTICED,
            )
            self.set_path()

    def set_path(self) -> None:
        """Has the library's tables come first, and finds pgvector in whatever schema it is."""
        self._server.execute(_PATH)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun and neither committed nor rolled back; none is where the server is lost."""
        status = self._server.info.transaction_status
        return status.name in ("INTRANS", "INERROR")

    @property
    def answers(self) -> bool:
        """Whether the server still answers on this connection."""
        with suppress(_psycopg().Error):
            self._server.execute("SELECT 1")
            return True
        return False

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> psycopg.Cursor[Any] | Portions:
        """Runs one of the store's statements. What may read all rows of a table gives them in portions."""
        statement, values = translated(sql, parameters)
        many = sql.startswith("SELECT") and (not parameters or " ORDER BY " in sql)
        if many and self.in_transaction and not sql.startswith(_FIGURES):
            return Portions(self, f"portions_{next(self._names)}", statement, values)
        return self.run(statement, values)

    def run(self, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """Runs a statement of PostgreSQL's own, whose values stand at %s."""
        cursor = self._server.cursor(binary=True)
        cursor.execute(statement.encode(), values or None)
        self._count(cursor)
        return cursor

    def script(self, statements: str) -> None:
        """Runs several statements of PostgreSQL's own, without values."""
        self._server.execute(statements.encode())

    def may(self, statement: str) -> bool:
        """Runs a statement, and gives whether the server allowed it; if not, the transaction is lost."""
        from psycopg.errors import InsufficientPrivilege

        with suppress(InsufficientPrivilege):
            self.script(statement)
            return True
        return False

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> psycopg.Cursor[Any]:
        """Runs a statement once for each row of values, none of which is a list."""
        cursor = self._server.cursor(binary=True)
        cursor.executemany(sql.replace("?", "%s").encode(), parameters)
        self._count(cursor)
        return cursor

    def copy(self, table: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Appends rows to a table, the fastest way."""
        with self._server.cursor().copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)

    def learn_vectors(self) -> None:
        """Has vectors read as bytes of little-endian float32, and `Vector`s written."""
        from psycopg.types import TypeInfo

        info = TypeInfo.fetch(self._server, "vector")
        if info is not None:
            info.register(self._server)
            _register(self._server, info.oid)

    def close(self) -> None:
        """Closes it; doing it twice is fine."""
        if server := getattr(self, "_server", None):
            server.close()

    def _count(self, cursor: psycopg.Cursor[Any]) -> None:
        if cursor.description is None:
            self.total_changes += max(cursor.rowcount, 0)


class Portions:
    """The rows of a statement that reads a whole table, some hundreds in memory at a time; within a transaction."""

    rowcount = -1

    def __init__(self, connection: Connection, name: str, statement: str, values: Sequence[Any]) -> None:
        self._connection = connection
        self._name = name
        connection.run(f"DECLARE {name} NO SCROLL CURSOR FOR {statement}", values)
        self._rows = self._fetched()

    def fetchone(self) -> Any:
        """The next row, None after the last one."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def _fetched(self) -> Iterator[Any]:
        while rows := self._connection.run(f"FETCH {PORTION} FROM {self._name}").fetchall():
            yield from rows
        self._connection.run(f"CLOSE {self._name}")


class Vector(bytes):
    """A vector as the store keeps it, little-endian float32, on its way into a column of vectors."""


@contextmanager
def answering(address: Address) -> Iterator[None]:
    """Turns errors of the server and of psycopg into FootnoteErrors that name the library's address."""
    driver = _psycopg()
    try:
        yield
    except driver.Error as error:
        raise _explained(error, address) from None


@contextmanager
def readable(address: Address) -> Iterator[None]:
    """Raises BadSetting for an address that libpq can't read."""
    try:
        yield
    except _psycopg().ProgrammingError as error:
        if error.sqlstate is not None:
            raise
        said = " ".join(str(error).split())[:200]
        raise BadSetting(
            f"the library's address {address} can't be read ({said}): write it as {FORM}"
        ) from None


def _explained(error: psycopg.Error, address: Address) -> FootnoteError:
    from psycopg import errors

    said = " ".join((error.diag.message_primary or str(error)).split())[:300]
    if isinstance(error, errors.DiskFull):
        return DiskFull(
            f"no room left on the disk of the server of {address}: free some; what was added is safe"
        )
    if isinstance(error, errors.IndexCorrupted | errors.DataCorrupted):
        return LibraryDamaged(f"the library at {address} is damaged ({said}): restore the server's backup")
    if isinstance(error, errors.DataError) and "NUL" in said:
        return BadDocument("a text holds the character NUL, which PostgreSQL can't keep: take it out")
    if isinstance(error, errors.ProgramLimitExceeded):
        return BadDocument(
            f"an id, a date, an address or the name of a file is too long for the server of {address} ({said}): "
            "shorten it to 2,000 bytes"
        )
    if error.sqlstate in _LIMITS:
        return FootnoteError(
            f"the server of {address} ended it before it was done ({said}): ask who looks after the server to allow "
            "more time"
        )
    if isinstance(error, errors.InsufficientPrivilege | errors.ReadOnlySqlTransaction):
        return FootnoteError(
            f"the server of {address} doesn't allow it ({said}): ask who looks after the server"
        )
    if isinstance(error, errors.UndefinedTable | errors.InvalidSchemaName | errors.UndefinedColumn):
        return missing(address)
    if isinstance(error, errors.OperationalError) and error.sqlstate in (None, "57P01", "57P02", "57P03"):
        return LibraryMissing(
            f"can't reach the library at {address} ({said}): check that the server runs and that the address is "
            f"right; make a database that isn't there with createdb {shlex.quote(address.name)}"
        )
    return FootnoteError(
        f"the server of {address} refused ({said}): try again; if it stays, see the server's log"
    )


def missing(address: Address) -> LibraryMissing:
    """The error for a database without a library."""
    return LibraryMissing(
        f"no library at {address}: make one with footnote add PATH... --library {address.quoted}"
    )


def _psycopg() -> Any:
    """psycopg. Raises BadSetting where it isn't installed."""
    try:
        import psycopg
    except ImportError as error:
        raise BadSetting(
            f"a library on a server needs psycopg ({error}): install it with pip install 'footnote-qa[postgres]'"
        ) from None
    return psycopg


def _register(server: psycopg.Connection[Any], oid: int) -> None:
    """Reads and writes vectors in pgvector's binary form: how long they are, and big-endian float32."""
    import numpy as np
    from psycopg.adapt import Dumper, Loader
    from psycopg.pq import Format

    class Read(Loader):
        format = Format.BINARY

        def load(self, data: Any) -> bytes:
            return np.frombuffer(bytes(data), dtype=">f4", offset=4).astype("<f4").tobytes()

    class Written(Dumper):
        format = Format.BINARY

        def dump(self, obj: Vector) -> bytes:
            values = np.frombuffer(obj, dtype="<f4")
            return struct.pack(">HH", len(values), 0) + values.astype(">f4").tobytes()

    Written.oid = oid
    server.adapters.register_loader(oid, Read)
    server.adapters.register_dumper(Vector, Written)
