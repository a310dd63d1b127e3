"""Exact whole numbers in arrays: 64 bits where they suffice, Python's own integers where they don't.

Before each operation the largest possible result is worked out; what might not fit 63 bits is computed with
integers of any length. Nothing overflows and nothing is a float.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tanso.oracle.units import Quantity, quantity_of

Whole = NDArray[Any]
"""An array of int64, or of Python's integers."""

LIMIT = 2**63 - 1


def whole(values: Sequence[int]) -> Whole:
    """The integers as an array."""
    fits = not values or (max(values) <= LIMIT and min(values) >= -LIMIT)
    return np.array(values, dtype=np.int64 if fits else object)


def widest(values: Whole) -> int:
    """The largest absolute value, 0 of nothing."""
    return max(abs(int(values.max())), abs(int(values.min()))) if values.size else 0


def times(left: Whole, right: Whole | int) -> Whole:
    """Product, element by element."""
    other = abs(right) if isinstance(right, int) else widest(right)
    if other > LIMIT or widest(left) * other > LIMIT:
        return _wide(left) * (right if isinstance(right, int) else _wide(right))
    product: Whole = left * right
    return product


def plus(left: Whole, right: Whole) -> Whole:
    """Sum, element by element."""
    if widest(left) + widest(right) > LIMIT:
        return _wide(left) + _wide(right)
    added: Whole = left + right
    return added


def divided_up(numerator: Whole, denominator: Whole) -> Whole:
    """Quotient rounded up; denominators are above zero."""
    quotient: Whole = -(-numerator // denominator)
    return narrow(quotient)


def narrow(values: Whole) -> Whole:
    """Back to 64 bits where everything fits."""
    return values.astype(np.int64) if values.dtype == object and widest(values) <= LIMIT else values


def summed(places: NDArray[np.int64], values: Whole, count: int) -> Whole:
    """Sums of the values that have the same place, of 0 to count − 1."""
    fits = widest(values) * max(len(values), 1) <= LIMIT
    sums = np.zeros(count, dtype=np.int64 if fits else object)
    np.add.at(sums, places, values if fits else _wide(values))
    return narrow(sums)


def _wide(values: Whole) -> Whole:
    return values.astype(object)


@dataclass(frozen=True, slots=True)
class Amounts:
    """A quantity per interval: `numbers` × `per`, exact."""

    numbers: Whole
    per: Quantity

    def times(self, number: Quantity) -> "Amounts":
        """Multiplied by a quantity, for example a factor."""
        return Amounts(self.numbers, self.per * number)

    def at(self, place: int) -> Quantity:
        """The quantity of one interval."""
        quantity: Quantity = self.per * Fraction(int(self.numbers[place]))
        return quantity

    def minus(self, others: Sequence["Amounts"]) -> "Amounts":
        """Less the others."""
        return add([self, *(Amounts(-other.numbers, other.per) for other in others)])


def add(parts: Sequence[Amounts]) -> Amounts:
    """The sum of amounts, at least one, whose units convert into each other."""
    unit = parts[0].per.units
    ratios = [Fraction(part.per.to(unit).magnitude) for part in parts]
    common = lcm(*(ratio.denominator for ratio in ratios))
    numbers = times(parts[0].numbers, int(ratios[0] * common))
    for part, ratio in zip(parts[1:], ratios[1:], strict=True):
        numbers = plus(numbers, times(part.numbers, int(ratio * common)))
    return Amounts(numbers, quantity_of(Fraction(1, common), unit))
