"""Rows out of any bytes: a broken one is told apart, names its line, and costs no other row."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanso.oracle.errors import LayoutRefused
from tanso.oracle.intake.lines import MAX_LINE, Rows


def rows(content: bytes, encoding: str = "utf-8") -> list[tuple[int, list[str] | None]]:
    """Line and cells of each row; None for the cells of a broken one."""
    return [
        (line, None if fault else cells) for line, cells, fault in Rows(io.BytesIO(content), encoding, ",")
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b"1,2\n3,4\n", [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"1,2\r\n3,4", [(2, ["1", "2"]), (3, ["3", "4"])]),
        (b"1,2\n\n\n3,4\n", [(2, ["1", "2"]), (5, ["3", "4"])]),
        (b'"1\n1",2\n3,4\n', [(3, ["1\n1", "2"]), (4, ["3", "4"])]),
        (b"1,2,3\n3,4\n", [(2, None), (3, ["3", "4"])]),
        (b"1\n3,4\n", [(2, None), (3, ["3", "4"])]),
        (b'"1"x,2\n3,4\n', [(2, None), (3, ["3", "4"])]),
        # A quote that is never closed runs over the rest of the file: each line is read for itself.
        (b'1,2\n"3,4\n5,6\n7,8\n', [(2, ["1", "2"]), (3, None), (4, ["5", "6"]), (5, ["7", "8"])]),
        (b'"3,4\n5,6\n"7",8\n', [(2, None), (3, ["5", "6"]), (4, ["7", "8"])]),
        (b"1,\xff\n3,4\n", [(2, None), (3, ["3", "4"])]),
        (b"1," + b"9" * (MAX_LINE + 5) + b"\n3,4\n", [(2, None), (3, ["3", "4"])]),
        (b"1,2" + b"," * (2 * MAX_LINE) + b"\n3,4\n", [(2, None), (3, ["3", "4"])]),
    ],
)
def test_a_row_that_is_none_costs_no_other_row(lines: bytes, expected: list[tuple[int, list[str] | None]]):
    assert rows(b"a,b\n" + lines) == expected


def test_an_encoding_that_does_not_exist_is_refused():
    with pytest.raises(LayoutRefused, match="klingon"):
        rows(b"a,b\n", "klingon")


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=30).filter(lambda line: not set(b"\r\n") & set(line)), max_size=8))
def test_every_line_of_any_file_is_a_row_a_broken_row_or_a_part_of_one(lines: list[bytes]):
    found = rows(b"a,b\n" + b"\n".join(lines))
    assert all(cells is None or len(cells) == 2 for _, cells in found)
    numbers = [line for line, _ in found]
    assert numbers == sorted(set(numbers))
    for number, line in enumerate(lines, start=2):
        if line.count(b",") == 1 and line.isalnum() and b'"' not in b"".join(lines):
            assert number in numbers
