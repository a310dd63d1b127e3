"""`tanso oracle compute | evidence | check-leaf`: figures out of the store. Heavy imports stay inside."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tanso.platform.cli.options import AsJson, Business, Folder, Store


class Fineness(StrEnum):
    """Granularities, as `tanso.oracle.figures.Granularity` has them."""

    HALF_HOUR = "half-hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def compute(
    start: Annotated[str, typer.Option("--from", help="First day, or time, on the site's clock.")],
    end: Annotated[str, typer.Option("--to", help="The day, or time, after the last.")],
    granularity: Annotated[Fineness, typer.Option(help="How fine; coarser data give what they can.")] = (
        Fineness.DAY
    ),
    site: Annotated[
        Path | None,
        typer.Option(
            help="A site as a TOML file, see docs/calculation.md. Default: the one registered.",
            metavar="SITE",
        ),
    ] = None,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Show the CO2 and the emission intensity of each piece of equipment, interval by interval.

    Computed from the stored readings by equations (5) to (8), exactly; emissions and intensities round up.
    Where a reading reaches over a boundary, such as a monthly total, the intervals beside it are one. Nothing
    is stated to the ledger.
    """
    from tanso.platform.cli.figures import run_compute

    run_compute(start, end, granularity, site, store=store, folder=folder, business=business, as_json=json)


def evidence(
    sequence: Annotated[int | None, typer.Option(help="Number of the report, from 0.", min=0)] = None,
    root: Annotated[str | None, typer.Option(help="Root of the evidence, 0x and 64 digits.")] = None,
    leaf: Annotated[
        int | None, typer.Option(help="Show this leaf alone, with its proof; from 0.", min=0)
    ] = None,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """List what was stated to the ledger, the leaves behind one statement, or show one leaf with its proof.

    A leaf is a day of a meter's readings, a factor, a piece of equipment, a formula or a result. Who gets one
    leaf with its proof can check it (`tanso oracle check-leaf`) and learns nothing of the others.
    """
    from tanso.platform.cli.figures import run_evidence

    run_evidence(sequence, root, leaf, store=store, folder=folder, business=business, as_json=json)


def check_leaf(
    file: Annotated[
        Path, typer.Argument(help="A leaf, as `tanso oracle evidence --leaf N --json` wrote it.")
    ],
    rpc: Annotated[
        str | None, typer.Option(help="Also look for the root on the chain at this JSON-RPC URL.")
    ] = None,
    deployment: Annotated[
        Path | None, typer.Option(help="Deployment file of the contracts; needed with --rpc.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Check that a leaf belongs to the root it names, and with --rpc that the oracle stated that root.

    Exit code 1 if it does not fit. Needs no database and trusts nobody.
    """
    from tanso.platform.cli.figures import run_check_leaf

    run_check_leaf(file, rpc, deployment, as_json=json)
