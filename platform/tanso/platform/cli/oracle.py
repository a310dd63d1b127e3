"""`tanso oracle`: operation data in, and what became of it. Heavy imports stay inside the commands."""

from pathlib import Path
from typing import Annotated

import typer

from tanso.platform.cli.device import app as device_app
from tanso.platform.cli.options import AsJson, Business, Folder, Store
from tanso.platform.cli.oracle_figures import check_leaf, compute, evidence

app = typer.Typer(
    help="Take operation data of meters in, and see what became of it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.add_typer(device_app, name="device")

LayoutFile = Annotated[
    Path, typer.Option(help="How to read the file: a small TOML file, see docs/meters.md.", metavar="LAYOUT")
]


app.command("compute")(compute)
app.command("evidence")(evidence)
app.command("check-leaf")(check_leaf)


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
def watch(
    inbox: Annotated[Path, typer.Argument(help="The folder that files are written into.", metavar="FOLDER")],
    layout: LayoutFile,
    done: Annotated[
        Path | None,
        typer.Option(help="Move files that were taken here. Default: they stay.", metavar="DIR"),
    ] = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1, max=3600)] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Take what is there, and end.")] = False,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Take every file that is put into a folder, until Ctrl-C.

    A file is taken once it has stopped changing, in the order of names; hidden and temporary files (.tmp,
    .part …) are left alone. Each content is taken once, however often the command is started, stopped or
    killed. A file that does not fit the layout is told and stays; the others go on.

    With --json each file is one line of JSON.
    """
    from tanso.platform.cli.intake import run_watch

    run_watch(
        inbox,
        layout,
        done=done,
        every_s=every,
        once=once,
        store=store,
        folder=folder,
        business=business,
        as_json=json,
    )


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="Where to write it; must end in .xlsx.", metavar="FILE.xlsx")],
) -> None:
    """Write the spreadsheet in which a small firm keeps what CO2 per product needs: energies and their
    consumption, equipment, operating times, standard times, bill of materials.

    The white paper's worked example stands in it, marked; marked rows are not read. Nothing is written over.
    """
    from tanso.platform.cli.workbook import run_template

    run_template(file)


@app.command()
def workbook(
    file: Annotated[Path, typer.Argument(help="A filled-in template.", metavar="FILE.xlsx")],
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Take a filled-in spreadsheet: consumption and operating times go into the store as readings, and the
    CO2 of each product is shown, exact.

    Every cell that can't be used is named with the reason. As long as there is one, its row is kept aside
    (`tanso oracle refused`) and no product's CO2 is shown, as it would be wrong. Formulas and macros are
    refused.
    """
    from tanso.platform.cli.workbook import run_workbook

    run_workbook(file, store=store, folder=folder, business=business, as_json=json)


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
def resolve(
    row: Annotated[
        int,
        typer.Argument(help="Number of the row, as `tanso oracle refused` shows it.", min=1, max=2**31 - 1),
    ],
    reason: Annotated[str, typer.Option(help="Why it may be left out; kept with the row.", metavar="TEXT")],
    same: Annotated[
        bool, typer.Option("--same", help="Also all other open ones of exactly the same text.")
    ] = False,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Settle that a refused reading may be left out, so that it no longer blocks the closing of its period.

    For what can't be corrected and read again. The number of such rows stands in the period's evidence.
    """
    from tanso.platform.cli.intake import run_resolve

    run_resolve(row, reason, same=same, store=store, folder=folder, business=business, as_json=json)


@app.command()
def status(
    store: Store = None, folder: Folder = None, business: Business = None, json: AsJson = False
) -> None:
    """Show what is stored of each device and quantity: first, last, count and the gaps between."""
    from tanso.platform.cli.intake import run_status

    run_status(store=store, folder=folder, business=business, as_json=json)


@app.command()
def run(
    intake_only: Annotated[
        bool,
        typer.Option(
            "--intake-only",
            help="Only take readings in: needs no chain and no keys, closes and sends nothing.",
        ),
    ] = False,
    broker_port: Annotated[
        int,
        typer.Option(
            help="Port of the broker for trying, where TANSO_MQTT_URL names none.", min=0, max=65535
        ),
    ] = 1883,
    watch: Annotated[
        list[str] | None,
        typer.Option(
            help="Also take every file that is put into a folder (`tanso oracle watch`); may be repeated.",
            metavar="FOLDER=LAYOUT",
        ),
    ] = None,
    business: Business = None,
) -> None:
    """Run the oracle until Ctrl-C or SIGTERM: what a factory leaves running for years.

    Takes readings in by MQTT and from watched folders, closes periods when they are due
    (TANSO_CLOSE_PERIODS), and sends what is in the outbox. Nothing is lost when it is stopped or killed: the
    broker keeps what was not stored, and what was stored is there when it runs again. Settings come from the
    environment; `tanso settings` lists them.

    Logs are JSON lines on standard error; metrics for Prometheus, health and readiness are on a port of this
    machine.
    """
    from tanso.platform.cli.running import run_oracle

    run_oracle(intake_only=intake_only, broker_port=broker_port, watched=watch or (), business=business)


@app.command()
def publish(
    device: Annotated[str, typer.Argument(help="The meter, by your own name of it.")],
    value: Annotated[str, typer.Argument(help="The figure, for example 2.5.")],
    unit: Annotated[str, typer.Argument(help="Its unit, for example kWh.")],
    quantity: Annotated[str, typer.Option(help="What was measured.")] = "electricity",
    minutes: Annotated[
        int, typer.Option(help="How long the interval was that ends at --end.", min=1, max=527_040)
    ] = 15,
    end: Annotated[
        str | None, typer.Option(help="End of the interval with its offset; default: this full minute.")
    ] = None,
    counter: Annotated[
        bool, typer.Option("--counter", help="The figure is what a counter shows at --end.")
    ] = False,
    http: Annotated[
        str | None,
        typer.Option(help="Send it to a node's API at this URL instead of the broker.", metavar="URL"),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="With --http: file that holds the business's token.", metavar="FILE")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="Sign as the device whose one key file is in this folder.", metavar="FOLDER"),
    ] = None,
    store: Store = None,
    folder: Folder = None,
    business: Business = None,
    json: AsJson = False,
) -> None:
    """Publish one reading by hand and show it arrive.

    By MQTT to the broker of TANSO_MQTT_URL (default: the one for trying, on this machine), then looks into
    the store until the reading is there or was refused. With --http to the API, which answers by itself.
    Exit code 1 when it was refused or did not arrive.
    """
    from tanso.platform.cli.publishing import Reading, run_publish

    found = run_publish(
        Reading(device, quantity, value, unit, minutes=minutes, end=end, counter=counter),
        http=http,
        token_file=token_file,
        key=key,
        store=store,
        folder=folder,
        business=business,
        as_json=json,
    )
    raise typer.Exit(0 if found else 1)


@app.command()
def replay(
    store: Store = None, folder: Folder = None, business: Business = None, json: AsJson = False
) -> None:
    """Take refused readings that came by MQTT or HTTP again: what was refused may be sound by now.

    For example after a device was registered or a clock's hour has come. What is still refused stays as it
    is. Rows of a file are taken again by reading the file again (`tanso oracle backfill`).
    """
    from tanso.platform.cli.publishing import run_replay

    run_replay(store=store, folder=folder, business=business, as_json=json)


@app.command()
def signer(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 8091,
) -> None:
    """Sign other oracle processes' reports, if the readings held here come to the same, until Ctrl-C.

    Each process has its own folder (TANSO_DATA_DIR): its own copy of the readings, its own oracle key. A node
    that names the others in TANSO_QUORUM_PEERS sends a report when enough of them signed; where one came to
    something else it shows device, day and value here and there, and sends nothing.
    """
    from tanso.platform.cli.serving import serve_signer

    serve_signer(host, port)
