"""What a workbook comes to: intensities of equipment and footprints of products, equations (2)–(8), exact.

The whole workbook is one period: all consumption over all operating time.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from tanso.oracle.calculation import (
    EnergyUse,
    EquipmentPeriod,
    PeriodResult,
    calculate,
    footprint,
    material_emissions,
    process_emissions,
)
from tanso.oracle.calculation.equations import NO_EMISSIONS
from tanso.oracle.errors import CalculationRefused, EmissionsWithoutActivity, EnergyNotMeasured
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.units import Quantity, decimal_text, magnitude, make_quantity, parse_quantity, quantity_of
from tanso.oracle.workbook.book import Book
from tanso.oracle.workbook.sheets import CONSUMPTION, OPERATING
from tanso.oracle.workbook.taking import TakenBook

MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Footprints:
    """Exact figures of a workbook."""

    period: PeriodResult
    process_g: dict[str, Fraction]
    """g CO2e per piece and product, equation (3)."""
    materials_g: dict[str, Fraction]
    """g CO2e per piece and product, equation (4)."""

    @property
    def footprint_g(self) -> dict[str, Fraction]:
        """g CO2e per piece and product, equation (2)."""
        return {
            product: magnitude(
                footprint(quantity_of(self.process_g[product], "gCO2e"), quantity_of(part, "gCO2e")),
                "gCO2e",
                product,
            )
            for product, part in self.materials_g.items()
        }

    def document(self) -> dict[str, Any]:
        """As JSON: each figure exact, a decimal or a fraction, and as a decimal in g rounded up to the µg."""
        return {
            "equipment": {
                name: {
                    "total": shown(found.total_ug / MICRO),
                    "per_min": None if found.intensity_ug is None else shown(found.intensity_ug * 60 / MICRO),
                }
                for name, found in self.period.equipment.items()
            },
            "products": {
                product: {
                    "process": shown(self.process_g[product]),
                    "materials": shown(self.materials_g[product]),
                    "footprint": shown(whole),
                }
                for product, whole in self.footprint_g.items()
            },
        }


def book_document(book: Book, taken: TakenBook) -> dict[str, Any]:
    """What became of a workbook, as JSON; `why_not` says why there are no figures of products."""
    found: dict[str, Any] = {"file": book.name, **asdict(taken), "examples": book.examples}
    found |= {"ignored_sheets": book.ignored, "refused_cells": [asdict(one) for one in book.refused]}
    found["site"] = {
        "zone": book.zone,
        "energies": {
            energy: {"meter": book.meters[energy], "factor": f"{factor.value} {factor.unit}"}
            for energy, factor in book.factors.items()
        },
        "equipment": book.performance,
    }
    try:
        result = footprints(book)
    except CalculationRefused as error:
        return found | {"why_not": str(error)}
    if result is None:
        return found | {"why_not": "Cells are refused: a figure without them would be wrong."}
    return found | result.document()


def shown(grams: Fraction) -> dict[str, str]:
    """A mass of CO2e in g, exact and rounded up to the µg."""
    up = decimal_text(Fraction(-(-grams * MICRO // 1), MICRO))
    assert up is not None
    return {"exact_g": decimal_text(grams) or str(grams), "rounded_up_g": up}


def footprints(book: Book) -> Footprints | None:
    """Equations (2)–(8) over a workbook; None as long as cells are refused: a figure without them is wrong.

    Raises EnergyNotMeasured when energies are not over the same days, or an energy has no consumption, and
    the errors under CalculationRefused.
    """
    if book.refused:
        return None
    consumption, operating = book.found[CONSUMPTION.title], book.found[OPERATING.title]
    _same_days(book, consumption, operating)
    by_energy, by_machine = _grouped(consumption, "quantity"), _grouped(operating, "device")
    period = calculate(
        [
            EnergyUse(energy, factor.quantity, _sum(by_energy[energy]))
            for energy, factor in book.factors.items()
        ],
        [
            EquipmentPeriod(
                equipment_id=name,
                activity=_sum(by_machine[name]) or quantity_of(0, "min"),
                performance={energy: parse_quantity(text, energy) for energy, text in rates.items()},
            )
            for name, rates in book.performance.items()
        ],
    )
    products = list(dict.fromkeys([*book.uses, *book.materials]))
    return Footprints(
        period,
        {product: _grams(_process(book, period, product)) for product in products},
        {
            product: _grams(
                material_emissions(
                    (one.factor.quantity, one.quantity) for one in book.materials.get(product, [])
                )
            )
            for product in products
        },
    )


def _same_days(book: Book, consumption: list[Candidate], operating: list[Candidate]) -> None:
    spans: dict[str, tuple[int, int, int]] = {}
    for one in consumption:
        first, last, covered = spans.get(one.quantity, (one.start, one.end, 0))
        spans[one.quantity] = (min(first, one.start), max(last, one.end), covered + one.end - one.start)
    if missing := sorted(set(book.factors) - set(spans)):
        raise EnergyNotMeasured(
            f"{missing[0]} has no row in the sheet {CONSUMPTION.title!r}.",
            hint="Add it, or remove the energy.",
        )
    if len(set(spans.values())) > 1 or any(last - first != days for first, last, days in spans.values()):
        raise EnergyNotMeasured(
            f"The rows of {', '.join(sorted(spans))} in {CONSUMPTION.title!r} do not cover the same days, "
            "each once.",
            hint="Give every energy from the same first to the same last day, without gap or overlap.",
        )
    first, last, _ = next(iter(spans.values()), (0, 0, 0))
    if outside := [one for one in operating if one.start < first or one.end > last]:
        raise EnergyNotMeasured(
            f"{OPERATING.title}, row {outside[0].line}: consumption of these days is not known.",
            hint="Give consumption and operating times over the same days.",
        )


def _grouped(found: list[Candidate], by: str) -> dict[str, list[Candidate]]:
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for one in found:
        groups[getattr(one, by)].append(one)
    return groups


def _sum(found: list[Candidate]) -> Quantity | None:
    by_unit: dict[str, Fraction] = defaultdict(Fraction)
    for one in found:
        by_unit[one.unit] += Fraction(one.value)
    parts = [make_quantity(value, unit, "sum") for unit, value in by_unit.items()]
    return sum(parts[1:], parts[0]) if parts else None


def _process(book: Book, period: PeriodResult, product: str) -> Quantity:
    whole = NO_EMISSIONS
    for use in book.uses.get(product, []):
        per_second = period.equipment[use.equipment].intensity_ug
        if per_second is None:
            raise EmissionsWithoutActivity(
                f"{use.equipment} did not run, so nothing is known of it; {product} needs it.",
                hint=f"Add it to the sheet {OPERATING.title!r}.",
            )
        intensity = quantity_of(per_second / MICRO, "gCO2e/s")
        whole = whole + process_emissions([(intensity, use.time)], int(use.pieces))
    return whole


def _grams(mass: Quantity) -> Fraction:
    return magnitude(mass, "gCO2e", "footprint")
