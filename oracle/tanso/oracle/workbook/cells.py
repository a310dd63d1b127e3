"""The cells of a sheet as exact text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from tanso.oracle.errors import CellRefused, FileRefused
from tanso.oracle.workbook.sheets import EXAMPLE, HEADER_ROW, Sheet

MAX_ROWS = 50_000
MAX_TEXT = 1000
_WIDE = 20
"""Columns that are looked at: the tables have fewer."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet: the text of each cell by the name of its column."""

    number: int
    cells: dict[str, str]
    faults: dict[str, CellRefused] = field(default_factory=dict)
    """What can't be used whatever it should mean, by column."""


@dataclass(slots=True)
class Lines:
    """The rows of a sheet that hold anything."""

    sheet: Sheet
    lines: list[Line] = field(default_factory=list)
    examples: int = 0


def lines_of(book: Any, sheet: Sheet) -> Lines:
    """Every row of a sheet below its header; raises FileRefused when the sheet is not the template's."""
    if sheet.title not in book.sheetnames:
        raise FileRefused(
            f"The workbook has no sheet {sheet.title!r}.", hint="`tanso oracle template` writes one that has."
        )
    found = Lines(sheet)
    rows = _rows(book[sheet.title])
    place = _places(sheet, rows)
    for number, cells in rows:
        if not any(_filled(cell) for cell in cells):
            continue
        if number > MAX_ROWS:
            raise FileRefused(
                f"The sheet {sheet.title!r} has more than {MAX_ROWS} rows.", hint="Split it, or use Parquet."
            )
        if _filled(cells[0]) and str(cells[0].value).strip().upper() == EXAMPLE:
            found.examples += 1
            continue
        line = Line(number, {})
        for name, at in place.items():
            line.cells[name], fault = text_of(cells[at]) if at < len(cells) else ("", None)
            if fault is not None:
                line.faults[name] = fault
        found.lines.append(line)
    return found


def _rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    yield from enumerate(sheet.iter_rows(max_col=_WIDE), start=1)


def _places(sheet: Sheet, rows: Iterator[tuple[int, tuple[Any, ...]]]) -> dict[str, int]:
    for number, cells in rows:
        if number == HEADER_ROW:
            headers = [str(cell.value).strip() if _filled(cell) else "" for cell in cells]
            wanted = {column.name: column.header for column in sheet.columns}
            for header in wanted.values():
                if headers.count(header) != 1:
                    raise FileRefused(
                        f"Row {HEADER_ROW} of the sheet {sheet.title!r} does not have the column {header!r} "
                        "once.",
                        hint="Leave the headers as the template has them.",
                    )
            return {name: headers.index(header) for name, header in wanted.items()}
    raise FileRefused(f"The sheet {sheet.title!r} has no header.", hint="Start from the template.")


def _filled(cell: Any) -> bool:
    return cell.value is not None and cell.value != ""


def text_of(cell: Any) -> tuple[str, CellRefused | None]:
    """A cell's text, and why it can't be used, if so.

    A spreadsheet keeps numbers in binary: 0.1 is what its shortest decimal says. A formula is refused: what a
    program cached of it nobody can check, and it may be of before the last change.
    """
    value = cell.value
    if value is None:
        return "", None
    if cell.data_type == "f":
        return _cut(getattr(value, "text", None) or str(value)), CellRefused(
            "It is a formula.", hint="Copy the cell and paste it as a value."
        )
    if cell.data_type == "e":
        return _cut(str(value)), CellRefused(f"It shows the error {str(value)[:20]}.", hint="Write a value.")
    if isinstance(value, bool):
        return str(value).upper(), CellRefused("It is true or false.", hint="Write a value.")
    if isinstance(value, int | float):
        return repr(value), None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(), None
    if isinstance(value, date):
        return value.isoformat(), None
    text = str(value).strip()
    if len(text) > MAX_TEXT:
        return _cut(text), CellRefused(f"It has more than {MAX_TEXT} characters.", hint="Write a value.")
    return text, None


def _cut(text: str) -> str:
    return text[:MAX_TEXT]
