"""Figures that a reader wants of a lot, from what stands on the ledger. Roundings never flatter the maker."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Restated:
    """A lot's CO2 by its latest restatement, the `number`-th; µg CO2e of the whole lot.

    `charged_ug` is what its producer's account bears for the lot from then on.
    """

    number: int
    co2_ug: int
    primary_ug: int
    charged_ug: int


def cfp_ug_up(co2_ug: int, good: int) -> int:
    """Footprint of one good base unit: µg CO2e, rounded up."""
    return -(-co2_ug // good)


def cfp_exact(co2_ug: int, good: int) -> str:
    """The same without rounding, µg CO2e as a fraction in lowest terms, for example "2500/3" or "1200"."""
    return str(Fraction(co2_ug, good))


def primary_percent_down(primary_ug: int, co2_ug: int) -> str:
    """Primary-data share in per cent with two decimals, rounded down, for example "87.31".

    "0.00" of nothing.
    """
    hundredths = primary_ug * 10_000 // co2_ug if co2_ug else 0
    return str((Decimal(hundredths) / 100).quantize(Decimal("0.01")))
