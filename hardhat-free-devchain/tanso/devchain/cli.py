"""`tanso chain`: serve a local chain until Ctrl-C."""

import json
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .settings import DEFAULT_ACCOUNTS, DEFAULT_CHAIN_ID, MAX_ACCOUNTS, MAX_CHAIN_ID

app = typer.Typer(add_completion=False)


class EngineName(StrEnum):
    """Which chain runs."""

    ETH_TESTER = "eth-tester"
    ANVIL = "anvil"


@app.command("chain")
def chain(
    state: Annotated[
        Path | None,
        typer.Option(
            help="Folder to keep the chain in; made if need be. Without it, the chain lives in memory."
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on. 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")
    ] = 8545,
    engine: Annotated[
        EngineName, typer.Option(help="eth-tester runs in Python; anvil is faster and must be installed.")
    ] = EngineName.ETH_TESTER,
    chain_id: Annotated[int, typer.Option(min=1, max=MAX_CHAIN_ID, help="Chain id.")] = DEFAULT_CHAIN_ID,
    accounts: Annotated[
        int, typer.Option(min=1, max=MAX_ACCOUNTS, help="Funded development accounts.")
    ] = DEFAULT_ACCOUNTS,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Host name to answer to besides localhost and IP addresses; may be repeated."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON once the chain listens, and nothing else.")
    ] = False,
) -> None:
    """Serve a local Ethereum chain over JSON-RPC until Ctrl-C.

    Transactions are mined at once. The accounts and keys are those of anvil and Hardhat: known to everybody,
    for development only. With --state the chain is there again after a restart; after a crash, too, except
    that anvil may lose its last seconds.
    """
    from .errors import DevchainError  # the chain's libraries take a second to load: only when it runs

    try:
        if engine is EngineName.ANVIL:
            _run_anvil(state, host, port, chain_id, accounts, as_json)
        else:
            _run_eth_tester(state, host, port, chain_id, accounts, allow_host or [], as_json)
    except DevchainError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error


def _run_eth_tester(
    state: Path | None,
    host: str,
    port: int,
    chain_id: int,
    accounts: int,
    allow_host: list[str],
    as_json: bool,
) -> None:
    from .chain import Devchain
    from .server import serve

    with Devchain.open(state, chain_id=chain_id, accounts=accounts) as devchain:

        def announce(url: str) -> None:
            answer = devchain.handle([_balance_request(address) for address, _ in _keys(accounts)])
            _announce(
                as_json,
                url=url,
                engine=EngineName.ETH_TESTER,
                chain_id=chain_id,
                state=state,
                block=devchain.engine.head.block_number,
                balances=[int(item["result"], 16) for item in answer],
            )

        serve(devchain, host, port, allowed_hosts=allow_host, on_listening=announce)


def _run_anvil(state: Path | None, host: str, port: int, chain_id: int, accounts: int, as_json: bool) -> None:
    from .anvil import AnvilNode, run_anvil

    def announce(node: AnvilNode) -> None:
        _announce(
            as_json,
            url=node.url,
            engine=EngineName.ANVIL,
            chain_id=chain_id,
            state=state,
            block=int(_ask(node.url, "eth_blockNumber"), 16),
            balances=[
                int(_ask(node.url, "eth_getBalance", address, "latest"), 16) for address, _ in _keys(accounts)
            ],
        )

    run_anvil(state, host, port, chain_id=chain_id, accounts=accounts, on_listening=announce)


def _announce(
    as_json: bool,
    *,
    url: str,
    engine: EngineName,
    chain_id: int,
    state: Path | None,
    block: int,
    balances: list[int],
) -> None:
    keys = _keys(len(balances))
    if as_json:
        line: dict[str, Any] = {
            "url": url,
            "engine": engine.value,
            "chain_id": chain_id,
            "state": None if state is None else str(state.resolve()),
            "block": block,
            "accounts": [
                {"address": address, "private_key": key, "balance_wei": balance}
                for (address, key), balance in zip(keys, balances, strict=True)
            ],
        }
        typer.echo(json.dumps(line))
        return
    where = (
        "in memory; gone when this ends (keep it with --state FOLDER)"
        if state is None
        else str(state.resolve())
    )
    typer.echo(f"Local chain at {url}\n")
    typer.echo(f"  engine    {engine.value}")
    typer.echo(f"  chain id  {chain_id}")
    typer.echo(f"  state     {where}")
    typer.echo(f"  block     {block}\n")
    typer.echo("Accounts, with keys that everybody knows (never use them for anything of value):")
    for index, ((address, key), balance) in enumerate(zip(keys, balances, strict=True)):
        ether = Decimal(balance).scaleb(-18).quantize(Decimal("0.0001"))
        typer.echo(f"  {index}  {address}  {ether} ETH  {key}")
    typer.echo("\nPress Ctrl-C to stop.")


def _keys(count: int) -> list[tuple[str, str]]:
    from .accounts import dev_accounts

    return [(str(account.address), "0x" + bytes(account.key).hex()) for account in dev_accounts(count)]


def _ask(url: str, method: str, *params: str) -> str:
    import httpx

    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    result: str = httpx.post(url, json=request, trust_env=False).json()["result"]
    return result


def _balance_request(address: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": [address, "latest"]}
