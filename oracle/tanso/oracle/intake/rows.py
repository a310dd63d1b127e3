"""From the text of a table to candidate readings and refusals, row by row. No database here."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from tanso.oracle.errors import (
    BadDevice,
    BadRow,
    BadTime,
    LayoutRefused,
    MeterWentBack,
    MissingUnit,
    OracleError,
)
from tanso.oracle.intake.layout import ColumnName, Layout, Series
from tanso.oracle.intake.times import later, parse_time, unix_seconds, zone_of
from tanso.oracle.units import (
    Quantity,
    decimal_text,
    fitting,
    magnitude,
    make_quantity,
    parse_number,
    parse_quantity,
    quantity_of,
    unit_text,
)

Interval = tuple[int | None, int]
"""Start (None: since the register's last reading) and end, Unix seconds."""

RAW_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A figure that is sound in itself."""

    line: int
    series: int
    device: str
    quantity: str
    start: int
    end: int
    value: str
    unit: str
    raw: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A figure that can't be taken, and why."""

    line: int
    series: int
    error: str
    reason: str
    raw: str
    start: int | None = None
    end: int | None = None


def refusal_of(error: OracleError, line: int, series: int, raw: str, interval: Interval | None) -> Refusal:
    """The refusal that an error amounts to."""
    start, end = interval if interval is not None else (None, None)
    return Refusal(
        line, series, type(error).__name__, str(error), raw, start if start is not None else end, end
    )


def read_rows(content: bytes, layout: Layout) -> Iterator[Candidate | Refusal]:
    """Every figure of the table, as a candidate or a refusal; nothing is left out.

    Raises LayoutRefused when the table as a whole does not fit the layout.
    """
    encoding = (
        "utf-8-sig" if layout.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else layout.encoding
    )
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise LayoutRefused(f"The file is not {layout.encoding} text: {error}.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    try:
        header = list(reader.fieldnames or [])
        if missing := sorted(layout.columns - set(header)):
            raise LayoutRefused(
                f"The file has no column {', '.join(map(repr, missing))}.",
                hint=f"It has {', '.join(map(repr, header)) or 'none'}: check delimiter and column names.",
            )
        if len(set(header)) != len(header):
            raise LayoutRefused("Two columns of the file have the same name.")
        yield from _Reader(layout).read(reader)
    except csv.Error as error:
        raise LayoutRefused(f"Line {reader.line_num} is not a row of a table: {error}.") from error


class _Reader:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.zone = zone_of(layout.zone)
        time = layout.time
        self.length = (
            int(parse_quantity(time.length, "length").to("s").magnitude) if time.length is not None else None
        )
        self.next_start = parse_time(time.first, None, self.zone) if time.first is not None else None
        self.registers: dict[tuple[str, str], tuple[int, Fraction]] = {}

    def read(self, reader: "csv.DictReader[str]") -> Iterator[Candidate | Refusal]:
        for row in reader:
            line = reader.line_num
            raw = json.dumps(row, ensure_ascii=False, default=str)[:RAW_LIMIT]
            interval: Interval | None = None
            try:
                broken = None in row or None in row.values()
                # Built times go on counting over a bad row, else every later row would be an interval off.
                if not broken or self.next_start is not None:
                    interval = self._interval(row)
                if broken or interval is None:
                    raise BadRow("The row has more or fewer cells than the header.")
            except OracleError as error:
                for number in range(len(self.layout.series)):
                    yield refusal_of(error, line, number, raw, interval)
                continue
            for number, series in enumerate(self.layout.series):
                try:
                    found = self._figure(row, series, interval)
                except OracleError as error:
                    yield refusal_of(error, line, number, raw, interval)
                else:
                    if found is not None:
                        device, quantity, start, end, value, unit = found
                        yield Candidate(line, number, device, quantity, start, end, value, unit, raw)

    def _interval(self, row: Mapping[str, str]) -> Interval:
        time = self.layout.time
        if self.next_start is not None:
            return self._built_interval(row)
        start = self._time(row, time.start) if time.start is not None else None
        end = self._time(row, time.end) if time.end is not None else None
        if start is not None and end is None:
            assert self.length is not None
            end = later(start, self.length, self.zone)
        elif start is None and self.length is not None:
            assert end is not None
            start = later(end, -self.length, self.zone)
        assert end is not None
        found = (unix_seconds(start) if start is not None else None, unix_seconds(end))
        if found[0] is not None and found[0] >= found[1]:
            raise BadTime("The interval ends before or when it starts.")
        return found

    def _built_interval(self, row: Mapping[str, str]) -> Interval:
        assert self.next_start is not None
        assert self.length is not None
        start = self.next_start
        end = self.next_start = later(start, self.length, self.zone)
        if self.layout.time.check is not None:
            shown = self._time(row, self.layout.time.check).astimezone(self.zone)
            expected = (start.astimezone(self.zone).date(), end.astimezone(self.zone).time())
            if (shown.date(), shown.time()) != expected:
                raise BadTime(
                    f"By row order the interval is {start} to {end}, the row shows {shown}.",
                    hint="A row is missing, doubled or out of order.",
                )
        return unix_seconds(start), unix_seconds(end)

    def _time(self, row: Mapping[str, str], column: str) -> datetime:
        return parse_time(row.get(column) or "", self.layout.time.format, self.zone)

    def _figure(
        self, row: Mapping[str, str], series: Series, interval: Interval
    ) -> tuple[str, str, int, int, str, str] | None:
        device = _part(row, series.device)
        quantity = _part(row, series.quantity)
        if not device or len(device) > 120:
            raise BadDevice("There is no device, or its name is longer than 120 characters.")
        like = self.layout.unit_of(quantity)
        if like is None:
            raise BadDevice(
                f"{quantity[:40]!r} is not a known quantity.",
                hint="Declare it under [quantities] in the layout.",
            )
        field = f"{quantity} of {device}"
        unit = _part(row, series.unit)
        if not unit:
            raise MissingUnit(
                field, "there is no unit.", hint="Fill the unit's column or name it in the layout."
            )
        figure = make_quantity(row[series.value], unit, field, negative=series.negative != "refuse")
        if series.multiplier is not None:
            figure = quantity_of(
                figure.magnitude * parse_number(series.multiplier, "multiplier"), figure.units
            )
        start, end = interval
        if series.mode == "cumulative":
            difference = self._register(device, quantity, fitting(figure, like, field), end, like)
            if difference is None:
                return None
            start, figure = difference
        assert start is not None
        if series.mode == "mean rate":
            figure = figure * quantity_of(end - start, "s")
        if figure.magnitude < 0:
            quantity, figure = series.negative, quantity_of(-figure.magnitude, figure.units)
            like = self.layout.unit_of(quantity) or like
        value, stored_unit = _stored(
            fitting(figure, like, field), unit if series.mode == "interval" else like
        )
        return device, quantity, start, end, value, stored_unit

    def _register(
        self, device: str, quantity: str, figure: Quantity, end: int, like: str
    ) -> tuple[int, Quantity] | None:
        """What was added since the register's last reading; None for its first."""
        now = Fraction(figure.to(like).magnitude)
        before = self.registers.get((device, quantity))
        if before is not None and end <= before[0]:
            raise BadTime("The rows of a cumulative register must rise in time.")
        self.registers[device, quantity] = (end, now)
        if before is None:
            return None
        if now < before[1]:
            raise MeterWentBack(
                f"The register of {quantity} of {device} fell by {before[1] - now} {like}.",
                hint="After a rollover, reset or exchange give what was used as an interval reading.",
            )
        return before[0], quantity_of(now - before[1], like)


def _part(row: Mapping[str, str], part: str | ColumnName) -> str:
    return (row[part.column] if isinstance(part, ColumnName) else part).strip()


def _stored(figure: Quantity, unit: str) -> tuple[str, str]:
    """Exact decimal text and unit: the given unit if decimals end in it, else the unit without prefixes."""
    text = decimal_text(magnitude(figure, unit, "reading"))
    if text is not None:
        return text, unit_text(unit)
    root = figure.to_root_units()
    text = decimal_text(Fraction(root.magnitude))
    assert text is not None
    return text, f"{root.units:~}"
