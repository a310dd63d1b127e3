"""The readings of a period as evidence leaves: totals per device, quantity and day, and their gaps."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import MissingReadings, ReadingStraddlesPeriod
from tanso.oracle.evidence import Leaf, canonical_json
from tanso.oracle.evidence.leaves import reading_leaf
from tanso.oracle.intake import Reading
from tanso.oracle.intake.times import local_day, zone_of
from tanso.oracle.sites import Source
from tanso.oracle.units import decimal_text, magnitude, make_quantity

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
class PeriodData:
    """The readings that a period's figures rest on."""

    start: int
    end: int
    by_source: Mapping[Source, Sequence[Reading]]

    def leaves(self, zone: str, device_id: DeviceId) -> list[Leaf]:
        """One leaf per device, quantity and day of the zone (the day on which the reading begins)."""
        days = zone_of(zone)
        found: list[Leaf] = []
        for (device, quantity), rows in sorted(self.by_source.items()):
            for _, group in groupby(rows, key=lambda row: local_day(row.start, days)):
                found.append(_day_leaf(device_id(device), quantity, list(group)))
        return found

    def gaps(self) -> list[Gap]:
        """Where readings are missing, in order; an interval counts as covered from its start to its end."""
        found: list[Gap] = []
        for (device, quantity), rows in sorted(self.by_source.items()):
            reached = self.start
            for row in rows:
                if row.start > reached:
                    found.append(Gap(device, quantity, reached, row.start))
                reached = row.end
            if reached < self.end:
                found.append(Gap(device, quantity, reached, self.end))
        return found


def select_readings(
    rows: Sequence[Reading], sources: Collection[Source], start: int, end: int
) -> tuple[PeriodData, list[Source]]:
    """The readings of these sources in [start, end), and the sources of the other readings there.

    Raises MissingReadings or ReadingStraddlesPeriod.
    """
    found: dict[Source, list[Reading]] = defaultdict(list)
    others: set[Source] = set()
    for row in rows:
        source = (row.device, row.quantity)
        if source not in sources:
            others.add(source)
            continue
        if row.start < start or row.end > end:
            raise ReadingStraddlesPeriod(
                f"A reading of {row.quantity} of {row.device} lies only partly in the period.",
                hint="Choose a period whose ends are ends of readings.",
            )
        found[source].append(row)
    for device, quantity in sorted(set(sources) - found.keys()):
        raise MissingReadings(
            f"There is no reading of {quantity} of {device} in the period.",
            hint="Ingest it first; equipment that did not run has a reading of zero.",
        )
    for held in found.values():
        held.sort(key=lambda row: row.start)
    return PeriodData(start, end, found), sorted(others)


def _day_leaf(device: str, quantity: str, rows: Sequence[Reading]) -> Leaf:
    value, unit = _total(rows)
    return reading_leaf(
        device,
        quantity,
        rows[0].start,
        rows[-1].end,
        value=value,
        unit=unit,
        count=len(rows),
        covered_s=sum(row.end - row.start for row in rows),
        rows_hash=content_hash(canonical_json([[row.start, row.end, row.value, row.unit] for row in rows])),
    )


def _total(rows: Sequence[Reading]) -> tuple[str, str]:
    parts = [make_quantity(row.value, row.unit, "reading") for row in rows]
    if len({row.unit for row in rows}) == 1:
        value = decimal_text(sum((part.magnitude for part in parts), Fraction(0)))
        assert value is not None  # decimals sum to a decimal
        return value, rows[0].unit
    # Units differ: add up in the unit without prefixes, in which decimals stay decimals.
    unit = f"{parts[0].to_root_units().units:~}"
    value = decimal_text(sum((magnitude(part, unit, "reading") for part in parts), Fraction(0)))
    assert value is not None
    return value, unit
