"""`tanso contracts`: compile the ledger's contracts and put them on a chain."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanso.contracts import cli_access
from tanso.contracts.console import (
    LOCAL_NODE,
    PASSWORD_VARIABLE,
    AsJson,
    Rpc,
    clock,
    compiled,
    decrypted,
    dev_accounts,
    reported,
    say,
)
from tanso.contracts.deployment_plan import CONTRACTS, DEFAULT_DELAY
from tanso.contracts.errors import InvalidValue

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

    from tanso.contracts.deployment import Deployment

CODE_LIMIT = 24_576
"""Largest contract that Ethereum accepts, in bytes (EIP-170)."""

app = typer.Typer(
    help="Compile the ledger's contracts and put them on a chain.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)


@app.command("compile")
def compile_(as_json: AsJson = False) -> None:
    """Compile the Solidity sources and keep the result.

    Takes about ten seconds; when nothing has changed, the kept result is found at once. Other commands
    compile by themselves when they need to.
    """
    with reported(as_json):
        artifacts = compiled()
        sizes = {name: len(found.runtime) // 2 - 1 for name, found in sorted(artifacts.items())}
        deployable = {name: size for name, size in sizes.items() if size and name in CONTRACTS}
        if as_json:
            typer.echo(json.dumps({"contracts": deployable, "limit_bytes": CODE_LIMIT}))
            return
        for name, size in deployable.items():
            typer.echo(f"{name:<18}{size:>7,} bytes, {size * 100 // CODE_LIMIT:>3} % of what a chain accepts")


@app.command()
def doc() -> None:
    """Print what the contracts' functions and events do, as Markdown, from the comments in their sources."""
    with reported(as_json=False):
        from tanso.contracts.natspec import page

        typer.echo(page(compiled()))


@app.command()
def deploy(
    out: Annotated[Path, typer.Option(help="Deployment file to write, or to go on with.", metavar="FILE")],
    rpc: Rpc = LOCAL_NODE,
    keystore: Annotated[
        Path | None,
        typer.Option(
            help="Encrypted key file (JSON, version 3) of the account that becomes admin. The password is "
            f"asked for, or taken from {PASSWORD_VARIABLE}.",
            metavar="FILE",
        ),
    ] = None,
    dev: Annotated[
        bool,
        typer.Option("--dev", help="Use the well-known development accounts. Local test chains only."),
    ] = False,
    oracle_key: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of a key that signs reports; give one for each key. With --dev: by default the "
            "last three development accounts.",
            metavar="ADDRESS",
        ),
    ] = None,
    threshold: Annotated[
        int, typer.Option(help="How many oracle keys must sign a report.", min=1, max=32)
    ] = 2,
    delay: Annotated[
        int,
        typer.Option(
            help="Seconds between announcing and doing what is dangerous: granting roles, replacing oracle "
            "keys. 0 is for trying the ledger out only.",
            metavar="SECONDS",
        ),
    ] = DEFAULT_DELAY,
    grant: Annotated[
        list[str] | None,
        typer.Option(
            help="Give another account a role from the start, for example GUARDIAN=0x…, who may cancel what "
            "the admin announced, or PAUSER=0x…; may be given several times.",
            metavar="ROLE=ADDRESS",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put the contracts on a chain and write the deployment file that other commands read.

    The admin's account pays the gas. It may register businesses, formulas and factors, create credit
    programmes and pause the ledger, at once. Granting roles and replacing oracle keys it has to announce,
    and can do when --delay seconds have passed: two days, if not said otherwise.

    When the command is interrupted, run it again with the same options: it goes on where it stopped. A
    finished deployment is only checked. One of an earlier version gets the contracts that it lacks; their
    roles are announced first, and the command says from when on it is to be run again.

    On the local chain of `tanso chain`:  tanso contracts deploy --dev --out deployment.json
    """
    with reported(as_json):
        if dev == (keystore is not None):
            raise InvalidValue("Give either --keystore FILE or --dev.")
        from tanso.contracts.connection import connect

        w3 = connect(rpc)
        admin, keys = _signers(w3, keystore, oracle_key or [])
        compiled()
        say("asking the chain ...")
        from tanso.contracts.deployment import deploy as deploy_all

        found = deploy_all(
            w3,
            admin,
            oracle_keys=keys,
            threshold=threshold,
            delay=delay,
            holders=_holders(grant or []),
            path=out,
            on_step=lambda what, number, total: say(f"[{number}/{total}] {what} ..."),
        )
        if as_json:
            typer.echo(out.read_text().strip())
            return
        for name, address in found.addresses.items():
            typer.echo(f"{name:<18}{address}")
        typer.echo(
            f"Chain {found.chain_id}, admin {found.admin}, {threshold} of {len(keys)} oracle keys sign."
        )
        typer.echo(_delays_in_words(found))
        typer.echo(f"Written to {out}.")
        if found.unwired:
            typer.echo(
                f"Added: {', '.join(found.unwired)}. What needs a role there waits for the admin's delay: "
                f"run the same command again from {clock(found.ready or 0)} on, by the chain's clock, and "
                "within a week."
            )


@app.command()
def gas(
    rpc: Annotated[
        str | None,
        typer.Option(
            help="URL of a local test chain with the development accounts. Without it, a chain of its own "
            "is made in this process.",
            metavar="URL",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure what settling, shipping and reporting cost, in gas of whole transactions.

    OpenZeppelin's plain ERC-1155 is measured beside. The command fails when a figure is above its limit.
    """
    with reported(as_json):
        from tanso.contracts.connection import connect
        from tanso.contracts.gas import LIMITS, in_process, measure
        from tanso.contracts.snapshots import settings

        compiled()
        if rpc is None:
            w3, accounts = in_process()
        else:
            w3 = connect(rpc)
            accounts = dev_accounts(w3)
        figures = measure(w3, accounts, say)
        over = [name for name, limit in LIMITS.items() if figures[name] > limit]
        if as_json:
            typer.echo(json.dumps(figures))
        else:
            for name, figure in figures.items():
                limit = f"  at most {LIMITS[name]:>9,}" if name in LIMITS else ""
                typer.echo(f"{name:<40}{figure:>9,}{limit}")
            typer.echo(f"Compiled with {settings()}.")
        if over:
            say(f"Above the limit: {', '.join(over)}.")
            raise typer.Exit(1)


cli_access.add_to(app)


def _signers(w3: "Web3", keystore: Path | None, oracle_keys: list[str]) -> tuple["LocalAccount", list[str]]:
    """The admin's account, and the addresses of the oracle keys."""
    if keystore is None:
        accounts = dev_accounts(w3)
        return accounts[0], oracle_keys or [account.address for account in accounts[-3:]]
    if not oracle_keys:
        raise InvalidValue("No oracle key is given.", hint="Give --oracle-key ADDRESS for each key.")
    return decrypted(keystore), oracle_keys


def _holders(grants: list[str]) -> dict[str, tuple[str, ...]]:
    """Accounts by role, out of what --grant was given."""
    found: dict[str, tuple[str, ...]] = {}
    for text in grants:
        role, equals, account = text.partition("=")
        if not equals:
            raise InvalidValue(f"--grant {text} is not understood.", hint="Write ROLE=ADDRESS.")
        found[role] = (*found.get(role, ()), account)
    return found


def _delays_in_words(deployment: "Deployment") -> str:
    if not deployment.delay:
        return "Oracle keys and roles change at once: good for trying the ledger out, and for nothing else."
    return f"Oracle keys and roles change {deployment.delay:,} seconds after it was announced, no earlier."
