"""Emissions of one site in one period, allocated to its equipment: equations (5)–(8).

An energy reaches equipment in two ways. What a machine's own meter shows goes to that machine. The rest of
the site's consumption is allocated over the equipment without a meter of its own for that energy, by energy
performance times operating time. Finer meters give finer figures; the sum over equipment is the site's total
either way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tanso.contracts.units import Unit
from tanso.oracle.calculation.equations import (
    allocation_basis,
    allocation_factors,
    emissions,
    equipment_intensity,
)
from tanso.oracle.errors import (
    EmissionsWithoutActivity,
    EnergyNotMeasured,
    EnergyWithoutUser,
    MeteredExceedsTotal,
    ResultTooLarge,
    UnitDoesNotFit,
    UnknownEnergy,
)
from tanso.oracle.units import (
    BASE_UNITS,
    Quantity,
    intensity_pg_up,
    magnitude,
    micrograms,
    micrograms_per,
    quantity_of,
)

UG_PER_G = 10**6
UINT64_MAX = 2**64 - 1
UINT96_MAX = 2**96 - 1


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """One energy of a site in a period."""

    energy: str
    factor: Quantity
    """CO2e mass per unit of the energy."""
    consumption: Quantity | None
    """The site's total, or None when only machine meters are read."""


@dataclass(frozen=True, slots=True)
class EquipmentPeriod:
    """What one piece of equipment did in a period."""

    equipment_id: str
    activity: Quantity
    """Operating time; or pieces, g, mL or Wh for equipment whose activity is counted so."""
    unit: Unit = Unit.SECOND
    """Base unit of the activity."""
    performance: Mapping[str, Quantity] = field(default_factory=dict)
    """Energy performance per energy, for example 30 kW: consumption per unit of activity at rated load."""
    metered: Mapping[str, Quantity] = field(default_factory=dict)
    """Consumption per energy by the equipment's own meter; such an energy is not allocated to it."""


@dataclass(frozen=True, slots=True)
class EquipmentResult:
    """Emissions and intensity of one piece of equipment. All exact but `intensity_pg`."""

    equipment_id: str
    unit: Unit
    activity: Fraction
    """In base units."""
    emissions_ug: Mapping[str, Fraction]
    """µg CO2e per energy."""
    total_ug: Fraction
    intensity_ug: Fraction | None
    """µg CO2e per base unit; None when the equipment neither ran nor emitted."""
    intensity_pg: int | None
    """pg CO2e per base unit, rounded up."""


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """A site's period: all Scope 1 and 2 emissions, and where they went."""

    energies_ug: Mapping[str, Fraction]
    """µg CO2e per energy, equation (5)."""
    total_ug: Fraction
    declared_ug: int
    """The total in whole µg CO2e, rounded up."""
    equipment: Mapping[str, EquipmentResult]

    @property
    def intensities_pg(self) -> dict[str, int]:
        """pg CO2e per base unit of every piece of equipment that ran."""
        return {
            key: found.intensity_pg for key, found in self.equipment.items() if found.intensity_pg is not None
        }


def calculate(energies: Sequence[EnergyUse], equipment: Sequence[EquipmentPeriod]) -> PeriodResult:
    """Allocates the emissions of each energy to the equipment and divides by its activity.

    Raises UnknownEnergy, EnergyNotMeasured, EnergyWithoutUser, MeteredExceedsTotal, EmissionsWithoutActivity,
    ResultTooLarge or UnitDoesNotFit; no result is given unless every microgram has found its equipment.
    """
    _check_names(energies, equipment)
    parts: dict[str, dict[str, Fraction]] = {machine.equipment_id: {} for machine in equipment}
    totals: dict[str, Fraction] = {}
    for use in energies:
        emitted = _emissions_of(use, equipment)
        for equipment_id, part in emitted.items():
            parts[equipment_id][use.energy] = part
        totals[use.energy] = (
            sum(emitted.values(), Fraction(0)) if use.consumption is None else _ug(use, use.consumption)
        )
    whole = sum(totals.values(), Fraction(0))
    return PeriodResult(
        energies_ug=totals,
        total_ug=whole,
        declared_ug=_bounded(-(-whole // 1), UINT96_MAX, "declared emissions in µg"),
        equipment={
            machine.equipment_id: _result(machine, parts[machine.equipment_id]) for machine in equipment
        },
    )


def _check_names(energies: Sequence[EnergyUse], equipment: Sequence[EquipmentPeriod]) -> None:
    known = [use.energy for use in energies]
    if len(set(known)) != len(known):
        raise UnknownEnergy("An energy is listed twice.", hint="Add up its meters first.")
    if len({machine.equipment_id for machine in equipment}) != len(equipment):
        raise UnknownEnergy("A piece of equipment is listed twice.")
    for machine in equipment:
        for energy in (*machine.performance, *machine.metered):
            if energy not in known:
                raise UnknownEnergy(
                    f"{machine.equipment_id} uses {energy!r}, which has no consumption and no factor.",
                    hint=f"Register it with its factor; known are {', '.join(sorted(known)) or 'none'}.",
                )


def _ug(use: EnergyUse, consumed: Quantity) -> Fraction:
    """Equation (5) in µg CO2e."""
    return micrograms(emissions(consumed, use.factor), f"emissions of {use.energy}")


def _emissions_of(use: EnergyUse, equipment: Sequence[EquipmentPeriod]) -> dict[str, Fraction]:
    """µg CO2e of the energy by machine: metered parts, then the rest by equations (6) and (7).

    Units are settled once for the rest, not for each machine's share of it.
    """
    metered = {m.equipment_id: m.metered[use.energy] for m in equipment if use.energy in m.metered}
    emitted = {equipment_id: _ug(use, part) for equipment_id, part in metered.items()}
    users = [m for m in equipment if use.energy in m.performance and use.energy not in m.metered]
    if use.consumption is None:
        if any(machine.activity.magnitude for machine in users):
            raise EnergyNotMeasured(
                f"{use.energy} is to be allocated, but the site has no meter for it.",
                hint="Name the site's meter, or give every user a meter of its own.",
            )
        return emitted
    unit = f"{use.consumption.units:~P}"
    rest = use.consumption
    for equipment_id, part in metered.items():
        if not part.is_compatible_with(rest.units):
            raise UnitDoesNotFit(f"metered {use.energy} of {equipment_id}", f"the site's is in {unit}.")
        rest = rest - part.to(rest.units)
    if rest.magnitude < 0:
        raise MeteredExceedsTotal(
            f"Machines' meters show {-rest.magnitude} {unit} of {use.energy} more than the site's.",
            hint="Check the meters, their units and multipliers.",
        )
    if not rest.magnitude:
        return emitted
    factors = allocation_factors(
        {m.equipment_id: allocation_basis(m.performance[use.energy], m.activity) for m in users}
    )
    if not factors:
        raise EnergyWithoutUser(
            f"{rest.magnitude} {unit} of {use.energy} have no user: no equipment that ran uses it.",
            hint="Check operating times, or register equipment that stands for the rest of the site.",
        )
    rest_ug = _ug(use, rest)
    return emitted | {equipment_id: rest_ug * factor for equipment_id, factor in factors.items()}


def _result(machine: EquipmentPeriod, parts: Mapping[str, Fraction]) -> EquipmentResult:
    name = machine.equipment_id
    total_ug = sum(parts.values(), Fraction(0))
    activity = magnitude(machine.activity, BASE_UNITS[machine.unit], f"activity of {name}")
    if activity < 0:
        raise EmissionsWithoutActivity(f"{name} has an activity below zero.")
    intensity: Fraction | None = None
    if activity or total_ug:
        per_unit = equipment_intensity(quantity_of(total_ug / UG_PER_G, "gCO2e"), machine.activity, name)
        intensity = micrograms_per(per_unit, machine.unit, f"intensity of {name}")
    return EquipmentResult(
        equipment_id=name,
        unit=machine.unit,
        activity=activity,
        emissions_ug=parts,
        total_ug=total_ug,
        intensity_ug=intensity,
        intensity_pg=None
        if intensity is None
        else _bounded(intensity_pg_up(intensity), UINT64_MAX, f"intensity of {name} in pg"),
    )


def _bounded(value: int, limit: int, what: str) -> int:
    if value > limit:
        raise ResultTooLarge(f"The {what} is {value}, more than {limit}.", hint="Check units and figures.")
    return value
