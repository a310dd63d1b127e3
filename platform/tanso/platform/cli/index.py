"""`tanso index`: how far the read model is, and filling it anew."""

import typer

from tanso.platform.cli.options import AsJson

app = typer.Typer(
    help="See how far your node has read the chain, and fill its tables from the chain anew.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("status")
def status(json: AsJson = False) -> None:
    """Say which block was read last, which is the chain's newest, and whether that is all.

    Exit code 1 while it is not. By the node's settings in the environment; the node may run or not.
    """
    from tanso.platform.cli.indexing import run_status

    raise typer.Exit(run_status(as_json=json))


@app.command("rebuild")
def rebuild(json: AsJson = False) -> None:
    """Empty the tables that come from the chain and fill them again; what is private stays as it is.

    For when the chain was reorganised below what counted as final, or the tables are in doubt. The result is
    row by row what an undisturbed node has. The node may run meanwhile: until the end its answers lack what
    is not there yet, and `tanso index status` says so.
    """
    from tanso.platform.cli.indexing import run_rebuild

    run_rebuild(as_json=json)
