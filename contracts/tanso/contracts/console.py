"""What the commands of `tanso contracts` share: signing accounts, progress, errors."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanso.contracts.errors import InvalidValue, LedgerError, TansoError

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

    from tanso.contracts.contract import Call

PASSWORD_VARIABLE = "TANSO_KEY_PASSWORD"  # noqa: S105 - the variable's name, not a password
DEV_CHAIN_IDS = (31337, 1337)
DEV_MNEMONIC = "test test test test test test test test test test test junk"

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Rpc = Annotated[str, typer.Option(help="HTTP JSON-RPC address of any Ethereum node.", metavar="URL")]
LOCAL_NODE = "http://127.0.0.1:8545"


def signer(w3: "Web3", keystore: Path | None, dev: bool) -> "LocalAccount":
    """The account that signs: of the key file, or the first development account."""
    if dev == (keystore is not None):
        raise InvalidValue("Give either --keystore FILE or --dev.")
    return dev_accounts(w3)[0] if keystore is None else decrypted(keystore)


def dev_accounts(w3: "Web3") -> list["LocalAccount"]:
    from eth_account import Account

    chain_id = w3.eth.chain_id
    if chain_id not in DEV_CHAIN_IDS:
        raise InvalidValue(
            f"--dev uses keys that everybody knows, and chain {chain_id} is no local test chain.",
            hint="Give --keystore FILE.",
        )
    Account.enable_unaudited_hdwallet_features()
    return [Account.from_mnemonic(DEV_MNEMONIC, account_path=f"m/44'/60'/0'/0/{i}") for i in range(10)]


def decrypted(keystore: Path) -> "LocalAccount":
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
    say("decrypting the key ...")
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(content, password))
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidValue(
            f"The key file {keystore} can't be decrypted: {error}.",
            hint=f"Check the password (prompt or {PASSWORD_VARIABLE}).",
        ) from error
    return account


def compiled() -> Any:
    from tanso.contracts.compiler import compile_contracts, is_compiled

    if is_compiled():
        return compile_contracts()
    say("compiling the contracts, about ten seconds ...")
    began = time.monotonic()
    artifacts = compile_contracts()
    say(f"compiled in {time.monotonic() - began:.1f} s, kept for the next time")
    return artifacts


def sent(w3: "Web3", account: "LocalAccount", call: "Call") -> Any:
    """Says what a call does and costs at most, sends it and waits for its receipt."""
    from tanso.contracts import transactions

    say(f"{call.what}: {transactions.cost(w3, account.address, call.to, call.data)}")
    signed = transactions.sign(w3, account, call.to, call.data)
    transactions.send(w3, bytes(signed.raw_transaction), bytes(signed.hash))
    receipt = transactions.wait(w3, bytes(signed.hash))
    if receipt["status"] != 1:
        raise LedgerError(
            f"The chain mined the transaction ({call.what}), but it failed.",
            hint="Something else changed the ledger meanwhile: run the command again.",
        )
    return receipt


def clock(time_: int) -> str:
    """Ledger time for people."""
    return datetime.fromtimestamp(time_, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def say(what: str) -> None:
    """Progress goes to standard error, so that standard output stays readable for programs."""
    typer.echo(what, err=True)


@contextmanager
def reported(as_json: bool) -> Iterator[None]:
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
