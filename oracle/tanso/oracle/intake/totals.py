"""Exact totals of what a file covers, out of the store: a row that stands twice counts once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from itertools import groupby
from operator import itemgetter

from sqlmodel import Session

from tanso.oracle.intake.bulk import count_between, sums_between
from tanso.oracle.intake.candidates import REGISTER, Candidate, Column
from tanso.oracle.intake.judge import Judged
from tanso.oracle.intake.rows import Table
from tanso.oracle.units import decimal_text, magnitude, quantity_of

Totals = dict[str, dict[str, str]]
"""By quantity: {"value": exact decimal, "unit": …}."""


_EXACT = Context(prec=1000, traps=[Inexact])
_KIND = itemgetter(2, 3, 7)
"""Device, quantity and unit of a candidate."""


class Spans:
    """The time that a file covers, per device and quantity, and what was taken from it."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str, str], tuple[int, int]] = {}
        self._taken: dict[tuple[str, str], dict[str, Decimal]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, judged: Judged) -> None:
        """Widens the spans by those of a chunk."""
        for key, (start, end) in judged.spans.items():
            first, last = self._spans.get(key, (start, end))
            self._spans[key] = (min(first, start), max(last, end))
        with localcontext(_EXACT):
            self._add_up(judged.taken, judged.columns)

    def _add_up(self, taken: Iterable[Candidate], columns: Iterable[Column]) -> None:
        for one in columns:
            self._add(one.key, one.unit, [value for _, _, value, _ in one.figures])
        for (device, quantity, unit), group in groupby(taken, _KIND):
            self._add((device, quantity), unit, [one.value for one in group if one.start != REGISTER])

    def _add(self, key: tuple[str, str], unit: str, values: Sequence[str]) -> None:
        if not values:
            return
        by_unit = self._taken.setdefault(key, {})
        by_unit[unit] = sum(map(Decimal, values), by_unit.get(unit, Decimal(0)))
        self._counts[key] += len(values)

    def totals(self, session: Session, business_id: str, only: tuple[str, str] | None = None) -> Totals:
        """What the store holds over these spans, per quantity; of one device and quantity with `only`."""
        sums: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for key, span in sorted(self._spans.items()):
            if only is None or key == only:
                by_unit = sums[key[1]]
                for unit, amount in self._sums(session, business_id, key, span):
                    by_unit[unit] += amount
        return {quantity: _total(by_unit) for quantity, by_unit in sorted(sums.items()) if by_unit}

    def _sums(
        self, session: Session, business_id: str, key: tuple[str, str], span: tuple[int, int]
    ) -> Iterable[tuple[str, Fraction]]:
        # Where the store holds as many as were taken just now, it holds these: no need to read them back.
        if count_between(session, business_id, key, *span) == self._counts[key]:
            return [(unit, Fraction(amount)) for unit, amount in self._taken.get(key, {}).items()]
        return sums_between(session, business_id, key, *span)

    def notes(self, session: Session, business_id: str, table: Table) -> list[str]:
        """What became of negative figures, as the layout says."""
        found = []
        for (number, device, quantity), count in sorted(table.moved.items()):
            series = table.layout.series[number]
            total = self.totals(session, business_id, (device, quantity)).get(quantity)
            why = f" ({series.negative_reason})" if series.negative_reason else ""
            found.append(
                f"{count} negative figures of {device} in the column {series.value!r} "
                f"count as {quantity}{why}"
                + (f", {total['value']} {total['unit']} in all" if total else "")
                + ": the layout says so by negative. They are kept apart, neither netted nor dropped."
            )
        return found


def _total(by_unit: dict[str, Fraction]) -> dict[str, str]:
    if len(by_unit) == 1:
        ((unit, only),) = by_unit.items()
        value = only
    else:
        # Units differ: add up in the unit without prefixes, in which decimals stay decimals.
        parts = [quantity_of(part, unit) for unit, part in by_unit.items()]
        unit = f"{parts[0].to_root_units().units:~}"
        value = sum((magnitude(part, unit, "total") for part in parts), Fraction(0))
    text = decimal_text(value)
    assert text is not None  # decimals sum to a decimal
    return {"value": text, "unit": unit}
