"""The readings of a period as evidence leaves: totals per device, quantity and day, and their gaps.

Readings go by one at a time, in order, and leave nothing but the totals of their days: a month of a thousand
meters is closed in the memory of its leaves.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import MissingReadings, ReadingStraddlesPeriod
from tanso.oracle.evidence import Leaf
from tanso.oracle.evidence.leaves import reading_leaf
from tanso.oracle.intake.bulk import StoredReading
from tanso.oracle.intake.times import zone_of
from tanso.oracle.sites import Source
from tanso.oracle.units import decimal_text, magnitude, quantity_of

DeviceId = Callable[[str], str]
"""Hashed ID of a device's own name."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of the period for which a device gave no reading of a quantity."""

    device: str
    quantity: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DayTotal:
    """The readings of a device and quantity that begin on one day of the site's zone."""

    start: int
    """Unix seconds: the first reading's start."""
    end: int
    """The last reading's end."""
    value: str
    """Exact decimal."""
    unit: str
    count: int
    covered_s: int
    rows_hash: str
    """Of the canonical JSON of all rows, each [start, end, value, unit], in order of time."""


@dataclass(frozen=True, slots=True)
class PeriodData:
    """The readings that a period's figures rest on."""

    start: int
    end: int
    days: Mapping[Source, Sequence[DayTotal]]
    """In order of time."""
    missing: Sequence[Gap]

    def leaves(self, device_id: DeviceId) -> list[Leaf]:
        """One reading leaf per device, quantity and day."""
        return [
            reading_leaf(
                device_id(device),
                quantity,
                day.start,
                day.end,
                value=day.value,
                unit=day.unit,
                count=day.count,
                covered_s=day.covered_s,
                rows_hash=day.rows_hash,
            )
            for (device, quantity), days in sorted(self.days.items())
            for day in days
        ]

    def gaps(self) -> list[Gap]:
        """Where readings are missing, in order; an interval counts as covered from its start to its end."""
        return sorted(self.missing, key=lambda gap: (gap.device, gap.quantity, gap.start))


def select_readings(
    rows: Iterable[StoredReading], sources: Collection[Source], start: int, end: int, zone: str
) -> tuple[PeriodData, list[Source]]:
    """Totals per day of `zone` of these sources in [start, end), and the sources of the other readings there.

    `rows` come in order of device, quantity and time. Raises MissingReadings or ReadingStraddlesPeriod.
    """
    days: dict[Source, list[DayTotal]] = {}
    gaps: list[Gap] = []
    others: set[Source] = set()
    clock = zone_of(zone)
    for source, found in groupby(rows, key=itemgetter(0, 1)):
        if source not in sources:
            others.add(source)
            continue
        days[source] = _days(source, found, start, end, clock, gaps)
    for device, quantity in sorted(set(sources) - days.keys()):
        raise MissingReadings(
            f"There is no reading of {quantity} of {device} in the period.",
            hint="Ingest it first; equipment that did not run has a reading of zero.",
        )
    return PeriodData(start, end, days, gaps), sorted(others)


def _days(
    source: Source, rows: Iterable[StoredReading], start: int, end: int, zone: tzinfo, gaps: list[Gap]
) -> list[DayTotal]:
    found: list[DayTotal] = []
    day, day_ends, reached = _Day(), 0, start
    for _, _, begins, ends, value, unit in rows:
        if begins < start or ends > end:
            raise ReadingStraddlesPeriod(
                f"A reading of {source[1]} of {source[0]} lies only partly in the period.",
                hint="Choose a period whose ends are ends of readings.",
            )
        if begins >= day_ends:
            if day.count:
                found.append(day.total())
            day, day_ends = _Day(), next_day(begins, zone)
        if begins > reached:
            gaps.append(Gap(*source, reached, begins))
        reached = ends
        day.add(begins, ends, value, unit)
    found.append(day.total())
    if reached < end:
        gaps.append(Gap(*source, reached, end))
    return found


@lru_cache(4096)
def next_day(seconds: int, zone: tzinfo) -> int:
    """When the local day of an instant ends; a day has 23 to 25 hours where clocks are turned."""
    after = datetime.fromtimestamp(seconds, zone).date() + timedelta(days=1)
    # A midnight that the clocks skip stands for the instant from which the new day counts.
    return int(datetime.combine(after, time(), zone).timestamp())


class _Day:
    """Adds up rows as they go by."""

    def __init__(self) -> None:
        self.count, self._covered_s, self._start, self._end = 0, 0, 0, 0
        self._rows: list[str] = []
        # Whole numbers by unit and number of decimals: no fraction is made for a row.
        self._sums: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, start: int, end: int, value: str, unit: str) -> None:
        whole, _, decimals = value.partition(".")
        self._sums[unit][len(decimals)] += int(whole + decimals)
        self._rows.append(f'[{start},{end},"{value}",{_quoted(unit)}]')
        self._start = self._start if self.count else start
        self._end = end
        self._covered_s += end - start
        self.count += 1

    def total(self) -> DayTotal:
        value, unit = _total(
            {
                unit: sum((Fraction(digits, 10**places) for places, digits in by_places.items()), Fraction(0))
                for unit, by_places in self._sums.items()
            }
        )
        return DayTotal(
            start=self._start,
            end=self._end,
            value=value,
            unit=unit,
            count=self.count,
            covered_s=self._covered_s,
            rows_hash=content_hash(f"[{','.join(self._rows)}]".encode()),
        )


@lru_cache(1024)
def _quoted(unit: str) -> str:
    return json.dumps(unit, ensure_ascii=False)


def _total(sums: Mapping[str, Fraction]) -> tuple[str, str]:
    if len(sums) == 1:
        ((unit, only),) = sums.items()
        value = decimal_text(only)
    else:
        # Units differ: add up in the unit without prefixes, in which decimals stay decimals.
        parts = [quantity_of(amount, unit) for unit, amount in sums.items()]
        unit = f"{parts[0].to_root_units().units:~}"
        value = decimal_text(sum((magnitude(part, unit, "reading") for part in parts), Fraction(0)))
    assert value is not None  # decimals sum to a decimal
    return value, unit
