"""Equations (5)–(8) for many intervals at once: what `calculate` gives for each of them, digit for digit.

A year of half-hours of a thousand meters is a matter of seconds here, and of hours one by one. The arithmetic
is on whole numbers in arrays (`tanso.oracle.calculation.whole`), never on floats.

An interval for which the equations have no answer has a problem in place of figures: the name of the error
that `calculate` raises. Equipment that emitted but did not run has no intensity there; the others have one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from tanso.contracts.units import PG_PER_UG, Unit
from tanso.oracle.calculation.period import UINT64_MAX, UINT96_MAX
from tanso.oracle.calculation.whole import Amounts, Whole, add, divided_up, plus, times, widest
from tanso.oracle.errors import (
    CalculationRefused,
    EmissionsWithoutActivity,
    EnergyNotMeasured,
    EnergyWithoutUser,
    MeteredExceedsTotal,
    ResultTooLarge,
    UnitDoesNotFit,
    UnknownEnergy,
)
from tanso.oracle.units import BASE_UNITS, Quantity, fitting, quantity_of

PG_PER_GRAM = 10**6 * PG_PER_UG
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class EnergySeries:
    """One energy of a site, interval by interval."""

    energy: str
    factor: Quantity
    """CO2e mass per unit of the energy."""
    consumption: Amounts | None
    """The site's total, or None when only machine meters are read."""


@dataclass(frozen=True, slots=True)
class EquipmentSeries:
    """What one piece of equipment did, interval by interval."""

    equipment_id: str
    activity: Amounts
    unit: Unit = Unit.SECOND
    performance: Mapping[str, Quantity] = field(default_factory=dict)
    metered: Mapping[str, Amounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EquipmentIntervals:
    """Figures of one piece of equipment; where `known` is false there are none."""

    equipment_id: str
    unit: Unit
    emissions_ug: Whole
    """µg CO2e, rounded up."""
    intensity_pg: Whole
    """pg CO2e per base unit, rounded up."""
    known: Mask


@dataclass(frozen=True, slots=True)
class IntervalResults:
    """Figures of every interval."""

    declared_ug: Whole
    """All emissions of the site, µg CO2e, rounded up: of problematic intervals, too."""
    equipment: Mapping[str, EquipmentIntervals]
    problems: Mapping[str, Mask]
    """By name of the error: where it stands in the way of all figures."""
    without_activity: Mapping[str, Mask]
    """By equipment: where it emitted but did not run."""

    @property
    def sound(self) -> Mask:
        """Where there is no problem."""
        sound = np.ones(len(self.declared_ug), dtype=np.bool_)
        for bad in self.problems.values():
            sound &= ~bad
        return sound


@dataclass(slots=True)
class _Ratio:
    """numerator / denominator, pg CO2e per base unit; denominators are above zero."""

    numerator: Whole
    denominator: Whole

    def plus(self, other: "_Ratio") -> "_Ratio":
        return _Ratio(
            plus(times(self.numerator, other.denominator), times(other.numerator, self.denominator)),
            times(self.denominator, other.denominator),
        )


@dataclass(slots=True)
class _Shared:
    """What one energy gives to all who share it: `rest` over Σ of the bases."""

    rest: Amounts
    whole: Whole
    """Σ of the bases, in the unit that the weights count; 1 where it is zero."""
    weights: Mapping[str, int]
    """By equipment: what a number of its activity weighs."""


def calculate_intervals(
    energies: Sequence[EnergySeries], equipment: Sequence[EquipmentSeries], count: int
) -> IntervalResults:
    """`calculate` for each of `count` intervals; all series have one number per interval.

    Raises UnknownEnergy, EnergyNotMeasured or UnitDoesNotFit, which no interval escapes.
    """
    _check_names(energies, equipment)
    problems: dict[str, Mask] = {}
    shared: dict[str, _Shared] = {}
    totals: list[Amounts] = []
    for use in energies:
        given = _shared(use, equipment, problems)
        if given is not None:
            shared[use.energy] = given
        metered = [machine.metered[use.energy] for machine in equipment if use.energy in machine.metered]
        total = use.consumption if use.consumption is not None else add(metered) if metered else None
        if total is not None:
            totals.append(_mass(total, use))
    declared = _rounded_up(totals) if totals else np.zeros(count, dtype=np.int64)
    if declared.dtype == object:
        _note(problems, ResultTooLarge, declared > UINT96_MAX)
    factors = {use.energy: use for use in energies}
    found: dict[str, EquipmentIntervals] = {}
    without_activity: dict[str, Mask] = {}
    for machine in equipment:
        figures, idle = _figures(machine, factors, shared, problems)
        found[machine.equipment_id] = figures
        if idle.any():
            without_activity[machine.equipment_id] = idle
    return IntervalResults(declared, found, problems, without_activity)


def _check_names(energies: Sequence[EnergySeries], equipment: Sequence[EquipmentSeries]) -> None:
    known = {use.energy for use in energies}
    ids = {machine.equipment_id for machine in equipment}
    if len(known) != len(energies) or len(ids) != len(equipment):
        raise UnknownEnergy("An energy or a piece of equipment is listed twice.")
    for machine in equipment:
        for energy in (*machine.performance, *machine.metered):
            if energy not in known:
                raise UnknownEnergy(f"{machine.equipment_id} uses {energy!r}, which has no factor.")


def _shared(
    use: EnergySeries, equipment: Sequence[EquipmentSeries], problems: dict[str, Mask]
) -> _Shared | None:
    """What is left for those without a meter of their own: the rest, and equations (6) and (7)."""
    users = [m for m in equipment if use.energy in m.performance and use.energy not in m.metered]
    if use.consumption is None:
        if any(widest(machine.activity.numbers) for machine in users):
            raise EnergyNotMeasured(
                f"{use.energy} is to be allocated, but the site has no meter for it.",
                hint="Name the site's meter, or give every user a meter of its own.",
            )
        return None
    metered = {m.equipment_id: m.metered[use.energy] for m in equipment if use.energy in m.metered}
    for name, part in metered.items():
        fitting(part.per, f"{use.consumption.per.units:~}", f"metered {use.energy} of {name}")
    rest = use.consumption.minus(list(metered.values()))
    _note(problems, MeteredExceedsTotal, rest.numbers < 0)
    bases = {m.equipment_id: m.activity.times(m.performance[use.energy]) for m in users}
    if not bases:
        _note(problems, EnergyWithoutUser, rest.numbers > 0)
        return None
    first = next(iter(bases.values())).per
    for name, basis in bases.items():
        if not basis.per.is_compatible_with(first.units):
            raise UnitDoesNotFit(
                f"energy performance of {name}",
                f"the basis is in {basis.per.units:~P}, another user's in {first.units:~P}.",
                hint="Give the performances of one energy in units that convert into each other.",
            )
    weights = _weights({name: Fraction(b.per.to(first.units).magnitude) for name, b in bases.items()})
    weighed = [Amounts(times(b.numbers, weights[name]), quantity_of(1, "s")) for name, b in bases.items()]
    sum_ = weighed[0].numbers
    for one in weighed[1:]:
        sum_ = plus(sum_, one.numbers)
    _note(problems, EnergyWithoutUser, (rest.numbers > 0) & (sum_ == 0))
    return _Shared(rest, np.where(sum_ > 0, sum_, 1), weights)


def _weights(scales: Mapping[str, Fraction]) -> dict[str, int]:
    """The scales as whole numbers in the same proportion."""
    common = lcm(*(scale.denominator for scale in scales.values()))
    return {name: int(scale * common) for name, scale in scales.items()}


def _figures(
    machine: EquipmentSeries,
    uses: Mapping[str, EnergySeries],
    shared: Mapping[str, _Shared],
    problems: dict[str, Mask],
) -> tuple[EquipmentIntervals, Mask]:
    """Equation (8) of one piece of equipment, and where it emitted but did not run."""
    name, numbers = machine.equipment_id, machine.activity.numbers
    base = BASE_UNITS[machine.unit]
    scale = Fraction(fitting(machine.activity.per, base, f"activity of {name}").to(base).magnitude)
    if widest(np.minimum(numbers, 0)):
        raise EmissionsWithoutActivity(f"{name} has an activity below zero.")
    ran = numbers > 0
    metered = [_mass(amount, uses[energy]) for energy, amount in machine.metered.items()]
    terms: list[_Ratio] = []
    if metered:
        own = add(metered)
        terms.append(_ratio(own.numbers, np.where(ran, numbers, 1), own.per, scale))
    for energy, given in shared.items():
        if energy in machine.performance and energy not in machine.metered:
            mass = _mass(given.rest, uses[energy])
            # The activity is in the basis and in the divisor: it falls out of the intensity.
            terms.append(_ratio(times(mass.numbers, given.weights[name]), given.whole, mass.per, scale))
    idle = ~ran & (own.numbers > 0) if metered else np.zeros(len(numbers), dtype=np.bool_)
    intensity = _sum(terms, len(numbers))
    emitted = _ratio_times(intensity, np.where(ran, numbers, 0), scale)
    emissions = divided_up(emitted.numerator, times(emitted.denominator, PG_PER_UG))
    if metered and idle.any():
        emissions = np.where(idle, _rounded_up([own]), emissions)
    pg = divided_up(intensity.numerator, intensity.denominator)
    if pg.dtype == object:
        _note(problems, ResultTooLarge, (pg > UINT64_MAX) & ran)
    return EquipmentIntervals(name, machine.unit, emissions, np.where(ran, pg, 0), ran), idle


def _mass(amount: Amounts, use: EnergySeries) -> Amounts:
    """Equation (5), as amounts of CO2e."""
    made = amount.times(use.factor)
    if not made.per.is_compatible_with("gCO2e"):
        raise UnitDoesNotFit(
            "emission intensity",
            f"{use.factor.units:~P} does not apply to {use.energy} in {amount.per.units:~P}.",
            hint="Choose a factor per the unit that was measured.",
        )
    return made


def _ratio(numbers: Whole, divisor: Whole, per: Quantity, scale: Fraction) -> _Ratio:
    """numbers × per / (divisor × scale) in pg per base unit."""
    factor = Fraction(per.to("gCO2e").magnitude) * PG_PER_GRAM / scale
    return _Ratio(times(numbers, factor.numerator), times(divisor, factor.denominator))


def _ratio_times(ratio: _Ratio, numbers: Whole, scale: Fraction) -> _Ratio:
    return _Ratio(
        times(times(ratio.numerator, numbers), scale.numerator), times(ratio.denominator, scale.denominator)
    )


def _sum(terms: Sequence[_Ratio], count: int) -> _Ratio:
    if not terms:
        return _Ratio(np.zeros(count, dtype=np.int64), np.ones(count, dtype=np.int64))
    found = terms[0]
    for term in terms[1:]:
        found = found.plus(term)
    return found


def _rounded_up(masses: Sequence[Amounts]) -> Whole:
    """µg CO2e of the sum."""
    mass = add(masses)
    factor = Fraction(mass.per.to("gCO2e").magnitude) * 10**6
    ones = np.ones(len(mass.numbers), dtype=np.int64)
    return divided_up(times(mass.numbers, factor.numerator), times(ones, factor.denominator))


def _note(problems: dict[str, Mask], error: type[CalculationRefused], where: Mask) -> None:
    mask = np.asarray(where, dtype=np.bool_)
    if mask.any():
        held = problems.get(error.__name__)
        problems[error.__name__] = mask if held is None else held | mask
