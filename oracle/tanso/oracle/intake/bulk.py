"""Readings in bulk, past the object mapper: what a year of a thousand meters takes.

Statements are written once, with ? for a value; psycopg writes %s.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlmodel import Session

_COLUMNS = 'business_id, device, quantity, start, "end", value, unit, file_id'
_KEY = "business_id = ? AND device = ? AND quantity = ?"
FETCHED = 10_000

Row = tuple[str, str, str, int, int, str, str, int]
"""Business, device, quantity, start, end, value, unit, file: in the order of the columns."""


def insert_readings(session: Session, rows: Sequence[Row]) -> None:
    """Stores rows that were judged to be new, in the session's transaction."""
    if not rows:
        return
    connection = session.connection()
    if isinstance(connection.dialect, PGDialect):
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY oracle_reading ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        connection.exec_driver_sql(
            f"INSERT INTO oracle_reading ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
            list(rows),
        )


def held_between(
    session: Session, business_id: str, key: tuple[str, str], start: int, end: int
) -> Sequence[tuple[int, int, str, str]]:
    """Start, end, value and unit of the readings of a device and quantity that touch [start, end).

    Held readings don't overlap, so of those that begin before `start` only the last can reach into it.
    """
    found: Sequence[tuple[int, int, str, str]] = _execute(
        session.connection(),
        f'SELECT start, "end", value, unit FROM oracle_reading WHERE {_KEY} AND start < ? AND start >= '  # noqa: S608
        f"coalesce((SELECT max(start) FROM oracle_reading WHERE {_KEY} AND start < ?), ?)",
        (business_id, *key, end, business_id, *key, start, start),
    ).all()
    return found


def values_between(
    session: Session, business_id: str, key: tuple[str, str], start: int, end: int
) -> Iterator[tuple[str, str]]:
    """Value and unit of every reading of a device and quantity that begins in [start, end)."""
    found = _execute(
        session.connection(),
        f"SELECT value, unit FROM oracle_reading WHERE {_KEY} AND start >= ? AND start < ?",  # noqa: S608
        (business_id, *key, start, end),
        yield_per=FETCHED,
    )
    yield from found


def one_writer(session: Session, business_id: str) -> None:
    """Holds off other intakes of the business until the transaction ends: each must see the other's readings.

    SQLite has one writer at a time by itself.
    """
    connection = session.connection()
    if isinstance(connection.dialect, PGDialect):
        number = int.from_bytes(hashlib.sha256(business_id.encode()).digest()[:8], "big", signed=True)
        _execute(connection, "SELECT pg_advisory_xact_lock(?)", (number,))


def _execute(connection: Connection, statement: str, values: tuple[Any, ...], **options: Any) -> Any:
    if isinstance(connection.dialect, PGDialect):
        statement = statement.replace("?", "%s")
    return connection.exec_driver_sql(statement, values, execution_options=options or None)


def rows_of(business_id: str, file_id: int, found: Iterable[Any]) -> list[Row]:
    """Candidates as rows of the table."""
    return [
        (business_id, one.device, one.quantity, one.start, one.end, one.value, one.unit, file_id)
        for one in found
    ]
