"""The rows of a Parquet file as a layout reads them: typed columns written out exactly, in bounded memory.

Whole numbers and decimals keep every digit; a floating-point number is the shortest decimal that stands for
it (0.1 is 0.1, not 0.1000000000000000055…); a time is ISO 8601, with an offset where the column has a zone;
nothing (null) is an empty cell. Only the columns that the layout names are read, whatever else there is.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tanso.oracle.errors import FileRefused
from tanso.oracle.intake.lines import Row

MAGIC = b"PAR1"
BATCH = 10_000
MAX_COLUMNS = 10_000
MAX_GROUP = 1 << 30
"""Bytes of a row group, unpacked: so much may have to be held at once."""
_BROKEN = (pa.ArrowException, OSError, MemoryError, OverflowError, ValueError)
"""What pyarrow raises for bytes that are no Parquet."""


class ParquetRows:
    """The header and the rows of a Parquet file; rows are numbered from 1. Raises FileRefused."""

    def __init__(self, file: IO[bytes], columns: Collection[str]) -> None:
        try:
            self._table = pq.ParquetFile(file, buffer_size=1 << 20, pre_buffer=False)
            schema, about = self._table.schema_arrow, self._table.metadata
        except _BROKEN as error:
            raise FileRefused(
                f"This is no Parquet file, or it is cut off: {error}.", hint="Export or copy it anew."
            ) from error
        if len(schema.names) > MAX_COLUMNS:
            raise FileRefused(f"The file has {len(schema.names)} columns, more than {MAX_COLUMNS}.")
        self.header: list[str] = list(schema.names)
        self._wanted = [name for name in dict.fromkeys(self.header) if name in columns]
        for name in self._wanted:
            if schema.names.count(name) == 1:
                _check_type(name, schema.field(name).type)
        self.times = {
            name for name in self._wanted if pa.types.is_temporal(schema.field(schema.names.index(name)).type)
        }
        """Columns that hold times, not text."""
        for number in range(about.num_row_groups):
            size = _unpacked(about.row_group(number), self._wanted)
            if not 0 <= size <= MAX_GROUP:
                raise FileRefused(
                    f"Row group {number} unpacks to {size} bytes, more than {MAX_GROUP}.",
                    hint="Write it with smaller row groups, for example of 100,000 rows.",
                )
        self._count, self._number = int(about.num_rows), 0

    def __iter__(self) -> Iterator[Row]:
        empty = [""] * len(self.header)
        places = [self.header.index(name) for name in self._wanted]
        try:
            for batch in self._table.iter_batches(BATCH, columns=self._wanted, use_threads=False):
                columns = [_texts(batch.column(name)) for name in self._wanted]
                for values in zip(*columns, strict=True):
                    cells = empty.copy()
                    for place, value in zip(places, values, strict=True):
                        cells[place] = value
                    self._number += 1
                    yield self._number, cells, ""
        except _BROKEN as error:
            raise FileRefused(
                f"The file is damaged after row {self._number}: {error}.",
                hint="What came before is stored. Export or copy the file anew, and read it again.",
            ) from error

    def reached(self, size: int) -> int:
        """How far the file is read, of `size`."""
        return min(size * self._number // max(self._count, 1), size)

    def detach(self) -> None:
        """Lets go of the file, which stays open."""


def _check_type(name: str, kind: Any) -> None:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    types = pa.types
    if not (
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_integer(kind)
        or types.is_float32(kind)
        or types.is_float64(kind)
        or types.is_decimal(kind)
        or types.is_timestamp(kind)
        or types.is_date(kind)
        or types.is_null(kind)
    ):
        raise FileRefused(
            f"The column {name!r} holds {str(kind)[:80]}, which is no figure, text or time.",
            hint="Export it as a decimal, a number, text, a date or a timestamp.",
        )


def _unpacked(group: Any, wanted: Collection[str]) -> int:
    chunks = [group.column(place) for place in range(group.num_columns)]
    return int(sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema in wanted))


def _texts(column: Any) -> list[str]:
    """A column's cells as text, exact."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            column = column.cast(pa.timestamp(kind.unit, "UTC"))
        with suppress(pa.ArrowInvalid):  # else the rows that are no whole seconds are refused one by one
            column = column.cast(pa.timestamp("s", column.type.tz))
    if not pa.types.is_large_string(kind):
        column = column.cast(pa.string())
    try:
        found = column.to_pylist()
    except UnicodeDecodeError:
        raw = column.cast(pa.large_binary()).to_pylist()
        found = [None if value is None else value.decode("utf-8", "surrogateescape") for value in raw]
    return ["" if value is None else value for value in found]
