"""The outbox under fire: a seed gives a schedule of faults, and the end must be that of the fault-free run.

    python tests/faults/simulator.py --seed 17          # replays one seed and tells what happens
    python tests/faults/simulator.py --seeds 200        # seeds 1 to 200

Before some rounds a worker is started with a configuration of another chain, or of another contract: it must
refuse and change nothing.

Real parts: worker processes that are killed with SIGKILL at the steps of a push, a real anvil whose blocks
are reorganised, whose pool is emptied, whose fees rise and whose accounts are emptied, and between them a
proxy that fails requests, breaks connections after the node has accepted, or leaves a request without answer.

What must be equal, whatever happened: each message's state and decoded error in the store; the events on the
chain. And every transaction of the senders on the chain is one that the store knows, one at most for each
message (its replacements share a nonce), at the place that the store says.
"""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from command import run
from eth_account import Account
from eth_utils import keccak
from proxy import Proxy
from schedule import Round, schedule
from web3 import HTTPProvider, Web3
from workers import ANOTHER_CHAIN

from tanso.contracts.deployment import deploy
from tanso.contracts.ledger import Call, Ledger
from tanso.devchain import dev_accounts
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, Status
from tanso.oracle.outbox.fees import GWEI
from tanso.oracle.outbox.model import OPEN
from tanso.oracle.store import create_tables, open_store

ROOT = Path(__file__).parents[2]
WORKERS = Path(__file__).with_name("workers.py")
MONEY = 10**22
ROLE = 77
DEPLOYMENT = "deployment.json"
SEEDS_PER_CHAIN = 20
"""Anvil keeps each block's state, and reorganisations make many blocks: a new chain then saves memory."""

KEPT_STATES = 10**6
"""Anvil's default forgets some thousand blocks later, and a reorganisation then leaves an empty chain."""

LAST_ROUNDS = 40
"""Lives of a worker, without faults, in which everything has to come to its end."""

BLOCKS_BELOW = 25
"""Blocks before the first message: no reorganisation must reach what is the same for all seeds."""


class Simulator:
    """One anvil with the contracts, one parent of worker processes, many runs."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._folder = folder
        url = stack.enter_context(_anvil())
        self.w3 = Web3(HTTPProvider(url))
        self.accounts = dev_accounts(3)
        key = Account.from_key(keccak(text="an oracle key")).address
        deployment = deploy(self.w3, self.accounts[0], oracle_keys=[key], threshold=1, delay=0)
        deployment.save(folder / DEPLOYMENT)
        replace(deployment, chain_id=31_338).save(folder / "wrong chain ID.json")
        # One contract's place taken by another one: there is code, but not this contract's.
        names = sorted(deployment.addresses)
        swapped = deployment.addresses | {names[0]: deployment.addresses[names[1]]}
        replace(deployment, addresses=swapped).save(folder / "wrong contract.json")
        self.ledger = Ledger(self.w3, deployment)
        self._empty = folder / "empty.db"
        empty = open_store(f"sqlite:///{self._empty}")
        create_tables(empty)
        empty.dispose()
        self._proxy = Proxy(url, self._strike)
        self._workers = stack.enter_context(_workers())
        self._log: list[str] = []
        self._wrongly: list[str] = []
        self.happened = self._proxy.happened
        self._run(self.ledger.access.grant(1, self.accounts[1].address))
        self._base = self._rpc("evm_snapshot")
        self._since = self.w3.eth.block_number + 1
        self.messages = self._workload()
        self._reference = self._state(self._live("reference", []))

    def run(self, seed: int) -> tuple[list[str], list[str]]:
        """Runs a seed; gives the differences from the fault-free run, none if all is well, and a log."""
        self._log, self._wrongly = [], []
        rounds = schedule(seed, len(self.messages))
        outbox = self._live(f"seed{seed}", rounds)
        state = self._state(outbox)
        differences = [
            f"{key}: {state.get(key)}, without faults {self._reference.get(key)}"
            for key in sorted({*state, *self._reference})
            if state.get(key) != self._reference.get(key)
        ]
        differences += [*self._unaccounted(outbox), *self._wrongly]
        outbox.engine.dispose()
        return differences, self._log

    def _workload(self) -> list[tuple[str, str, Call]]:
        """Key, sender and call of each message.

        Grants happen as often as they are sent; registrations of versions need the one before; of two
        registrations of one document the second is refused, and others go on.
        """
        admin, second = self.accounts[0].address, self.accounts[1].address

        def grant(number: int) -> Call:
            account = Web3.to_checksum_address(keccak(text=f"grant {number}")[:20])
            return self.ledger.access.grant(ROLE, str(account))

        def formula(number: int, name: str) -> Call:
            return self.ledger.formulas.register(f"0x{number:064x}", name)

        return [
            ("grant:1", admin, grant(1)),
            ("formula:1", second, formula(1, "one@1")),
            ("grant:2", admin, grant(2)),
            ("formula:2", second, formula(2, "one@2")),
            ("again:2", second, formula(2, "two@1")),
            ("formula:3", second, formula(3, "one@3")),
            ("grant:3", admin, grant(3)),
            ("grant:4", admin, grant(4)),
        ]

    def _live(self, name: str, rounds: list[Round]) -> Outbox:
        """One run from the beginning to its end; gives its outbox."""
        assert self._rpc("evm_revert", self._base)
        self._base = self._rpc("evm_snapshot")
        self._rpc("anvil_mine", hex(BLOCKS_BELOW))
        self._rpc("anvil_dropAllTransactions")
        self._calm_down()
        file = shutil.copy(self._empty, self._folder / f"{name}.db")
        database = f"sqlite:///{file}"
        engine = open_store(database)
        outbox = Outbox(engine, self.ledger, KeyRing(self.accounts))
        queued = 0
        for number, now in enumerate(rounds):
            self._enqueue(outbox, now.queued)
            queued += len(now.queued)
            self._log.append(f"round {number}: {now}")
            self._rpc("evm_setAutomine", now.automatic)
            if now.wrong is not None:
                self._start_wrongly(file, now.wrong)
            self._proxy.begin(now)
            codes = self._work(database, 0, *now.kills)
            self.happened["killed"] += codes.count(-signal.SIGKILL)
            self._log.append(f"  ended with {codes}")
            for event in now.after:
                self._strike(*event)
        self._proxy.begin(None)
        self._enqueue(outbox, tuple(range(queued, len(self.messages))))
        for _ in range(LAST_ROUNDS):
            self._calm_down()
            codes = self._work(database, 5, None)
            left = [m for m in outbox.messages() if m.status in OPEN]
            self._log.append(f"last rounds: ended with {codes}, left {[(m.key, m.note) for m in left]}")
            if not left:
                break
        return outbox

    def _enqueue(self, outbox: Outbox, numbers: tuple[int, ...]) -> None:
        for number in numbers:
            key, sender, call = self.messages[number]
            outbox.enqueue(None, key=key, sender=sender, call=call, kind="simulated")

    def _start_wrongly(self, file: str, wrong: str) -> None:
        """A worker configured for another chain or contract must refuse to start, and change nothing."""
        self._proxy.begin(None)
        before = _content(file)
        (code,) = self._work(f"sqlite:///{file}", 0, None, deployment=f"wrong {wrong}.json")
        self.happened[f"wrong {wrong}"] += 1
        if code != ANOTHER_CHAIN or _content(file) != before:
            self._wrongly.append(f"started with a wrong {wrong}: ended with {code}, or changed the store")

    def _work(
        self, database: str, seconds: float, *kills: tuple[str, int] | None, deployment: str = DEPLOYMENT
    ) -> list[int]:
        order = {
            "database": database,
            "node": self._proxy.url,
            "deployment": str(self._folder / deployment),
            "seconds": seconds,
            "workers": kills,
        }
        assert self._workers.stdin is not None
        assert self._workers.stdout is not None
        print(json.dumps(order), file=self._workers.stdin, flush=True)
        codes: list[int] = json.loads(self._workers.stdout.readline())
        return codes

    def _state(self, outbox: Outbox) -> dict[str, Any]:
        state: dict[str, Any] = {
            m.key: (m.status, m.error_name, m.error_text, m.note) for m in outbox.messages()
        }
        events = self.ledger.events(self._since, self.w3.eth.block_number)
        # When a role counts from is the block's time, the one thing that a fault may change.
        told = [(e.name, {name: value for name, value in e.args.items() if name != "since"}) for e in events]
        state["events"] = sorted(Counter(f"{name} {args}" for name, args in told).items())
        return state

    def _unaccounted(self, outbox: Outbox) -> Iterator[str]:
        """Transactions on the chain that the store does not know or has twice, or has elsewhere."""
        messages = outbox.messages()
        owners = {t.tx_hash: m for m in messages for t in outbox.transactions(m.key)}
        mined: Counter[str] = Counter()
        for number in range(self._since, self.w3.eth.block_number + 1):
            block = self._block(number)
            for tx_hash in block["transactions"]:
                owner = owners.get(tx_hash)
                if owner is None:
                    yield f"{tx_hash} is on the chain and not in the store"
                    continue
                mined[owner.key] += 1
                if (owner.tx_hash, owner.block_hash) != (tx_hash, block["hash"]):
                    yield f"{owner.key} is in block {number}, the store says {owner.block_number}"
        for message in messages:
            if mined[message.key] != (message.block_hash is not None):
                yield f"{message.key} was mined {mined[message.key]} times"
            self.happened["replaced"] += max(0, len(outbox.transactions(message.key)) - 1)
            if len({t.nonce for t in outbox.transactions(message.key)}) > 1:
                yield f"{message.key} was signed with several nonces"
            if message.status != Status.PARKED and message.error_name is not None:
                yield f"{message.key} has an error and is {message.status}"

    def _strike(self, event: str, depth: int) -> None:
        self._log.append(f"  {event} {depth if event == 'reorg' else ''}")
        self.happened[event] += 1
        fee = int(self.w3.eth.get_block("latest")["baseFeePerGas"])
        match event:
            case "mine":
                self._rpc("evm_mine")
            case "drop":
                self._rpc("anvil_dropAllTransactions")
            case "reorg":
                newest = self.w3.eth.block_number
                blocks = (self._block(newest - back) for back in range(depth))
                self.happened["mined and dropped"] += sum(len(block["transactions"]) for block in blocks)
                self._rpc("anvil_reorg", depth, [])
            case "spike":
                self._rpc("anvil_setNextBlockBaseFeePerGas", hex(min(10 * fee, 150 * GWEI)))
                self._rpc("evm_mine")
            case "calm":
                self._rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
            case "broke" | "refill":
                money = MONEY if event == "refill" else 1
                self._rpc("anvil_setBalance", self.accounts[depth % 2].address, hex(money))

    def _calm_down(self) -> None:
        for account in self.accounts[:2]:
            self._rpc("anvil_setBalance", account.address, hex(MONEY))
        self._rpc("evm_setAutomine", True)
        self._rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        self._rpc("evm_mine")

    def _block(self, number: int) -> dict[str, Any]:
        # Not by web3.py, which takes thrice the time.
        block: dict[str, Any] = self._rpc("eth_getBlockByNumber", hex(number), False)
        return block

    def _rpc(self, method: str, *params: Any) -> Any:
        response = self.w3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        assert "error" not in response, response
        return response["result"]

    def _run(self, call: Call) -> None:
        admin = self.accounts[0]
        signed = admin.sign_transaction(
            {
                "chainId": self.ledger.deployment.chain_id,
                "to": call.to,
                "data": call.data,
                "nonce": self.w3.eth.get_transaction_count(admin.address),
                "gas": 10**6,
                "maxFeePerGas": 100 * GWEI,
                "maxPriorityFeePerGas": GWEI,
            }
        )
        sent = self.w3.eth.send_raw_transaction(signed.raw_transaction)
        assert self.w3.eth.wait_for_transaction_receipt(sent, poll_latency=0.01)["status"] == 1


def _content(file: str) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


@contextmanager
def _anvil() -> Iterator[str]:
    binary = next((ROOT / "contracts/node_modules/@foundry-rs").glob("anvil-*/bin/anvil*"))
    with tempfile.TemporaryFile("w+b") as log:
        options = ["--port", "0", "--chain-id", "31337", "--prune-history", str(KEPT_STATES)]
        process = subprocess.Popen([binary, *options], stdout=log)
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


@contextmanager
def _workers() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, WORKERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        yield parent


@contextmanager
def simulator() -> Iterator[Simulator]:
    """A simulator that is taken down at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tanso-faults-")))
        yield Simulator(stack, folder)


if __name__ == "__main__":
    run(__doc__, simulator, seeds_at_once=SEEDS_PER_CHAIN)
