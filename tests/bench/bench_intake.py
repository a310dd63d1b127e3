"""How many readings a second go in: `make bench`. Not a test: a busy machine is slow, not wrong.

Prints what intake takes through a file into durable storage, and what the database alone takes in the same
run: the same rows in bulk, in one transaction, with no question asked.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from tanso.oracle.intake import IntakeFile, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.bulk import insert_readings
from tanso.oracle.store import create_tables, open_store, reading, writing

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


def store_in(folder: Path, name: str) -> Engine:
    engine = open_store(f"sqlite:///{folder / name}.db")
    create_tables(engine)
    return engine


def intake(folder: Path, number: int) -> tuple[float, Engine]:
    """Readings per second from the file to the durable store."""
    engine = store_in(folder, f"intake{number}")
    began = time.perf_counter()
    result = backfill(engine, BUSINESS, folder / "export.csv", LAYOUT)
    took = time.perf_counter() - began
    assert result.accepted == ROWS
    return ROWS / took, engine


def alone(folder: Path, number: int, filled: Engine) -> float:
    """Readings per second of the bare database: the same rows, read back beforehand."""
    with reading(filled) as session:
        query = f"SELECT {COLUMNS} FROM oracle_reading ORDER BY id"
        rows = [tuple(row) for row in session.connection().exec_driver_sql(query)]
    engine = store_in(folder, f"bare{number}")
    with writing(engine) as session:
        session.add(
            IntakeFile(business_id=BUSINESS, name="", file_hash="", layout_hash="", layout="", taken_at=0)
        )
    began = time.perf_counter()
    with writing(engine) as session:
        insert_readings(session, rows)  # type: ignore[arg-type]
    took = time.perf_counter() - began
    engine.dispose()
    filled.dispose()
    return ROWS / took


def main() -> None:
    """The best of some rounds each, as other programs on the machine only ever slow things down."""
    taken, bare = [], []
    with tempfile.TemporaryDirectory(prefix="tanso-bench-") as temporary:
        folder = Path(temporary)
        export(folder / "export.csv")
        for number in range(ROUNDS):
            rate, engine = intake(folder, number)
            taken.append(rate)
            bare.append(alone(folder, number, engine))
    share = max(taken) / max(bare)
    print(f"intake through a file    {max(taken):>9,.0f} readings/s (at least 20,000 are wanted)")
    print(f"the database alone       {max(bare):>9,.0f} readings/s")
    print(f"share                    {share:>9.0%} (at least 50 % is wanted)")
    sys.exit(max(taken) < 20_000 or share < 0.5)


if __name__ == "__main__":
    main()
