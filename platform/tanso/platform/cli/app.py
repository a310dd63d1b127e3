"""All commands of `tanso` in one place. Heavy imports stay inside the commands, so that `--help` is quick."""

from pathlib import Path
from typing import Annotated

import typer

from tanso.contracts.cli import app as contracts_app
from tanso.devchain.cli import chain
from tanso.platform.cli.agreement import NODE, Token, Url
from tanso.platform.cli.agreement import app as agreement_app
from tanso.platform.cli.database import app as database_app
from tanso.platform.cli.factors import app as factors_app
from tanso.platform.cli.index import app as index_app
from tanso.platform.cli.oracle import app as oracle_app
from tanso.platform.cli.person import OfBusiness, RoleName
from tanso.platform.cli.person import app as person_app

app = typer.Typer(
    name="tanso",
    help="Lot-level carbon on a ledger: from meter readings to a report that anyone can recompute.\n\n"
    "New here? `tanso demo` tells the whole story in under a minute; `tanso up` serves the same world.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
outbox = typer.Typer(
    help="See what your node still has to send, what waits and why; try again what was refused.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("chain")(chain)
app.add_typer(outbox, name="outbox")
app.add_typer(contracts_app, name="contracts")
app.add_typer(oracle_app, name="oracle")
app.add_typer(factors_app, name="factors")
app.add_typer(database_app, name="database")
app.add_typer(person_app, name="person")
app.add_typer(index_app, name="index")
app.add_typer(agreement_app, name="agreement")

Database = Annotated[
    str,
    typer.Option(
        help="Empty database for a new world, instead of tanso.db in its folder: sqlite:///FILE or "
        "postgresql://…. With --federation each firm has one: {firm} in it stands for steel, parts, "
        "assembler and customer.",
        metavar="URL",
        show_default="",
    ),
]


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for the results; an earlier demo in it is replaced.")
    ] = Path("demo-out"),
    database: Database = "",
    json: Annotated[bool, typer.Option("--json", help="Print summary.json instead of the tables.")] = False,
) -> None:
    """Tell the whole story on an embedded chain: steel works, parts maker, assembler, customer, solar
    credits.

    Needs no server and no port. Writes summary.json, the report page, the proof bundle and the chain's state.
    """
    from tanso.platform.demo.run import run_demo

    run_demo(out, database, as_json=json)


@app.command()
def up(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the world's chain and database; made at the first start.",
            show_default="tanso-world, or tanso-firms",
        ),
    ] = None,
    database: Database = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(help="Port; 0 picks a free one. With --federation the first of five.", min=0, max=65531),
    ] = 8000,
    federation: Annotated[
        bool,
        typer.Option("--federation", help="Four firms, each with a server, a database and keys of its own."),
    ] = False,
) -> None:
    """Serve the demo's world until Ctrl-C: chain, oracle, API and pages on one address.

    With --federation each firm of the story has its own server, and knows of the others what they disclose.
    """
    if federation:
        from tanso.platform.demo.federation import serve_firms

        serve_firms(data or Path("tanso-firms"), database, host, port)
    else:
        from tanso.platform.demo.up import serve_world

        serve_world(data or Path("tanso-world"), database, host, port)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; wins over TANSO_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port, 0 for a free one; wins over TANSO_PORT.", min=0, max=65535)
    ] = None,
) -> None:
    """Serve your own node: your chain, your database, your keys, as set by TANSO_… in the environment.

    `tanso settings` lists them; `tanso contracts deploy` makes the deployment file they name.
    """
    from tanso.platform.cli.serving import serve_node

    serve_node(host, port)


@app.command()
def init(
    data: Annotated[Path, typer.Option(help="Folder of the node, made if need be.")] = Path("tanso-data"),
    businesses: Annotated[int, typer.Option(min=1, max=100, help="How many businesses it will serve.")] = 3,
    dev: Annotated[bool, typer.Option("--dev", help="Use the development chains' public accounts.")] = False,
) -> None:
    """Make the keys of a node of your own, encrypted, and say what to do next.

    The password is asked for, or taken from TANSO_KEY_PASSWORD.
    """
    from tanso.platform.cli.init import run_init

    run_init(data, businesses, dev=dev)


@app.command()
def token(
    role: Annotated[RoleName, typer.Argument(help="Who the bearer will be.")],
    business: OfBusiness = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How long it counts.")] = 365,
) -> None:
    """Issue an API token of your node, by its settings in the environment, and print it this once.

    `tanso_NUMBER_SECRET` is a bearer token; NUMBER and SECRET are a client's for POST /oauth/token.
    """
    from tanso.platform.cli.init import run_token

    run_token(role.value, business, days)


@outbox.command("status")
def outbox_status(
    json: Annotated[bool, typer.Option("--json", help="Print the same as JSON.")] = False,
) -> None:
    """Count the messages in each state and name each that waits or was refused, with the reason.

    Reads the database alone (TANSO_DATABASE_URL or TANSO_DATA_DIR): node and chain may be down.
    """
    from tanso.platform.cli.outbox import show_status

    show_status(as_json=json)


@outbox.command("retry")
def outbox_retry(
    key: Annotated[str, typer.Argument(help="Key of a parked message, as `tanso outbox status` shows it.")],
) -> None:
    """Try a refused message again, when what made the ledger refuse it is put right."""
    from tanso.platform.cli.outbox import try_again

    try_again(key)


@app.command()
def verify(
    bundle: Annotated[
        Path,
        typer.Argument(help="Proof bundle, for example demo-out/proof.json; or a false answer's record."),
    ],
    rpc: Annotated[
        str | None, typer.Option(help="Also hold the bundle against the chain at this JSON-RPC URL.")
    ] = None,
    deployment: Annotated[
        Path | None,
        typer.Option(help="Deployment file of the contracts you trust; without it the bundle names them."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Recompute a lot's CO2 from its proof bundle; exit code 1 if anything does not fit.

    Works offline and trusts nobody: leaves against roots, intensities against readings, signatures against
    keys,
    sums against totals. With --rpc every recorded figure is read from the chain as well.

    The record of another server's false answer (GET /v1/false-answers) is checked likewise: exit code 0 if it
    shows that the business signed what does not fit the ledger.
    """
    from tanso.platform.cli.verify import run_verify

    raise typer.Exit(run_verify(bundle, rpc, deployment, as_json=json))


@app.command()
def audit(
    rpc: Annotated[str, typer.Option(help="JSON-RPC URL of any node of the ledger's chain.")],
    deployment: Annotated[
        Path, typer.Option(help="Deployment file of the contracts, as the network published it.")
    ],
    business: Annotated[
        str | None, typer.Option(help="ID of one business; without it all are audited.", metavar="ID")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="First day or time (UTC) by the ledger's blocks; default: all."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="The day or time (UTC) after the last.")] = None,
    tolerance: Annotated[
        int, typer.Option(help="Per cent of the whole from which on a difference is found.", min=0, max=100)
    ] = 5,
    events_only: Annotated[
        bool,
        typer.Option("--events-only", help="Leave out signatures and the contracts' state: fewer questions."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Recompute every business's carbon account from the ledger's events alone, and list what is odd.

    Needs no node of Tanso and no database. Exit code 1 if something does not hold: a batch or an account that
    does not close, a report or reduction that the oracle's keys did not sign, emissions that were declared
    and went into no lot. docs/audit.md explains each finding.
    """
    from tanso.platform.cli.audit import run_audit

    raise typer.Exit(
        run_audit(rpc, deployment, business, start, end, tolerance, events_only=events_only, as_json=json)
    )


@app.command()
def trace(
    lot: Annotated[str, typer.Argument(help="The lot's ID.")],
    token: Token,
    url: Url = NODE,
    depth: Annotated[int, typer.Option(help="Most steps upstream.", min=1, max=64)] = 32,
    seconds: Annotated[int, typer.Option(help="For asking other servers, in all.", min=1, max=60)] = 15,
    json: Annotated[bool, typer.Option("--json", help="Print the node's answer as JSON.")] = False,
) -> None:
    """Search upstream from a lot, over the servers of all businesses, and draw what is found as a tree.

    Each lot is asked of its producer's server; what that shows is held against the ledger. A server that
    refuses, is away or says what does not fit is shown at its place.
    """
    from tanso.platform.cli.trace import run_trace

    run_trace(lot, url, token, depth=depth, seconds=seconds, as_json=json)


@app.command()
def openapi() -> None:
    """Print the API's OpenAPI document as JSON."""
    from tanso.platform.api.openapi import openapi_json
    from tanso.platform.app import create_app

    typer.echo(openapi_json(create_app(None)), nl=False)


@app.command()
def settings() -> None:
    """List the settings of `tanso serve`: environment variables, defaults, meanings."""
    from tanso.platform.settings import table

    typer.echo(table(), nl=False)
