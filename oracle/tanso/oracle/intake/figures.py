"""The figure of one series in a row: the quick way for plain figures, the slow one for all others."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from fractions import Fraction
from operator import itemgetter
from typing import Any, NamedTuple

from tanso.oracle.devices.registry import printable_name
from tanso.oracle.errors import BadDevice, MissingUnit, OracleError
from tanso.oracle.intake.candidates import REGISTER, Candidate, Column
from tanso.oracle.intake.intervals import Interval
from tanso.oracle.intake.layout import ColumnName, Layout, Series
from tanso.oracle.units import (
    Quantity,
    decimal_text,
    fitting,
    magnitude,
    make_quantity,
    parse_number,
    quantity_of,
    unit_text,
)

PLANS_KEPT = 20_000
_PLAIN = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?")
"""A number as nearly every meter writes it; any other is read the slow way."""
_AS_STORED = re.compile(r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,17}[1-9])?").fullmatch
"""A plain number that is stored as it is written: no zero in front, none behind."""


class _Plan(NamedTuple):
    """What is the same for all figures of a device, quantity and unit: looked up instead of worked out."""

    device: str
    quantity: str
    unit: str
    numerator: int
    places: int
    """The stored value is the written one × numerator / 10^places."""
    moved: bool
    """A negative figure that counts under another quantity."""


class SeriesReader:
    """Reads the figures of one series; `place` is the number of each column."""

    def __init__(
        self,
        number: int,
        series: Series,
        layout: Layout,
        place: Mapping[str, int],
        moved: Counter[tuple[int, str, str]],
    ) -> None:
        self.number, self._series, self._layout, self._place = number, series, layout, place
        self._moved = moved
        self._value = place[series.value]
        named = [
            place[part.column]
            for part in (series.device, series.quantity, series.unit)
            if isinstance(part, ColumnName)
        ]
        self._named: Callable[[list[str]], Any] = itemgetter(*named) if named else lambda _cells: None
        self._by_length, self._cumulative = series.mode == "mean rate", series.mode == "cumulative"
        self._plans: dict[tuple[Any, int, str], _Plan | None] = {}
        self._unchanged: dict[Any, tuple[str, str, str]] = {}
        """Device, quantity and unit of figures that are stored as they are measured."""
        self._columns: dict[tuple[str, str, str], Column] = {}
        self._unchanged_columns: dict[Any, Column] = {}

    def _part(self, cells: list[str], part: str | ColumnName) -> str:
        return cells[self._place[part.column]] if isinstance(part, ColumnName) else part

    def quick(self, line: int, cells: list[str], interval: Interval) -> Candidate | None:
        """The figure if it is a plain one: the same that `slow` gives, many times quicker; else None."""
        plain = self._plain(cells, interval)
        if plain is None:
            return None
        device, quantity, value, unit = plain
        start, end = interval
        if self._cumulative:
            start = REGISTER
        assert start is not None
        return Candidate(line, self.number, device, quantity, start, end, value, unit, cells)

    def into_columns(self, line: int, cells: list[str], interval: Interval) -> bool:
        """Puts a plain figure into its column, which is quicker still; False for any other."""
        named, value = self._named(cells), cells[self._value]
        column = self._unchanged_columns.get(named)
        if column is None or not _AS_STORED(value):
            plain = None if self._cumulative else self._plain(cells, interval)
            if plain is None:
                return False
            device, quantity, value, unit = plain
            column = self._columns.get((device, quantity, unit))
            if column is None:
                column = Column(self.number, device, quantity, unit)
                self._columns[device, quantity, unit] = column
            if named in self._unchanged:
                self._unchanged_columns[named] = column
        column.figures.append((line, interval, value, cells))  # type: ignore[arg-type] # it has a start
        return True

    def take_columns(self) -> list[Column]:
        """What was put into columns since the last time."""
        found = list(self._columns.values())
        self._columns, self._unchanged_columns = {}, {}
        return found

    def _plain(self, cells: list[str], interval: Interval) -> tuple[str, str, str, str] | None:
        """Device, quantity, value and unit of a figure if it is a plain one."""
        written, named = cells[self._value], self._named(cells)
        if (same := self._unchanged.get(named)) is not None and _AS_STORED(written):
            device, quantity, unit = same
            return device, quantity, written, unit
        plain = _PLAIN.fullmatch(written)
        if plain is None:
            return None
        start, end = interval
        sign, whole, decimals = plain.groups("")
        # What the plan depends on is what is not the same in every row.
        key = (named, end - (start or 0) if self._by_length else 0, sign)
        try:
            plan = self._plans[key]
        except KeyError:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
                self._unchanged.clear()
            plan = self._plans[key] = self._plan(cells, interval, sign)
            if plan is not None and self._series.mode == "interval" and plan[3:] == (1, 0, False):
                self._unchanged[named] = plan[:3]
        if plan is None:
            return None
        device, quantity, unit, numerator, more_places, moved = plan
        if more_places or numerator != 1:
            places = len(decimals) + more_places
            digits = str(int(whole + decimals) * numerator).rjust(places + 1, "0")
            whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
        decimals = decimals.rstrip("0")
        whole = whole.lstrip("0") or "0"
        if moved:
            if whole == "0" and not decimals:
                return None  # minus zero
            self._moved[self.number, device, quantity] += 1
        return device, quantity, f"{whole}.{decimals}" if decimals else whole, unit

    def _plan(self, cells: list[str], interval: Interval, sign: str) -> _Plan | None:
        """Worked out from the figure 1, as all conversions are proportional; None if it is no plain case."""
        cells = list(cells)
        cells[self._value] = sign + "1"
        try:
            found = self._figure(cells, interval)
        except OracleError:
            return None
        device, quantity, value, unit, moved = found
        if (self._by_length or self._cumulative) and unit != self._layout.unit_of(quantity):
            return None  # its decimals don't end in this unit, and whether they do depends on the figure
        whole, _, decimals = value.partition(".")
        return _Plan(device, quantity, unit, int(whole + decimals), len(decimals), moved)

    def slow(self, line: int, cells: list[str], interval: Interval) -> Candidate:
        """The figure, whatever its form; raises QuantityRefused or BadDevice."""
        start, end = interval
        if self._cumulative:
            start = REGISTER
        assert start is not None
        device, quantity, value, unit, moved = self._figure(cells, interval)
        if moved:
            self._moved[self.number, device, quantity] += 1
        return Candidate(line, self.number, device, quantity, start, end, value, unit, cells)

    def _figure(self, cells: list[str], interval: Interval) -> tuple[str, str, str, str, bool]:
        series = self._series
        device, quantity, unit, like, figure = self._measured(cells)
        start, end = interval
        if series.mode == "mean rate":
            assert start is not None
            figure = figure * quantity_of(end - start, "s")
        moved = figure.magnitude < 0
        if moved:
            quantity, figure = series.negative, quantity_of(-figure.magnitude, figure.units)
            like = self._layout.unit_of(quantity) or like
        value, stored_unit = _stored(
            fitting(figure, like, f"{quantity} of {device}"), unit if series.mode == "interval" else like
        )
        return device, quantity, value, stored_unit, moved

    def _measured(self, cells: list[str]) -> tuple[str, str, str, str, Quantity]:
        """Device, quantity, unit, the unit it must fit, and the figure as measured."""
        series = self._series
        device = self._part(cells, series.device).strip()
        quantity = self._part(cells, series.quantity).strip()
        if not device or len(device) > 120:
            raise BadDevice("There is no device, or its name is longer than 120 characters.")
        if not printable_name(device):
            raise BadDevice(
                f"The device {device[:40]!r} has signs in its name that can't be printed.",
                hint="Rename it where the readings come from.",
            )
        like = self._layout.unit_of(quantity)
        if like is None:
            raise BadDevice(
                f"{quantity[:40]!r} is not a known quantity.",
                hint="Declare it under [quantities] in the layout.",
            )
        field = f"{quantity} of {device}"
        unit = self._part(cells, series.unit).strip()
        if not unit:
            raise MissingUnit(
                field, "there is no unit.", hint="Fill the unit's column or name it in the layout."
            )
        written = cells[self._value]
        figure = make_quantity(written, unit, field, negative=series.negative != "refuse")
        if series.multiplier is not None:
            figure = quantity_of(
                figure.magnitude * parse_number(series.multiplier, "multiplier"), figure.units
            )
        return device, quantity, unit, like, figure


def _stored(figure: Quantity, unit: str) -> tuple[str, str]:
    """Exact decimal text and unit: the given unit if decimals end in it, else the unit without prefixes."""
    text = decimal_text(magnitude(figure, unit, "reading"))
    if text is not None:
        return text, unit_text(unit)
    root = figure.to_root_units()
    text = decimal_text(Fraction(root.magnitude))
    assert text is not None
    return text, f"{root.units:~}"
