"""The interval of each row of a table, by the layout's [time]."""

from collections.abc import Mapping
from functools import lru_cache

from tanso.oracle.errors import BadTime, LayoutRefused
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.times import (
    DAY,
    TIMES_KEPT,
    TimeReader,
    fixed_offset,
    in_zone,
    later,
    parse_time,
    shown_in_utc,
    unix_seconds,
    zone_of,
)
from tanso.oracle.units import parse_quantity

Interval = tuple[int | None, int]
"""Start (None: since the register's last reading) and end, Unix seconds."""


class FromColumns:
    """Start and end, or one of them and a length, stand in the row."""

    built = False

    def __init__(self, layout: Layout, place: Mapping[str, int]) -> None:
        time = layout.time
        self._zone = zone_of(layout.zone)
        self._seconds = TimeReader(time.format, self._zone).seconds
        self._pattern = time.format
        self._start = place[time.start] if time.start is not None else None
        self._end = place[time.end] if time.end is not None else None
        self._length = _length(layout)
        self._known = lru_cache(TIMES_KEPT)(self._between)
        # Days of a zone that turns its clocks have 23 to 25 hours.
        self._by_calendar = (
            self._length is not None and self._length % DAY == 0 and fixed_offset(self._zone) is None
        )

    def __call__(self, cells: list[str] | None) -> Interval | None:
        """The row's interval; raises BadTime."""
        if cells is None:
            return None
        return self._known(
            cells[self._start] if self._start is not None else "",
            cells[self._end] if self._end is not None else "",
        )

    def _between(self, first: str, last: str) -> Interval:
        start = self._seconds(first) if self._start is not None else None
        end = self._seconds(last) if self._end is not None else None
        if start is not None and end is not None:
            if start >= end:
                raise BadTime("The interval ends before or when it starts.")
            return start, end
        if self._length is None:
            assert end is not None
            return None, end
        if start is not None:
            return start, self._moved(first, start, self._length)
        assert end is not None
        return self._moved(last, end, -self._length), end

    def _moved(self, text: str, seconds: int, by: int) -> int:
        if not self._by_calendar:
            return shown_in_utc(seconds + by)
        return unix_seconds(later(parse_time(text, self._pattern, self._zone), by, self._zone))


class FromRowOrder:
    """Times are counted from the first row on, and checked against a column if the layout names one."""

    built = True

    def __init__(self, layout: Layout, place: Mapping[str, int]) -> None:
        time = layout.time
        assert time.first is not None
        self._zone = zone_of(layout.zone)
        try:
            self._next = parse_time(time.first, None, self._zone)
            self._seconds = unix_seconds(self._next)
        except BadTime as error:
            raise LayoutRefused(f"[time] first: {error}") from error
        self._offset = fixed_offset(self._zone)
        self._check = place[time.check] if time.check is not None else None
        self._pattern = time.format
        self._read = TimeReader(time.format, self._zone).seconds
        length = _length(layout)
        assert length is not None
        self._length = length

    def __call__(self, cells: list[str] | None) -> Interval | None:
        """The interval of the next row, which may be a broken one (None); raises BadTime."""
        if self._offset is None:
            return self._by_calendar(cells)
        start = self._seconds
        end = self._seconds = shown_in_utc(start + self._length)
        if cells is not None and self._check is not None:
            shown = self._read(cells[self._check]) + self._offset
            if shown // DAY != (start + self._offset) // DAY or shown % DAY != (end + self._offset) % DAY:
                raise _displaced(start, end, cells[self._check])
        return start, end

    def _by_calendar(self, cells: list[str] | None) -> Interval:
        start = self._next
        end = self._next = later(start, self._length, self._zone)
        if cells is not None and self._check is not None:
            shown = in_zone(parse_time(cells[self._check], self._pattern, self._zone), self._zone)
            expected = (in_zone(start, self._zone).date(), in_zone(end, self._zone).time())
            if (shown.date(), shown.time()) != expected:
                raise _displaced(unix_seconds(start), unix_seconds(end), cells[self._check])
        return unix_seconds(start), unix_seconds(end)


def interval_reader(layout: Layout, place: Mapping[str, int]) -> FromColumns | FromRowOrder:
    """What gives the interval of a row; `place` is the number of each column."""
    return FromRowOrder(layout, place) if layout.time.first is not None else FromColumns(layout, place)


def _length(layout: Layout) -> int | None:
    length = layout.time.length
    return int(parse_quantity(length, "length").to("s").magnitude) if length is not None else None


def _displaced(start: int, end: int, shown: str) -> BadTime:
    return BadTime(
        f"By row order the interval is {start} to {end} (Unix seconds), the row shows {shown[:40]!r}.",
        hint="A row is missing, doubled or out of order.",
    )
