"""From consumption and operating times to emissions: equations (1)–(8) of the CTN white paper, exact.

    calculate([EnergyUse("electricity", factor, total)], [EquipmentPeriod(...), ...]) -> PeriodResult

Errors: those under CalculationRefused and QuantityRefused in `tanso.oracle.errors`.
"""

from tanso.oracle.calculation.equations import (
    allocation_basis,
    allocation_factors,
    emissions,
    equipment_intensity,
    footprint,
    material_emissions,
    process_emissions,
)
from tanso.oracle.calculation.period import (
    EnergyUse,
    EquipmentPeriod,
    EquipmentResult,
    PeriodResult,
    calculate,
)

__all__ = [
    "EnergyUse",
    "EquipmentPeriod",
    "EquipmentResult",
    "PeriodResult",
    "allocation_basis",
    "allocation_factors",
    "calculate",
    "emissions",
    "equipment_intensity",
    "footprint",
    "material_emissions",
    "process_emissions",
]
