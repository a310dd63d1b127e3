"""Stored readings as columns of whole numbers: what each series amounts to in each interval.

Memory follows from series times intervals, not from the number of readings, which go by month for month.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, pairwise
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

from tanso.oracle.calculation.whole import Amounts, Whole, add, plus, summed, times, whole
from tanso.oracle.errors import ReadingStraddlesPeriod, TooFine
from tanso.oracle.intake.bulk import StoredReading, readings_between
from tanso.oracle.sites import Source
from tanso.oracle.units import quantity_of

MAX_CELLS = 40_000_000
"""Most series times intervals that are computed at a time: a year of half-hours of 2,000 meters and more."""
MONTH = 31 * 86_400
Places = NDArray[np.int64]
Progress = Callable[[int, int], None]
"""Told how much of the time has been read, and how much there is, in seconds."""


@dataclass(slots=True)
class Column:
    """One series over the intervals between given bounds."""

    covered_s: Places
    """Seconds of each interval that readings cover; a reading counts where it begins."""
    spanned: Places
    """Above zero at bounds that a reading reaches over."""
    sums: dict[str, tuple[int, Whole]] = field(default_factory=dict)
    """By unit: number of decimals, and the sums without the point."""

    def take(self, bounds: Places, rows: Sequence[StoredReading]) -> None:
        """Adds readings, each at the interval that it begins in."""
        starts = np.array([row[2] for row in rows], dtype=np.int64)
        ends = np.array([row[3] for row in rows], dtype=np.int64)
        places = np.searchsorted(bounds, starts, side="right") - 1
        np.add.at(self.covered_s, places, ends - starts)
        reached = np.searchsorted(bounds, ends, side="left")
        over = reached - places > 1
        np.add.at(self.spanned, places[over] + 1, 1)
        np.add.at(self.spanned, reached[over], -1)
        units = {row[5] for row in rows}
        for unit in sorted(units):
            chosen = [row[5] == unit for row in rows] if len(units) > 1 else None
            values = [row[4] for row in rows if row[5] == unit]
            self._add(unit, places if chosen is None else places[np.array(chosen)], values)

    def _add(self, unit: str, places: Places, values: Sequence[str]) -> None:
        parts = [value.partition(".") for value in values]
        decimals = max(len(part[2]) for part in parts)
        numbers = whole([int(before + after.ljust(decimals, "0")) for before, _, after in parts])
        sums = summed(places, numbers, len(self.covered_s))
        held = self.sums.get(unit)
        if held is not None:
            common = max(decimals, held[0])
            sums = plus(times(sums, 10 ** (common - decimals)), times(held[1], 10 ** (common - held[0])))
            decimals = common
        self.sums[unit] = decimals, sums

    def amounts(self, kept: Places) -> Amounts:
        """The amounts between the kept bounds, by their numbers."""
        return add(
            [
                Amounts(merged(sums, kept), quantity_of(Fraction(1, 10**decimals), unit))
                for unit, (decimals, sums) in sorted(self.sums.items())
            ]
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """The readings of a site between bounds."""

    bounds: Places
    found: dict[Source, Column]
    others: Sequence[Source]
    """Stored series that were not asked for."""

    def kept(self, sources: Iterable[Source]) -> Places:
        """Numbers of the bounds that no reading of these sources reaches over."""
        over = np.zeros(len(self.bounds), dtype=np.int64)
        for source in sources:
            if source in self.found:
                over += self.found[source].spanned
        return np.flatnonzero(np.cumsum(over) == 0)


def read_columns(
    session: Session,
    business_id: str,
    sources: Collection[Source],
    bounds: Sequence[int],
    progress: Progress | None = None,
) -> Columns:
    """The readings of `sources` between the first and the last bound (Unix seconds, rising).

    Raises TooFine, or ReadingStraddlesPeriod when a reading reaches over the first or the last bound.
    """
    if len(sources) * len(bounds) > MAX_CELLS:
        raise TooFine(
            f"{len(sources):,} series in {len(bounds) - 1:,} intervals are too many to compute at a time.",
            hint="Ask for a shorter time, or for days or weeks.",
        )
    at = np.array(bounds, dtype=np.int64)
    start, end = bounds[0], bounds[-1]
    found: dict[Source, Column] = {}
    others: set[Source] = set()
    cuts = [*range(start, end, MONTH), end]
    for first, last in pairwise(cuts):
        with readings_between(session, business_id, first, last) as rows:
            for source, group in groupby(rows, key=itemgetter(0, 1)):
                if source not in sources:
                    others.add(source)
                    continue
                # A reading over a cut comes twice; it counts where it begins.
                of_source = [row for row in group if row[2] >= first or row[2] < start]
                if any(row[2] < start or row[3] > end for row in of_source):
                    raise ReadingStraddlesPeriod(
                        f"A reading of {source[1]} of {source[0]} lies only partly in the time asked for.",
                        hint="Choose a time whose ends are ends of readings.",
                    )
                if of_source:
                    empty = Column(np.zeros(len(at) - 1, dtype=np.int64), np.zeros(len(at), dtype=np.int64))
                    found.setdefault(source, empty).take(at, of_source)
        if progress is not None:
            progress(last - start, end - start)
    return Columns(at, found, sorted(others))


def merged(values: Whole, kept: Places) -> Whole:
    """Sums of the values between the kept bounds."""
    count = len(kept) - 1
    if count == len(values):
        return values
    places = np.repeat(np.arange(count, dtype=np.int64), np.diff(kept))
    return summed(places, values, count)
