"""The white paper's worked example, Tables 3–10, as printed: its inputs, its order of roundings, its slips.

Only for comparison with the print ("paper mode"). Real figures come from `tanso.oracle.calculation`, which
the same inputs go through in `exact_day`. Every place where the print departs from its own arithmetic is one
entry of `tanso.oracle.paper.deviations`, applied here by name and nowhere silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tanso.oracle.paper.deviations import printed

FURNACE, NC_MACHINE, ASSEMBLY = "heating furnace", "NC processing machine", "assembly line"
EQUIPMENT = (FURNACE, NC_MACHINE, ASSEMBLY)
ELECTRICITY, GAS = "electricity", "distributed gas"
STEEL, RESIN, UNNAMED = "S45C", "ABS", "unnamed material"
PRODUCTS = ("A", "B")

MINUTES = {FURNACE: Decimal(180), NC_MACHINE: Decimal(300), ASSEMBLY: Decimal(420)}
"""Table 4: total hours worked, in minutes."""

PERFORMANCE = {
    ELECTRICITY: {FURNACE: Decimal(30), NC_MACHINE: Decimal(10), ASSEMBLY: Decimal("0.5")},
    GAS: {FURNACE: Decimal(10)},
}
"""Table 4: kW and m3/min."""

PRODUCTION = {
    "A": {FURNACE: (120, 20), NC_MACHINE: (200, 10), ASSEMBLY: (220, 12)},
    "B": {FURNACE: (60, 10), NC_MACHINE: (100, 8), ASSEMBLY: (200, 10)},
}
"""Table 7: minutes worked and pieces, per product and equipment."""

MATERIALS = {"A": {STEEL: Decimal(28), RESIN: Decimal(12)}, "B": {STEEL: Decimal(13), RESIN: Decimal(7)}}
"""Table 9: grams required per piece."""

Row = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class PaperTables:
    """The printed figures. Units as the paper heads them."""

    emissions_kg: Row
    """Table 3, per energy."""
    bases: Mapping[str, Row]
    """Table 5, per energy and equipment."""
    factors: Mapping[str, Row]
    equipment_kg: Mapping[str, Row]
    """Table 6, per energy and equipment."""
    totals_kg: Row
    intensity_kg_per_min: Row
    standard_minutes: Mapping[str, Row]
    """Table 7, per product and equipment."""
    process: Mapping[str, Row]
    """Table 8, per product and equipment (headed g-CO2)."""
    process_totals: Row
    materials: Mapping[str, Row]
    """Table 9, per product and material (g-CO2)."""
    material_totals: Row
    footprints: Row
    """Table 10, per product (headed g-CO2)."""


def paper_tables() -> PaperTables:
    """Tables 3–10 in the paper's own way: each table goes on with the rounded figures of the one before."""
    emissions_kg = {
        ELECTRICITY: Decimal("120.0") * Decimal("0.452"),
        GAS: printed("gas tonnes as kilograms"),
    }
    bases = {
        energy: {machine: rating * MINUTES[machine] for machine, rating in ratings.items()}
        for energy, ratings in PERFORMANCE.items()
    }
    factors = {
        energy: {machine: _rounded(basis / sum(row.values())) for machine, basis in row.items()}
        for energy, row in bases.items()
    }
    factors[ELECTRICITY][ASSEMBLY] = printed("assembly factor rounded so that the factors sum to one")
    equipment_kg = {
        energy: {machine: _rounded(emissions_kg[energy] * factor) for machine, factor in row.items()}
        for energy, row in factors.items()
    }
    totals_kg = {
        machine: sum((row.get(machine, Decimal(0)) for row in equipment_kg.values()), Decimal(0))
        for machine in EQUIPMENT
    }
    intensity = {machine: _rounded(totals_kg[machine] / MINUTES[machine]) for machine in EQUIPMENT}
    intensity[ASSEMBLY] = printed("assembly intensity")
    standard_minutes = {
        product: {
            machine: _rounded(Decimal(minutes) / pieces, 1) for machine, (minutes, pieces) in row.items()
        }
        for product, row in PRODUCTION.items()
    }
    process = {
        product: {machine: _rounded(intensity[machine] * time) for machine, time in row.items()}
        for product, row in standard_minutes.items()
    }
    process_totals = {product: sum(row.values(), Decimal(0)) for product, row in process.items()}
    materials = _materials()
    material_totals = {product: sum(row.values(), Decimal(0)) for product, row in materials.items()}
    return PaperTables(
        emissions_kg=emissions_kg,
        bases=bases,
        factors=factors,
        equipment_kg=equipment_kg,
        totals_kg=totals_kg,
        intensity_kg_per_min=intensity,
        standard_minutes=standard_minutes,
        process=process,
        process_totals=process_totals,
        materials=materials,
        material_totals=material_totals,
        footprints={product: process_totals[product] + material_totals[product] for product in PRODUCTS},
    )


def _materials() -> dict[str, dict[str, Decimal]]:
    intensities = {STEEL: Decimal("0.393"), RESIN: Decimal("0.254")}
    rows = {
        product: {name: _rounded(grams * intensities[name]) for name, grams in row.items()}
        for product, row in MATERIALS.items()
    }
    rows["A"][STEEL] = printed("steel of product A")
    rows["A"][RESIN] = printed("resin of product A")
    rows["B"][RESIN] = printed("resin of product B")
    # The third row has no intensity: its products are all that is known of it.
    rows["A"][UNNAMED], rows["B"][UNNAMED] = Decimal("4.026"), Decimal("8.205")
    return rows


def _rounded(value: Decimal, places: int = 3) -> Decimal:
    """As the paper rounds: to three decimals, a half upwards."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
