"""Which version a database's tables are of, and how they come to be this version's.

A new database gets today's tables at once, and with them the mark of the newest revision, as if all revisions
had been gone through: tests hold both ways against each other. The mark is Alembic's own table.

    prepare(engine)     at the start of everything that uses a node's database: new ones are filled, others
                        must be of this version
    upgrade(engine)     brings one of an earlier version up to date, in one transaction

Alembic is imported only where revisions are gone through: a start need not wait for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect
from sqlalchemy.dialects.postgresql.base import PGDialect

from tanso.oracle.store import alone, reading, writing
from tanso.platform.database.errors import (
    DatabaseIncomplete,
    DatabaseOutdated,
    DatabaseTooNew,
    SchemaError,
)
from tanso.platform.database.tables import METADATA

MIGRATIONS: Final = Path(__file__).parent / "migrations"
REVISIONS: Final = tuple(sorted(file.stem[1:5] for file in (MIGRATIONS / "versions").glob("r*.py")))
"""All revisions, the first one first, by the names of their files."""

_STAMP: Final = Table(
    "alembic_version", MetaData(), Column("version_num", String(32), primary_key=True, nullable=False)
)


class State(StrEnum):
    """What a database is, to this version of Tanso."""

    EMPTY = "empty"
    """None of our tables are there."""
    CURRENT = "current"
    OUTDATED = "outdated"
    TOO_NEW = "too new"
    UNMARKED = "unmarked"
    """Our tables are there and no mark: made before there were revisions."""
    INCOMPLETE = "incomplete"
    """The newest revision's mark is there, but not all of its tables."""


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """The state of a database's tables.

    `revision` is its mark, None without one; `newest` this version's; `missing` are tables that the mark
    promises.
    """

    state: State
    revision: str | None
    newest: str
    missing: tuple[str, ...] = ()


def status_of(engine: Engine) -> DatabaseStatus:
    """The state of a database's tables."""
    with reading(engine) as session:
        return _look(session.connection())


def prepare(engine: Engine) -> None:
    """Fills a new database with this version's tables; any other must have them.

    Safe in several processes at a time.

    :raises SchemaError: when the tables are not this version's; its hint says what to do.
    """
    found = status_of(engine)
    if found.state is State.EMPTY:
        with writing(engine) as session:
            alone(session)
            if (found := _look(session.connection())).state is State.EMPTY:
                _create(session.connection())
                return
    _refuse(found)


def upgrade(engine: Engine, told: Callable[[str], None] = lambda _: None) -> DatabaseStatus:
    """Brings the tables up to date, all revisions in one transaction; gives the state before.

    A database from before there were revisions is marked, if its tables are this version's. No other process
    may use the database meanwhile.

    :param told: called with each revision before it is gone through.
    :raises SchemaError: when this version can't bring the tables up to date; nothing is changed.
    """
    with _exclusively(engine) as connection:
        before = _look(connection)
        if before.state is State.EMPTY:
            _create(connection)
        elif before.state is State.OUTDATED:
            from tanso.platform.database.revisions import go_through

            go_through(connection, told)
        elif before.state is State.UNMARKED:
            _adopt(connection)
        _refuse(_look(connection))
    return before


def _look(connection: Connection) -> DatabaseStatus:
    there = set(inspect(connection).get_table_names())
    revision = None
    if _STAMP.name in there:
        revision = connection.execute(_STAMP.select()).scalars().one_or_none()
    missing = tuple(sorted(set(METADATA.tables) - there))
    if revision is None:
        state = State.EMPTY if len(missing) == len(METADATA.tables) else State.UNMARKED
    elif revision not in REVISIONS:
        state = State.TOO_NEW
    elif revision != REVISIONS[-1]:
        state = State.OUTDATED
    else:
        state = State.INCOMPLETE if missing else State.CURRENT
    return DatabaseStatus(state, revision, REVISIONS[-1], missing if state is State.INCOMPLETE else ())


def _create(connection: Connection) -> None:
    METADATA.create_all(connection)
    _mark(connection)


def _mark(connection: Connection) -> None:
    _STAMP.create(connection, checkfirst=True)
    connection.execute(_STAMP.insert().values(version_num=REVISIONS[-1]))


def _adopt(connection: Connection) -> None:
    from tanso.platform.database.revisions import differences

    if found := differences(connection):
        raise DatabaseIncomplete(
            f"The database was made before its tables had versions, and differs from this one's in: "
            f"{', '.join(found)}.",
            hint="Keep it, and begin with a new one: the read model is filled from the chain again, readings "
            "with `tanso oracle backfill`.",
        )
    _mark(connection)


def advice(found: DatabaseStatus) -> SchemaError | None:
    """Why a node can't start with such a database, and what to do; None if it can."""
    match found.state:
        case State.OUTDATED:
            return DatabaseOutdated(
                f"The database's tables are of revision {found.revision}, this version's of {found.newest}.",
                hint="Stop what uses the database, make a copy of it, and run `tanso database upgrade`.",
            )
        case State.UNMARKED:
            return DatabaseIncomplete(
                "The database was made before its tables had versions.",
                hint="Make a copy of it and run `tanso database upgrade`, which marks it if its tables fit.",
            )
        case State.TOO_NEW:
            return DatabaseTooNew(
                f"The database's tables are of revision {found.revision}, which this version does not know; "
                f"its newest is {found.newest}.",
                hint="Use the version of Tanso that the database was used with last, or a later one.",
            )
        case State.INCOMPLETE:
            return DatabaseIncomplete(
                f"The database lacks tables of its revision {found.revision}: {', '.join(found.missing)}.",
                hint="Go back to a copy of it that is whole.",
            )
        case _:
            return None


def _refuse(found: DatabaseStatus) -> None:
    if (error := advice(found)) is not None:
        raise error


@contextmanager
def _exclusively(engine: Engine) -> Iterator[Connection]:
    """One transaction in which tables may be remade: SQLite checks foreign keys at its end alone."""
    if isinstance(engine.dialect, PGDialect):
        with writing(engine) as session:
            alone(session)
            yield session.connection()
        return
    with engine.connect() as plain:
        # Within a transaction this does nothing, so it comes before.
        driver = plain.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with writing(plain) as session:
                yield session.connection()
                broken = session.connection().exec_driver_sql("PRAGMA foreign_key_check").all()
                if broken:
                    raise SchemaError(
                        f"Rows of {broken[0][0]} name rows of {broken[0][2]} that are not there.",
                        hint="Nothing was changed. Go back to a copy of the database that is whole.",
                    )
        finally:
            driver.execute("PRAGMA foreign_keys = ON")
