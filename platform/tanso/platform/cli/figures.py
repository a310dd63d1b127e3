"""What `tanso oracle compute | evidence | check-leaf` do: for people in words, for programs as JSON."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime, tzinfo
from fractions import Fraction
from itertools import islice
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import select

from tanso.contracts.connection import connect
from tanso.contracts.deployment import Deployment
from tanso.contracts.errors import TansoError
from tanso.contracts.ledger import Ledger
from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.shown import LeafShown, check_leaf, show_leaf, transaction_of
from tanso.oracle.evidence.store import Evidence, find_evidence, records_of
from tanso.oracle.figures import Granularity, Row, SiteFigures, compute
from tanso.oracle.intake.times import parse_time, unix_seconds, zone_of
from tanso.oracle.site_files import load_site
from tanso.oracle.sites import site_of
from tanso.oracle.store import reading
from tanso.oracle.units import decimal_text
from tanso.platform.cli.intake import opened
from tanso.platform.equipment.local import LocalEquipment

AT_ONCE = 1000
"""Rows of JSON that are printed at a time."""
SHOWN = 100
"""Most rows that are printed for people; JSON has all."""


def run_compute(
    start: str,
    end: str,
    granularity: str,
    site_file: Path | None,
    *,
    store: str | None,
    folder: Path | None,
    business: str | None,
    as_json: bool,
) -> None:
    """`tanso oracle compute`."""
    with opened(store, folder, business) as (engine, business_id), reading(engine) as session:
        if site_file is not None:
            site, names = load_site(site_file, business_id)
        else:
            site = site_of(session, business_id)
            held = session.exec(select(LocalEquipment).where(LocalEquipment.business_id == business_id))
            names = {machine.equipment_id: machine.name for machine in held}
        zone = zone_of(site.zone)
        span = [unix_seconds(parse_time(text, None, zone)) for text in (start, end)]
        with typer.progressbar(length=span[1] - span[0], label="readings", file=sys.stderr) as bar:
            found = compute(
                session,
                site,
                span[0],
                span[1],
                Granularity(granularity),
                lambda done, _total: bar.update(done - bar.pos),
            )
    if as_json:
        _print_json(found, names)
    else:
        _print_table(found, names, zone)


def _print_json(found: SiteFigures, names: dict[str, str]) -> None:
    typer.echo('{"rows": [', nl=False)
    rows = (
        json.dumps(row.document() | {"name": names.get(row.equipment_id)}, ensure_ascii=False)
        for row in found.rows()
    )
    ahead = "\n"
    while some := ",\n".join(islice(rows, AT_ONCE)):
        typer.echo(ahead + some, nl=False)
        ahead = ",\n"
    others = [{"device": device, "quantity": quantity} for device, quantity in found.others]
    typer.echo(f'],\n"in_no_figure": {json.dumps(others, ensure_ascii=False)}}}')


def _print_table(found: SiteFigures, names: dict[str, str], zone: tzinfo) -> None:
    table = Table(box=None, pad_edge=False)
    for title in ("equipment", "from", "to", "activity", "kg CO2e", "mg CO2e per unit", ""):
        table.add_column(
            title, justify="right" if title in ("activity", "kg CO2e", "mg CO2e per unit") else "left"
        )
    count = 0
    for count, row in enumerate(found.rows(), start=1):
        if count <= SHOWN:
            table.add_row(names.get(row.equipment_id, row.equipment_id), *_cells(row, zone))
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    if count > SHOWN:
        console.print(f"and {count - SHOWN:,} more rows; --json lists them all.")
    for device, quantity in found.others:
        console.print(f"In no figure: {quantity} of {device}.", markup=False)


def _cells(row: Row, zone: tzinfo) -> Iterator[str]:
    yield from (f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}" for at in (row.start, row.end))
    yield f"{row.activity} {row.unit}"
    yield "" if row.emissions_ug is None else _up(row.emissions_ug, 9)
    yield "" if row.intensity_pg is None else _up(row.intensity_pg, 9)
    yield row.problem or ("has gaps" if row.gap else "")


def _up(value: int, places: int) -> str:
    """The value / 10^places with three decimals, rounded up."""
    text = decimal_text(Fraction(-(-value // 10 ** (places - 3)), 1000))
    assert text is not None
    whole, _, decimals = text.partition(".")
    return f"{int(whole):,}.{decimals:0<3}"


def run_evidence(
    sequence: int | None,
    root: str | None,
    leaf: int | None,
    *,
    store: str | None,
    folder: Path | None,
    business: str | None,
    as_json: bool,
) -> None:
    """`tanso oracle evidence`."""
    with opened(store, folder, business) as (engine, business_id), reading(engine) as session:
        if sequence is None and root is None:
            if leaf is not None:
                raise EvidenceRefused("Of which statement?", hint="Name it with --sequence or --root.")
            records = [
                record.model_dump(include={"kind", "sequence", "period_start", "period_end", "root"})
                for record in records_of(session, business_id)
            ]
        else:
            found = find_evidence(session, business_id, sequence=sequence, root=root)
            if leaf is not None:
                _tell_leaf(show_leaf(found, leaf), as_json=as_json)
            else:
                _tell_leaves(found, as_json=as_json)
            return
    if as_json:
        typer.echo(json.dumps(records))
        return
    for one in records:
        number = "" if one["sequence"] is None else f" {one['sequence']}"
        typer.echo(f"{one['kind']}{number}, {one['period_start']} to {one['period_end']}: {one['root']}")
    if not records:
        typer.echo("Nothing has been stated to the ledger yet.")


def _tell_leaves(found: Evidence, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"root": found.sealed.root, "leaves": found.sealed.leaves}, ensure_ascii=False))
        return
    typer.echo(f"{len(found.sealed.leaves):,} leaves under {found.sealed.root}")
    for position, leaf in enumerate(found.sealed.leaves):
        parts = ", ".join(f"{key} {leaf[key]}" for key in sorted(leaf) if key not in ("kind", "salt"))
        typer.echo(f"  {position:>6}  {leaf['kind']}: {parts}")


def _tell_leaf(shown: LeafShown, *, as_json: bool) -> None:
    if as_json:
        typer.echo(shown.document())
        return
    typer.echo(f"Leaf {shown.position} of the {shown.kind} {shown.period_start} to {shown.period_end}")
    for key in sorted(shown.leaf):
        typer.echo(f"  {key}: {shown.leaf[key]}")
    typer.echo(f"  proof: {len(shown.proof)} hashes up to the root {shown.root}; --json writes them.")


def run_check_leaf(file: Path, rpc: str | None, deployment: Path | None, *, as_json: bool) -> None:
    """`tanso oracle check-leaf`."""
    if (rpc is None) != (deployment is None):
        raise TansoError(
            "--rpc and --deployment go together: a root is looked for in known contracts.",
            hint="Take the deployment file from where your network publishes it.",
        )
    try:
        shown = check_leaf(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise EvidenceRefused(f"{file} is no text.", hint="Name a shown leaf.") from error
    transaction = None
    if rpc is not None and deployment is not None:
        trusted = Deployment.load(deployment)
        w3 = connect(rpc)
        trusted.check(w3)
        transaction = transaction_of(shown, Ledger(w3, trusted))
    if as_json:
        found = {"fits": True, "root": shown.root, "transaction": transaction, "leaf": shown.leaf}
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    typer.echo(f"✓ The leaf belongs to the root {shown.root}.")
    if transaction is None:
        typer.echo(
            "  Not asked of the chain: add --rpc URL --deployment FILE to see that the oracle stated it."
        )
    else:
        typer.echo(f"  The oracle stated that root on the ledger, in transaction {transaction}.")
