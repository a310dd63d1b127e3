"""`tanso oracle`: operation data in, and what became of it. Heavy imports stay inside the commands."""

from pathlib import Path
from typing import Annotated

import typer

from tanso.platform.cli.device import app as device_app
from tanso.platform.cli.options import AsJson, Business, Folder, Store

app = typer.Typer(
    help="Take operation data of meters in, and see what became of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.add_typer(device_app, name="device")

LayoutFile = Annotated[
    Path, typer.Option(help="How to read the file: a small TOML file, see docs/meters.md.", metavar="LAYOUT")
]


@app.command()
def backfill(
    file: Annotated[Path, typer.Argument(help="The export of a meter or a monitoring system.")],
    layout: LayoutFile,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Take a file of readings into the store, whatever its size.

    Interrupted and run again, or run twice, it comes to the same readings: what is stored already counts as a
    duplicate. Rows that can't be taken are kept aside with the reason (`tanso oracle refused`), the others
    go in.

    Prints how many readings were in the file, how many were accepted, duplicates or refused, and what the
    store now holds of the file's devices over the time that the file covers.
    """
    from tanso.platform.cli.intake import run_backfill

    run_backfill(file, layout, store=store, folder=folder, business=business, as_json=json)


@app.command()
def refused(
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were resolved, or taken after all.")
    ] = False,
    json: AsJson = False,
) -> None:
    """List the readings that were kept aside: reason, file, line and the row itself.

    A period with such rows can't be closed until they are corrected and read again, or left out with a
    reason.
    """
    from tanso.platform.cli.intake import run_refused

    run_refused(store=store, folder=folder, business=business, everything=everything, as_json=json)


@app.command()
def status(
    store: Store = None, folder: Folder = None, business: Business = None, json: AsJson = False
) -> None:
    """Show what is stored of each device and quantity: first, last, count and the gaps between."""
    from tanso.platform.cli.intake import run_status

    run_status(store=store, folder=folder, business=business, as_json=json)
