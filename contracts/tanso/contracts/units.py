"""Units and exact integer arithmetic of the ledger, the twin of contracts/src/interfaces/Types.sol.

CO2e mass is counted in whole micrograms (µg), emission intensity in whole picograms (pg) per base unit.
Footprints round up, so that no rounding ever makes one smaller.
"""

from collections.abc import Sequence
from enum import IntEnum

from tanso.contracts.errors import InvalidValue

PG_PER_UG = 10**6
"""Picograms in a microgram."""

UG_PER_TONNE = 10**12
"""Micrograms in a tonne."""


class Unit(IntEnum):
    """Base unit in which a lot, an equipment's activity or a factor's activity is counted, always whole."""

    PIECE = 0
    GRAM = 1
    MILLILITRE = 2
    WATT_HOUR = 3
    SECOND = 4

    @property
    def symbol(self) -> str:
        """Unit symbol: pc, g, mL, Wh or s."""
        return _SYMBOLS[self]

    @classmethod
    def of_symbol(cls, symbol: str) -> "Unit":
        """The unit with this symbol.

        :raises InvalidValue: when there is none.
        """
        for unit, known in _SYMBOLS.items():
            if known == symbol:
                return unit
        raise InvalidValue(
            f"{symbol!r} is not a base unit of the ledger.",
            hint=f"Use one of {', '.join(_SYMBOLS.values())}.",
        )


_SYMBOLS = {
    Unit.PIECE: "pc",
    Unit.GRAM: "g",
    Unit.MILLILITRE: "mL",
    Unit.WATT_HOUR: "Wh",
    Unit.SECOND: "s",
}


def emissions_up(activity: int, intensity_pg: int) -> int:
    """Emissions in µg, rounded up: equation (1), activity × intensity.

    >>> emissions_up(3, 500_000)  # 3 s at half a microgram per second
    2

    :param activity: base units of activity, not negative.
    :param intensity_pg: pg CO2e per base unit, not negative.
    :raises InvalidValue: when either is negative or no integer.
    """
    _natural("activity", activity)
    _natural("intensity_pg", intensity_pg)
    return -(-activity * intensity_pg // PG_PER_UG)


def share_up(total_ug: int, quantity: int, of: int) -> int:
    """The part of ``total_ug`` that ``quantity`` out of ``of`` units carries, in µg, rounded up.

    The rule of the contract Lots for consumed and shipped parts.

    :raises InvalidValue: when a value is negative, ``of`` is zero or ``quantity`` is more than ``of``.
    """
    _natural("total_ug", total_ug)
    _natural("quantity", quantity)
    _natural("of", of)
    if of == 0 or quantity > of:
        raise InvalidValue(f"{quantity} units can't be a part of {of}.")
    return -(-total_ug * quantity // of)


def split_exactly(total: int, weights: Sequence[int]) -> list[int]:
    """Splits a whole into parts that are proportional to weights and sum to the whole exactly.

    Part i is ``ceil(T·W_i/W) − ceil(T·W_{i−1}/W)`` with the cumulative weights W_i: each part is within one
    of its exact share, and a weight of zero gets zero.

    >>> split_exactly(10, [1, 1, 1])
    [4, 3, 3]

    :param total: not negative.
    :param weights: not negative, at least one above zero.
    :raises InvalidValue: otherwise.
    """
    _natural("total", total)
    for index, weight in enumerate(weights):
        _natural(f"weights[{index}]", weight)
    whole = sum(weights)
    if whole == 0:
        raise InvalidValue(f"{total} can't be split: there is no weight above zero.")
    parts: list[int] = []
    reached = before = 0
    for weight in weights:
        reached += weight
        cumulative = -(-total * reached // whole)
        parts.append(cumulative - before)
        before = cumulative
    return parts


def _natural(name: str, value: int) -> None:
    if type(value) is not int and not isinstance(value, IntEnum):
        raise InvalidValue(f"{name} must be a whole number, not {value!r}.")
    if value < 0:
        raise InvalidValue(f"{name} must not be negative, it is {value}.")
