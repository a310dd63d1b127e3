"""What `tanso index` does, without the keys that a node needs to start."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import typer
from web3 import HTTPProvider, Web3

from tanso.contracts.deployment import Deployment
from tanso.contracts.ledger import Ledger
from tanso.oracle.store import open_store
from tanso.platform.database import prepare
from tanso.platform.indexer.service import Indexer, IndexStatus
from tanso.platform.node import indexer_of
from tanso.platform.settings import Settings


@contextmanager
def _indexer() -> Iterator[tuple[Indexer, Deployment, Web3]]:
    settings = Settings.from_environment()
    deployment = Deployment.load(settings.path_of(settings.deployment_file))
    w3 = Web3(HTTPProvider(settings.rpc_url))
    engine = open_store(settings.database)
    try:
        prepare(engine)
        yield indexer_of(settings, engine, Ledger(w3, deployment)), deployment, w3
    finally:
        engine.dispose()


def run_status(*, as_json: bool) -> int:
    """`tanso index status`; the exit code."""
    with _indexer() as (indexer, _, _):
        found = indexer.status()
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=2))
    else:
        typer.echo(_told(found))
    return not found.in_sync


def run_rebuild(*, as_json: bool) -> None:
    """`tanso index rebuild`."""
    with _indexer() as (indexer, deployment, w3):
        deployment.check(w3)
        first = deployment.block - 1
        length = max((indexer.status().head_block or 0) - first, 1)
        with typer.progressbar(length=length, label="blocks", file=sys.stderr) as bar:
            steps = indexer.rebuild(lambda now: bar.update(max(now.indexed_block - first - bar.pos, 0)))
        found = indexer.status()
    if as_json:
        typer.echo(json.dumps({"steps": steps, **asdict(found)}, indent=2))
    else:
        typer.echo(f"Filled anew in {steps} steps. {_told(found)}")


def _told(found: IndexStatus) -> str:
    if found.head_block is None:
        how = "the chain does not answer"
    elif found.in_sync:
        how = "that is all"
    else:
        how = f"the chain is at block {found.head_block}"
    problem = f" Reading stopped: {found.problem}" if found.problem else ""
    return f"Read up to block {found.indexed_block}: {how}.{problem}"
