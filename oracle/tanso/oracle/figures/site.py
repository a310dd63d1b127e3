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
from itertools import pairwise
from typing import Any

import numpy as np
from sqlmodel import Session

from tanso.oracle.calculation.calendar import Granularity
from tanso.oracle.calculation.intervals import (
    EnergySeries,
    EquipmentIntervals,
    EquipmentSeries,
    IntervalResults,
    Mask,
    calculate_intervals,
)
from tanso.oracle.calculation.whole import Amounts, Whole, add
from tanso.oracle.errors import FactorChanges, MissingReadings, PeriodNotOver
from tanso.oracle.figures.columns import Columns, Places, Progress, merged, read_columns
from tanso.oracle.figures.plan import Plan, Supply
from tanso.oracle.sites import Site, SiteEquipment, Source
from tanso.oracle.units import BASE_UNITS, decimal_text, magnitude, parse_quantity, parse_rate, quantity_of


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
    plan = Plan(site, start, end, granularity)
    columns = read_columns(session, site.business_id, site.sources(), plan.bounds, progress)
    for device, quantity in sorted(site.sources() - columns.found.keys()):
        raise MissingReadings(
            f"There is no reading of {quantity} of {device} in that time.",
            hint="Ingest it first; equipment that did not run has a reading of zero.",
        )
    found: dict[str, EquipmentFigures] = {}
    for group in plan.groups():
        found |= _computed(plan, group, columns)
    order = [machine.equipment_id for machine in site.equipment]
    return SiteFigures(
        {name: found[name] for name in order}, [o for o in columns.others if o not in site.ignored]
    )


def _computed(plan: Plan, group: list[SiteEquipment], columns: Columns) -> dict[str, EquipmentFigures]:
    shared = set[Supply]().union(*(plan.shares(machine) for machine in group))
    used = shared | {plan.supply_of(machine, energy) for machine in group for energy in machine.metered}
    # Who has a meter of its own in a shared supply takes part in what is left of it.
    others = plan.site.equipment if shared else ()
    beside = [m for m in others if plan.metered(m, shared) and m not in group]
    sources = _sources(plan, group, beside, shared)
    kept = _kept(plan, columns, used, sources)
    bounds = columns.bounds[kept]
    cut = _Cut(plan, columns, kept, bounds)
    energies = [
        one for supply in plan.supplies if supply in used for one in cut.energies(supply, supply in shared)
    ]
    series = [
        EquipmentSeries(
            machine.equipment_id,
            cut.activity(machine),
            machine.unit,
            {
                label: parse_quantity(text, energy)
                for energy, text in machine.performance.items()
                if energy not in machine.metered
                for label in cut.labels(plan.supply_of(machine, energy))
            },
            cut.metered(machine, used),
        )
        for machine in group
    ]
    second = Amounts(np.ones(len(bounds) - 1, dtype=np.int64), quantity_of(1, "s"))
    series += [EquipmentSeries(m.equipment_id, second, metered=cut.metered(m, shared)) for m in beside]
    result = calculate_intervals(energies, series, len(bounds) - 1)
    missing, gaps = _coverage(columns, sources, kept, bounds)
    return {
        one.equipment_id: EquipmentFigures(
            bounds, one.activity, result.equipment[one.equipment_id], result, missing, gaps
        )
        for one in series[: len(group)]
    }


@dataclass(frozen=True, slots=True)
class _Cut:
    """Amounts between the boundaries that a group keeps; each version of a supply's factor is an energy."""

    plan: Plan
    columns: Columns
    kept: Places
    bounds: Places

    def _amounts(self, devices: Sequence[str], quantity: str) -> Amounts:
        return add([self.columns.found[device, quantity].amounts(self.kept) for device in devices])

    def labels(self, supply: Supply) -> list[str]:
        return [f"{supply[0]} of {supply[1]} {place}" for place in range(len(self.plan.versions[supply]))]

    def _during(self, supply: Supply, amounts: Amounts) -> Iterator[Amounts]:
        """The amounts while each version is valid, zero else."""
        starts = self.bounds[:-1]
        for first, after in pairwise([-1, *self.plan.changes(supply), int(self.bounds[-1])]):
            valid = (starts >= first) & (starts < after)
            yield Amounts(np.where(valid, amounts.numbers, 0), amounts.per)

    def energies(self, supply: Supply, shared: bool) -> Iterator[EnergySeries]:
        """The supply, less what lines with meters took of it; without its total where nobody shares it."""
        use = self.plan.supplies[supply]
        totals: Sequence[Amounts | None] = [None] * len(self.plan.versions[supply])
        if shared and use.devices:
            lines = [self._amounts(one.devices or (), one.energy) for one in self.plan.lines_of(supply)]
            rest = self._amounts(use.devices, use.energy).minus(lines)
            totals = list(self._during(supply, rest))
        for label, version, total in zip(
            self.labels(supply), self.plan.versions[supply], totals, strict=True
        ):
            yield EnergySeries(label, version.factor.quantity, total)

    def metered(self, machine: SiteEquipment, supplies: set[Supply]) -> dict[str, Amounts]:
        found: dict[str, Amounts] = {}
        for energy, devices in self.plan.metered(machine, supplies).items():
            supply = self.plan.supply_of(machine, energy)
            parts = self._during(supply, self._amounts(devices, energy))
            found |= dict(zip(self.labels(supply), parts, strict=True))
        return found

    def activity(self, machine: SiteEquipment) -> Amounts:
        devices, quantity = machine.activity_devices, machine.activity_quantity
        if not machine.standard_times:
            return self._amounts(devices, quantity)
        times = {device: parse_rate(machine.standard_times[device], "standard time") for device in devices}
        return add([self._amounts([device], quantity).times(times[device]) for device in devices])


def _kept(plan: Plan, columns: Columns, used: set[Supply], sources: set[Source]) -> Places:
    """Boundaries of a group: none that a reading reaches over, nor changes of others' factors."""
    concerned = {at for supply in used for at in plan.changes(supply)}
    kept = [
        place for place in columns.kept(sources) if int(columns.bounds[place]) not in plan.added - concerned
    ]
    if lost := concerned - {int(columns.bounds[place]) for place in kept}:
        raise FactorChanges(
            f"A reading lies over {min(lost)} (Unix seconds), when a factor that is used changes.",
            hint="Read the meters when the factor changes, or ask for the times before and after.",
        )
    return np.array(kept, dtype=np.int64)


def _sources(
    plan: Plan, group: Sequence[SiteEquipment], beside: Sequence[SiteEquipment], shared: set[Supply]
) -> set[Source]:
    """Every series that the figures of a group rest on."""
    meters = [use for supply in shared for use in (plan.supplies[supply], *plan.lines_of(supply))]
    found = {(device, use.energy) for use in meters for device in use.devices or ()}
    for machine in group:
        found |= {(device, machine.activity_quantity) for device in machine.activity_devices}
        found |= {(device, energy) for energy, devices in machine.metered.items() for device in devices}
    for machine in beside:
        found |= {(d, energy) for energy, devices in plan.metered(machine, shared).items() for d in devices}
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
