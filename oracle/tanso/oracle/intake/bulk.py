"""Readings in bulk, past the object mapper: what a year of a thousand meters takes.

Statements are written once, with ? for a value; psycopg writes %s.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlmodel import Session

from tanso.oracle.store import copy_rows

_COLUMNS = ("business_id", "device", "quantity", "start", "end", "value", "unit", "file_id")
_KEY = "business_id = ? AND device = ? AND quantity = ?"
FETCHED = 10_000
_SHORT, _LOW = 18, 10**6
KEYS_AT_ONCE = 500
AT_ONCE = 1000
"""Rows per statement of SQLite: its program for more of them leaves the processor's caches."""

Key = tuple[str, str]
"""Device and quantity."""
Held = tuple[int, int, str, str]
"""Start, end, value and unit."""
StoredReading = tuple[str, str, int, int, str, str]
"""Device, quantity, start, end, value and unit of a reading."""
Row = tuple[str, str, str, int, int, str, str, int]
"""Business, device, quantity, start, end, value, unit, file: in the order of the columns."""


def insert_readings(session: Session, rows: Iterable[Row]) -> None:
    """Stores rows that were judged to be new, in the session's transaction."""
    connection = session.connection()
    if isinstance(connection.dialect, PGDialect):
        copy_rows(connection, "oracle_reading", _COLUMNS, rows)
        return
    # Many rows per statement: while SQLite works on one, Python reads the next chunk on the other core.
    coming = iter(rows)
    while some := tuple(islice(coming, AT_ONCE)):
        connection.exec_driver_sql(_inserting(len(some)), tuple(chain.from_iterable(some)))


@lru_cache(8)
def _inserting(count: int) -> str:
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * count)
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    return f"INSERT INTO oracle_reading ({columns}) VALUES {values}"  # noqa: S608 - constants


def held_between(
    session: Session, business_id: str, spans: Mapping[Key, tuple[int, int]]
) -> dict[Key, list[Held]]:
    """The readings that touch the span given for their device and quantity, in bulk."""
    found: dict[Key, list[Held]] = {}
    wanted = [(*key, *span) for key, span in spans.items()]
    for place in range(0, len(wanted), KEYS_AT_ONCE):
        some = wanted[place : place + KEYS_AT_ONCE]
        rows = _execute(
            session.connection(),
            _holding(len(some)),
            (*chain.from_iterable(some), business_id, business_id),
        ).all()
        for device, quantity, *held in rows:
            found.setdefault((device, quantity), []).append(tuple(held))
    return found


@lru_cache(8)
def _holding(count: int) -> str:
    wanted = ", ".join(["(?, ?, CAST(? AS BIGINT), CAST(? AS BIGINT))"] * count)
    # Held readings don't overlap, so of those that begin before the span only the last can reach into it.
    return (
        f"WITH wanted (device, quantity, first, last) AS (VALUES {wanted}) "  # noqa: S608 - constants
        'SELECT w.device, w.quantity, r.start, r."end", r.value, r.unit FROM wanted w JOIN oracle_reading r '
        "ON r.business_id = ? AND r.device = w.device AND r.quantity = w.quantity "
        'AND r.start < w.last AND r."end" > w.first AND r.start >= coalesce(('
        "SELECT max(p.start) FROM oracle_reading p WHERE p.business_id = ? AND p.device = w.device "
        "AND p.quantity = w.quantity AND p.start < w.first), w.first)"
    )


def sums_between(
    session: Session, business_id: str, key: Key, start: int, end: int
) -> Iterator[tuple[str, Fraction]]:
    """Unit and sum of values of the readings of a device and quantity that begin in [start, end), in parts.

    Exact: the database adds up whole numbers, digits without the point, apart by the number of decimals. Sums
    of the high and the low digits can't overflow; figures of more than 18 digits are added here.
    """
    connection = session.connection()
    point = "strpos" if isinstance(connection.dialect, PGDialect) else "instr"
    digits = "CAST(replace(value, '.', '') AS BIGINT)"
    where = f"FROM oracle_reading WHERE {_KEY} AND start >= ? AND start < ?"
    span = (business_id, *key, start, end)
    for unit, places, high, low in _execute(
        connection,
        f"SELECT unit, CASE {point}(value, '.') WHEN 0 THEN 0 ELSE length(value) - {point}(value, '.') END, "
        f"sum({digits} / {_LOW}), sum({digits} - {digits} / {_LOW} * {_LOW}) {where} "
        f"AND length(value) <= {_SHORT} GROUP BY 1, 2",
        span,
    ):
        yield unit, Fraction(int(high) * _LOW + int(low), 10**places)
    for unit, value in _execute(
        connection, f"SELECT unit, value {where} AND length(value) > {_SHORT}", span, yield_per=FETCHED
    ):
        yield unit, Fraction(value)


@contextmanager
def readings_between(
    session: Session, business_id: str, start: int, end: int
) -> Iterator[Iterator[StoredReading]]:
    """Readings that lie at least partly in [start, end), one by one, by device, quantity and time."""
    rows = _execute(
        session.connection(),
        'SELECT device, quantity, start, "end", value, unit FROM oracle_reading '
        'WHERE business_id = ? AND start < ? AND "end" > ? ORDER BY device, quantity, start',
        (business_id, end, start),
        yield_per=FETCHED,
    )
    try:
        yield rows
    finally:
        # Whoever stops half-way leaves no cursor open in the database.
        rows.close()


def count_between(session: Session, business_id: str, key: Key, start: int, end: int) -> int:
    """How many readings of a device and quantity begin in [start, end)."""
    query = f"SELECT count(*) FROM oracle_reading WHERE {_KEY} AND start >= ? AND start < ?"  # noqa: S608 - constants
    found = _execute(session.connection(), query, (business_id, *key, start, end))
    return int(found.scalar_one())


def learn(session: Session) -> None:
    """After many new readings: PostgreSQL finds them by device once it knows how many devices there are."""
    if isinstance(session.connection().dialect, PGDialect):
        _execute(session.connection(), "ANALYZE oracle_reading", ())


def one_writer(session: Session, business_id: str) -> None:
    """Holds off other intakes and closings of the business until the transaction ends.

    Each must see the others' readings, and which periods are closed: take it before looking at either.

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
