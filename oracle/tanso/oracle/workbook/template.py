"""Writes the empty workbook, with the white paper's worked example in rows that are marked and not read."""

from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from tanso.oracle.errors import FileRefused
from tanso.oracle.workbook.sheets import (
    ENERGIES,
    EQUIPMENT,
    EXAMPLE,
    HEADER_ROW,
    HOW_TO,
    SHEETS,
    SITE,
    VERSION,
    VERSION_CELL,
    ZONE_CELL,
    Column,
    Sheet,
)

_FILLED_ROWS = 2000
"""Rows that have a format and offer choices; more may be filled in."""
_TITLE, _QUIET = Font(bold=True, size=14), Font(italic=True, color="808080")
_HEAD, _HEAD_FILL = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F5C4A")
_EXAMPLE_FILL = PatternFill("solid", fgColor="F2F2F2")
_HOW_TO = (
    "1. Write your time zone into the sheet Site.",
    "2. Energies: one row for each energy, with its meter and the CO2e per unit, which your supplier states.",
    "3. Consumption and Operating times: one row per day, week or month. The last day is included.",
    "4. Equipment: what each machine uses while it runs, from its name plate; one row per energy.",
    "5. Standard times and Bill of materials: per product. Whole days, plain values, a point for decimals.",
    "6. `tanso oracle workbook FILE.xlsx` takes the readings in and shows the CO2e of each product.",
    f"Rows marked {EXAMPLE} in column A are the white paper's worked example. They are not read.",
    "Formulas, macros and links to other files are refused: paste values. Leave sheet names and headers.",
    "Every cell that can't be used is named with the reason; figures of products appear when none is left.",
)


def write_template(path: Path, *, example_is_real: bool = False, zone: str = "+09:00") -> None:
    """Writes the workbook; `example_is_real` leaves out the marks, as the sample does.

    Raises FileRefused when something is there: nobody's figures are written over.
    """
    if path.suffix.lower() != ".xlsx":
        raise FileRefused("The template's name must end in .xlsx.", hint="Write for example tanso.xlsx.")
    book = Workbook()
    _how_to(book.active)
    _site(book.create_sheet(SITE), zone)
    for sheet in SHEETS:
        _table(book.create_sheet(sheet.title), sheet, "" if example_is_real else EXAMPLE)
    try:
        with path.open("xb") as file:
            book.save(file)
    except FileExistsError as error:
        raise FileRefused(f"{path.name} is there already.", hint="Choose another name.") from error
    except OSError as error:
        raise FileRefused(f"{path.name} can't be written: {error.strerror}.") from error


def _how_to(sheet: Any) -> None:
    sheet.title = HOW_TO
    sheet.column_dimensions["A"].width = 110
    sheet["A1"] = "CO2e of your products, from energy, equipment, times and materials"
    sheet["A1"].font = _TITLE
    for number, text in enumerate(_HOW_TO, start=3):
        sheet.cell(number, 1, text).alignment = Alignment(wrap_text=True, vertical="top")


def _site(sheet: Any, zone: str) -> None:
    sheet["A1"] = "The site"
    sheet["A1"].font = _TITLE
    sheet["A3"], sheet[ZONE_CELL] = "Time zone", zone
    sheet["A4"], sheet[VERSION_CELL] = "Template (leave)", VERSION
    sheet["C3"] = "for example +09:00 or Asia/Tokyo"
    sheet["C3"].font = _QUIET
    for letter, width in (("A", 20), ("B", 24), ("C", 40)):
        sheet.column_dimensions[letter].width = width


def _table(sheet: Any, table: Sheet, mark: str) -> None:
    sheet["A1"], sheet["A1"].font = table.title, _TITLE
    sheet["A2"], sheet["A2"].font = table.about, _QUIET
    headers = ["Mark", *(column.header for column in table.columns)]
    for number, header in enumerate(headers, start=1):
        cell = sheet.cell(HEADER_ROW, number, header)
        cell.font, cell.fill = _HEAD, _HEAD_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.column_dimensions["A"].width = 11
    sheet.freeze_panes = f"B{HEADER_ROW + 1}"
    for column in table.columns:
        letter = table.letter(column.name)
        sheet.column_dimensions[letter].width = column.width
        rule = _rule(column)
        if rule is not None:
            rule.add(f"{letter}{HEADER_ROW + 1}:{letter}{HEADER_ROW + _FILLED_ROWS}")
            sheet.add_data_validation(rule)
    for row, texts in enumerate(table.example, start=HEADER_ROW + 1):
        sheet.cell(row, 1, mark or None)
        for number, (text, column) in enumerate(zip(texts, table.columns, strict=True), start=2):
            cell = sheet.cell(row, number, _value(text, column))
            if column.kind == "date":
                cell.number_format = "yyyy-mm-dd"
            if mark:
                cell.font, cell.fill = _QUIET, _EXAMPLE_FILL


def _value(text: str, column: Column) -> Any:
    if column.kind == "date":
        return date.fromisoformat(text)
    # A spreadsheet's numbers are binary; its shortest decimal is the text again, which is how they are read.
    return float(text) if column.kind == "number" else text


def _rule(column: Column) -> DataValidation | None:
    if column.choices:
        listed = '"' + ",".join(column.choices) + '"'
        rule = DataValidation("list", formula1=listed, allow_blank=True, errorStyle="warning")
    elif column.name == "energy":
        rule = _listed(ENERGIES, "energy")
    elif column.name == "equipment":
        rule = _listed(EQUIPMENT, "equipment")
    elif column.kind == "number":
        rule = DataValidation("decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
        rule.error = "A number of zero or more, as a plain value."
    elif column.kind == "date":
        rule = DataValidation("date", operator="greaterThan", formula1="36526", allow_blank=True)
        rule.error = "A date, as in 2026-01-31."
    else:
        return None
    return rule


def _listed(sheet: Sheet, name: str) -> DataValidation:
    letter = sheet.letter(name)
    span = f"'{sheet.title}'!${letter}${HEADER_ROW + 1}:${letter}${HEADER_ROW + _FILLED_ROWS}"
    return DataValidation("list", formula1=span, allow_blank=True, errorStyle="warning")
