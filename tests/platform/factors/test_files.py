"""A firm's own table of factors, text or workbook, is read by its layout, cell by cell, within bounds."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tanso.oracle.errors import FileRefused, LayoutRefused
from tanso.platform.factors.files import MAX_ROWS, parse_layout, read_rows

LAYOUT = """
delimiter = ";"
[columns]
name = "Item"
value = "kg-CO2e"
[constants]
unit = "kg/kg"
publisher = "Supplier"
"""
CSV = 'Item;kg-CO2e;Note\nsteel;1.90;a\n;;\n"copper, wire"; 4.10 ;b\n'


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "factors"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def book(tmp_path: Path, rows: list[list[Any]], title: str = "Factors") -> Path:
    found = openpyxl.Workbook()
    found.active.title = title
    for row in rows:
        found.active.append(row)
    path = tmp_path / "factors.xlsx"
    found.save(path)
    return path


def test_each_field_comes_from_its_column_or_is_the_same_in_all_rows(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, CSV), parse_layout(LAYOUT))
    assert [row.cells for row in rows] == [
        {"name": "steel", "value": "1.90", "unit": "kg/kg", "publisher": "Supplier"},
        {"name": "copper, wire", "value": "4.10", "unit": "kg/kg", "publisher": "Supplier"},
    ]
    assert [row.places["value"] for row in rows] == ["line 2, column 'kg-CO2e'", "line 4, column 'kg-CO2e'"]


def test_a_workbook_is_read_like_text_and_names_the_cell_of_a_formula(tmp_path: Path) -> None:
    path = book(tmp_path, [["Our factors"], ["Item", "kg-CO2e"], ["steel", 1.9], [], ["zinc", "=1+1"]])
    layout = parse_layout(f'sheet = "Factors"\nheader_row = 2\n{LAYOUT}')
    steel, zinc = read_rows(path, layout)
    assert steel.cells == {"name": "steel", "value": "1.9", "unit": "kg/kg", "publisher": "Supplier"}
    assert (zinc.line, zinc.places["value"]) == (5, "Factors!B5")
    assert "formula" in zinc.faults["value"]


def test_without_a_layout_the_columns_are_called_like_the_fields(tmp_path: Path) -> None:
    (row,) = read_rows(written(tmp_path, "value,unit,name,publisher,kind\n1,kg/kg,a,b,material\n"), None)
    assert row.cells == {"name": "a", "value": "1", "unit": "kg/kg", "publisher": "b", "kind": "material"}


def test_a_row_that_is_none_costs_no_other(tmp_path: Path) -> None:
    content = b"name,value,unit,publisher\na,1,kg/kg,b\nx,\xff,kg/kg,b\nshort,1\nc,1,kg/kg,b\n"
    rows = read_rows(written(tmp_path, content), None)
    assert [(row.line, bool(row.faults)) for row in rows] == [(2, False), (3, True), (4, True), (5, False)]


@pytest.mark.parametrize(
    "layout",
    [
        "[columns",
        "[columns]\nname = 'a'",
        "[columns]\nname = 'a'\nvalue = 'b'\nunit = 'c'\npublisher = 'd'\nprice = 'e'",
        "[columns]\nname = 'a'\nvalue = 'b'\nunit = 'c'\npublisher = 'd'\n[constants]\nname = 'x'",
        f"header_row = {10**9}\n{LAYOUT}",
        "a = " + "[" * 9_000,
    ],
    ids=lambda layout: layout[:20],
)
def test_a_layout_that_does_not_fit_is_refused(layout: str) -> None:
    with pytest.raises(LayoutRefused):
        parse_layout(layout)


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        ("", None),
        ("name;value\n", None),
        ("Item;Item;kg-CO2e\na;b;1\n", LAYOUT),
        ("Item,kg-CO2e\na,1\n", LAYOUT),
    ],
)
def test_a_table_without_the_columns_once_each_is_refused(
    tmp_path: Path, content: str, layout: str | None
) -> None:
    with pytest.raises(LayoutRefused):
        read_rows(written(tmp_path, content), parse_layout(layout) if layout else None)


def test_a_workbook_without_the_sheet_or_damaged_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path, [["name"]])
    with pytest.raises(LayoutRefused, match="no sheet 'Other'"):
        read_rows(path, parse_layout(f'sheet = "Other"\n{LAYOUT}'))
    with pytest.raises(FileRefused):
        read_rows(written(tmp_path, path.read_bytes()[:2_000]), None)


def test_more_rows_than_are_taken_are_refused(tmp_path: Path) -> None:
    head, row = "name,value,unit,publisher\n", "a,1,kg/kg,b\n"
    assert len(read_rows(written(tmp_path, head + row * MAX_ROWS), None)) == MAX_ROWS
    with pytest.raises(FileRefused, match="more than 5000 rows"):
        read_rows(written(tmp_path, head + row * (MAX_ROWS + 1)), None)


def test_a_sheet_that_goes_on_for_ever_is_refused_before_it_is_read(tmp_path: Path) -> None:
    found = openpyxl.Workbook()
    found.active.append(["name", "value", "unit", "publisher"])
    found.active.cell(row=1_000_000, column=1, value="far away")
    found.save(tmp_path / "far.xlsx")
    with pytest.raises(FileRefused, match="beyond row 50000"):
        read_rows(tmp_path / "far.xlsx", None)
