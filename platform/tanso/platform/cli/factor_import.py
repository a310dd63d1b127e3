"""What `tanso factors import` does."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from sqlmodel import Session

from tanso.contracts.errors import TansoError
from tanso.oracle.store import writing
from tanso.platform.api.limits import MAX_BODY_BYTES
from tanso.platform.cli.intake import SHOWN, opened
from tanso.platform.factors.files import MAX_ROWS, load_layout
from tanso.platform.factors.import_schemas import ImportShown
from tanso.platform.factors.importing import accept as accept_import
from tanso.platform.factors.importing import counts, judged_rows, keep_preview, read_content, rows_of
from tanso.platform.factors.judging import Judged
from tanso.platform.factors.own import FactorImport

MAX_NAME = 40


def run_import(
    file: Path,
    layout: Path | None,
    *,
    accept: bool,
    good_rows: bool,
    store: str | None,
    folder: Path | None,
    business: str | None,
    as_json: bool,
) -> int:
    """`tanso factors import`; the exit code."""
    if file.stat().st_size > MAX_BODY_BYTES:
        raise TansoError(f"{file.name} is above {MAX_BODY_BYTES} bytes.", hint="Split it.")
    content = file.read_bytes()
    read_by = None if layout is None else load_layout(layout)
    with typer.progressbar(length=2, label=file.name, file=sys.stderr) as bar:
        rows = read_content(content, read_by)
        bar.update(1)
        with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
            judged = judged_rows(session, business_id, rows)
            made = keep_preview(session, business_id, file.name, content, judged)
            if accept and (good_rows or not made.refused):
                accept_import(session, business_id, made.import_id, good_rows=good_rows)
            found = _document(session, made)
            judged = rows_of(session, made.import_id, None, 0, MAX_ROWS)
        bar.update(1)
    if as_json:
        found["items"] = [one.model_dump(mode="json") for one in judged]
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        typer.echo("\n".join(_told(found, judged)))
    return int(bool(made.refused) and not good_rows)


def _document(session: Session, made: FactorImport) -> dict[str, Any]:
    return ImportShown.of(made, counts(session, made.import_id)).model_dump(mode="json")


def _told(found: dict[str, Any], judged: list[Judged]) -> Iterator[str]:
    yield (
        f"{found['file_name']}: {found['rows']:,} rows, {found['new']:,} new, {found['new_versions']:,} new "
        f"versions, {found['duplicates']:,} duplicates, {found['refused']:,} refused"
    )
    # What is refused, or changes something, is worth more looking at than what is new.
    order = {"refused": 0, "new version": 1, "new": 2, "duplicate": 3}
    shown = sorted(judged, key=lambda one: (order[one.verdict], one.line))[:SHOWN]
    for one in shown:
        yield f"  {one.verdict:<11}  {_line_of(one)}"
        yield from (f"    {reason}" for reason in one.reasons)
    if len(judged) > len(shown):
        yield f"  and {len(judged) - len(shown):,} more; --json lists them all."
    if found["status"] == "accepted":
        yield f"Taken: {found['new'] + found['new_versions']:,} factors are the business's own now."
    elif found["refused"]:
        yield "Nothing is taken. Correct the file, or take the others: --accept --good-rows."
    else:
        yield "Nothing is taken yet: --accept takes them."


def _line_of(one: Judged) -> str:
    if one.verdict == "refused" or one.given is None:
        return one.place
    name = one.given.name if len(one.given.name) <= MAX_NAME else one.given.name[: MAX_NAME - 1] + "…"
    ledger = f"{one.intensity_pg:,} pg/{one.unit}" if one.unit and one.intensity_pg else "not on the ledger"
    changed = [f"{one.change_percent} %"] if one.change_percent else []
    changed += [
        f"{difference.field}: {difference.before} → {difference.after}" for difference in one.differences
    ]
    value = f"{one.given.value} {one.given.unit}"
    return f"{name:<{MAX_NAME}}  {value:<16}  {ledger:<24}  {'; '.join(changed)}".rstrip()
