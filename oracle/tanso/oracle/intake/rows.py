"""From the rows of a table to candidate readings and refusals, row by row. No database here."""

import io
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import IO, NamedTuple, Protocol

from tanso.oracle.errors import BadRow, LayoutRefused, OracleError
from tanso.oracle.intake.candidates import Candidate, Column
from tanso.oracle.intake.figures import SeriesReader
from tanso.oracle.intake.intervals import Interval, interval_reader
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.lines import Row, Rows

CHUNK = 25_000
"""Figures that are read, judged and stored at once: bounds the memory, whatever the file's size."""
RAW_LIMIT = 2000
"""Characters of a refused row that are kept, or shown, for people."""


class Refusal(NamedTuple):
    """A figure that can't be taken, and why."""

    line: int
    series: int
    error: str
    reason: str
    raw: str
    start: int | None = None
    end: int | None = None

    @classmethod
    def of(cls, error: OracleError, line: int, series: int, raw: str, interval: Interval | None) -> "Refusal":
        """The refusal that an error amounts to; `raw` is what was read."""
        start, end = interval if interval is not None else (None, None)
        reason = clean(str(error))
        return cls(line, series, type(error).__name__, reason, raw, start if start is not None else end, end)


class Chunk(NamedTuple):
    """A part of a file, or some messages: what was made of them, before the store is asked."""

    found: list[Candidate]
    refused: list[Refusal]
    columns: Sequence[Column] = ()
    """Further figures that are sound in themselves."""


class AnyRows(Protocol):
    """Rows of any kind of file, each with its number, its cells as text and what is wrong with it."""

    header: list[str]

    @property
    def times(self) -> Collection[str]:
        """Column that hold times, not text."""
        ...

    def __iter__(self) -> Iterator[Row]:
        """The rows below the header."""
        ...

    def reached(self, size: int) -> int:
        """How far the file is read, of `size`."""
        ...

    def detach(self) -> None:
        """Lets go of the file, which stays open."""
        ...


class Table:
    """A table of operation data, delimited text or Parquet, read by its layout.

    Raises LayoutRefused, here and while it is read, when the table as a whole does not fit the layout, and
    FileRefused when it is no table at all.
    """

    def __init__(self, file: IO[bytes], layout: Layout, rows: "AnyRows | None" = None) -> None:
        self.layout = layout
        self._rows: AnyRows = rows if rows is not None else _rows_of(file, layout)
        self.header = header = self._rows.header
        if missing := sorted(layout.columns - set(header)):
            raise LayoutRefused(
                f"The file has no column {', '.join(map(repr, missing))}.",
                hint=f"It has {', '.join(map(repr, header)) or 'none'}: check delimiter and column names.",
            )
        if doubled := sorted(name for name in layout.columns if header.count(name) > 1):
            raise LayoutRefused(f"Two columns of the file have the same name, {doubled[0]!r}.")
        self.moved: Counter[tuple[int, str, str]] = Counter()
        """Negative figures that count under another quantity: series, device and that quantity."""
        self.has_registers = any(series.mode == "cumulative" for series in layout.series)
        self._place = {name: number for number, name in enumerate(header)}
        self._interval = interval_reader(_as_typed(layout, self._rows.times), self._place)
        self._readers = [
            SeriesReader(number, series, layout, self._place, self.moved)
            for number, series in enumerate(layout.series)
        ]

    def raw(self, cells: list[str]) -> str:
        """A row as JSON, for people who look into why it was refused.

        It may be cut: the whole row stands in the owner's file, by which it is taken again.
        """
        shown = dict(zip(self.header, cells, strict=False)) if len(cells) == len(self.header) else cells
        return clean(json.dumps(shown, ensure_ascii=False))[:RAW_LIMIT]

    def refusal_of(
        self, error: OracleError, line: int, series: int, cells: list[str], interval: Interval | None
    ) -> Refusal:
        """The refusal that an error amounts to."""
        return Refusal.of(error, line, series, self.raw(cells), interval)

    def read(self) -> Iterator[Candidate | Refusal]:
        """Every figure of the table, as a candidate or a refusal, in order; nothing is left out."""
        for found, refused, columns in self.chunks():
            every: list[Candidate | Refusal] = [*found, *refused]
            every += chain.from_iterable(one.candidates() for one in columns)
            yield from sorted(every, key=lambda one: (one.line, one.series))

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        """The same in chunks of about `size` figures, by what was made of them."""
        found: list[Candidate] = []
        refused: list[Refusal] = []
        interval_of, readers, count = self._interval, self._readers, 0
        for line, cells, fault in self._rows:
            interval: Interval | None = None
            try:
                # Built times go on counting over a bad row, else every later row would be an interval off.
                if not fault or interval_of.built:
                    interval = interval_of(None if fault else cells)
                if fault or interval is None:
                    raise BadRow(f"This is no row of the table: {fault}.", hint="Correct the line.")
            except OracleError as error:
                for reader in readers:
                    refused.append(self.refusal_of(error, line, reader.number, cells, interval))
            else:
                for reader in readers:
                    try:
                        if reader.into_columns(line, cells, interval):
                            continue
                        one = reader.quick(line, cells, interval) or reader.slow(line, cells, interval)
                    except OracleError as error:
                        refused.append(self.refusal_of(error, line, reader.number, cells, interval))
                    else:
                        found.append(one)
            count += 1
            if count * len(readers) >= size:
                yield Chunk(found, refused, self._columns())
                found, refused, count = [], [], 0
        if count:
            yield Chunk(found, refused, self._columns())

    def _columns(self) -> list[Column]:
        return [columns for reader in self._readers for columns in reader.take_columns()]

    def reached(self, size: int) -> int:
        """How far the file is read, of `size`, for progress."""
        return self._rows.reached(size)

    def close(self) -> None:
        """Lets go of the file, which stays open."""
        self._rows.detach()


def _rows_of(file: IO[bytes], layout: Layout) -> AnyRows:
    """By what the file is, not by its name."""
    magic = file.read(4)
    file.seek(0)
    if magic != b"PAR1":
        return Rows(file, layout.encoding, layout.delimiter)
    from tanso.oracle.intake.parquet import (
        ParquetRows,
    )  # pyarrow is large

    return ParquetRows(file, layout.columns)


def _as_typed(layout: Layout, times: Collection[str]) -> Layout:
    """The layout without the format of its times, where columns hold times and not text."""
    time = layout.time
    named = {name for name in (time.start, time.end, time.check) if name is not None}
    if time.format is None or not named & set(times):
        return layout
    if texts := sorted(named - set(times)):
        raise LayoutRefused(
            f"The column {texts[0]!r} holds text, {min(named & set(times))!r} times: no format reads both.",
            hint="Export both alike.",
        )
    return layout.model_copy(update={"time": time.model_copy(update={"format": None})})


def read_rows(content: bytes, layout: Layout) -> Iterator[Candidate | Refusal]:
    """Every figure of a table held in memory; raises LayoutRefused."""
    yield from Table(io.BytesIO(content), layout).read()


def clean(text: str) -> str:
    """The text as every database takes it."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
