"""Equations (1)–(8) of the CTN white paper (Industrial Value Chain Initiative, 2023, section 2).

One function each. All quantities carry units and are exact; nothing is rounded here. A unit that does not fit
raises UnitDoesNotFit.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from tanso.oracle.errors import EmissionsWithoutActivity, UnitDoesNotFit
from tanso.oracle.units import Quantity, fitting, quantity_of

NO_EMISSIONS = quantity_of(0, "gCO2e")


def emissions(activity: Quantity, intensity: Quantity) -> Quantity:
    """Equations (1) and (5): emissions = activity × emission intensity.

    `activity` is what was consumed or done, `intensity` a CO2e mass per unit of it. The result is in gCO2e.
    """
    product: Quantity = activity * intensity
    if not product.is_compatible_with("gCO2e"):
        raise UnitDoesNotFit(
            "emission intensity",
            f"{intensity.units:~P} does not apply to an activity in {activity.units:~P}.",
            hint="Choose a factor per the unit that was measured.",
        )
    return product.to("gCO2e")


def footprint(process: Quantity, materials: Quantity) -> Quantity:
    """Equation (2): footprint of a piece = process part + materials part."""
    parts = [fitting(process, "gCO2e", "process part"), fitting(materials, "gCO2e", "materials part")]
    whole: Quantity = sum(parts, NO_EMISSIONS)
    return whole


def process_emissions(uses: Iterable[tuple[Quantity, Quantity]], lot_size: int = 1) -> Quantity:
    """Equation (3): process part = Σ over equipment of intensity × standard time, divided by the lot size.

    `uses` are pairs of (intensity of the equipment, standard or measured time for the whole lot).
    """
    whole = sum((emissions(time, intensity) for intensity, time in uses), NO_EMISSIONS)
    per_piece: Quantity = whole / Fraction(lot_size)
    return per_piece


def material_emissions(uses: Iterable[tuple[Quantity, Quantity]]) -> Quantity:
    """Equation (4): materials part = Σ over materials of intensity × quantity required (bill of materials).

    `uses` are pairs of (intensity of the material, quantity).
    """
    return sum((emissions(quantity, intensity) for intensity, quantity in uses), NO_EMISSIONS)


def allocation_basis(performance: Quantity, operating_time: Quantity) -> Quantity:
    """Equation (6): basis = energy performance of the equipment × its operating time (or other activity)."""
    basis: Quantity = performance * operating_time
    return basis


def allocation_factors(bases: Mapping[str, Quantity]) -> dict[str, Fraction]:
    """Equation (7): factor = basis of the equipment / Σ of the bases; the factors sum to exactly one.

    All bases of one energy must have the same dimension, which need not be that of the energy's meter. Gives
    no factors at all (an empty dict) when the bases sum to zero: then nothing that ran uses this energy.
    """
    plain: dict[str, Fraction] = {}
    unit = None
    for name, basis in bases.items():
        unit = unit or basis.units
        if basis.units == unit:
            plain[name] = Fraction(basis.magnitude)
            continue
        if not basis.is_compatible_with(unit):
            raise UnitDoesNotFit(
                f"energy performance of {name}",
                f"the basis is in {basis.units:~P}, another user's in {unit:~P}.",
                hint="Give the performances of one energy in units that convert into each other.",
            )
        plain[name] = Fraction(basis.to(unit).magnitude)
    whole = sum(plain.values())
    return {name: basis / whole for name, basis in plain.items()} if whole else {}


def equipment_intensity(total: Quantity, operating_time: Quantity, name: str = "equipment") -> Quantity:
    """Equation (8): intensity = Σ over energies of the equipment's emissions / its operating time.

    Raises EmissionsWithoutActivity when the time is zero.
    """
    if not operating_time.magnitude:
        raise EmissionsWithoutActivity(
            f"{name} has emissions of {total.to('gCO2e').magnitude} g CO2e but did not run.",
            hint="Check its operating time, or register an equipment that stands for idle use.",
        )
    intensity: Quantity = fitting(total, "gCO2e", f"emissions of {name}") / operating_time
    return intensity
