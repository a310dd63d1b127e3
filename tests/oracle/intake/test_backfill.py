"""Files of any size: chunk by chunk, and the same readings however often it is stopped and begun again."""

import os
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tanso.oracle.errors import FileChanged, LayoutRefused
from tanso.oracle.intake import IntakeFile, Reading, RefusedRow, parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.intake.overview import refused_lines, stored_series
from tanso.oracle.store import reading

BUSINESS = "0x" + "ab" * 16
LAYOUT_TEXT = """
zone = "UTC"
[time]
start = "start"
length = "15 min"
[[series]]
device = "meter"
quantity = "electricity"
value = "value"
unit = "kWh"
"""
LAYOUT = parse_layout(LAYOUT_TEXT)
QUARTER = 900
BEGIN = 1_672_531_200


def line(number: int, value: str) -> str:
    day, quarter = divmod(number, 96)
    return f"2023-01-{1 + day:02}T{quarter // 4:02}:{quarter % 4 * 15:02},{value}"


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["start,value", *lines]) + "\n")
    return path


def stored(engine: Engine) -> list[tuple[int, str]]:
    with Session(engine) as session:
        return [(row.start, row.value) for row in session.exec(select(Reading).order_by(col(Reading.start)))]


def test_a_file_is_taken_in_chunks_with_its_total_and_a_second_time_gives_duplicates_only(
    store: Engine, tmp_path: Path
):
    path = table(tmp_path / "a.csv", *(line(number, f"0.{number:03}") for number in range(250)))
    done: list[tuple[int, int]] = []
    first = backfill(
        store, BUSINESS, path, LAYOUT, chunk_size=40, progress=lambda at, size: done.append((at, size))
    )
    total = {"electricity": {"value": "31.125", "unit": "kWh"}}
    assert first.document() == {
        "readings": 250, "accepted": 250, "duplicates": 0, "refused": 0, "totals": total,
    }  # fmt: skip
    assert len(done) == 7
    assert done[-1] == (path.stat().st_size, path.stat().st_size)
    second = backfill(store, BUSINESS, path, LAYOUT, chunk_size=33)
    assert second.document() == {
        "readings": 250, "accepted": 0, "duplicates": 250, "refused": 0, "totals": total,
    }  # fmt: skip
    assert len(stored(store)) == 250


def test_a_single_reading_of_a_counter_that_is_known_has_no_total(store: Engine, tmp_path: Path):
    shown = (
        LAYOUT_TEXT.replace('start = "start"\nlength = "15 min"', 'end = "start"') + 'mode = "cumulative"\n'
    )
    layout, path = parse_layout(shown), table(tmp_path / "a.csv", line(0, "5"))
    first, again = (backfill(store, BUSINESS, path, layout) for _ in range(2))
    assert (first.accepted, first.totals) == (1, {})
    assert (again.duplicates, again.totals) == (1, {})


def test_rows_late_doubled_and_out_of_order_give_the_same_total_in_chunks_of_any_size(
    store: Engine, tmp_path: Path
):
    lines = [line(number, "0.1") for number in range(60)]
    mixed = lines[30:] + lines[:40][::-1] + lines[10:20]
    for size in (7, 1000):
        path = table(tmp_path / f"{size}.csv", *mixed, *(["2023-02-01T00:00,1"] if size == 7 else []))
        result = backfill(store, BUSINESS, path, LAYOUT, chunk_size=size)
        assert result.readings == result.accepted + result.duplicates
        assert result.refused == 0
    assert (result.accepted, result.totals["electricity"]["value"]) == (0, "6")


def test_refused_rows_are_listed_with_file_and_line_and_settled_when_the_file_is_read_again(
    store: Engine, tmp_path: Path
):
    path = table(
        tmp_path / "a.csv", line(0, "1"), line(1, "NaN"), line(2, "1"), 'x"y,"', line(3, "-2"), line(97, "4")
    )
    early = BEGIN + 86_400
    result = backfill(store, BUSINESS, path, LAYOUT, clock=lambda: early, chunk_size=2)
    assert (result.accepted, result.refused) == (2, 4)
    with reading(store) as session:
        found = [(one.file, one.line, one.error) for one in refused_lines(session, BUSINESS)]
    assert found == [
        ("a.csv", 3, "NotANumber"),
        ("a.csv", 5, "BadRow"),
        ("a.csv", 6, "NegativeQuantity"),
        ("a.csv", 7, "FutureReading"),
    ]
    again = backfill(store, BUSINESS, path, LAYOUT, clock=lambda: early + 86_400, chunk_size=3)
    assert (again.accepted, again.duplicates, again.refused) == (1, 2, 3)
    with reading(store) as session:
        assert [one.line for one in refused_lines(session, BUSINESS)] == [3, 5, 6]
        every = list(refused_lines(session, BUSINESS, everything=True))
    assert [one.taken for one in every] == [False, False, False, True]


def test_totals_are_exact_whatever_the_number_of_digits(store: Engine, tmp_path: Path):
    values = [
        "0.1",
        "7",
        "123456789012345678",
        "0.123456789012345678901",
        "99999999999999999",
        "0.000001",
    ] * 3
    path = table(tmp_path / "a.csv", *(line(number, value) for number, value in enumerate(values)))
    result = backfill(store, BUSINESS, path, LAYOUT)
    assert Fraction(result.totals["electricity"]["value"]) == sum(map(Fraction, values))


def test_gaps_are_found_per_device_and_quantity(store: Engine, tmp_path: Path):
    path = table(tmp_path / "a.csv", *(line(number, "1") for number in (0, 1, 4, 5, 9)))
    backfill(store, BUSINESS, path, LAYOUT)
    with reading(store) as session:
        (found,) = stored_series(session, BUSINESS)
    assert (found.device, found.quantity, found.count) == ("meter", "electricity", 5)
    assert (found.first, found.last) == (BEGIN, BEGIN + 10 * QUARTER)
    assert found.gaps == [
        (BEGIN + 2 * QUARTER, BEGIN + 4 * QUARTER),
        (BEGIN + 6 * QUARTER, BEGIN + 9 * QUARTER),
    ]
    assert (found.gap_count, found.missing_s) == (2, 5 * QUARTER)


def test_a_file_that_does_not_fit_its_layout_leaves_no_trace(store: Engine, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(LayoutRefused):
        backfill(store, BUSINESS, path, LAYOUT)
    with Session(store) as session:
        assert session.exec(select(IntakeFile)).all() == []


def test_a_file_that_changes_while_it_is_read_is_told_and_read_again(one_store: Engine, tmp_path: Path):
    path = table(tmp_path / "a.csv", *(line(number, "1") for number in range(9)))

    def write(_done: int, _size: int) -> None:
        with path.open("a") as file:
            file.write(line(10, "1") + "\n")
        os.utime(path, ns=(1, 1))

    with pytest.raises(FileChanged):
        backfill(one_store, BUSINESS, path, LAYOUT, progress=write)
    again = backfill(one_store, BUSINESS, path, LAYOUT)
    assert again.totals["electricity"]["value"] == "10"


KILLED = """
import os, signal, sys
from pathlib import Path
from tanso.oracle.intake import parse_layout
from tanso.oracle.intake.backfill import backfill
from tanso.oracle.store import open_store
chunks = 0
def progress(done, size):
    global chunks
    chunks += 1
    if chunks == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
url, path, layout, _, business = sys.argv[1:]
backfill(open_store(url), business, Path(path), parse_layout(layout), progress=progress, chunk_size=10)
"""


@pytest.mark.parametrize("after", [1, 4])
def test_a_process_killed_in_the_middle_and_begun_again_comes_to_the_same_readings(
    store: Engine, store_url: str, tmp_path: Path, after: int
):
    lines = [line(number, f"{number}.25") for number in range(95)]
    lines[17] = lines[17].replace("17.25", "-1")
    path = table(tmp_path / "a.csv", *lines)
    command = [sys.executable, "-c", KILLED, store_url, str(path), LAYOUT_TEXT, str(after), BUSINESS]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    # What the process told of is stored; the chunk after it may be, too.
    before = len(stored(store))
    assert before in (10 * after - (after > 1), 10 * (after + 1) - 1)
    result = backfill(store, BUSINESS, path, LAYOUT, chunk_size=10)
    assert (result.duplicates, result.accepted) == (before, 94 - before)
    expected = [(BEGIN + QUARTER * number, f"{number}.25") for number in range(95) if number != 17]
    assert stored(store) == expected
    assert Fraction(result.totals["electricity"]["value"]) == sum(Fraction(value) for _, value in expected)
    with Session(store) as session:
        assert [row.line for row in session.exec(select(RefusedRow))] == [19]
