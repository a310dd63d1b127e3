"""From the rows of a table to candidate readings and refusals, row by row. No database here."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import IO, NamedTuple

from tanso.oracle.errors import (
    BadDevice,
    BadRow,
    BadTime,
    LayoutRefused,
    MeterWentBack,
    MissingUnit,
    OracleError,
)
from tanso.oracle.intake.intervals import Interval, interval_reader
from tanso.oracle.intake.layout import ColumnName, Layout, Series
from tanso.oracle.intake.lines import Rows
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

RAW_LIMIT = 2000
PLANS_KEPT = 20_000
_PLAIN = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?")
"""A number as nearly every meter writes it; any other is read the slow way."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Candidate(NamedTuple):
    """A figure that is sound in itself."""

    line: int
    series: int
    device: str
    quantity: str
    start: int
    end: int
    value: str
    unit: str
    cells: list[str]


class Refusal(NamedTuple):
    """A figure that can't be taken, and why."""

    line: int
    series: int
    error: str
    reason: str
    raw: str
    start: int | None = None
    end: int | None = None


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


class Table:
    """A table of operation data, read by its layout.

    Raises LayoutRefused, here and while it is read, when the table as a whole does not fit the layout.
    """

    def __init__(self, file: IO[bytes], layout: Layout) -> None:
        self.layout = layout
        self._rows = Rows(file, layout.encoding, layout.delimiter)
        self.header = header = self._rows.header
        if missing := sorted(layout.columns - set(header)):
            raise LayoutRefused(
                f"The file has no column {', '.join(map(repr, missing))}.",
                hint=f"It has {', '.join(map(repr, header)) or 'none'}: check delimiter and column names.",
            )
        if doubled := sorted(name for name in layout.columns if header.count(name) > 1):
            raise LayoutRefused(f"Two columns of the file have the same name, {doubled[0]!r}.")
        self._place = {name: number for number, name in enumerate(header)}
        self._interval = interval_reader(layout, self._place)
        self._registers: dict[tuple[str, str], tuple[int, Fraction]] = {}
        self._plans: dict[tuple[int, str, str, str, int, bool], _Plan | None] = {}
        self.moved: Counter[tuple[int, str, str]] = Counter()
        """Negative figures that count under another quantity: series, device and that quantity."""

    def raw(self, cells: list[str]) -> str:
        """A row as JSON, for people who look into why it was refused."""
        shown = dict(zip(self.header, cells, strict=False)) if len(cells) == len(self.header) else cells
        return clean(json.dumps(shown, ensure_ascii=False))[:RAW_LIMIT]

    def refusal_of(
        self, error: OracleError, line: int, series: int, cells: list[str], interval: Interval | None
    ) -> Refusal:
        """The refusal that an error amounts to."""
        start, end = interval if interval is not None else (None, None)
        return Refusal(
            line,
            series,
            type(error).__name__,
            clean(str(error)),
            self.raw(cells),
            start if start is not None else end,
            end,
        )

    def read(self) -> Iterator[Candidate | Refusal]:
        """Every figure of the table, as a candidate or a refusal; nothing is left out."""
        all_series = list(enumerate(self.layout.series))
        for line, cells, fault in self._rows:
            interval: Interval | None = None
            try:
                # Built times go on counting over a bad row, else every later row would be an interval off.
                if not fault or self._interval.built:
                    interval = self._interval(None if fault else cells)
                if fault or interval is None:
                    raise BadRow(f"This is no row of the table: {fault}.", hint="Correct the line.")
            except OracleError as error:
                for number, _ in all_series:
                    yield self.refusal_of(error, line, number, cells, interval)
                continue
            for number, series in all_series:
                try:
                    found = self._quick(line, number, series, cells, interval)
                    if found is None:
                        found = self._slow(line, number, series, cells, interval)
                except OracleError as error:
                    yield self.refusal_of(error, line, number, cells, interval)
                else:
                    if found is not None:
                        yield found

    def close(self) -> None:
        """Lets go of the file, which stays open."""
        self._rows.detach()

    def _part(self, cells: list[str], part: str | ColumnName) -> str:
        return cells[self._place[part.column]] if isinstance(part, ColumnName) else part

    def _quick(
        self, line: int, number: int, series: Series, cells: list[str], interval: Interval
    ) -> Candidate | None:
        """The figure if it is a plain one: the same that `_slow` gives, many times quicker."""
        plain = _PLAIN.fullmatch(cells[self._place[series.value]])
        start, end = interval
        if plain is None or start is None or series.mode == "cumulative":
            return None
        sign, whole, decimals = plain.groups("")
        length = end - start if series.mode == "mean rate" else 0
        device, quantity, unit = (
            self._part(cells, part) for part in (series.device, series.quantity, series.unit)
        )
        key = (number, device, quantity, unit, length, sign == "-")
        try:
            plan = self._plans[key]
        except KeyError:
            if len(self._plans) >= PLANS_KEPT:
                self._plans.clear()
            plan = self._plans[key] = self._plan(series, cells, interval, sign)
        if plan is None:
            return None
        if plan.places or plan.numerator != 1:
            places = len(decimals) + plan.places
            digits = str(int(whole + decimals) * plan.numerator).rjust(places + 1, "0")
            whole, decimals = (digits[:-places], digits[-places:]) if places else (digits, "")
        decimals = decimals.rstrip("0")
        whole = whole.lstrip("0") or "0"
        if plan.moved:
            if whole == "0" and not decimals:
                return None  # minus zero
            self.moved[number, plan.device, plan.quantity] += 1
        value = f"{whole}.{decimals}" if decimals else whole
        return Candidate(line, number, plan.device, plan.quantity, start, end, value, plan.unit, cells)

    def _plan(self, series: Series, cells: list[str], interval: Interval, sign: str) -> _Plan | None:
        """Worked out from the figure 1, as all conversions are proportional; None if it is no plain case."""
        cells = list(cells)
        cells[self._place[series.value]] = sign + "1"
        try:
            found = self._figure(cells, series, interval)
        except OracleError:
            return None
        device, quantity, value, unit, moved = found
        if series.mode != "interval" and unit != self.layout.unit_of(quantity):
            return None  # its decimals don't end in this unit, and whether they do depends on the figure
        whole, _, decimals = value.partition(".")
        return _Plan(device, quantity, unit, int(whole + decimals), len(decimals), moved)

    def _slow(
        self, line: int, number: int, series: Series, cells: list[str], interval: Interval
    ) -> Candidate | None:
        if series.mode == "cumulative":
            return self._register(line, number, series, cells, interval[1])
        start, end = interval
        assert start is not None
        device, quantity, value, unit, moved = self._figure(cells, series, interval)
        if moved:
            self.moved[number, device, quantity] += 1
        return Candidate(line, number, device, quantity, start, end, value, unit, cells)

    def _figure(
        self, cells: list[str], series: Series, interval: Interval
    ) -> tuple[str, str, str, str, bool]:
        device, quantity, unit, like, figure = self._measured(cells, series)
        start, end = interval
        assert start is not None
        if series.mode == "mean rate":
            figure = figure * quantity_of(end - start, "s")
        moved = figure.magnitude < 0
        if moved:
            quantity, figure = series.negative, quantity_of(-figure.magnitude, figure.units)
            like = self.layout.unit_of(quantity) or like
        value, stored_unit = _stored(
            fitting(figure, like, f"{quantity} of {device}"), unit if series.mode == "interval" else like
        )
        return device, quantity, value, stored_unit, moved

    def _measured(self, cells: list[str], series: Series) -> tuple[str, str, str, str, Quantity]:
        """Device, quantity, unit, the unit it must fit, and the figure as measured."""
        device = self._part(cells, series.device).strip()
        quantity = self._part(cells, series.quantity).strip()
        if not device or len(device) > 120:
            raise BadDevice("There is no device, or its name is longer than 120 characters.")
        if _UNPRINTABLE.search(device):
            raise BadDevice(f"The device {device[:40]!r} has signs in its name that can't be printed.")
        like = self.layout.unit_of(quantity)
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
        written = cells[self._place[series.value]]
        figure = make_quantity(written, unit, field, negative=series.negative != "refuse")
        if series.multiplier is not None:
            figure = quantity_of(
                figure.magnitude * parse_number(series.multiplier, "multiplier"), figure.units
            )
        return device, quantity, unit, like, figure

    def _register(
        self, line: int, number: int, series: Series, cells: list[str], end: int
    ) -> Candidate | None:
        """What was added since the register's last reading; None for its first."""
        device, quantity, _, like, figure = self._measured(cells, series)
        now = magnitude(figure, like, f"{quantity} of {device}")
        before = self._registers.get((device, quantity))
        if before is not None and end <= before[0]:
            raise BadTime("The rows of a cumulative register must rise in time.")
        self._registers[device, quantity] = (end, now)
        if before is None:
            return None
        if now < before[1]:
            raise MeterWentBack(
                f"The register of {quantity} of {device} fell by {before[1] - now} {like}.",
                hint="After a rollover, reset or exchange give what was used as an interval reading.",
            )
        value, unit = _stored(quantity_of(now - before[1], like), like)
        return Candidate(line, number, device, quantity, before[0], end, value, unit, cells)


def read_rows(content: bytes, layout: Layout) -> Iterator[Candidate | Refusal]:
    """Every figure of a table held in memory; raises LayoutRefused."""
    yield from Table(io.BytesIO(content), layout).read()


def clean(text: str) -> str:
    """The text as every database takes it."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _stored(figure: Quantity, unit: str) -> tuple[str, str]:
    """Exact decimal text and unit: the given unit if decimals end in it, else the unit without prefixes."""
    text = decimal_text(magnitude(figure, unit, "reading"))
    if text is not None:
        return text, unit_text(unit)
    root = figure.to_root_units()
    text = decimal_text(Fraction(root.magnitude))
    assert text is not None
    return text, f"{root.units:~}"
