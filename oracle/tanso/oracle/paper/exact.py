"""The same day through the real calculation: the paper's inputs with their units, nothing rounded."""

from dataclasses import dataclass
from fractions import Fraction

from tanso.oracle.calculation import (
    EnergyUse,
    EquipmentPeriod,
    PeriodResult,
    calculate,
    footprint,
    material_emissions,
    process_emissions,
)
from tanso.oracle.factors import factor
from tanso.oracle.paper.tables import (
    ASSEMBLY,
    ELECTRICITY,
    EQUIPMENT,
    FURNACE,
    GAS,
    MATERIALS,
    MINUTES,
    NC_MACHINE,
    PRODUCTION,
    PRODUCTS,
    RESIN,
    STEEL,
)
from tanso.oracle.units import Quantity, magnitude, parse_quantity, quantity_of


@dataclass(frozen=True, slots=True)
class ExactDay:
    """The day in exact figures."""

    period: PeriodResult
    process_g: dict[str, Fraction]
    """g CO2e per piece and product, equation (3)."""
    materials_g: dict[str, Fraction]
    """g CO2e per piece and product, equation (4)."""
    footprint_g: dict[str, Fraction]
    """g CO2e per piece and product, equation (2)."""


def exact_day() -> ExactDay:
    """Equations (1)–(8) over the inputs of Tables 3, 4, 7 and 9, with the right units."""
    period = calculate(_energies(), _equipment())
    process = {product: _process(period, product) for product in PRODUCTS}
    materials = {product: _materials(product) for product in PRODUCTS}
    return ExactDay(
        period=period,
        process_g={product: _grams(part) for product, part in process.items()},
        materials_g={product: _grams(part) for product, part in materials.items()},
        footprint_g={
            product: _grams(footprint(process[product], materials[product])) for product in PRODUCTS
        },
    )


def _energies() -> list[EnergyUse]:
    power, gas = factor("electricity-tepco-2021"), factor("distributed-gas-ctn-2023")
    return [
        EnergyUse(ELECTRICITY, power.quantity, parse_quantity("120.0 kWh", "electricity")),
        EnergyUse(GAS, gas.quantity, parse_quantity("5.00 thousand Nm3", "gas")),
    ]


def _equipment() -> list[EquipmentPeriod]:
    ratings = {
        FURNACE: {ELECTRICITY: "30 kW", GAS: "10 m3/min"},
        NC_MACHINE: {ELECTRICITY: "10 kW"},
        ASSEMBLY: {ELECTRICITY: "0.5 kW"},
    }
    return [
        EquipmentPeriod(
            equipment_id=machine,
            activity=quantity_of(Fraction(MINUTES[machine]), "min"),
            performance={energy: parse_quantity(text, energy) for energy, text in ratings[machine].items()},
        )
        for machine in EQUIPMENT
    ]


def _process(period: PeriodResult, product: str) -> Quantity:
    uses: list[tuple[Quantity, Quantity]] = []
    for machine, (minutes, pieces) in PRODUCTION[product].items():
        per_second = period.equipment[machine].intensity_ug
        assert per_second is not None
        time = quantity_of(Fraction(minutes, pieces), "min")
        uses.append((quantity_of(per_second / 10**6, "gCO2e/s"), time))
    return process_emissions(uses)


def _materials(product: str) -> Quantity:
    names = {STEEL: "steel-s45c-ctn-2023", RESIN: "resin-abs-ctn-2023"}
    uses = [
        (factor(names[material]).quantity, quantity_of(Fraction(grams), "g"))
        for material, grams in MATERIALS[product].items()
    ]
    third = factor(f"unnamed-material-{product.lower()}-ctn-2023").quantity
    return material_emissions([*uses, (third, quantity_of(1, "pc"))])


def _grams(mass: Quantity) -> Fraction:
    return magnitude(mass, "gCO2e", "footprint")
