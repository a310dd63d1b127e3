"""From period close to confirmed report for 1,000 pieces of equipment, on anvil: part of `make bench`.

Prints the total, the chain's part of it (measured at the connection: from each request to its answer, and the
waiting for a block) and the number of transactions, on a chain that mines at once and on one that does not.
Not a test: a busy machine is slow, not wrong.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import HTTPProvider, Web3

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
    """Notes how long the chain takes: for its answers, and from taking a transaction to mining it."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.forget()

    def forget(self) -> None:
        """Begins anew."""
        self.seconds = self._answers_since = 0.0
        self.by_method: Counter[str] = Counter()
        self._accepted: float | None = None
        self._mined: float | None = None

    def waited(self) -> float:
        """Seconds from the answer to the sending until a receipt was there, less those spent in answers."""
        assert self._accepted is not None
        assert self._mined is not None
        return max(0.0, self._mined - self._accepted - self._answers_since)

    def make_request(self, method: Any, params: Any) -> Any:
        began = time.perf_counter()
        response = super().make_request(method, params)
        ended = time.perf_counter()
        self.seconds += ended - began
        self.by_method[method] += round((ended - began) * 10**6)
        if method == "eth_sendRawTransaction":
            self._accepted = ended
        elif self._accepted is not None and self._mined is None:
            self._answers_since += ended - began
            if method == "eth_getTransactionReceipt" and response.get("result"):
                self._mined = ended
        return response


@contextmanager
def anvil() -> Iterator[str]:
    """An anvil of its own; gives its URL."""
    binary = next((ROOT / "contracts/node_modules/@foundry-rs").glob("anvil-*/bin/anvil*"))
    with tempfile.TemporaryFile("w+b") as log:
        command = [binary, "--port", "0", "--chain-id", "31337"]
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
        patience = Patience(seconds=60, poll_seconds=0.01)
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
        measure(oracle, clocked, today - 2 * DAY, "anvil that mines at once")
        w3.provider.make_request("evm_setAutomine", [False])  # type: ignore[arg-type]
        w3.provider.make_request("evm_setIntervalMining", [BLOCK_SECONDS])  # type: ignore[arg-type]
        measure(oracle, clocked, today - DAY, f"anvil with a block every {BLOCK_SECONDS} s")
        assert all(setup.reports.record_count(equipment_id) == 2 for equipment_id in equipment)


def measure(oracle: Oracle, clocked: Clocked, start: int, chain: str) -> None:
    """Closes the day that begins at `start`, waits until its report is confirmed, prints the times."""
    end = start + DAY
    bounds = ",".join(time.strftime("%Y-%m-%dT%H:%M", time.gmtime(second)) for second in (start, end))
    rows = ["device,quantity,value,unit,start,end", f"main,electricity,123456.7,kWh,{bounds}"]
    rows += [
        f"machine {number},operating time,{60 + number % 900},min,{bounds}" for number in range(EQUIPMENT)
    ]
    taken = oracle.ingest(FACTORY, "day", "\n".join(rows).encode(), LAYOUT)
    assert not taken.refused, taken.refused[0]
    clocked.forget()

    began = time.perf_counter()
    closed = oracle.close_period(FACTORY, start, end)
    done = oracle.outbox.drain()
    total = time.perf_counter() - began

    (message,) = done
    assert message.status == Status.CONFIRMED, message
    assert len(closed.result.intensities_pg) == EQUIPMENT
    waited = clocked.waited()
    share = 100 * (clocked.seconds + waited) / total
    print(f"{chain}: {len(done)} transaction, gas {message.gas_used:,}")
    print(
        f"  total {total:.2f} s, of which the chain {clocked.seconds:.2f} s for answers "
        f"and {waited:.2f} s until the block: {share:.0f} %"
    )
    for method, micros in clocked.by_method.most_common(4):
        print(f"    {method:<28}{micros / 10**6:.3f} s")


if __name__ == "__main__":
    sys.exit(main())
