"""Reads a firm's own table of emission factors: delimited text or .xlsx, by a layout of a few lines of TOML.

    title = "Factors of our suppliers"   # title, source and licence are for people
    delimiter = ";"                      # default ","; encoding = "utf-8" is the default, too
    sheet = "Factors"                    # .xlsx only; default: the first one
    header_row = 3                       # .xlsx only; default 1

    [columns]                            # our field = the file's column
    name = "Item"
    value = "kg-CO2e"

    [constants]                          # what is the same in all rows
    unit = "kg/kg"
    publisher = "Ministry of the Environment"

Fields: name, value, unit and publisher are needed; series is what versions share, activity is the series, or
the name, where it is not given; year, geography, basis and gwp_set are "not stated"; kind, valid_from and
valid_until (ISO 8601, UTC) may be left out. Without a layout the columns have the fields' names.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tanso.oracle.errors import FileRefused, LayoutRefused
from tanso.oracle.intake.lines import Rows
from tanso.oracle.workbook.cells import text_of
from tanso.oracle.workbook.opening import opened_book

FieldName = Literal[
    "name", "value", "unit", "publisher", "activity", "year", "geography", "basis", "gwp_set",
    "series", "kind", "valid_from", "valid_until",
]  # fmt: skip
FIELDS: Final[tuple[FieldName, ...]] = get_args(FieldName)
NEEDED: Final[tuple[FieldName, ...]] = ("name", "value", "unit", "publisher")
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 200
LAST_ROW: Final = 50_000
"""Of a sheet, empty rows with them."""
_ZIP = b"PK\x03\x04"
_Text = Annotated[str, Field(min_length=1, max_length=1000)]


class FactorLayout(BaseModel):
    """Which column of a table is which field of a factor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    source: str = ""
    licence: str = ""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Annotated[str, Field(min_length=1, max_length=40)] = "utf-8"
    sheet: _Text | None = None
    header_row: Annotated[int, Field(ge=1, le=1_000)] = 1
    columns: dict[FieldName, _Text]
    constants: dict[FieldName, _Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sound(self) -> "FactorLayout":
        if both := sorted(self.columns.keys() & self.constants.keys()):
            raise ValueError(f"{both[0]} is a column and a constant")
        if missing := [name for name in NEEDED if name not in {*self.columns, *self.constants}]:
            raise ValueError(f"{', '.join(missing)}: name the column, or give a constant")
        return self


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of the file: the text of each field, where it stands, and what can't be read of it."""

    line: int
    cells: dict[str, str]
    places: dict[str, str]
    """For people, by field: "line 7, column 'Item'" or "Factors!C7"."""
    faults: dict[str, str] = field(default_factory=dict)
    """By field; under "" what concerns the whole row."""


def parse_layout(text: str) -> FactorLayout:
    """A layout from TOML text; raises LayoutRefused with every fault."""
    try:
        return FactorLayout.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LayoutRefused(f"The layout is not TOML: {str(error)[:200]}.") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'layout'}: {fault['msg']}"
            for fault in error.errors()[:20]
        )
        raise LayoutRefused(f"The layout is refused: {faults}.") from error


def load_layout(path: Path) -> FactorLayout:
    """A layout from a TOML file; raises LayoutRefused."""
    try:
        return parse_layout(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutRefused(f"The layout {path.name} can't be read: {error}.") from error


def read_rows(path: Path, layout: FactorLayout | None) -> list[FileRow]:
    """All rows of a file that hold anything.

    Raises LayoutRefused when the table does not fit, FileRefused when it is none or has more than `MAX_ROWS`.
    """
    with path.open("rb") as file:
        zipped = file.read(4) == _ZIP
    found: list[FileRow] = []
    for row in _book(path, layout) if zipped else _text(path, layout):
        if len(found) == MAX_ROWS:
            raise FileRefused(f"The file has more than {MAX_ROWS} rows.", hint="Split it.")
        found.append(row)
    return found


def _text(path: Path, layout: FactorLayout | None) -> Iterator[FileRow]:
    with path.open("rb") as file:
        rows = Rows(file, layout.encoding if layout else "utf-8", layout.delimiter if layout else ",")
        columns = _columns(layout, rows.header)
        try:
            for line, cells, fault in rows:
                places = {name: f"line {line}, column {rows.header[at]!r}" for name, at in columns.items()}
                if fault:
                    yield FileRow(
                        line, {}, {"": f"line {line}"}, {"": f"This is no row of the table: {fault}."}
                    )
                elif any(cell.strip() for cell in cells):
                    given = {name: cells[at].strip() for name, at in columns.items()}
                    yield FileRow(line, _constants(layout) | given, {"": f"line {line}"} | places)
        finally:
            rows.detach()


def _book(path: Path, layout: FactorLayout | None) -> Iterator[FileRow]:
    with opened_book(path) as book:
        title = layout.sheet if layout and layout.sheet else book.sheetnames[0]
        if title not in book.sheetnames:
            raise LayoutRefused(
                f"The workbook has no sheet {title!r}.",
                hint=f"It has {', '.join(map(repr, book.sheetnames))}.",
            )
        header_row = layout.header_row if layout else 1
        columns: dict[str, int] = {}
        lines = book[title].iter_rows(min_row=header_row, max_col=MAX_COLUMNS)
        for number, cells in enumerate(lines, start=header_row):
            if number == header_row:
                columns = _columns(layout, [text_of(cell)[0] for cell in cells])
            elif number > LAST_ROW:
                raise FileRefused(
                    f"The sheet {title!r} goes on beyond row {LAST_ROW}.",
                    hint="Remove empty rows below the table, or split it.",
                )
            elif row := _sheet_row(title, number, cells, columns, layout):
                yield row
        if not columns:
            raise LayoutRefused(f"The sheet {title!r} has no row {header_row} with column names.")


def _sheet_row(
    title: str, number: int, cells: tuple[Any, ...], columns: dict[str, int], layout: FactorLayout | None
) -> FileRow | None:
    given, places, faults = dict[str, str](), {"": f"{title}!{number}"}, dict[str, str]()
    for name, at in columns.items():
        text, fault = text_of(cells[at]) if at < len(cells) else ("", None)
        given[name] = text.strip()
        places[name] = f"{title}!{_letters(at)}{number}"
        if fault is not None:
            faults[name] = str(fault)
    if not any(given.values()) and not faults:
        return None
    return FileRow(number, _constants(layout) | given, places, faults)


def _columns(layout: FactorLayout | None, header: list[str]) -> dict[str, int]:
    """Where each field's column is."""
    names = [name.strip() for name in header]
    if layout is not None:
        wanted: dict[FieldName, str] = layout.columns
    else:
        wanted = {name: name for name in FIELDS if name in NEEDED or name in names}
    for column in wanted.values():
        if (count := names.count(column)) != 1:
            there = ", ".join(repr(name[:60]) for name in names[:50] if name) or "none"
            raise LayoutRefused(
                f"The file has {'no' if not count else 'more than one'} column {column!r}.",
                hint=f"It has {there}: name the columns in a layout.",
            )
    return {name: names.index(column) for name, column in wanted.items()}


def _constants(layout: FactorLayout | None) -> dict[str, str]:
    return dict(layout.constants) if layout else {}  # type: ignore[arg-type]


def _letters(at: int) -> str:
    """The letters of a column of a sheet, from 0."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
