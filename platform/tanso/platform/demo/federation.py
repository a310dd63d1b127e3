"""`tanso up --federation`: the story with a server for each firm, and what to do on them next."""

import json
import signal
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from tanso.devchain import dev_accounts
from tanso.devchain.server import serving as chain_serving
from tanso.oracle.factors import factor
from tanso.oracle.formulas import NAMES
from tanso.platform.api.fields import show_time
from tanso.platform.cli.serving import Worker
from tanso.platform.demo.assembly import assemble
from tanso.platform.demo.database import check_kept, claim, one_each
from tanso.platform.demo.network import Network
from tanso.platform.demo.parts import make_parts
from tanso.platform.demo.run import MARKER, MINE, Progress, clear
from tanso.platform.demo.steel import make_steel
from tanso.platform.demo.story import FACTORS, VALID_FROM, VALID_UNTIL
from tanso.platform.demo.world import BUSINESSES, write_private
from tanso.platform.settings import Settings

FIRMS = {part: BUSINESSES[part] for part in ("steel", "parts", "assembler", "customer")}
SHELL_FILE = "firms.sh"


def serve_firms(data: Path, database: str, host: str, port: int) -> None:
    """Serves the firms in `data` until Ctrl-C; tells their story first if none was told there to the end.

    :param database: URL with {firm} in it of an empty one for each firm; "" for files in their folders.
    :param port: of the first firm, at the first start. Where one is taken, a free one is used.
    :raises FolderInUse: when `data` holds something else.
    :raises DatabaseInUse: when a database does, or the firms have others.
    :raises SettingsError: when others could reach a ledger whose admin's key is public.
    """
    Settings(data_dir=data, host=host).refuse_known_secrets([dev_accounts(1)[0].address])
    console = Console(highlight=False, soft_wrap=True)
    databases = one_each(database, FIRMS)
    if (data / MINE).is_file() and (data / MARKER).is_file():
        for part, url in databases.items():
            check_kept(data / part, url)
    else:
        claim(*databases.values())
        clear(data)
        build(data, databases)
    stop = threading.Event()
    with ExitStack() as stack:
        network = stack.enter_context(Network.reopen(data))
        for number in (signal.SIGINT, signal.SIGTERM):
            stack.callback(signal.signal, number, signal.signal(number, lambda *_: stop.set()))
        stack.enter_context(network.serving(host, port))
        for firm in network.firms.values():
            stack.enter_context(Worker(firm.node))
        chain_url = stack.enter_context(chain_serving(network.chain, host, 0))
        write_private(data / SHELL_FILE, shell(network, json.loads((data / MARKER).read_text("utf-8"))))
        _tell(console, network, data, chain_url)
        stop.wait()
    console.print("\nStopped.")


def build(folder: Path, databases: Mapping[str, str]) -> dict[str, Any]:
    """Makes the network in an empty folder and tells the story; gives the IDs of its lots.

    :param databases: as `Network.create` takes them.
    """
    step = Progress(Console(stderr=True, highlight=False))
    with Network.create(folder, FIRMS, step, databases) as network:
        lots = tell(network, step)
    (folder / MARKER).write_text(json.dumps(lots, indent=2), encoding="utf-8")
    step.done()
    return lots


def tell(network: Network, step: Progress) -> dict[str, Any]:
    """Steel to parts to drive units to the customer, each step on its own firm's server."""
    step("register formulas and factors")
    for name in NAMES:
        if not name.endswith("@1"):
            network.settle_down()  # a version is taken when the one before is on the ledger
        network.operate("steel", "POST", "/v1/formulas", json={"name": name})
    validity = {"valid_from": show_time(VALID_FROM), "valid_until": show_time(VALID_UNTIL)}
    factors = {
        name: network.operate("parts", "POST", "/v1/factors", json=asdict(factor(name)) | validity)[
            "factor_id"
        ]
        for name in FACTORS
    }
    network.settle_down()
    step("steel works: a month of electricity, four lots of steel")
    steel = make_steel(network)
    step("parts maker: the white paper's day, lots of products A and B")
    lot_a, lot_b = make_parts(network, steel[0], factors)
    step("assembler: the final lot, shipped to the customer")
    final = assemble(network, lot_a, lot_b)
    return {"steel": steel, "parts": [lot_a, lot_b], "assembler": [final]}


def shell(network: Network, lots: dict[str, list[str]]) -> str:
    """What a shell needs to go on: each firm's address, business ID and token, and the lot of the story."""
    lines = ["# Tokens: keep this file to yourself."]
    for part, firm in network.firms.items():
        name = part.upper()
        lines += [
            f"{name}={firm.url}",
            f"{name}_ID={firm.business.id}",
            f"{name}_TOKEN={firm.business.token}",
        ]
    return "\n".join([*lines, f"LOT={lots['assembler'][0]}", ""])


def _tell(console: Console, network: Network, data: Path, chain_url: str) -> None:
    console.print(
        f"\n[bold]{len(network.firms)} firms are up[/bold]   (Ctrl-C stops them; all stays in {data}/)"
    )
    for firm in network.firms.values():
        console.print(
            f"  {firm.url}/   {firm.business.name}: sign in with {firm.business.token}", markup=False
        )
    console.print(f"  {chain_url}/   the ledger between them, JSON-RPC")
    console.print(f"\n  . {data / SHELL_FILE}   names addresses, IDs and tokens to a shell", markup=False)
    console.print("  README.md goes on from here, under 'Two firms'.")
