"""What `tanso oracle template` and `tanso oracle workbook` do."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from tanso.oracle.workbook import Book, book_document, read_book, take_book, write_template
from tanso.platform.cli.intake import SHOWN, opened


def run_template(file: Path) -> None:
    """`tanso oracle template`."""
    write_template(file)
    typer.echo(f"{file} is written. Fill it in; `tanso oracle workbook {file}` takes it.")


def run_workbook(
    file: Path, *, store: str | None, folder: Path | None, business: str | None, as_json: bool
) -> None:
    """`tanso oracle workbook`."""
    with _steps(file) as step:
        book = read_book(file)
        step()
        found = _taken(book, store, folder, business)
        step()
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(_told(found)))


def _taken(book: Book, store: str | None, folder: Path | None, business: str | None) -> dict[str, Any]:
    with opened(store, folder, business) as (engine, business_id):
        taken = take_book(engine, business_id, book)
    return book_document(book, taken)


@contextmanager
def _steps(file: Path) -> Iterator[Callable[[], None]]:
    """Reading and storing, on a bar: a year of many machines takes some seconds."""
    with typer.progressbar(length=2, label=file.name, file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _told(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['file']}: {found['readings']:,} readings, {found['accepted']:,} accepted, "
        f"{found['duplicates']:,} duplicates, {found['refused']:,} refused"
    )
    if found["examples"]:
        yield f"  {found['examples']} rows are marked as examples and were not read."
    for name in found["ignored_sheets"]:
        yield f"  The sheet {name} is not the template's and was not read."
    for cell in found["refused_cells"][:SHOWN]:
        yield f"  {cell['sheet']}!{cell['cell']}: {cell['error']}: {cell['reason']}"
    if len(found["refused_cells"]) > SHOWN:
        yield f"  and {len(found['refused_cells']) - SHOWN:,} more; --json lists them all."
    for name, figures in found.get("equipment", {}).items():
        per_minute = figures["per_min"]
        yield f"  {name}: {per_minute['rounded_up_g'] if per_minute else 'no'} g CO2e per min"
    for product, figures in found.get("products", {}).items():
        yield (
            f"  {product}: {figures['footprint']['rounded_up_g']} g CO2e per piece, of which materials "
            f"{figures['materials']['rounded_up_g']}"
        )
    if "why_not" in found:
        yield f"  No figures of products: {found['why_not']}"
