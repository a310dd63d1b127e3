"""Intensity per equipment and interval, out of the stored readings of a site.

    figures = compute(session, site, start, end, Granularity.DAY)
    for row in figures.rows(): ...

Each piece of equipment gets the finest intervals that its own data allow: where a reading that its figure
rests on reaches over a boundary (a monthly gas bill, a weekly total), the intervals beside it are one. A
machine with meters of its own doesn't wait for those that share.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from sqlmodel import Session

from tanso.oracle.calculation.calendar import Granularity, boundaries
from tanso.oracle.calculation.intervals import (
    EnergySeries,
    EquipmentIntervals,
    EquipmentSeries,
    IntervalResults,
    Mask,
    calculate_intervals,
)
from tanso.oracle.calculation.whole import Amounts, Whole, add
from tanso.oracle.errors import MissingReadings, PeriodNotOver
from tanso.oracle.figures.columns import Columns, Places, Progress, merged, read_columns
from tanso.oracle.intake.times import zone_of
from tanso.oracle.sites import Site, SiteEquipment, Source
from tanso.oracle.units import BASE_UNITS, decimal_text, magnitude, parse_quantity, quantity_of


@dataclass(frozen=True, slots=True)
class Row:
    """One interval of one piece of equipment."""

    equipment_id: str
    start: int
    """Unix seconds."""
    end: int
    activity: str
    """Exact, in base units."""
    unit: str
    emissions_ug: int | None
    """µg CO2e, rounded up; None where a problem stands in the way."""
    intensity_pg: int | None
    """pg CO2e per base unit, rounded up; None where the equipment did not run."""
    problem: str | None
    """Name of the error that stands in the way."""
    gap: bool
    """Whether a series that the figure rests on has not a reading for each second."""

    def document(self) -> dict[str, Any]:
        """As JSON; integers that JSON's readers may round are texts."""
        return {
            "equipment_id": self.equipment_id,
            "start": self.start,
            "end": self.end,
            "activity": self.activity,
            "unit": self.unit,
            "emissions_ug": None if self.emissions_ug is None else str(self.emissions_ug),
            "intensity_pg": None if self.intensity_pg is None else str(self.intensity_pg),
            "problem": self.problem,
            "gap": self.gap,
        }


@dataclass(frozen=True, slots=True)
class EquipmentFigures:
    """All intervals of one piece of equipment."""

    bounds: Places
    activity: Amounts
    figures: EquipmentIntervals
    group: IntervalResults
    missing: Mask
    """Where a series has no reading at all."""
    gaps: Mask

    def rows(self) -> Iterator[Row]:
        """One row per interval, in order of time."""
        own, base = self.figures, BASE_UNITS[self.figures.unit]
        per = magnitude(self.activity.per, base, "activity")
        idle = self.group.without_activity.get(own.equipment_id)
        for place in range(len(self.missing)):
            problem = self._problem(place)
            stands_still = idle is not None and bool(idle[place])
            exact = Fraction(int(self.activity.numbers[place])) * per
            yield Row(
                equipment_id=own.equipment_id,
                start=int(self.bounds[place]),
                end=int(self.bounds[place + 1]),
                activity=decimal_text(exact) or str(exact),
                unit=own.unit.symbol,
                emissions_ug=None if problem else int(own.emissions_ug[place]),
                intensity_pg=int(own.intensity_pg[place]) if own.known[place] and not problem else None,
                problem=problem or ("EmissionsWithoutActivity" if stands_still else None),
                gap=bool(self.gaps[place]),
            )

    def _problem(self, place: int) -> str | None:
        if self.missing[place]:
            return MissingReadings.__name__
        return next((name for name, mask in self.group.problems.items() if mask[place]), None)


@dataclass(frozen=True, slots=True)
class SiteFigures:
    """Everything computed for a site."""

    equipment: Mapping[str, EquipmentFigures]
    others: Sequence[Source]
    """Stored series that are in no figure."""

    def rows(self) -> Iterator[Row]:
        """Equipment by equipment."""
        for found in self.equipment.values():
            yield from found.rows()


def compute(
    session: Session,
    site: Site,
    start: int,
    end: int,
    granularity: Granularity,
    progress: Progress | None = None,
) -> SiteFigures:
    """Intensities of the site's equipment in [start, end), Unix seconds, as finely as asked for.

    Nothing is stored and nothing is stated to the ledger. Raises PeriodNotOver for an empty time, TooFine,
    ReadingStraddlesPeriod, MissingReadings for a series without any reading, and the errors under
    CalculationRefused and QuantityRefused.
    """
    if not 0 <= start < end:
        raise PeriodNotOver(
            f"The time from {start} to {end} is empty.", hint="Give its start before its end."
        )
    bounds = boundaries(start, end, granularity, zone_of(site.zone))
    columns = read_columns(session, site.business_id, site.sources(), bounds, progress)
    for device, quantity in sorted(site.sources() - columns.found.keys()):
        raise MissingReadings(
            f"There is no reading of {quantity} of {device} in that time.",
            hint="Ingest it first; equipment that did not run has a reading of zero.",
        )
    found: dict[str, EquipmentFigures] = {}
    for group in _groups(site):
        found |= _computed(site, group, columns)
    order = [machine.equipment_id for machine in site.equipment]
    return SiteFigures(
        {name: found[name] for name in order}, [o for o in columns.others if o not in site.ignored]
    )


def _shares(machine: SiteEquipment) -> set[str]:
    """Energies that the equipment shares with others."""
    return set(machine.performance) - set(machine.metered)


def _groups(site: Site) -> list[list[SiteEquipment]]:
    """Equipment whose figures hang together, because they share an energy."""
    groups: list[tuple[set[str], list[SiteEquipment]]] = []
    for machine in site.equipment:
        energies, members = _shares(machine), [machine]
        for held in [held for held in groups if held[0] & energies]:
            groups.remove(held)
            energies, members = energies | held[0], [*held[1], *members]
        groups.append((energies, members))
    return [members for _, members in groups]


def _computed(site: Site, group: list[SiteEquipment], columns: Columns) -> dict[str, EquipmentFigures]:
    shared = set().union(*(_shares(machine) for machine in group))
    # Who has a meter of its own for a shared energy takes part in what is left of it.
    beside = [m for m in site.equipment if m not in group and shared & m.metered.keys()]
    sources = _sources(site, group, beside, shared)
    kept = columns.kept(sources)
    bounds = columns.bounds[kept]

    def amounts(devices: Sequence[str], quantity: str) -> Amounts:
        return add([columns.found[device, quantity].amounts(kept) for device in devices])

    used = shared.union(*(machine.metered for machine in group))
    energies = [
        EnergySeries(
            use.energy,
            use.factor.quantity,
            amounts(use.devices, use.energy) if use.devices and use.energy in shared else None,
        )
        for use in site.energies
        if use.energy in used
    ]
    series = [
        EquipmentSeries(
            machine.equipment_id,
            amounts(machine.activity_devices, machine.activity_quantity),
            machine.unit,
            {energy: parse_quantity(text, energy) for energy, text in machine.performance.items()},
            {energy: amounts(devices, energy) for energy, devices in machine.metered.items()},
        )
        for machine in group
    ]
    for machine in beside:
        metered = {e: amounts(d, e) for e, d in machine.metered.items() if e in shared}
        second = Amounts(np.ones(len(bounds) - 1, dtype=np.int64), quantity_of(1, "s"))
        series.append(EquipmentSeries(machine.equipment_id, second, metered=metered))
    result = calculate_intervals(energies, series, len(bounds) - 1)
    missing, gaps = _coverage(columns, sources, kept, bounds)
    return {
        one.equipment_id: EquipmentFigures(
            bounds, one.activity, result.equipment[one.equipment_id], result, missing, gaps
        )
        for one in series[: len(group)]
    }


def _sources(
    site: Site, group: Sequence[SiteEquipment], beside: Sequence[SiteEquipment], shared: set[str]
) -> set[Source]:
    """Every series that the figures of a group rest on."""
    found = {(d, use.energy) for use in site.energies if use.energy in shared for d in use.devices or ()}
    for machine in group:
        found |= {(device, machine.activity_quantity) for device in machine.activity_devices}
        found |= {(device, energy) for energy, devices in machine.metered.items() for device in devices}
    for machine in beside:
        found |= {
            (d, energy) for energy, devices in machine.metered.items() if energy in shared for d in devices
        }
    return found


def _coverage(columns: Columns, sources: set[Source], kept: Places, bounds: Places) -> tuple[Mask, Mask]:
    """Where a series has no reading at all, and where one has less than all seconds."""
    lengths = np.diff(bounds)
    missing, gaps = (np.zeros(len(lengths), dtype=np.bool_) for _ in range(2))
    for source in sources:
        covered: Whole = merged(columns.found[source].covered_s, kept)
        missing |= covered == 0
        gaps |= covered < lengths
    return missing, gaps
