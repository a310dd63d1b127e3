"""What the commands of `tanso oracle` do: for people in words, for programs as JSON."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from sqlalchemy import Engine

from tanso.contracts.errors import TansoError
from tanso.contracts.identity import parse_id
from tanso.oracle.devices.check import counted
from tanso.oracle.intake.backfill import Backfilled, Progress, backfill
from tanso.oracle.intake.ingest import resolve
from tanso.oracle.intake.layout import load_layout
from tanso.oracle.intake.overview import RefusedLine, refused_lines, stored_series
from tanso.oracle.intake.rows import RAW_LIMIT
from tanso.oracle.intake.watch import Seen, Watch, keep_watch
from tanso.oracle.store import reading, writing
from tanso.platform.businesses.local import local_businesses
from tanso.platform.cli.stores import store_of
from tanso.platform.database import prepare

FIRST_BUSINESS = "0x" + "1".zfill(32)
"""Whose readings are as long as a node serves no business."""
SHOWN = 50
GAPS_SHOWN = 3
"""Most refusals, and gaps of a series, that are printed for people; JSON has more."""


@contextmanager
def opened(store: str | None, folder: Path | None, business: str | None) -> Iterator[tuple[Engine, str]]:
    """The store that the options name and the business whose readings are meant.

    :raises TansoError: when both are named, or the business is not clear.
    """
    with store_of(store, folder) as engine:
        prepare(engine)
        yield engine, business_of(engine, business)


def run_backfill(
    file: Path, layout: Path, *, store: str | None, folder: Path | None, business: str | None, as_json: bool
) -> None:
    """`tanso oracle backfill`."""
    read_by = load_layout(layout)
    with opened(store, folder, business) as (engine, business_id), _bar(file) as progress:
        result = backfill(engine, business_id, file, read_by, progress=progress)
    if as_json:
        typer.echo(json.dumps(result.document(), ensure_ascii=False))
    else:
        typer.echo("\n".join(told(file.name, result)))


def told(name: str, result: Backfilled) -> Iterator[str]:
    """The result in words."""
    yield (
        f"{name}: {result.readings:,} readings, {result.accepted:,} accepted, {result.duplicates:,} "
        f"duplicates, {result.refused:,} refused"
    )
    for quantity, total in result.totals.items():
        yield f"  {quantity}: {total['value']} {total['unit']}"
    for note in result.notes:
        yield f"  Note: {note}"
    if result.refused:
        yield "  `tanso oracle refused` lists what was kept aside, and why."


def run_watch(
    inbox: Path,
    layout: Path,
    *,
    done: Path | None,
    every_s: float,
    once: bool,
    store: str | None,
    folder: Path | None,
    business: str | None,
    as_json: bool,
) -> None:
    """`tanso oracle watch`."""
    read_by, stopped = load_layout(layout), threading.Event()

    def tell(seen: Seen) -> None:
        if as_json:
            typer.echo(json.dumps(seen.document(), ensure_ascii=False))
        elif seen.result is not None:
            typer.echo("\n".join(told(seen.name, seen.result)))
        else:
            typer.echo(f"{seen.name}: {seen.error}: {seen.reason}", err=True)

    with opened(store, folder, business) as (engine, business_id):
        watched = Watch(engine, business_id, inbox, read_by, done=done)
        if once:
            # What is there at both looks, and has not changed between them, is whole.
            for _ in range(2):
                for seen in watched.look():
                    tell(seen)
                stopped.wait(every_s)
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: stopped.set())
        if not as_json:
            typer.echo(f"Watching {inbox}; Ctrl-C ends it.", err=True)
        keep_watch(watched, stopped, tell, every_s=every_s)


def run_refused(
    *, store: str | None, folder: Path | None, business: str | None, everything: bool, as_json: bool
) -> None:
    """`tanso oracle refused`."""
    with opened(store, folder, business) as (engine, business_id), reading(engine) as session:
        lines = refused_lines(session, business_id, everything=everything)
        if as_json:
            _stream(line.document() for line in lines)
        else:
            _tell_refused(lines)


def run_resolve(
    row: int,
    reason: str,
    *,
    same: bool,
    store: str | None,
    folder: Path | None,
    business: str | None,
    as_json: bool,
) -> None:
    """`tanso oracle resolve`."""
    with opened(store, folder, business) as (engine, business_id), writing(engine) as session:
        count = resolve(session, business_id, row, reason, same=same)
    typer.echo(json.dumps({"resolved": count}) if as_json else f"{count:,} refused readings may be left out.")


def run_status(*, store: str | None, folder: Path | None, business: str | None, as_json: bool) -> None:
    """`tanso oracle status`."""
    with opened(store, folder, business) as (engine, business_id), reading(engine) as session:
        found = list(stored_series(session, business_id))
        lost = {one.device: one.missing for one in counted(session, business_id)}
    if as_json:
        documents = [one.document() | {"sequence_missing": lost.get(one.device, 0)} for one in found]
        typer.echo(json.dumps(documents, ensure_ascii=False))
        return
    if not found:
        typer.echo("There are no readings yet. `tanso oracle backfill FILE --layout LAYOUT` takes some in.")
    for one in found:
        typer.echo(
            f"{one.device}, {one.quantity}: {one.count:,} readings, {_clock(one.first)} to {_clock(one.last)}"
            + (f", {one.gap_count:,} gaps, {one.missing_s:,} s in all" if one.gap_count else ", no gap")
        )
        for start, end in one.gaps[:GAPS_SHOWN]:
            typer.echo(f"  nothing from {_clock(start)} to {_clock(end)}")
        if one.gap_count > GAPS_SHOWN:
            typer.echo(f"  and {one.gap_count - GAPS_SHOWN:,} more; --json lists them.")
    for device, count in lost.items():
        if count:
            typer.echo(f"{device}: {count:,} sequence numbers are missing; `tanso oracle device list`")


def _tell_refused(lines: Iterator[RefusedLine]) -> None:
    count = 0
    for count, line in enumerate(lines, start=1):
        if count <= SHOWN:
            state = "taken after all" if line.taken else f"left out: {line.resolution}"
            settled = f" ({state})" if line.taken or line.resolution else ""
            typer.echo(f"{line.file}, line {line.line}: {line.error}{settled}: {line.reason}")
            typer.echo(f"  {line.raw[:RAW_LIMIT]}")
            typer.echo(f"  row {line.row_id}")
    if count > SHOWN:
        typer.echo(f"and {count - SHOWN:,} more; --json lists them all.")
    if not count:
        typer.echo("Nothing was kept aside.")


def _stream(documents: Iterator[dict[str, object]]) -> None:
    """A JSON list, item by item: there may be millions."""
    typer.echo("[", nl=False)
    for number, document in enumerate(documents):
        typer.echo((",\n" if number else "") + json.dumps(document, ensure_ascii=False), nl=False)
    typer.echo("]")


def business_of(engine: Engine, given: str | None) -> str:
    """The business that was named, or the only one there is."""
    if given is not None:
        return parse_id(given)
    with reading(engine) as session:
        served = local_businesses(session)
    if len(served) > 1:
        names = ", ".join(f"{one.business_id} ({one.name})" for one in served)
        raise TansoError("This node serves several businesses.", hint=f"Give --business, one of {names}.")
    return served[0].business_id if served else FIRST_BUSINESS


@contextmanager
def _bar(file: Path) -> Iterator[Progress]:
    size = file.stat().st_size
    with typer.progressbar(length=max(size, 1), label=file.name, file=sys.stderr) as bar:
        yield lambda done, _size: bar.update(max(done - bar.pos, 0))


def _clock(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
