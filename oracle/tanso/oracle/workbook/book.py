"""A filled-in workbook: what it says, with units, and every cell that can't be used, by sheet and cell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from tanso.oracle.errors import CellRefused, FileRefused, OracleError, OverlappingReading
from tanso.oracle.factors import EmissionFactor
from tanso.oracle.intake.backfill import hash_of
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.layout import QUANTITIES, Layout
from tanso.oracle.intake.rows import Refusal, Table, clean
from tanso.oracle.intake.times import zone_of
from tanso.oracle.sites import Site, SiteEnergy, SiteEquipment
from tanso.oracle.units import Quantity, make_quantity, parse_number, quantity_of
from tanso.oracle.workbook.cells import Line, Lines, lines_of, text_of
from tanso.oracle.workbook.opening import opened_book
from tanso.oracle.workbook.sheets import (
    CONSUMPTION,
    ENERGIES,
    EQUIPMENT,
    HOW_TO,
    MATERIALS,
    OPERATING,
    SHEETS,
    SITE,
    TIMES,
    VERSION,
    VERSION_CELL,
    ZONE_CELL,
    Sheet,
)
from tanso.oracle.workbook.taking import SheetRows, layout_of

T = TypeVar("T")
_COLUMN_OF = {
    "BadTime": "first",
    "FutureReading": "last",
    "MissingUnit": "unit",
    "UnknownUnit": "unit",
    "UnitDoesNotFit": "unit",
}
"""The cell that an error of a reading is about; for any other it is the value."""
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class RefusedCell:
    """A cell that can't be used, and why."""

    sheet: str
    cell: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True)
class Use:
    """Standard time of a product on a piece of equipment: so many minutes for so many pieces."""

    equipment: str
    time: Quantity
    pieces: Fraction


@dataclass(frozen=True, slots=True)
class Material:
    """What a piece of a product is made of."""

    name: str
    quantity: Quantity
    factor: EmissionFactor


@dataclass(slots=True)
class Book:
    """What a workbook says."""

    name: str
    file_hash: str
    zone: str
    meters: dict[str, str] = field(default_factory=dict)
    """Meter by energy."""
    factors: dict[str, EmissionFactor] = field(default_factory=dict)
    """By energy."""
    performance: dict[str, dict[str, str]] = field(default_factory=dict)
    """By equipment and energy, as written: "30 kW"."""
    uses: dict[str, list[Use]] = field(default_factory=dict)
    """By product."""
    materials: dict[str, list[Material]] = field(default_factory=dict)
    """By product, for one piece."""
    tables: dict[str, "SheetRows"] = field(default_factory=dict)
    """Consumption and operating times, as the intake reads them, by sheet."""
    found: dict[str, list[Candidate]] = field(default_factory=dict)
    """The figures of these that are sound in themselves."""
    _refused: dict[tuple[str, int], dict[str, RefusedCell]] = field(default_factory=dict)
    examples: int = 0
    """Rows that are marked as examples, so not read."""
    ignored: list[str] = field(default_factory=list)
    """Sheets that are not the template's, so not read."""

    def layout(self, sheet: Sheet) -> Layout:
        """How a sheet's readings are read."""
        units = {cells[1]: cells[3] for cells in self.tables[CONSUMPTION.title].cells.values()}
        own = {
            name: units[name] for name in self.meters if name not in QUANTITIES and _is_unit(units.get(name))
        }
        return layout_of(sheet, self.zone, own)

    def refuse(self, sheet: Sheet, number: int, column: str, error: OracleError | Refusal) -> None:
        """Lists a cell, once."""
        named = error.error if isinstance(error, Refusal) else type(error).__name__
        reason = error.reason if isinstance(error, Refusal) else clean(str(error))
        cell = f"{sheet.letter(column)}{number}"
        self._refused.setdefault((sheet.title, number), {}).setdefault(
            cell, RefusedCell(sheet.title, cell, named, reason)
        )

    def reason_of(self, sheet: Sheet, number: int) -> str:
        """Why a cell of this row can't be used; empty if all can."""
        found = self._refused.get((sheet.title, number), {})
        return next((f"{one.cell}: {one.error}: {one.reason}" for one in found.values()), "")

    @property
    def refused(self) -> list[RefusedCell]:
        """Every cell that can't be used, in the order of sheets, rows and columns."""
        order = {sheet.title: place for place, sheet in enumerate(SHEETS)}
        rows = sorted(self._refused.items(), key=lambda row: (order[row[0][0]], row[0][1]))
        return [found[cell] for _, found in rows for cell in sorted(found)]

    def site(self, business_id: str, ids: dict[str, str]) -> Site:
        """The site that the workbook describes; `ids` are the equipment's, by name."""
        return Site(
            business_id=business_id,
            zone=self.zone,
            energies=tuple(
                SiteEnergy(energy=energy, factor=factor, devices=(self.meters[energy],))
                for energy, factor in self.factors.items()
            ),
            equipment=tuple(
                SiteEquipment(equipment_id=ids[name], activity_devices=(name,), performance=performance)
                for name, performance in self.performance.items()
            ),
        )


def read_book(path: Path) -> Book:
    """Reads a workbook; raises FileRefused when it is none, or none of this template's."""
    if path.suffix.lower() in (".xlsm", ".xltm", ".xlsb", ".xls", ".ods"):
        raise FileRefused(f"{path.suffix} is not taken: it can hold macros or is another format.",
                          hint="Save it as .xlsx.")  # fmt: skip
    try:
        with path.open("rb") as file:
            file_hash = hash_of(file)
    except OSError as error:
        raise FileRefused(f"{path.name} can't be read: {error.strerror}.") from error
    with opened_book(path) as opened:
        book = Book(clean(path.name), file_hash, _zone(opened))
        sheets = {sheet.title: lines_of(opened, sheet) for sheet in SHEETS}
        book.ignored = [name for name in opened.sheetnames if name not in {HOW_TO, SITE, *sheets}]
    book.examples = sum(lines.examples for lines in sheets.values())
    for lines in sheets.values():
        for line in lines.lines:
            for column, fault in line.faults.items():
                book.refuse(lines.sheet, line.number, column, fault)
    _energies(book, sheets[ENERGIES.title])
    _equipment(book, sheets[EQUIPMENT.title])
    _times(book, sheets[TIMES.title])
    _materials(book, sheets[MATERIALS.title])
    _readings(book, sheets[CONSUMPTION.title])
    _readings(book, sheets[OPERATING.title])
    return book


def _is_unit(text: str | None) -> bool:
    try:
        make_quantity(1, text or "", "unit")
    except OracleError:
        return False
    return True


def _zone(opened: Any) -> str:
    if SITE not in opened.sheetnames:
        raise FileRefused(f"The workbook has no sheet {SITE!r}.", hint="Start from the template.")
    sheet = opened[SITE]
    version, _ = text_of(sheet[VERSION_CELL])
    if version != VERSION:
        raise FileRefused(
            f"{SITE}!{VERSION_CELL} says {version[:40]!r}, not {VERSION!r}.", hint="Start from the template."
        )
    zone, fault = text_of(sheet[ZONE_CELL])
    try:
        if fault is not None:
            raise fault
        zone_of(zone)
    except (ValueError, CellRefused) as error:
        raise FileRefused(
            f"{SITE}!{ZONE_CELL} is no time zone: {error}.", hint="Write +09:00 or Asia/Tokyo."
        ) from error
    return zone


def _cell(book: Book, sheet: Sheet, line: Line, column: str, read: Callable[[str], T]) -> T | None:
    """A cell's value; None, and listed, if it can't be used."""
    if column in line.faults:
        return None
    try:
        return read(line.cells[column])
    except OracleError as error:
        book.refuse(sheet, line.number, column, error)
        return None


def _amount(book: Book, sheet: Sheet, line: Line, column: str, unit: str) -> Quantity | None:
    """A figure with its unit, in two cells; the one of them that is wrong is listed."""
    plain = _cell(book, sheet, line, column, lambda text: make_quantity(text, "pc", column))
    if plain is None:
        return None
    number = Fraction(plain.magnitude)
    return _cell(book, sheet, line, unit, lambda text: make_quantity(number, text, column))


def _name(text: str) -> str:
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise CellRefused("There is no name, or none of 1 to 120 printable characters.", hint="Write one.")
    return text


def _factor(book: Book, sheet: Sheet, line: Line, name: str) -> EmissionFactor | None:
    source = line.cells["source"] or "not stated"
    found = EmissionFactor(
        name=name, activity=name, value=line.cells["factor"], unit=line.cells["unit"], publisher=source,
        year="not stated", geography="not stated", basis=f"workbook {book.name}", gwp_set="not stated",
    )  # fmt: skip
    if _cell(book, sheet, line, "factor", lambda text: (parse_number(text, "factor"), True)) is None:
        return None
    return found if _cell(book, sheet, line, "unit", lambda _text: (found.quantity, True)) else None


def _energies(book: Book, lines: Lines) -> None:
    for line in lines.lines:
        energy = _cell(book, ENERGIES, line, "energy", _name)
        meter = _cell(book, ENERGIES, line, "meter", _name)
        factor = _factor(book, ENERGIES, line, energy or "energy")
        if energy is None or meter is None or factor is None:
            continue
        if energy in book.meters:
            book.refuse(ENERGIES, line.number, "energy", CellRefused(f"{energy} stands twice."))
        else:
            book.meters[energy], book.factors[energy] = meter, factor


def _known_energy(book: Book) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in book.meters:
            raise CellRefused(f"{text[:40]!r} is not in the sheet {ENERGIES.title!r}.", hint="Add it there.")
        return text

    return read


def _equipment(book: Book, lines: Lines) -> None:
    for line in lines.lines:
        name = _cell(book, EQUIPMENT, line, "equipment", _name)
        energy = _cell(book, EQUIPMENT, line, "energy", _known_energy(book))
        rate, unit = line.cells["performance"], line.cells["unit"]
        sound = _amount(book, EQUIPMENT, line, "performance", "unit")
        if name is None or energy is None or sound is None:
            continue
        if energy in book.performance.setdefault(name, {}):
            book.refuse(EQUIPMENT, line.number, "energy", CellRefused(f"{name} has {energy} twice."))
        else:
            book.performance[name][energy] = f"{rate} {unit}"


def _times(book: Book, lines: Lines) -> None:
    for line in lines.lines:
        product = _cell(book, TIMES, line, "product", _name)
        equipment = _cell(book, TIMES, line, "equipment", _known_equipment(book))
        time = _cell(book, TIMES, line, "time", lambda text: make_quantity(text, "min", "time"))
        pieces = _cell(book, TIMES, line, "pieces", _pieces)
        if product is not None and equipment is not None and time is not None and pieces is not None:
            book.uses.setdefault(product, []).append(Use(equipment, time, pieces))


def _known_equipment(book: Book) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in book.performance:
            raise CellRefused(f"{text[:40]!r} is not in the sheet {EQUIPMENT.title!r}.", hint="Add it there.")
        return text

    return read


def _pieces(text: str) -> Fraction:
    pieces = parse_number(text, "pieces")
    if pieces <= 0 or pieces.denominator != 1:
        raise CellRefused("It is no whole number of pieces above zero.", hint="Write 1 for single pieces.")
    return pieces


def _materials(book: Book, lines: Lines) -> None:
    for line in lines.lines:
        product = _cell(book, MATERIALS, line, "product", _name)
        name = _cell(book, MATERIALS, line, "material", _name)
        quantity = _amount(book, MATERIALS, line, "quantity", "quantity_unit")
        factor = _factor(book, MATERIALS, line, name or "material")
        if product is None or name is None or quantity is None or factor is None:
            continue
        if not (quantity * factor.quantity).is_compatible_with(quantity_of(1, "gCO2e")):
            book.refuse(
                MATERIALS, line.number, "unit",
                CellRefused(f"{factor.unit} does not apply to a quantity in {line.cells['quantity_unit']}."),
            )  # fmt: skip
        else:
            book.materials.setdefault(product, []).append(Material(name, quantity, factor))


def _readings(book: Book, lines: Lines) -> None:
    """Consumption or operating times, by the intake's own rules."""
    sheet, rows = lines.sheet, SheetRows()
    for line in lines.lines:
        cells = line.cells
        if sheet is CONSUMPTION:
            device, quantity, unit = book.meters.get(cells["energy"], ""), cells["energy"], cells["unit"]
            _cell(book, sheet, line, "energy", _known_energy(book))
        else:
            device, quantity, unit = cells["equipment"], "operating time", "min"
            _cell(book, sheet, line, "equipment", _known_equipment(book))
        last = cells["last"]
        # The interval ends when the day after the last one begins; what is no day is refused as it stands.
        try:
            last = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        except (ValueError, OverflowError):
            last = last or "no day"
        rows.cells[line.number] = [device, quantity, cells["value"], unit, cells["first"], last]
    book.tables[sheet.title], book.found[sheet.title] = rows, []
    for one in Table(rows.file(), book.layout(sheet), rows).read():
        if isinstance(one, Candidate):
            book.found[sheet.title].append(one)
        else:
            refuse_row(book, sheet, one)
    in_order = sorted(book.found[sheet.title], key=lambda one: (one.device, one.quantity, one.start, one.end))
    for before, after in pairwise(in_order):
        if (before.device, before.quantity) == (after.device, after.quantity) and after.start < before.end:
            twice = f"Row {before.line} has {after.quantity} of {after.device} for some of these days, too."
            book.refuse(sheet, after.line, "first", OverlappingReading(twice, hint="Give each day once."))
    for one in in_order:
        if reason := book.reason_of(sheet, one.line):
            rows.faults[one.line] = reason
    book.found[sheet.title] = [one for one in book.found[sheet.title] if one.line not in rows.faults]


def refuse_row(book: Book, sheet: Sheet, refusal: Refusal) -> None:
    """Lists the cell that the refusal of a reading is about, unless a cell of its row is listed."""
    if book.reason_of(sheet, refusal.line):
        return
    column = _COLUMN_OF.get(refusal.error, "value")
    known = {one.name for one in sheet.columns}
    book.refuse(sheet, refusal.line, column if column in known else "value", refusal)
