"""`tanso contracts`: compile the ledger's contracts and put them on a chain."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanso.contracts.errors import InvalidValue, TansoError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

PASSWORD_VARIABLE = "TANSO_KEY_PASSWORD"  # noqa: S105 - the variable's name, not a password
DEV_CHAIN_IDS = (31337, 1337)
DEV_MNEMONIC = "test test test test test test test test test test test junk"
CODE_LIMIT = 24_576
"""Largest contract that Ethereum accepts, in bytes (EIP-170)."""

app = typer.Typer(
    help="Compile the ledger's contracts and put them on a chain.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("compile")
def compile_(as_json: AsJson = False) -> None:
    """Compile the Solidity sources and keep the result.

    Takes about ten seconds; when nothing has changed, the kept result is found at once. Other commands
    compile by themselves when they need to.
    """
    with _reported(as_json):
        artifacts = _compiled()
        sizes = {name: len(found.runtime) // 2 - 1 for name, found in sorted(artifacts.items())}
        deployable = {name: size for name, size in sizes.items() if size and name in _deployed_names()}
        if as_json:
            typer.echo(json.dumps({"contracts": deployable, "limit_bytes": CODE_LIMIT}))
            return
        for name, size in deployable.items():
            typer.echo(f"{name:<18}{size:>7,} bytes, {size * 100 // CODE_LIMIT:>3} % of what a chain accepts")


@app.command()
def deploy(
    out: Annotated[Path, typer.Option(help="Deployment file to write, or to go on with.", metavar="FILE")],
    rpc: Annotated[
        str, typer.Option(help="HTTP JSON-RPC address of any Ethereum node.", metavar="URL")
    ] = "http://127.0.0.1:8545",
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
    as_json: AsJson = False,
) -> None:
    """Put the nine contracts on a chain and write the deployment file that other commands read.

    The admin's account pays the gas. It may register businesses, formulas and factors, replace oracle keys
    and create credit programmes, and grant these roles to others. When the command is interrupted, run it
    again with the same options: it goes on where it stopped. A finished deployment is only checked.

    On the local chain of `tanso chain`:  tanso contracts deploy --dev --out deployment.json
    """
    with _reported(as_json):
        if dev == (keystore is not None):
            raise InvalidValue("Give either --keystore FILE or --dev.")
        from tanso.contracts.connection import connect

        w3 = connect(rpc)
        admin, keys = _signers(w3, keystore, oracle_key or [])
        _compiled()
        _say("asking the chain ...")
        from tanso.contracts.deployment import deploy as deploy_all

        found = deploy_all(
            w3,
            admin,
            oracle_keys=keys,
            threshold=threshold,
            path=out,
            on_step=lambda what, number, total: _say(f"[{number}/{total}] {what} ..."),
        )
        if as_json:
            typer.echo(out.read_text().strip())
            return
        for name, address in found.addresses.items():
            typer.echo(f"{name:<18}{address}")
        typer.echo(
            f"Chain {found.chain_id}, admin {found.admin}, {threshold} of {len(keys)} oracle keys sign."
        )
        typer.echo(f"Written to {out}.")


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
    with _reported(as_json):
        from tanso.contracts.connection import connect
        from tanso.contracts.gas import LIMITS, in_process, measure

        _compiled()
        if rpc is None:
            w3, accounts = in_process()
        else:
            w3 = connect(rpc)
            accounts = _dev_accounts(w3)
        figures = measure(w3, accounts, _say)
        over = [name for name, limit in LIMITS.items() if figures[name] > limit]
        if as_json:
            typer.echo(json.dumps(figures))
        else:
            for name, figure in figures.items():
                limit = f"  at most {LIMITS[name]:>9,}" if name in LIMITS else ""
                typer.echo(f"{name:<40}{figure:>9,}{limit}")
        if over:
            _say(f"Above the limit: {', '.join(over)}.")
            raise typer.Exit(1)


def _signers(w3: "Web3", keystore: Path | None, oracle_keys: list[str]) -> tuple["LocalAccount", list[str]]:
    """The admin's account, and the addresses of the oracle keys."""
    if keystore is None:
        accounts = _dev_accounts(w3)
        return accounts[0], oracle_keys or [account.address for account in accounts[-3:]]
    if not oracle_keys:
        raise InvalidValue("No oracle key is given.", hint="Give --oracle-key ADDRESS for each key.")
    return _decrypted(keystore), oracle_keys


def _dev_accounts(w3: "Web3") -> list["LocalAccount"]:
    from eth_account import Account

    chain_id = w3.eth.chain_id
    if chain_id not in DEV_CHAIN_IDS:
        raise InvalidValue(
            f"--dev uses keys that everybody knows, and chain {chain_id} is no local test chain.",
            hint="Give --keystore FILE.",
        )
    Account.enable_unaudited_hdwallet_features()
    return [Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}") for i in range(10)]


def _decrypted(keystore: Path) -> "LocalAccount":
    from eth_account import Account

    try:
        content = json.loads(keystore.read_text())
    except (OSError, ValueError) as error:
        raise InvalidValue(
            f"The key file {keystore} can't be read: {error}.", hint="Give an encrypted JSON key file."
        ) from error
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        password = typer.prompt(f"Password of {keystore}", hide_input=True, err=True)
    _say("decrypting the key ...")
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(content, password))
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidValue(
            f"The key file {keystore} can't be decrypted: {error}.",
            hint=f"Check the password (prompt or {PASSWORD_VARIABLE}).",
        ) from error
    return account


def _compiled() -> Any:
    from tanso.contracts.compiler import compile_contracts, is_compiled

    if is_compiled():
        return compile_contracts()
    _say("compiling the contracts, about ten seconds ...")
    began = time.monotonic()
    artifacts = compile_contracts()
    _say(f"compiled in {time.monotonic() - began:.1f} s, kept for the next time")
    return artifacts


def _deployed_names() -> tuple[str, ...]:
    from tanso.contracts.deployment_plan import CONTRACTS

    return CONTRACTS


def _say(what: str) -> None:
    """Progress goes to standard error, so that standard output stays readable for programs."""
    typer.echo(what, err=True)


@contextmanager
def _reported(as_json: bool) -> Iterator[None]:
    """Shows our own errors as a sentence (or JSON on standard output) and exits with 1."""
    try:
        yield
    except TansoError as error:
        if as_json:
            said = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
            typer.echo(json.dumps(said))
        else:
            typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
