"""Parquet files: typed columns to the last digit, by layouts of text files; hostile ones refused."""

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tanso.oracle.errors import FileRefused, LayoutRefused, OracleError
from tanso.oracle.intake import IntakeFile, Reading, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.overview import refused_lines
from tanso.oracle.intake.rows import Table
from tanso.oracle.store import reading

BUSINESS = "0x" + "ab" * 16
BEGIN = 1_672_531_200
TEXT = """
zone = "+09:00"
[time]
start = "start"
length = "15 min"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "value"
unit = "kWh"
"""
LAYOUT = parse_layout(TEXT)
WITH_FORMAT = parse_layout(TEXT.replace("length =", 'format = "%d/%m/%Y %H:%M"\nlength ='))


def starts(count: int, unit: str = "us", zone: str | None = "UTC") -> pa.Array:
    factor = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    return pa.array([(BEGIN + 900 * number) * factor for number in range(count)], pa.timestamp(unit, zone))


def write(path: Path, values: pa.Array, **columns: Any) -> Path:
    count = len(values)
    found = {"device": pa.array(["m"] * count), "start": starts(count), "value": values} | columns
    pq.write_table(pa.table(found), path)
    return path


def values_of(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return [row.value for row in session.exec(select(Reading).order_by(col(Reading.start)))]


EXACT: dict[str, tuple[pa.Array, list[str]]] = {
    "decimals": (
        pa.array([Decimal("0.1"), Decimal("98765432109876543210.123456789")], pa.decimal128(38, 9)),
        ["0.1", "98765432109876543210.123456789"],
    ),
    "a decimal's thousands": (pa.array([Decimal("12300")], pa.decimal128(7, 0)), ["12300"]),
    "whole numbers": (pa.array([0, 2**63 - 1], pa.int64()), ["0", "9223372036854775807"]),
    "whole numbers without sign": (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    "floats by their shortest decimal": (
        pa.array([0.1, 0.1 + 0.2, 1e-7, 1e22], pa.float64()),
        ["0.1", "0.30000000000000004", "0.0000001", "10000000000000000000000"],
    ),
    "short floats by theirs": (pa.array([0.1, 3.3], pa.float32()), ["0.1", "3.3"]),
    "text": (pa.array(["1.50", "2"]), ["1.5", "2"]),
    "text by a dictionary": (pa.array(["1.25", "2", "1.25"]).dictionary_encode(), ["1.25", "2", "1.25"]),
}


@pytest.mark.parametrize("case", EXACT)
def test_figures_are_taken_to_the_last_digit(one_store: Engine, tmp_path: Path, case: str):
    column, expected = EXACT[case]
    path = write(tmp_path / "a.parquet", column)
    result = backfill(one_store, BUSINESS, path, LAYOUT)
    assert (result.accepted, result.refused) == (len(expected), 0)
    assert values_of(one_store) == expected
    assert Fraction(result.totals["electricity"]["value"]) == sum(map(Fraction, expected))
    again = backfill(one_store, BUSINESS, path, LAYOUT)
    assert (again.accepted, again.duplicates, again.totals) == (0, len(expected), result.totals)


@given(st.lists(st.decimals(0, 10**20, places=9), min_size=1, max_size=30))
def test_a_decimal_of_any_size_comes_out_as_it_went_in(values: list[Decimal]):
    file = pa.BufferOutputStream()
    columns = {"start": starts(len(values)), "value": pa.array(values, pa.decimal128(38, 9))}
    pq.write_table(pa.table(columns | {"device": ["m"] * len(values)}), file)
    found = [one.value for one in Table(pa.BufferReader(file.getvalue()), LAYOUT).read()]  # type: ignore[union-attr]
    assert [Fraction(value) for value in found] == [Fraction(value) for value in values]


TOKYO = timezone(timedelta(hours=9))
TIMES: dict[str, tuple[pa.Array, int]] = {
    **{f"in {unit}": (starts(1, unit), BEGIN) for unit in ("s", "ms", "us", "ns")},
    "of another zone": (pa.array([datetime(2023, 1, 1, 9, tzinfo=TOKYO)]), BEGIN),
    "without zone, by the layout's": (starts(1, "ns", None), BEGIN - 9 * 3600),
    "a date, by the layout's zone": (pa.array([date(2023, 1, 1)]), BEGIN - 9 * 3600),
    "as text": (pa.array(["2023-01-01T00:00+00:00"]), BEGIN),
}


@pytest.mark.parametrize("case", TIMES)
def test_times_are_right_whatever_their_type(one_store: Engine, tmp_path: Path, case: str):
    column, start = TIMES[case]
    backfill(one_store, BUSINESS, write(tmp_path / "a.parquet", pa.array([1]), start=column), LAYOUT)
    with Session(one_store) as session:
        assert [row.start for row in session.exec(select(Reading))] == [start]


def test_the_layout_of_a_text_file_reads_typed_times_though_it_says_how_text_is_written(
    one_store: Engine, tmp_path: Path
):
    path = write(tmp_path / "a.parquet", pa.array([1, 2]))
    assert backfill(one_store, BUSINESS, path, WITH_FORMAT).accepted == 2


def test_a_parquet_and_a_text_file_of_the_same_readings_are_duplicates_on_every_store(
    store: Engine, tmp_path: Path
):
    values = [f"{number}.{number:03}" for number in range(200)]
    path = write(tmp_path / "a.parquet", pa.array([Decimal(value) for value in values]))
    done: list[int] = []
    first = backfill(store, BUSINESS, path, LAYOUT, chunk_size=30, progress=lambda at, _size: done.append(at))
    assert (first.accepted, done[-1]) == (200, path.stat().st_size)
    lines = [
        f"m,{datetime.fromtimestamp(BEGIN + 900 * number, TOKYO).isoformat()},{value}"
        for number, value in enumerate(values)
    ]
    (tmp_path / "a.csv").write_text("\n".join(["device,start,value", *lines]) + "\n")
    second = backfill(store, BUSINESS, tmp_path / "a.csv", LAYOUT)
    assert (second.duplicates, second.totals) == (200, first.totals)


def _not_utf8() -> pa.Array:
    raw = pa.array([b"\xff\xfem", b"m"], pa.binary())
    return pa.StringArray.from_buffers(2, *raw.buffers()[1:])


ROWS: dict[str, tuple[dict[str, pa.Array], str]] = {
    "not a number": ({"value": pa.array([float("nan"), 1])}, "NotANumber"),
    "infinite": ({"value": pa.array([float("-inf"), 1])}, "NotANumber"),
    "nothing": ({"value": pa.array([None, 1], pa.float64())}, "MissingValue"),
    "below zero": ({"value": pa.array([Decimal("-0.001"), Decimal(1)])}, "NegativeQuantity"),
    "a float beyond any meter": ({"value": pa.array([1e300, 1])}, "AbsurdNumber"),
    "no device": ({"device": pa.array([None, "m"])}, "BadDevice"),
    "a device that is no text": ({"device": _not_utf8()}, "BadDevice"),
    "no time": ({"start": pa.array([None, BEGIN], pa.timestamp("s"))}, "BadTime"),
    "a part of a second": (
        {"start": pa.array([BEGIN * 10**9 + 1, BEGIN * 10**9], pa.timestamp("ns"))},
        "BadTime",
    ),
    "before 1970": ({"start": pa.array([-1, BEGIN], pa.timestamp("s", "UTC"))}, "BadTime"),
    "the year 3 million": ({"start": pa.array([10**14, BEGIN], pa.timestamp("s"))}, "BadTime"),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_cell_is_refused_by_name_and_the_other_rows_go_in(one_store: Engine, tmp_path: Path, case: str):
    columns, error = ROWS[case]
    sound = {"device": pa.array(["m", "m"]), "start": starts(2), "value": pa.array([1, 1])}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(sound | columns), path)
    for accepted in (1, 0):
        result = backfill(one_store, BUSINESS, path, LAYOUT)
        assert (result.readings, result.accepted, result.refused) == (2, accepted, 1)
    with reading(one_store) as session:
        assert [(one.line, one.error) for one in refused_lines(session, BUSINESS)] == [(1, error)]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _head_only(path: Path) -> None:
    path.write_bytes(b"PAR1")


def _absurd_footer(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1")


def _rewritten(**columns: pa.Array) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        table = pa.table({"device": pa.array(["m"]), "start": starts(1), "value": pa.array([1])} | columns)
        pq.write_table(table, path)

    return make


def _without_value(path: Path) -> None:
    pq.write_table(pa.table({"device": ["m"], "start": starts(1)}), path)


def _two_alike(path: Path) -> None:
    arrays = [pa.array(["m"]), starts(1), pa.array([1]), pa.array([2])]
    pq.write_table(pa.Table.from_arrays(arrays, names=["device", "start", "value", "value"]), path)


def _many_columns(path: Path) -> None:
    names = [f"c{number}" for number in range(10_001)]
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * len(names), names=names), path)


FILES: dict[str, tuple[Callable[[Path], None], type[OracleError]]] = {
    "cut off": (_cut, FileRefused),
    "nothing but the first four bytes": (_head_only, FileRefused),
    "a footer as long as two gigabytes": (_absurd_footer, FileRefused),
    "lists for figures": (_rewritten(value=pa.array([[1]])), FileRefused),
    "records for figures": (_rewritten(value=pa.array([{"a": 1}])), FileRefused),
    "bytes for figures": (_rewritten(value=pa.array([b"1"])), FileRefused),
    "yes and no for figures": (_rewritten(value=pa.array([True])), FileRefused),
    "durations for figures": (_rewritten(value=pa.array([timedelta(1)])), FileRefused),
    "a clock time without date": (_rewritten(start=pa.array([1], pa.time32("s"))), FileRefused),
    "a column too few": (_without_value, LayoutRefused),
    "two columns of one name": (_two_alike, LayoutRefused),
    "ten thousand columns": (_many_columns, FileRefused),
}


@pytest.mark.parametrize("case", FILES)
def test_a_hostile_file_is_refused_whole_and_leaves_no_trace(one_store: Engine, tmp_path: Path, case: str):
    make, error = FILES[case]
    path = write(tmp_path / "a.parquet", pa.array([1]))
    make(path)
    with pytest.raises(error) as caught:
        backfill(one_store, BUSINESS, path, LAYOUT)
    assert caught.value.hint or "columns" in str(caught.value) or "same name" in str(caught.value)
    with Session(one_store) as session:
        assert session.exec(select(IntakeFile)).all() == []


def test_text_beside_times_can_not_share_a_format(one_store: Engine, tmp_path: Path):
    layout = parse_layout(TEXT.replace('length = "15 min"', 'end = "end"\nformat = "%d/%m/%Y %H:%M"'))
    path = write(tmp_path / "a.parquet", pa.array([1]), end=pa.array(["01/01/2023 09:15"]))
    with pytest.raises(LayoutRefused, match="'end' holds text"):
        backfill(one_store, BUSINESS, path, layout)


def test_damage_in_the_middle_is_told_and_what_came_before_stays(one_store: Engine, tmp_path: Path):
    count = 40_000
    columns = {"device": ["m"] * count, "start": starts(count), "value": list(range(count))}
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(columns), path, row_group_size=10_000, compression="zstd")
    sound = path.read_bytes()
    second = pq.ParquetFile(path).metadata.row_group(1).column(2)
    place = second.data_page_offset
    path.write_bytes(sound[: place + 30] + b"\xff" * 2000 + sound[place + 2030 :])
    with pytest.raises(FileRefused, match="damaged after row 10000"):
        backfill(one_store, BUSINESS, path, LAYOUT, chunk_size=5000)
    assert values_of(one_store)[:3] == ["0", "1", "2"]
    stored = len(values_of(one_store))
    assert stored in (5_000, 10_000)
    path.write_bytes(sound)
    result = backfill(one_store, BUSINESS, path, LAYOUT)
    assert (result.duplicates, result.accepted) == (stored, count - stored)
