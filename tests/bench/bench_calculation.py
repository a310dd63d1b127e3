"""How long a year of half-hours of 1,000 meters takes: `make bench`.

Not a test: a busy machine is slow, not wrong. Prints, beside each other and measured in the same run:

- computing the intensities of 500 machines in each of 17,520 half-hours, exactly, and the bare sum of the
  same arrays;
- reading what is stored into such arrays, and reading it for the evidence of a report (totals per day, hash
  of rows), beside what SQL alone takes to add up the same rows. A week is stored for that.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from tanso.oracle.calculation.calendar import Granularity, boundaries
from tanso.oracle.calculation.intervals import EnergySeries, EquipmentSeries, calculate_intervals
from tanso.oracle.calculation.whole import Amounts
from tanso.oracle.figures.columns import read_columns
from tanso.oracle.intake import IntakeFile, readings_between
from tanso.oracle.intake.bulk import insert_readings
from tanso.oracle.intake.times import zone_of
from tanso.oracle.period_data import select_readings
from tanso.oracle.sites import Source
from tanso.oracle.store import create_tables, open_store, reading, writing
from tanso.oracle.units import parse_factor, parse_quantity, quantity_of

MACHINES, HALF_HOURS, STEP = 500, 17_520, 1800
METERED = MACHINES - 2
"""All but two machines have a meter of their own: with clocks and the site's two meters, 1,000 series."""
BUSINESS, WEEK, ZONE = "0x" + "ab" * 16, 7 * 86_400, "+09:00"
START = 1_609_426_800
WANTED_S = 30


def seconds(what: Callable[[], object]) -> float:
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def year() -> tuple[list[EnergySeries], list[EquipmentSeries]]:
    """Half-hours of whole minutes, watt-hours and litres, as meters count them; the same in every run."""
    numbers = np.random.default_rng(4)
    site = numbers.integers(1, 10**6, HALF_HOURS)
    machines = []
    for place in range(MACHINES):
        ran = Amounts(numbers.integers(1, 31, HALF_HOURS), quantity_of(1, "min"))
        if place < METERED:
            used = numbers.integers(0, 10**5, HALF_HOURS)
            site += used
            own = {"electricity": Amounts(used, quantity_of(1, "Wh"))}
            machines.append(EquipmentSeries(f"machine {place}", ran, metered=own))
        else:
            rated = {"electricity": parse_quantity(f"{place}.5 kW", "rated")}
            rated["gas"] = parse_quantity("3 m3/min", "rated")
            machines.append(EquipmentSeries(f"machine {place}", ran, performance=rated))
    litres = Amounts(numbers.integers(0, 10**6, HALF_HOURS), quantity_of(Fraction(1, 1000), "Nm3"))
    power, gas = parse_factor("0.452 kg/kWh", "power"), parse_factor("2.234 t/thousand Nm3", "gas")
    return [
        EnergySeries("electricity", power, Amounts(site, quantity_of(1, "Wh"))),
        EnergySeries("gas", gas, litres),
    ], machines


def bare_sum(energies: list[EnergySeries], machines: list[EquipmentSeries]) -> int:
    arrays = [use.consumption.numbers for use in energies if use.consumption is not None]
    arrays += [machine.activity.numbers for machine in machines]
    arrays += [amount.numbers for machine in machines for amount in machine.metered.values()]
    return sum(int(array.sum()) for array in arrays)


def series() -> list[tuple[Source, str]]:
    """Who measures what, in which unit: as many as in the year above."""
    found = [((f"clock {place}", "operating time"), "min") for place in range(MACHINES)]
    found += [((f"meter {place}", "electricity"), "kWh") for place in range(METERED)]
    return [*found, (("main", "electricity"), "kWh"), (("gas", "distributed gas"), "Nm3")]


def week(folder: Path) -> Engine:
    """A week in a store, in the order in which readings come."""
    engine = open_store(f"sqlite:///{folder / 'week.db'}")
    create_tables(engine)
    file = IntakeFile(business_id=BUSINESS, name="", file_hash="", layout_hash="", layout="", taken_at=0)
    with writing(engine) as session:
        session.add(file)
    for start, end in pairwise(range(START, START + WEEK + 1, STEP)):
        rows = [
            (BUSINESS, *source, start, end, f"{(place * start) % 30_000 / 1000}", unit, file.id or 0)
            for place, (source, unit) in enumerate(series())
        ]
        with writing(engine) as session:
            insert_readings(session, rows)
    return engine


def stored(engine: Engine) -> Iterator[tuple[str, float]]:
    """Seconds for each way of going through the stored week."""
    sources = {source for source, _ in series()}
    bounds = boundaries(START, START + WEEK, Granularity.HALF_HOUR, zone_of(ZONE))
    with reading(engine) as session:
        sql = "SELECT sum(CAST(replace(value, '.', '') AS INTEGER)) FROM oracle_reading"
        bare = lambda: session.connection().exec_driver_sql(sql).scalar_one()  # noqa: E731
        yield "a sum in SQL alone", seconds(bare)
        yield "read into arrays", seconds(lambda: read_columns(session, BUSINESS, sources, bounds))

        def close() -> None:
            with readings_between(session, BUSINESS, START, START + WEEK) as rows:
                select_readings(rows, sources, START, START + WEEK, ZONE)

        yield "read as evidence", seconds(close)


def main() -> None:
    """Computing a year is to take seconds, not minutes."""
    energies, machines = year()
    readings = HALF_HOURS * len(series())
    took = seconds(lambda: calculate_intervals(energies, machines, HALF_HOURS))
    bare = seconds(lambda: bare_sum(energies, machines))
    print(f"a year of half-hours, {len(series()):,} series: {readings:,} readings")
    print(f"  intensities computed   {took:>9.2f} s (less than {WANTED_S} s is wanted)")
    print(f"  the same arrays summed {bare:>9.2f} s")
    with tempfile.TemporaryDirectory(prefix="tanso-bench-") as temporary:
        engine = week(Path(temporary))
        count = WEEK // STEP * len(series())
        print(f"a week of them out of the store: {count:,} readings")
        for name, needed in stored(engine):
            print(f"  {name:<22} {needed:>9.2f} s {count / needed:>12,.0f} readings/s")
        engine.dispose()
    sys.exit(took > WANTED_S)


if __name__ == "__main__":
    main()
