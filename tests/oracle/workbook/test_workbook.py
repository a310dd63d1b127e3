"""The spreadsheet: the white paper's exact results, and every cell that can't be used by sheet and cell."""

import shutil
import zipfile
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.errors import CalculationRefused, EnergyNotMeasured, FileRefused
from tanso.oracle.intake import Reading
from tanso.oracle.intake.overview import refused_lines
from tanso.oracle.paper import exact_day
from tanso.oracle.store import reading
from tanso.oracle.workbook import book_document, footprints, read_book, take_book, write_template
from tanso.oracle.workbook.cells import MAX_ROWS

BUSINESS = "0x" + "ab" * 16
SAMPLE = Path(__file__).parents[3] / "samples" / "white-paper-day.xlsx"


def changed(path: Path, *cells: tuple[str, str, Any]) -> Path:
    """The sample with some cells changed: sheet, cell, value."""
    book = load_workbook(SAMPLE)
    for sheet, cell, value in cells:
        book[sheet][cell] = value
    book.save(path)
    return path


def test_the_sample_gives_the_white_papers_exact_results_and_its_readings_are_stored_once(store: Engine):
    exact = exact_day()
    for again in (False, True):
        book = read_book(SAMPLE)
        taken = take_book(store, BUSINESS, book)
        assert (taken.readings, taken.accepted, taken.duplicates, taken.refused) == (
            (5, 0, 5, 0) if again else (5, 5, 0, 0)
        )
        found = footprints(book)
        assert found is not None
        assert found.footprint_g == exact.footprint_g
        assert (found.process_g, found.materials_g) == (exact.process_g, exact.materials_g)
        assert found.period.total_ug == exact.period.total_ug
        document = book_document(book, taken)
        assert Fraction(document["products"]["A"]["footprint"]["exact_g"]) == exact.footprint_g["A"]
        up = Fraction(document["products"]["A"]["footprint"]["rounded_up_g"])
        assert 0 <= up - exact.footprint_g["A"] < Fraction(1, 10**6)
    with Session(store) as session:
        stored = {(row.device, row.quantity, row.value, row.unit) for row in session.exec(select(Reading))}
    assert stored == {
        ("main meter", "electricity", "120", "kWh"),
        ("gas meter", "distributed gas", "5", "thousand Nm3"),
        ("heating furnace", "operating time", "180", "min"),
        ("NC processing machine", "operating time", "300", "min"),
        ("assembly line", "operating time", "420", "min"),
    }


def test_the_site_of_a_workbook_can_be_registered():
    book = read_book(SAMPLE)
    ids = {name: "0x" + f"{number:032x}" for number, name in enumerate(book.performance, start=1)}
    site = book.site(BUSINESS, ids)
    assert site.zone == "+09:00"
    assert ("main meter", "electricity") in site.sources()
    assert site.equipment[0].performance["distributed gas"] == "10 m3/min"


def test_examples_of_the_template_are_marked_and_not_read(one_store: Engine, tmp_path: Path):
    path = tmp_path / "t.xlsx"
    write_template(path)
    book = read_book(path)
    assert (book.examples, book.meters, book.uses, book.refused) == (23, {}, {}, [])
    assert take_book(one_store, BUSINESS, book).readings == 0
    with pytest.raises(FileRefused, match="there already"):
        write_template(path)
    opened = load_workbook(path)
    assert opened.sheetnames[0] == "How to"
    assert all(sheet.data_validations.dataValidation for sheet in opened.worksheets[2:])


def test_floats_count_as_their_shortest_decimal(tmp_path: Path):
    path = changed(tmp_path / "a.xlsx", ("Consumption", "E4", 0.452), ("Consumption", "E5", "0.30"))
    # As spreadsheet programs write it: the same binary number with a digit more than it has.
    _replaced(path, "xl/worksheets/sheet4.xml", b"<v>0.452</v>", b"<v>0.45200000000000001</v>")
    assert [one.value for one in read_book(path).found["Consumption"]] == ["0.452", "0.3"]


def _replaced(path: Path, part: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    assert old in contents[part]
    contents[part] = contents[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as parts:
        for name, content in contents.items():
            parts.writestr(name, content)


HALF_PAST = datetime.fromisoformat("2023-01-25T07:30:00.500")
BAD_CELLS: dict[str, tuple[str, str, Any, str]] = {
    "a formula": ("Consumption", "E4", "=60*2", "CellRefused"),
    "a formula for a time": ("Standard times", "D4", "=1+1", "CellRefused"),
    "an error value": ("Operating times", "E4", "#DIV/0!", "CellRefused"),
    "true": ("Consumption", "E4", True, "CellRefused"),
    "no number": ("Consumption", "E4", "about 120", "NotANumber"),
    "a decimal comma": ("Bill of materials", "D4", "28,5", "NotANumber"),
    "below zero": ("Consumption", "E4", -120, "NegativeQuantity"),
    "a negative performance": ("Equipment", "D4", -30, "NegativeQuantity"),
    "an empty figure": ("Consumption", "E4", None, "MissingValue"),
    "an empty unit": ("Consumption", "F4", None, "MissingUnit"),
    "an unknown unit": ("Consumption", "F4", "BTU", "UnknownUnit"),
    "a unit of something else": ("Consumption", "F4", "kg", "UnitDoesNotFit"),
    "a unit that is code": ("Equipment", "E4", "__import__('os')", "UnknownUnit"),
    "a factor without CO2e": ("Energies", "E4", "kWh", "MissingUnit"),
    "a factor that is no number": ("Energies", "D4", "n/a", "NotANumber"),
    "a factor that does not apply": ("Bill of materials", "G4", "g/pc", "CellRefused"),
    "a day that is none": ("Consumption", "B4", "30 February", "BadTime"),
    "a day as a number": ("Operating times", "B4", 20230125, "CellRefused"),
    "a day with a time": (
        "Operating times",
        "B4",
        datetime.fromisoformat("2023-01-25T07:30:00.500"),
        "BadTime",
    ),
    "an end before the start": ("Consumption", "B4", "2023-01-27", "BadTime"),
    "an energy that is not listed": ("Consumption", "D4", "steam", "CellRefused"),
    "equipment that is not listed": ("Operating times", "D4", "press", "CellRefused"),
    "equipment that is not listed, in a time": ("Standard times", "C4", "press", "CellRefused"),
    "an energy twice": ("Energies", "B5", "electricity", "CellRefused"),
    "the same days twice": ("Operating times", "B7", "2023-01-25", "OverlappingReading"),
    "no pieces": ("Standard times", "E4", 0, "CellRefused"),
    "half a piece": ("Standard times", "E4", 0.5, "CellRefused"),
    "no name of a product": ("Standard times", "B4", None, "CellRefused"),
    "a name with a control sign": ("Bill of materials", "C4", "S45C\u200b\u2028", "CellRefused"),
    "a text without end": ("Bill of materials", "C4", "x" * 30_000, "CellRefused"),
}


SECOND_ROW = ("2023-01-26", "assembly line", 10)


@pytest.mark.parametrize("case", BAD_CELLS)
def test_a_cell_that_can_not_be_used_is_named_and_no_figure_of_products_is_given(
    one_store: Engine, tmp_path: Path, case: str
):
    sheet, cell, value, error = BAD_CELLS[case]
    more = [("Operating times", f"{column}7", text) for column, text in zip("CDE", SECOND_ROW, strict=True)]
    twice = case == "the same days twice"
    book = read_book(changed(tmp_path / "a.xlsx", (sheet, cell, value), *(more if twice else [])))
    named = {(one.sheet, one.cell): one for one in book.refused}
    assert (sheet, cell) in named, named
    assert named[sheet, cell].error == error
    assert named[sheet, cell].reason
    assert footprints(book) is None
    taken = take_book(one_store, BUSINESS, book)
    # Nothing is lost: what is not stored is kept aside.
    assert taken.readings == 5 + twice
    with reading(one_store) as session:
        assert len(list(refused_lines(session, BUSINESS))) == taken.refused
    about_readings = sheet in ("Consumption", "Operating times")
    assert not about_readings or taken.refused >= 1
    assert "why_not" in book_document(book, taken)


def test_what_the_store_refuses_is_named_by_its_cell_too(store: Engine, tmp_path: Path):
    take_book(store, BUSINESS, read_book(SAMPLE))
    book = read_book(changed(tmp_path / "a.xlsx", ("Consumption", "E4", 121)))
    assert book.refused == []
    assert take_book(store, BUSINESS, book).refused == 1
    (one,) = book.refused
    assert (one.sheet, one.cell, one.error) == ("Consumption", "E4", "ConflictingReading")
    with reading(store) as session:
        (kept,) = refused_lines(session, BUSINESS)
    assert (kept.file, kept.line) == ("a.xlsx, Consumption", 4)


def test_energies_over_other_days_and_times_outside_them_give_no_figure(tmp_path: Path):
    book = read_book(changed(tmp_path / "a.xlsx", ("Consumption", "C4", "2023-01-31")))
    with pytest.raises(EnergyNotMeasured, match="same days"):
        footprints(book)
    days = [("Operating times", cell, "2023-01-26") for cell in ("B4", "C4")]
    book = read_book(changed(tmp_path / "b.xlsx", *days))
    with pytest.raises(EnergyNotMeasured, match="row 4"):
        footprints(book)


def test_equipment_that_did_not_run_has_no_intensity_for_a_product(tmp_path: Path):
    book = read_book(changed(tmp_path / "a.xlsx", ("Operating times", "E6", 0)))
    with pytest.raises(CalculationRefused, match="assembly line did not run"):
        footprints(book)


def _with_part(name: str, content: bytes = b"x") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
            parts.writestr(name, content)

    return make


def _with_entity(path: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet '
    _replaced(path, "xl/worksheets/sheet3.xml", b"<worksheet ", bomb)


def _many_rows(path: Path) -> None:
    book = load_workbook(path)
    book["Consumption"].cell(MAX_ROWS + 1, 2, "2023-01-25")
    book.save(path)


def _sheet(do: Callable[[Any], None]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = load_workbook(path)
        do(book)
        book.save(path)

    return make


def _header(book: Any) -> None:
    book["Consumption"]["E3"] = "Usage"


def _zone(book: Any) -> None:
    book["Site"]["B3"] = "Mars/Olympus"


def _version(book: Any) -> None:
    book["Site"]["B4"] = "tanso-workbook@9"


def _written(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a zip bomb": (_with_part("xl/media/a.bin", b"\0" * (49 << 20)), "unpacks to"),
    "a macro": (_with_part("xl/vbaProject.bin"), "macros"),
    "links to other files": (_with_part("xl/externalLinks/externalLink1.xml"), "links to other files"),
    "an embedded object": (_with_part("xl/embeddings/oleObject1.bin"), "embedded objects"),
    "entities": (_with_entity, "declares entities"),
    "a million rows": (_many_rows, "more than 50000 rows"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-100]) and None, "no .xlsx workbook"),
    "no zip at all": (_written(b"date,kWh\n"), "no .xlsx workbook"),
    "empty": (_written(b""), "no .xlsx workbook"),
    "an .xls, or encrypted": (_written(b"\xd0\xcf\x11\xe0" + b"\0" * 600), "encrypted"),
    "larger than any": (_written(b"PK" + b"\0" * (17 << 20)), "bytes, more than"),
    "a sheet too few": (_sheet(lambda book: book.remove(book["Equipment"])), "no sheet 'Equipment'"),
    "another header": (_sheet(_header), "does not have the column"),
    "a zone that is none": (_sheet(_zone), "B3 is no time zone"),
    "another template": (_sheet(_version), "B4 says"),
}


@pytest.mark.parametrize("case", FILES)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_hostile_workbook_is_refused_whole(tmp_path: Path, case: str):
    make, problem = FILES[case]
    path = Path(shutil.copy(SAMPLE, tmp_path / "a.xlsx"))
    make(path)
    with pytest.raises(FileRefused, match=problem) as caught:
        read_book(path)
    assert caught.value.hint


def test_a_workbook_with_macros_or_of_another_format_is_refused_by_its_name(tmp_path: Path):
    for ending in (".xlsm", ".xls", ".ods"):
        with pytest.raises(FileRefused, match=ending):
            read_book(Path(shutil.copy(SAMPLE, tmp_path / f"a{ending}")))
    with pytest.raises(FileRefused, match="can't be read"):
        read_book(tmp_path / "none.xlsx")


def test_other_sheets_are_told_and_not_read(tmp_path: Path):
    path = Path(shutil.copy(SAMPLE, tmp_path / "a.xlsx"))
    _sheet(lambda book: book.create_sheet("My notes"))(path)
    assert read_book(path).ignored == ["My notes"]
