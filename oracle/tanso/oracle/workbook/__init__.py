"""The spreadsheet in which a small firm keeps the white paper's tables, and what follows from them.

    write_template(Path("tanso.xlsx"))
    book = read_book(Path("tanso.xlsx"))          # every cell that can't be used is in book.refused
    taken = take_book(engine, business_id, book)  # consumption and operating times, as readings
    footprints(book)                              # equations (2)–(8), exact

Errors: FileRefused for the file, CalculationRefused for the whole, CellRefused (listed) for a cell.
"""

from tanso.oracle.workbook.book import Book, RefusedCell, read_book
from tanso.oracle.workbook.result import Footprints, book_document, footprints
from tanso.oracle.workbook.taking import TakenBook, take_book
from tanso.oracle.workbook.template import write_template

__all__ = [
    "Book",
    "Footprints",
    "RefusedCell",
    "TakenBook",
    "book_document",
    "footprints",
    "read_book",
    "take_book",
    "write_template",
]
