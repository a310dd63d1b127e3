"""One database per node, by URL: SQLite (a file) or PostgreSQL.

    engine = open_store("sqlite:///tanso.db")            # or "postgresql+psycopg://user@host/tanso"
    create_tables(engine)
    with writing(engine) as session: ...                 # one transaction, committed at the end
    with reading(engine) as session: ...                 # one snapshot, refuses writes
    with together(engine): ...                           # all of these in the block are one transaction

Both engines behave alike here: a writing session sees the newest state and holds off other writers of the
same rows (SQLite: all writers, BEGIN IMMEDIATE); a reading session sees one snapshot. A plain
`Session(engine)` works too, but on SQLite it can fail with "database is locked" when it turns from reading to
writing.

Times are whole Unix seconds, UTC (`utc_now`); PostgreSQL sessions run in the time zone UTC.

Errors: StoreError.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import NUMERIC, Connection, Engine, String, event, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel, create_engine

from tanso.contracts.errors import TansoError

BUSY_SECONDS = 30
"""How long a SQLite writer waits for another one before it gives up with "database is locked"."""

BIG_UINT_DIGITS = 39
"""Decimal digits of the largest unsigned 128-bit integer."""

OUTAGES = (OperationalError, InterfaceError, NoConnection)
"""The database does not answer, or can't now: worth trying again. Its other errors come again each time."""

_MODE = "tanso_mode"
_TABLES_LOCK = 0x7A6E736F
_AROUND: ContextVar[tuple[Engine, Session] | None] = ContextVar("tanso_transaction", default=None)
"""The transaction that is around all others of this thread's block, with the engine it is of."""


class StoreError(TansoError):
    """The database URL can't be used, or a value does not fit its column."""


def open_store(url: str) -> Engine:
    """Opens the database named by `url`: `sqlite:///file` or `postgresql[+psycopg]://…`.

    Nothing is created but the SQLite file's folder. Raises StoreError for any other kind of URL.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("the database URL can't be read: give sqlite:///FILE or postgresql://…") from error
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={"options": "-c timezone=utc"},
            pool_pre_ping=True,
        )
    raise StoreError(
        f"no support for the database {parsed.get_backend_name()!r}: give sqlite:///FILE or postgresql://…"
    )


def create_tables(engine: Engine) -> None:
    """Creates every table of the SQLModel classes imported so far, unless it is there.

    Safe in several processes at a time.
    """
    with writing(engine) as session:
        alone(session)
        SQLModel.metadata.create_all(session.connection())


def alone(session: Session) -> None:
    """Holds off others that make or change tables until the writing session's transaction ends.

    SQLite has one writer at a time by itself.
    """
    if isinstance(session.connection().dialect, PGDialect):
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TABLES_LOCK})


@contextmanager
def writing(engine: Engine | Connection) -> Iterator[Session]:
    """A session in one transaction that commits at the end, or rolls back if the block raises.

    Objects stay readable after the commit. Within `together` it is a part of that one transaction, and what
    it did is gone by itself if it raises.
    """
    if (around := _around(engine)) is not None:
        with around.begin_nested():
            yield around
        return
    with Session(engine.execution_options(**{_MODE: "write"}), expire_on_commit=False) as session:
        # Begin now, not at the first statement: on SQLite this is where a writer waits its turn.
        session.connection()
        yield session
        session.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one snapshot of the database and can't write.

    Within `together` it sees what was done there so far.
    """
    if (around := _around(engine)) is not None:
        around.flush()
        with around.no_autoflush:
            yield around
        return
    options: dict[str, Any] = {_MODE: "read"}
    if isinstance(engine.dialect, PGDialect):
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with Session(engine.execution_options(**options), expire_on_commit=False, autoflush=False) as session:
        yield session


@contextmanager
def together(engine: Engine) -> Iterator[Session]:
    """Makes every `writing` and `reading` of the block, in this thread, one transaction: all or nothing.

    Nothing in the block may wait for others to see what it wrote.
    """
    with writing(engine) as session:
        token = _AROUND.set((engine, session))
        try:
            yield session
        finally:
            _AROUND.reset(token)


def copy_rows(
    connection: Connection, table: str, columns: Iterable[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Puts rows into a table of PostgreSQL, many times quicker than by INSERT.

    It goes past SQLAlchemy, and fails as that does: OUTAGES are what they are everywhere.
    """
    dialect = connection.dialect
    quoted = ", ".join(map(dialect.identifier_preparer.quote, columns))
    statement = f"COPY {table} ({quoted}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    base = dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except base as error:
        raise DBAPIError.instance(statement, None, error, base, dialect=dialect) from error


def _around(engine: Engine | Connection) -> Session | None:
    found = _AROUND.get()
    return found[1] if found is not None and found[0] is engine else None


def utc_now() -> int:
    """The time in whole Unix seconds, UTC."""
    return int(time.time())


class BigUint(TypeDecorator[int]):
    """A column for integers from 0 to 10^39 − 1, wide enough for 128 bits, where BIGINT ends at 2^63 − 1.

    PostgreSQL: NUMERIC(39, 0). SQLite: text of 39 digits with leading zeros, so that comparing and sorting
    work; `exact_sum` adds such values up.
    """

    impl = String(BIG_UINT_DIGITS)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(NUMERIC(BIG_UINT_DIGITS, 0))
        return dialect.type_descriptor(String(BIG_UINT_DIGITS))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> str | Decimal | None:
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise StoreError(f"a whole number is needed here, not {value!r}")
        if not 0 <= value < 10**BIG_UINT_DIGITS:
            raise StoreError(f"{value} is not between 0 and 10^{BIG_UINT_DIGITS} - 1")
        return Decimal(value) if dialect.name == "postgresql" else f"{value:0{BIG_UINT_DIGITS}d}"

    def process_result_value(self, value: str | Decimal | None, dialect: Dialect) -> int | None:
        del dialect  # both kinds of value turn into an int in the same way
        return _whole(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], int | None]:
        """The same without the two calls around it, as it is done for each of thousands of values."""
        del dialect, coltype
        return _whole


def _whole(value: str | Decimal | None) -> int | None:
    return None if value is None else int(value)


class exact_sum(GenericFunction[int]):  # noqa: N801 - it stands in queries like SQL's own functions
    """The sum of a `BigUint` column, exact; None over no rows, as SQL has it.

    SQL's own `sum` is exact for PostgreSQL's NUMERIC; of SQLite's text it would make floats.
    """

    name = "exact_sum"
    type = BigUint()
    inherit_cache = True


@compiles(exact_sum, "postgresql")
def _sum_of_numeric(element: exact_sum, compiler: SQLCompiler, **options: Any) -> str:
    return f"sum({compiler.process(element.clauses, **options)})"


class _SumOfText:
    """`exact_sum` of SQLite: an aggregate in Python's integers."""

    def __init__(self) -> None:
        self._sum: int | None = None

    def step(self, value: str | None) -> None:
        if value is not None:
            self._sum = (self._sum or 0) + int(value)

    def finalize(self) -> str | None:
        return None if self._sum is None else str(self._sum)


def _open_sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise StoreError(
            "a SQLite database in memory can't be shared by several sessions: name a file, sqlite:///FILE"
        )
    assert url.database is not None
    Path(url.database).expanduser().resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    # Python's sqlite3 must not begin transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # With WAL, FULL makes each commit survive a power cut: the outbox promises "stored before sent".
    connection.execute("PRAGMA synchronous = FULL")
    # A chunk of readings fits: pages that were written are not read again, and go into the file once.
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("PRAGMA wal_autocheckpoint = 10000")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is deleted, as an agreement's provider may demand, leaves no bytes in the file.
    connection.execute("PRAGMA secure_delete = ON")
    connection.create_aggregate("exact_sum", 1, _SumOfText)  # type: ignore[arg-type]  # typed for int alone


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_MODE)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(mode == 'read')}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if mode == "write" else "BEGIN")
