"""Makes the two derived sample files from the original data sets, which are not part of this project.

    python scripts/make_samples.py FOLDER [--into samples]

FOLDER holds steel_industry.csv (UCI Machine Learning Repository 851) and serf_east_15min_ac_power.csv (from
the Python package pvanalytics). Sources, licences and what is derived: samples/README.md.
"""

import argparse
import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

STEEL_ORIGINAL = "steel_industry.csv"
SOLAR_ORIGINAL = "serf_east_15min_ac_power.csv"
STEEL_SAMPLE = "steel-works-2018-daily.csv"
SOLAR_SAMPLE = "solar-roof-2016-daily.csv"

QUARTER = timedelta(minutes=15)
QUARTERS_PER_DAY = 96


def steel_days(path: Path) -> Iterator[tuple[date, Decimal]]:
    """Days of 2018 and their kWh.

    The time is built from row order, because the row of 00:00 closes its day but carries that day's date.
    Every row's date and clock time is checked against it.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) != 365 * QUARTERS_PER_DAY:
        raise SystemExit(f"{path.name} has {len(rows)} rows, {365 * QUARTERS_PER_DAY} were expected.")
    totals: dict[date, Decimal] = {}
    start = datetime(2018, 1, 1)  # noqa: DTZ001 - local time of the works, whose zone has no summer time
    for row in rows:
        shown = datetime.strptime(row["date"], "%d/%m/%Y %H:%M")  # noqa: DTZ007
        if (shown.date(), shown.time()) != (start.date(), (start + QUARTER).time()):
            raise SystemExit(f"{path.name}: the row {row['date']} does not stand where {start} is expected.")
        totals[start.date()] = totals.get(start.date(), Decimal(0)) + Decimal(row["Usage_kWh"])
        start += QUARTER
    yield from totals.items()


def solar_days(path: Path) -> Iterator[tuple[datetime, datetime, Decimal, Decimal]]:
    """Start, end, generated Wh and own consumption Wh per day.

    The source gives W averaged over 15 minutes, so a row is W/4 in Wh, exactly. Figures below zero are what
    the installation itself draws at night; they are summed apart. The last day ends where the data ends.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (datetime.fromisoformat(row["measured_on"]), Decimal(row["ac_power"]))
            for row in csv.DictReader(file)
        ]
    for before, after in pairwise(rows):
        if after[0] - before[0] != QUARTER:
            raise SystemExit(f"{path.name}: no row follows {before[0]} after 15 minutes.")
    days: dict[date, list[tuple[datetime, Decimal]]] = {}
    for at, watts in rows:
        days.setdefault(at.date(), []).append((at, watts / 4))
    for day in days.values():
        generated = sum((energy for _, energy in day if energy > 0), Decimal(0))
        own = -sum((energy for _, energy in day if energy < 0), Decimal(0))
        yield (
            datetime.combine(day[0][0].date(), time(), day[0][0].tzinfo),
            day[-1][0] + QUARTER,
            generated,
            own,
        )


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """Writes a CSV file with plain line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the two original files are")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent.parent / "samples")
    arguments = parser.parse_args()
    steel = [[str(day), f"{kwh:f}"] for day, kwh in steel_days(arguments.folder / STEEL_ORIGINAL)]
    write(arguments.into / STEEL_SAMPLE, ["date", "electricity_kWh"], steel)
    solar = [
        [start.isoformat(), end.isoformat(), f"{generated.normalize():f}", f"{own.normalize():f}"]
        for start, end, generated, own in solar_days(arguments.folder / SOLAR_ORIGINAL)
    ]
    write(arguments.into / SOLAR_SAMPLE, ["start", "end", "generated_Wh", "own_consumption_Wh"], solar)


if __name__ == "__main__":
    main()
