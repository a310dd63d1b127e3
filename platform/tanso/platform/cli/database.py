"""`tanso database`: which version the tables are of, and bringing them up to date."""

import typer

from tanso.platform.cli.options import AsJson, Folder, Store

app = typer.Typer(
    help="See which version your node's tables are of, and bring them up to date after an update of Tanso.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("status")
def status(store: Store = None, folder: Folder = None, json: AsJson = False) -> None:
    """Say which version the database's tables are of, and what to do if it is not this one's.

    Exit code 1 unless a node can start with it. Changes nothing.
    """
    from tanso.platform.cli.stores import run_status

    raise typer.Exit(run_status(store, folder, as_json=json))


@app.command("upgrade")
def upgrade(store: Store = None, folder: Folder = None, json: AsJson = False) -> None:
    """Bring the tables up to date: all of it, or nothing if anything fails.

    First stop what uses the database (`tanso serve`, `tanso oracle run`) and make a copy of it: there is no
    way back but that copy.
    """
    from tanso.platform.cli.stores import run_upgrade

    run_upgrade(store, folder, as_json=json)
