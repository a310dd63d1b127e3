"""Consumption and operating times of a workbook into the store, as readings, by the way of all files."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from sqlalchemy import Engine

from tanso.contracts.identity import parse_id
from tanso.oracle.intake.ingest import file_record, take_chunk
from tanso.oracle.intake.layout import Layout
from tanso.oracle.intake.lines import Row
from tanso.oracle.intake.reported import reported_periods
from tanso.oracle.intake.rows import Table
from tanso.oracle.store import utc_now, writing
from tanso.oracle.workbook.sheets import CONSUMPTION, OPERATING, VERSION, Sheet

if TYPE_CHECKING:
    from tanso.oracle.workbook.book import Book

HEADER = ["device", "quantity", "value", "unit", "start", "end"]


@dataclass(slots=True)
class SheetRows:
    """The rows of a sheet, as `Table` reads them; a row's number is the sheet's."""

    cells: dict[int, list[str]] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    """Why a row that is sound in itself can't be taken: it does not fit the workbook."""
    header: list[str] = field(default_factory=lambda: list(HEADER))
    times: Sequence[str] = ()

    def __iter__(self) -> Iterator[Row]:
        for number, cells in self.cells.items():
            yield number, cells, self.faults.get(number, "")

    def reached(self, size: int) -> int:
        """The sheet is in memory."""
        return size

    def detach(self) -> None:
        """There is nothing to let go of."""

    @staticmethod
    def file() -> IO[bytes]:
        """There is no file under it."""
        return io.BytesIO()


@dataclass(slots=True)
class TakenBook:
    """What became of a workbook's readings."""

    readings: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0


def layout_of(sheet: Sheet, zone: str, quantities: dict[str, str]) -> Layout:
    """How the readings of a sheet are read."""
    series = {
        "device": {"column": "device"}, "quantity": {"column": "quantity"},
        "value": "value", "unit": {"column": "unit"},
    }  # fmt: skip
    content = {
        "title": f"{VERSION}, {sheet.title}",
        "zone": zone,
        "time": {"start": "start", "end": "end"},
        "quantities": quantities,
        "series": [series],
    }
    return Layout.model_validate(content)


def take_book(
    engine: Engine, business_id: str, book: "Book", *, clock: Callable[[], int] = utc_now
) -> TakenBook:
    """Stores what can be stored, in one transaction; what the store refuses is in `book.refused`, too."""
    from tanso.oracle.workbook.book import refuse_row

    result, business_id = TakenBook(), parse_id(business_id)
    with writing(engine) as session:
        reported = reported_periods(session, business_id)
        for sheet in (CONSUMPTION, OPERATING):
            rows = book.tables[sheet.title]
            table = Table(rows.file(), book.layout(sheet), rows)
            name = f"{book.name}, {sheet.title}"
            file = file_record(session, business_id, name, book.file_hash, table.layout, clock())
            for chunk in table.chunks():
                taken = take_chunk(session, file, table, chunk, now=clock(), reported=reported)
                result.accepted += taken.judged.accepted
                result.duplicates += len(taken.judged.repeated)
                result.refused += len(taken.refused)
                for one in taken.refused:
                    refuse_row(book, sheet, one)
    result.readings = result.accepted + result.duplicates + result.refused
    return result
