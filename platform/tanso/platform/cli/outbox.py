"""`tanso outbox`: what a node still has to send, what waits and why, and trying again what was refused."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import typer
from sqlalchemy import Engine

from tanso.oracle.outbox.report import report
from tanso.oracle.outbox.report import retry as put_back
from tanso.platform.cli.stores import store_of
from tanso.platform.database import prepare


def show_status(*, as_json: bool) -> None:
    """Prints how many messages are in each state, and the alerts."""
    with _store() as engine:
        found = report(engine)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
        return
    typer.echo(", ".join(f"{count} {status}" for status, count in found.counts.items()))
    typer.echo(f"{found.not_final} mined and not final yet")
    if not found.alerts:
        typer.echo("Nothing waits.")
    for alert in found.alerts:
        typer.echo(f"\n{alert.key} ({alert.status}): {alert.what}\n  {alert.reason}")


def try_again(key: str) -> None:
    """Puts a parked message back."""
    with _store() as engine:
        message = put_back(engine, key)
    typer.echo(f"{message.key} is queued again; the node sends it at its next look.")


@contextmanager
def _store() -> Iterator[Engine]:
    with store_of(None, None) as engine:
        prepare(engine)
        yield engine
