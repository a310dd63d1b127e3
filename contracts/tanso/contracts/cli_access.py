"""`tanso contracts pause`, `unpause` and `oracle-keys`: what an operator does in an emergency."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanso.contracts.console import (
    LOCAL_NODE,
    PASSWORD_VARIABLE,
    AsJson,
    Rpc,
    clock,
    compiled,
    reported,
    say,
    sent,
    signer,
)
from tanso.contracts.errors import InvalidValue, Reverted

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from web3 import Web3

    from tanso.contracts.contract import Call
    from tanso.contracts.ledger import Ledger

DeploymentFile = Annotated[Path, typer.Option(help="Deployment file of the ledger.", metavar="FILE")]
Keystore = Annotated[
    Path | None,
    typer.Option(
        help=f"Encrypted key file of the account that signs. The password is asked for, or taken from "
        f"{PASSWORD_VARIABLE}.",
        metavar="FILE",
    ),
]
Dev = Annotated[
    bool, typer.Option("--dev", help="Sign with the first well-known development account. Local chains only.")
]


def add_to(app: typer.Typer) -> None:
    """Makes the commands part of `tanso contracts`."""
    app.command()(pause)
    app.command()(unpause)
    app.command("oracle-keys")(oracle_keys)


def pause(
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    dev: Dev = False,
    as_json: AsJson = False,
) -> None:
    """Stop all writing to the ledger at once: nothing is registered, reported, settled, shipped or retired.

    For an emergency, for example when oracle keys were stolen. One transaction stops every contract that
    can be; it works at once. Reading goes on, and oracle keys and roles can be put right meanwhile. The
    account needs the role PAUSER. To go on: tanso contracts unpause.

    On the local chain of `tanso chain`:  tanso contracts pause --dev --deployment deployment.json
    """
    _switch(deployment, rpc, keystore, dev, as_json, paused=True)


def unpause(
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    dev: Dev = False,
    as_json: AsJson = False,
) -> None:
    """Let a paused ledger go on, in one transaction. The account needs the role PAUSER.

    On the local chain of `tanso chain`:  tanso contracts unpause --dev --deployment deployment.json
    """
    _switch(deployment, rpc, keystore, dev, as_json, paused=False)


def _switch(
    deployment: Path, rpc: str, keystore: Path | None, dev: bool, as_json: bool, *, paused: bool
) -> None:
    with reported(as_json):
        w3, ledger, account = _opened(deployment, rpc, keystore, dev)
        access = ledger.access
        if set(access.paused_by_contract().values()) != {paused}:
            sent(w3, account, access.pause() if paused else access.unpause())
        found = access.paused_by_contract()
        if as_json:
            typer.echo(json.dumps({"paused": found}))
            return
        for name, is_paused in found.items():
            typer.echo(f"{name:<18}{'paused' if is_paused else 'running'}")


def oracle_keys(
    deployment: DeploymentFile,
    oracle_key: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of a key that is to sign reports; give one for each key, all of them. Without any, "
            "the keys in force are shown.",
            metavar="ADDRESS",
        ),
    ] = None,
    threshold: Annotated[int, typer.Option(help="How many of them must sign a report.", min=1, max=32)] = 2,
    cancel: Annotated[
        bool, typer.Option("--cancel", help="Cancel the change to these keys that was announced.")
    ] = False,
    announced_by: Annotated[
        str | None,
        typer.Option(
            help="With --cancel: who announced the change, if not the ledger's admin.", metavar="ADDRESS"
        ),
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    dev: Dev = False,
    as_json: AsJson = False,
) -> None:
    """Replace the keys that sign reports, in two steps; or show them.

    The first run announces the new keys and says from when on they can be set: after the ledger's delay, two
    days by default. Until then anybody can see them coming, and the admin or a GUARDIAN can stop them with
    --cancel. A run with the same options after that time, and within a week of it, sets them. The account
    needs the role ORACLE_ADMIN. All keys are replaced: name those again that are to stay.

    When keys were stolen, first run `tanso contracts pause`, then this.
    """
    with reported(as_json):
        if not oracle_key:
            if cancel:
                raise InvalidValue("No oracle key is given.", hint="Name the keys that were announced.")
            say("no --oracle-key is given: here are the keys in force")
            _show(_ledger(deployment, rpc)[1], as_json, None)
            return
        w3, ledger, account = _opened(deployment, rpc, keystore, dev)
        call = ledger.quorum.set_keys(oracle_key, threshold)
        if cancel:
            sent(w3, account, ledger.access.cancel(call, announced_by or ledger.deployment.admin))
            _show(ledger, as_json, None)
            return
        _show(ledger, as_json, _next_step(w3, ledger, account, call))


def _next_step(w3: "Web3", ledger: "Ledger", account: "LocalAccount", call: "Call") -> int | None:
    """Announces the call or makes it; gives its time while it has to wait."""
    access = ledger.access
    if access.delay(call, account.address) == 0:
        sent(w3, account, call)
        return None
    ready = access.scheduled(call, account.address)
    if ready is None:
        sent(w3, account, access.schedule(call))
        return access.scheduled(call, account.address)
    # The next block's time counts, which the latest block of a quiet chain does not tell: so it is tried.
    try:
        sent(w3, account, access.execute(call))
    except Reverted as refused:
        if refused.name != "AccessManagerNotReady":
            raise
        return ready
    return None


def _show(ledger: "Ledger", as_json: bool, ready: int | None) -> None:
    keys, threshold = ledger.quorum.keys(), ledger.quorum.threshold()
    if as_json:
        typer.echo(json.dumps({"keys": keys, "threshold": threshold, "ready": ready}))
        return
    for key in keys:
        typer.echo(key)
    typer.echo(f"{threshold} of these {len(keys)} keys sign a report.")
    if ready is not None:
        typer.echo(
            f"The new keys are announced. Run the same command again from {clock(ready)} on, by the chain's "
            "clock, and within a week."
        )


def _opened(
    deployment: Path, rpc: str, keystore: Path | None, dev: bool
) -> tuple["Web3", "Ledger", "LocalAccount"]:
    w3, ledger = _ledger(deployment, rpc)
    return w3, ledger, signer(w3, keystore, dev)


def _ledger(deployment: Path, rpc: str) -> tuple["Web3", "Ledger"]:
    from tanso.contracts.connection import connect
    from tanso.contracts.deployment_file import Deployment
    from tanso.contracts.ledger import Ledger

    found = Deployment.load(deployment)
    w3 = connect(rpc)
    compiled()
    found.check(w3)
    return w3, Ledger(w3, found)
