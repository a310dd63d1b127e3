"""`tanso factors`: a business's own emission factors, from a table it has."""

from pathlib import Path
from typing import Annotated

import typer

from tanso.platform.cli.options import AsJson, Business, Folder, Store

app = typer.Typer(
    help="Bring emission factors of your own: from a spreadsheet or a CSV file, with a preview.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def factors() -> None:
    """Bring emission factors of your own: from a spreadsheet or a CSV file, with a preview."""


@app.command("import")
def import_factors(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The table: CSV or .xlsx.")],
    layout: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Which column is which field, a small TOML file; without it the columns are called name, "
            "value, unit, publisher …",
        ),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take the factors, not just look at them.")
    ] = False,
    good_rows: Annotated[
        bool, typer.Option("--good-rows", help="With --accept: leave refused rows out.")
    ] = False,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    as_json: AsJson = False,
) -> None:
    """Show what would become of each row of a table of factors: new, a new version and how it differs, a
    duplicate, or refused with cell and reason. With --accept they become own factors of the business.

    Own factors are private: `PUT /v1/site` takes them by name. docs/factor-files.md explains layouts.
    Exit code 1 when a row is refused and --good-rows is not given.
    """
    from tanso.platform.cli.factor_import import run_import

    raise typer.Exit(
        run_import(
            file,
            layout,
            accept=accept,
            good_rows=good_rows,
            store=store,
            folder=folder,
            business=business,
            as_json=as_json,
        )
    )
