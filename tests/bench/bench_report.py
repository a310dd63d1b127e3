"""From period close to confirmed report for 1,000 pieces of equipment, on anvil: part of `make bench`.

Prints the number of transactions, the total, and how much of it the chain itself needs: from sending the
signed transaction to its receipt. On a chain that mines at once that is measured alone, with the same bytes
on the same state after the run was undone; on one with a block every twelve seconds within the run, from
request to receipt. There the wait depends on when in the interval the transaction comes; the last line says
what it is on average. Not a test: a busy machine is slow, not wrong.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from tanso.contracts.deployment import deploy
from tanso.contracts.identity import content_hash, derive_id
from tanso.contracts.ledger import Call, Ledger
from tanso.contracts.units import Unit
from tanso.devchain import dev_accounts
from tanso.oracle.factors import factor
from tanso.oracle.formulas import all_formulas
from tanso.oracle.intake import parse_layout
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, Patience, Status
from tanso.oracle.service import Oracle
from tanso.oracle.sites import Site, SiteEnergy, SiteEquipment
from tanso.oracle.store import create_tables, open_store

ROOT = Path(__file__).parents[2]
EQUIPMENT = 1000
POLL_SECONDS = 0.01
BLOCK_SECONDS = 12
"""Ethereum's; consortium chains take some seconds too."""

SECRET = b"a secret of the benchmark's factory"
FACTORY = derive_id(SECRET, "business", "factory")
REGISTRAR = 1
DAY = 86_400
GWEI = 10**9
LAYOUT = parse_layout(
    """
zone = "+00:00"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = { column = "quantity" }
value = "value"
unit = { column = "unit" }
"""
)


class Clocked(HTTPProvider):
    """Notes when a transaction was handed over and when its receipt was there."""

    handed_over: float | None = None
    mined: float | None = None

    def forget(self) -> None:
        """Begins anew."""
        self.handed_over = self.mined = None

    def waited(self) -> float:
        """Seconds from the beginning of the sending until the receipt was there."""
        assert self.handed_over is not None
        assert self.mined is not None
        return self.mined - self.handed_over

    def make_request(self, method: Any, params: Any) -> Any:
        if method == "eth_sendRawTransaction" and self.handed_over is None:
            self.handed_over = time.perf_counter()
        response = super().make_request(method, params)
        waiting = self.handed_over is not None and self.mined is None
        if waiting and method == "eth_getTransactionReceipt" and response.get("result"):
            self.mined = time.perf_counter()
        return response


@contextmanager
def anvil() -> Iterator[str]:
    """An anvil of its own; gives its URL."""
    binary = next((ROOT / "contracts/node_modules/@foundry-rs").glob("anvil-*/bin/anvil*"))
    with tempfile.TemporaryFile("w+b") as log:
        # Old states are kept: a revert must find the contracts there.
        command = [binary, "--port", "0", "--chain-id", "31337", "--prune-history", "1000000"]
        process = subprocess.Popen(command, stdout=log)
        try:
            while process.poll() is None:
                log.seek(0)
                found = [line for line in log.read().splitlines() if line.startswith(b"Listening on ")]
                if found:
                    yield "http://" + found[0].removeprefix(b"Listening on ").strip().decode()
                    return
                time.sleep(0.05)
            raise RuntimeError(f"anvil ended with exit code {process.returncode}")
        finally:
            process.kill()
            process.wait()


def sender(w3: Web3, account: LocalAccount) -> Callable[[Call], None]:
    """Sends calls of an account by the shortest way."""
    nonce = w3.eth.get_transaction_count(account.address)

    def send(call: Call) -> None:
        nonlocal nonce
        transaction = {
            "chainId": 31337,
            "to": call.to,
            "data": call.data,
            "nonce": nonce,
            "gas": 10**6,
            "maxFeePerGas": 1000 * GWEI,
            "maxPriorityFeePerGas": GWEI,
        }
        w3.eth.send_raw_transaction(account.sign_transaction(transaction).raw_transaction)
        nonce += 1

    return send


def site(equipment: list[str]) -> Site:
    """A factory whose electricity is shared by rated power and operating time, white paper (5) to (8)."""
    return Site(
        business_id=FACTORY,
        zone="+00:00",
        energies=(
            SiteEnergy(energy="electricity", factor=factor("electricity-tepco-2021"), devices=("main",)),
        ),
        equipment=tuple(
            SiteEquipment(
                equipment_id=equipment_id,
                activity_devices=(f"machine {number}",),
                performance={"electricity": f"{1 + number % 40} kW"},
            )
            for number, equipment_id in enumerate(equipment)
        ),
    )


def main() -> None:
    """Sets the world up, then measures."""
    with anvil() as url, tempfile.TemporaryDirectory(prefix="tanso-bench-") as folder:
        w3 = Web3(HTTPProvider(url))
        admin, factory, reporter = dev_accounts(3)
        keys = KeyRing(Account.from_key(keccak(text=f"oracle key {number}")) for number in range(3))
        deployment = deploy(w3, admin, oracle_keys=keys.addresses, threshold=2, delay=0)
        setup = Ledger(w3, deployment)
        equipment = [derive_id(SECRET, "equipment", f"machine {number}") for number in range(EQUIPMENT)]
        send = sender(w3, admin)
        send(setup.access.grant(REGISTRAR, admin.address))
        send(setup.businesses.register(FACTORY, factory.address, content_hash(b"endpoint")))
        for document in all_formulas():
            send(setup.formulas.register(document.content_hash, document.name))
        send = sender(w3, factory)
        for equipment_id in equipment:
            send(setup.equipment.register(equipment_id, Unit.SECOND))

        engine = open_store(f"sqlite:///{folder}/node.db")
        create_tables(engine)
        clocked = Clocked(url)
        ledger = Ledger(Web3(clocked), deployment)
        patience = Patience(seconds=60, poll_seconds=POLL_SECONDS)
        outbox = Outbox(engine, ledger, KeyRing([reporter]), patience=patience)
        oracle = Oracle(
            engine,
            ledger,
            outbox,
            keys,
            sender=reporter.address,
            secret_of=lambda _business: SECRET,
            clock=lambda: int(time.time()) + DAY,
        )
        oracle.register(site(equipment))
        today = int(w3.eth.get_block("latest")["timestamp"]) // DAY * DAY
        print(f"{EQUIPMENT} pieces of equipment, from period close to confirmed report:")
        own = measure(oracle, clocked, today - 2 * DAY, "anvil that mines at once", alone=True)
        rpc(w3, "evm_setAutomine", False)
        rpc(w3, "evm_setIntervalMining", BLOCK_SECONDS)
        measure(oracle, clocked, today - DAY, f"anvil with a block every {BLOCK_SECONDS} s", alone=False)
        wait = BLOCK_SECONDS / 2
        print(
            f"  on average {wait:.0f} s until the block, and {own:.2f} s: {100 * wait / (wait + own):.0f} %"
        )
        assert all(setup.reports.record_count(equipment_id) == 2 for equipment_id in equipment)


def measure(oracle: Oracle, clocked: Clocked, start: int, chain: str, *, alone: bool) -> float:
    """Closes the day that begins at `start`, waits until its report is confirmed, prints the times.

    Gives the seconds that were not the chain's. alone: measures the chain's time by itself afterwards.
    """
    end = start + DAY
    bounds = ",".join(time.strftime("%Y-%m-%dT%H:%M", time.gmtime(second)) for second in (start, end))
    rows = ["device,quantity,value,unit,start,end", f"main,electricity,123456.7,kWh,{bounds}"]
    rows += [
        f"machine {number},operating time,{60 + number % 900},min,{bounds}" for number in range(EQUIPMENT)
    ]
    taken = oracle.ingest(FACTORY, "day", "\n".join(rows).encode(), LAYOUT)
    assert not taken.refused, taken.refused[0]
    w3 = oracle.ledger.w3
    before = rpc(w3, "evm_snapshot") if alone else None
    clocked.forget()

    began = time.perf_counter()
    closed = oracle.close_period(FACTORY, start, end)
    done = oracle.outbox.drain()
    total = time.perf_counter() - began

    (message,) = done
    assert message.status == Status.CONFIRMED, message
    assert len(closed.result.intensities_pg) == EQUIPMENT
    if before is not None:
        rpc(w3, "evm_revert", before)
        clocked.forget()
        (transaction,) = oracle.outbox.transactions(message.key)
        w3.eth.wait_for_transaction_receipt(
            w3.eth.send_raw_transaction(HexBytes(transaction.raw)), poll_latency=POLL_SECONDS
        )
    chains = clocked.waited()
    print(f"{chain}: {len(done)} transaction, gas {message.gas_used:,}")
    print(f"  total {total:.2f} s, of which the chain needs {chains:.2f} s: {100 * chains / total:.0f} %")
    return total - chains


def rpc(w3: Web3, method: str, *params: Any) -> Any:
    """A JSON-RPC request that web3.py has no method for."""
    response = w3.provider.make_request(RPCEndpoint(method), list(params))
    assert "error" not in response, response
    return response["result"]


if __name__ == "__main__":
    sys.exit(main())
