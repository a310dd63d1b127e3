"""The database that a command's options, or else the node's settings, name; its tables' version."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import typer
from sqlalchemy import Engine

from tanso.contracts.errors import TansoError
from tanso.oracle.store import open_store
from tanso.platform.database import State, advice, status_of, upgrade
from tanso.platform.settings import Settings


@contextmanager
def store_of(store: str | None, folder: Path | None) -> Iterator[Engine]:
    """The engine of the database that the options name; its tables are as they are.

    :raises TansoError: when both options are given, or the folder is none.
    """
    if store is not None and folder is not None:
        raise TansoError("--store and --folder both name a store.", hint="Give one of them.")
    if folder is not None and not folder.is_dir():
        raise TansoError(f"There is no folder {folder}.", hint="Name the folder of a node.")
    settings = Settings(data_dir=folder) if folder is not None else Settings.from_environment()
    if store is None and folder is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_store(store or settings.database)
    try:
        yield engine
    finally:
        engine.dispose()


def run_status(store: str | None, folder: Path | None, *, as_json: bool) -> int:
    """`tanso database status`; the exit code."""
    with store_of(store, folder) as engine:
        found = status_of(engine)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        revision = found.revision or "none"
        typer.echo(f"{found.state.capitalize()}: revision {revision}, this version's {found.newest}.")
        if (error := advice(found)) is not None:
            typer.echo(str(error))
    return found.state not in (State.CURRENT, State.EMPTY)


def run_upgrade(store: str | None, folder: Path | None, *, as_json: bool) -> None:
    """`tanso database upgrade`."""
    with store_of(store, folder) as engine:
        before = upgrade(engine, lambda revision: typer.echo(f"revision {revision}", err=True))
        after = status_of(engine)
    if as_json:
        typer.echo(json.dumps({"before": asdict(before), "after": asdict(after)}, indent=2))
    else:
        typer.echo(f"{before.state.capitalize()} before, now of revision {after.revision}.")
