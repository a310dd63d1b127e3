"""Fixtures for all tests. Real parts throughout: a py-evm chain in process, anvil, SQLite, PostgreSQL.

session    accounts        the ten development accounts with money, as anvil has them; [0] is the admin
           oracle_keys     KeyRing of three oracle keys (threshold 2), without money
           compiled        {name: Artifact} of all contracts
           server          a running PostgreSQL server; `postgres` is the URL of its maintenance database
           anvil_url       URL of a running anvil
           mosquitto       makes sure that a broker can be run; fails, with what to do, where none can be had
           told            folder of the demo's world, told once for all workers; to be read, not changed
module     database_url    a database for a node, by --database
           living          a copy of that world, opened, its businesses with their tokens
test       chain           Chain on the in-process chain, contracts deployed, nothing else; undone afterwards
           anvil_chain     the same on anvil, over HTTP
           any_chain       both, one after the other
           ledger          chain.ledger
           store_url       an empty database: SQLite, then PostgreSQL
           store           its engine, all tables created (of the modules imported so far)
           one_store       the same on the one that --database names, for tests that are not about it
           one_url         an empty database on the one that --database names
           database_option `--database URL` of such a one for a new world; nothing for SQLite in its folder
           new_urls        gives such URLs, another database's each time
           home            a node's folder, whose database is on that one
           sqlite_store    as `store` on SQLite alone, for tests that are about SQLite
           told_copy       a copy of the demo's world, to be changed and served

`Chain.send(call, sender)` sends a call by the shortest way (no outbox) and raises Reverted if it fails.
Contracts are deployed once per engine; each test gets them back by evm_snapshot and evm_revert.
"""

import fcntl
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from sqlalchemy import Engine
from web3 import HTTPProvider, Web3

from tanso.contracts.compiler import Artifact, compile_contracts
from tanso.contracts.deployment import Deployment, deploy
from tanso.contracts.ledger import Call, Ledger
from tanso.devchain import Devchain, DevchainProvider, dev_accounts
from tanso.oracle.keys import KeyRing
from tanso.platform.demo.run import MARKER
from tanso.platform.demo.world import TOKENS_FILE, Business, World

from .databases import Server, copied, new_url, on_postgres, running_server, settled, with_tables

ROOT = Path(__file__).parent.parent
THRESHOLD = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=4, help="seeds of the indexer's simulator to run")
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what every node and store of the tests lies in; postgresql runs the same tests on that alone",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = any("store_url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "store_url" in metafunc.fixturenames and not chosen:
        postgres = pytest.param("postgres", marks=pytest.mark.postgres)
        alone = metafunc.config.getoption("--database") == "postgresql"
        metafunc.parametrize("store_url", [postgres] if alone else ["sqlite", postgres], indirect=True)


@dataclass(frozen=True)
class Chain:
    """A chain with the contracts on it, and nothing else."""

    w3: Web3
    ledger: Ledger
    accounts: list[LocalAccount]
    oracle_keys: KeyRing

    @property
    def deployment(self) -> Deployment:
        return self.ledger.deployment

    @property
    def admin(self) -> LocalAccount:
        return self.accounts[0]

    def send(self, call: Call, sender: LocalAccount) -> Any:
        """Sends a call and gives its receipt. Raises Reverted."""
        self.ledger.simulate(call, sender.address)
        transaction = {
            "chainId": self.deployment.chain_id,
            "from": sender.address,
            "to": call.to,
            "data": call.data,
            "nonce": self.w3.eth.get_transaction_count(sender.address),
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
        }
        transaction["gas"] = self.w3.eth.estimate_gas(transaction) * 5 // 4
        signed = sender.sign_transaction(transaction)
        receipt = self.w3.eth.wait_for_transaction_receipt(
            self.w3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.01
        )
        assert receipt["status"] == 1
        return receipt

    def rpc(self, method: str, *params: Any) -> Any:
        """A JSON-RPC request that web3.py has no method for."""
        response = self.w3.provider.make_request(method, list(params))
        assert "error" not in response, response
        return response["result"]


@pytest.fixture(scope="session")
def accounts() -> list[LocalAccount]:
    return dev_accounts(10)


@pytest.fixture(scope="session")
def oracle_keys() -> KeyRing:
    return KeyRing(Account.from_key(keccak(text=f"oracle key {number}")) for number in range(3))


@pytest.fixture(scope="session")
def compiled() -> dict[str, Artifact]:
    return compile_contracts()


@pytest.fixture(scope="session")
def _deployed(accounts: list[LocalAccount], oracle_keys: KeyRing) -> Callable[[Web3], Chain]:
    def make(w3: Web3) -> Chain:
        deployment = deploy(w3, accounts[0], oracle_keys=oracle_keys.addresses, threshold=THRESHOLD, delay=0)
        return Chain(w3, Ledger(w3, deployment), accounts, oracle_keys)

    return make


def _undone(chain: Chain) -> Iterator[Chain]:
    snapshot = chain.rpc("evm_snapshot")
    yield chain
    assert chain.rpc("evm_revert", snapshot)


@pytest.fixture(scope="session")
def _devchain(_deployed: Callable[[Web3], Chain]) -> Iterator[Chain]:
    devchain = Devchain.open(None)
    yield _deployed(Web3(DevchainProvider(devchain)))
    devchain.close()


@pytest.fixture
def chain(_devchain: Chain) -> Iterator[Chain]:
    yield from _undone(_devchain)


@pytest.fixture
def ledger(chain: Chain) -> Ledger:
    return chain.ledger


@pytest.fixture(scope="session")
def start_anvil() -> Iterator[Callable[..., str]]:
    """Starts an anvil on a free port with the options given, and gives its URL."""
    running: list[tuple[subprocess.Popen[bytes], threading.Thread]] = []

    def start(*options: str) -> str:
        binary = next((ROOT / "contracts/node_modules/@foundry-rs").glob("anvil-*/bin/anvil*"))
        # By default the states of old blocks are dropped, those first that tests before took back: a
        # reorganisation down to such a block then leaves a chain without contracts. Kept, they cost little.
        kept = ["--prune-history", str(10**6)]
        process = subprocess.Popen(
            [binary, "--port", "0", "--chain-id", "31337", *kept, *options], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith(b"Listening on ")), b"")
        # Anvil logs on and on; a full pipe would stop it.
        reader = threading.Thread(target=deque, args=(process.stdout, 0))
        reader.start()
        running.append((process, reader))
        assert line, f"anvil ended with exit code {process.wait()}"
        return "http://" + line.removeprefix(b"Listening on ").strip().decode()

    yield start
    for process, reader in running:
        process.kill()
        process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def anvil_url(start_anvil: Callable[..., str]) -> str:
    return start_anvil()


@pytest.fixture(scope="session")
def _anvil(anvil_url: str, _deployed: Callable[[Web3], Chain]) -> Chain:
    return _deployed(Web3(HTTPProvider(anvil_url)))


@pytest.fixture
def anvil_chain(_anvil: Chain) -> Iterator[Chain]:
    # Undoing the test before took the clock back to the last block's time, too.
    _anvil.rpc("anvil_setTime", int(time.time()))
    yield from _undone(_anvil)
    _anvil.rpc("anvil_dropAllTransactions")
    _anvil.rpc("evm_setAutomine", True)


@pytest.fixture(params=["eth-tester", pytest.param("anvil", marks=pytest.mark.anvil)])
def any_chain(request: pytest.FixtureRequest) -> Chain:
    chain: Chain = request.getfixturevalue("chain" if request.param == "eth-tester" else "anvil_chain")
    return chain


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as found:
        yield found


@pytest.fixture(scope="session")
def postgres(server: Server) -> str:
    return server.url


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    server: Server = request.getfixturevalue("server")
    with server.new(like=server.prepared() if "store" in request.fixturenames else "") as url:
        yield url


@pytest.fixture(scope="module")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with new_url(request, tmp_path_factory.mktemp("database") / "node.db", prepared=True) as url:
        yield url


@pytest.fixture
def one_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with new_url(request, tmp_path / "store.db") as url:
        yield url


@pytest.fixture
def database_option(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[str]]:
    if not on_postgres(request):
        yield []
        return
    with new_url(request, tmp_path) as url:
        yield ["--database", url]


@pytest.fixture
def new_urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    numbers = itertools.count()
    with ExitStack() as stack:
        yield lambda: stack.enter_context(new_url(request, tmp_path / f"store-{next(numbers)}.db"))


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    with settled(request, tmp_path / "home") as folder:
        yield folder


@pytest.fixture
def store(store_url: str) -> Iterator[Engine]:
    yield from with_tables(store_url)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Engine]:
    yield from with_tables(f"sqlite:///{tmp_path / 'store.db'}")


@pytest.fixture
def one_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with new_url(request, tmp_path / "store.db", prepared=True) as url:
        yield from with_tables(url)


@pytest.fixture(scope="session")
def mosquitto() -> None:
    ran = subprocess.run([sys.executable, ROOT / "scripts/mosquitto.py"], capture_output=True, text=True)
    if ran.returncode:
        pytest.fail(ran.stderr, pytrace=False)


@pytest.fixture(scope="session")
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "told"
    with (shared / "told.lock").open("w") as lock, ExitStack() as stack:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other workers wait until it is told
        if not (folder / MARKER).is_file():
            # In a process of its own: a test of the pages has an event loop running in this one.
            command = [Path(sys.executable).with_name("tanso"), "demo", "--out", folder]
            if on_postgres(request):
                server: Server = request.getfixturevalue("server")
                command += ["--database", stack.enter_context(server.new())]
            subprocess.run(command, check=True, capture_output=True)
            if on_postgres(request):
                server.dump(folder)
    return folder


@pytest.fixture(scope="module")
def living(
    request: pytest.FixtureRequest, told: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    with copied(request, told, tmp_path_factory.mktemp("living") / "world") as folder:
        yield from _reopened(folder)


def _reopened(folder: Path) -> Iterator[World]:
    tokens = json.loads((folder / TOKENS_FILE).read_text("utf-8"))
    firms = json.loads((folder / MARKER).read_text("utf-8"))["businesses"]
    with World.reopen(folder, host="127.0.0.1") as world:
        world.operator = tokens["operator"]
        for firm in firms:
            name = firm["name"]
            world.businesses[firm["part"]] = Business(firm["id"], name, account="", token=tokens[name])
        yield world


@pytest.fixture
def told_copy(request: pytest.FixtureRequest, told: Path, tmp_path: Path) -> Iterator[Path]:
    with copied(request, told, tmp_path / "world") as folder:
        yield folder
