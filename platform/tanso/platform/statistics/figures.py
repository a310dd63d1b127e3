"""The arithmetic of category statistics: exact, and coarse before anything is computed from it.

Each contributor has one value, its CO2 over its good units. It counts as rounded to two significant digits,
and every figure is computed from such values: whatever is published, however often, and whatever else a
reader knows, nothing tells more of a contributor than that. docs/statistics.md says why.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Final

LEAST: Final = 5
"""Contributors without whom nothing is published; also the smallest group that releases tell apart."""
MIXED: Final = 3
"""Contributors behind each quantile: it is the mean of that many neighbours."""
QUANTILES: Final = (10, 25, 50, 75, 90)
"""In per cent."""
DIGITS: Final = 2
TENTH: Final = 10
"""Shares count in steps of so many per cent."""


def coarse_nearest(value: Fraction) -> int:
    """A value to two significant digits, at least to whole units, halves up.

    >>> coarse_nearest(Fraction(393_000)), coarse_nearest(Fraction(1_255)), coarse_nearest(Fraction(7, 2))
    (390000, 1300, 4)
    """
    step = _step(value)
    return int((value / step + Fraction(1, 2)) // 1) * step


def coarse_up(value: Fraction) -> int:
    """A value to two significant digits, at least to whole units, rounded up.

    >>> coarse_up(Fraction(391_000)), coarse_up(Fraction(390_000)), coarse_up(Fraction(1, 3))
    (400000, 390000, 1)
    """
    step = _step(value)
    return -int(-value / step // 1) * step


def quantile_up(coarse: Collection[int], percent: int) -> int:
    """The mean of the three values around a quantile, rounded up to two significant digits.

    At the ends, the three lowest or the three highest.

    >>> [quantile_up([10, 20, 30, 40, 90], percent) for percent in QUANTILES]
    [20, 20, 30, 54, 54]
    """
    return coarse_up(_around(sorted(coarse), percent))


def share_down(primary_ug: int, co2_ug: int) -> int:
    """A contributor's primary-data share in per cent, rounded down to tens; 0 of nothing."""
    return primary_ug * 100 // co2_ug // TENTH * TENTH if co2_ug else 0


def median_share_down(shares: Collection[int]) -> int:
    """The mean of the three shares around the median, rounded down to tens."""
    return int(_around(sorted(shares), 50) // TENTH) * TENTH


def counted_down(number: int) -> int:
    """A count as it is shown: rounded down to a multiple of five, so that one more or less rarely shows."""
    return number // LEAST * LEAST


def _around(ordered: Sequence[int], percent: int) -> Fraction:
    """The mean of the `MIXED` values around the nearest rank, of `LEAST` or more."""
    assert len(ordered) >= LEAST
    rank = (2 * percent * (len(ordered) - 1) + 100) // 200
    first = min(max(rank - MIXED // 2, 0), len(ordered) - MIXED)
    return Fraction(sum(ordered[first : first + MIXED]), MIXED)


def _step(value: Fraction) -> int:
    return int(10 ** max(len(str(int(value))) - DIGITS, 0))
