"""The indexer under fire (fault cases 13, 14, 15 and 17): a seed gives a schedule of faults, and in the end
the tables must be row by row those of an undisturbed index.

Real parts: processes that are killed with SIGKILL at some statement or commit, an anvil whose blocks are
replaced and whose transactions are mined again in other blocks, and between them a proxy as of several nodes
of which some lag, refuse a range, ask for patience or lose connections.

    pytest tests/platform/indexer/test_simulator.py --seeds 40      # `make test` runs the first few
"""

import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from web3 import HTTPProvider, Web3

from tanso.contracts.errors import LedgerError
from tanso.contracts.ledger import Ledger
from tanso.oracle.store import open_store
from tanso.platform.indexer.errors import IndexerError

from .faulty_node import Faults, FaultyNode

LIVES = 32
"""Processes of one seed, most of which are killed: a hundred and more over the seeds of `make test`."""
DEEPEST = 8
happened: Counter[str] = Counter()

pytestmark = [pytest.mark.anvil, pytest.mark.slow]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(1, metafunc.config.getoption("--seeds") + 1))


class History:
    """What happens on the chain: lots are made and shipped, and blocks are replaced."""

    def __init__(self, world: Any, random: Random) -> None:
        self.world, self.random = world, random
        self.w3 = world.chain.w3
        self.sent: list[tuple[int, bytes, str]] = []
        """Block, signed transaction and name of the lot that it made, of all transactions so far."""
        self.start = self.w3.eth.block_number

    def go_on(self) -> None:
        if self.random.random() < 0.3:
            self.reorganise()
            return
        name, lots = f"lot {len(self.sent)}-{self.random.random()}", [lot for *_, lot in self.sent if lot]
        if lots and self.random.random() < 0.5:
            self.world.ship(self.random.choice(lots), 0, self.random.randint(1, 2), 1)
            name = ""
        else:
            parts = {self.random.choice(lots): 1} if lots else {}
            self.world.settle(0, {name: 100}, materials=parts, resin=100, left_over=3)
        block = self.w3.eth.get_block("latest")
        while not block["transactions"]:  # after a reorganisation the node may top it with empty ones
            block = self.w3.eth.get_block(block["number"] - 1)
        (transaction,) = block["transactions"]
        raw = self.world.chain.rpc("eth_getRawTransactionByHash", "0x" + bytes(transaction).hex())
        self.sent.append((block["number"], raw, name))

    def reorganise(self) -> None:
        """Replaces blocks; most of their transactions are mined again, each in a block of its own."""
        depth = min(self.random.randint(1, DEEPEST), self.w3.eth.block_number - self.start)
        if depth < 1:
            return
        happened["reorganisations"] += 1
        below = self.w3.eth.block_number - depth
        self.world.chain.rpc("anvil_reorg", depth, [])
        gone = [one for one in self.sent if one[0] > below]
        self.sent = self.sent[: len(self.sent) - len(gone)]
        self.world.chain.rpc("anvil_dropAllTransactions")
        for _, raw, name in gone[: self.random.randint(0, len(gone))]:
            # A busy node would put the next one into the same block.
            receipt = self.w3.eth.wait_for_transaction_receipt(
                self.w3.eth.send_raw_transaction(raw), poll_latency=0.01
            )
            happened["mined again"] += 1
            self.sent.append((receipt["blockNumber"], raw, name))


@pytest.fixture(scope="module")
def node(anvil_url: str) -> Iterator[FaultyNode]:
    with FaultyNode(anvil_url).serving() as found:
        yield found


def live(world: Any, ledger: Ledger, store_url: str, statement: int) -> bool:
    """Indexes in a process of its own that is killed at a statement or commit; whether it was."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            index(world, ledger, store_url, statement)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def index(world: Any, ledger: Ledger, store_url: str, statement: int) -> None:
    engine = open_store(store_url)
    left = [statement]

    def die(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", die)
    event.listen(engine, "commit", die)
    with suppress(LedgerError, IndexerError, OSError):  # the next life goes on
        world.indexer(engine, source=ledger, w3=ledger.w3, max_range=6).run()


def test_whatever_happens_the_tables_are_those_of_an_undisturbed_index(
    seed: int, anvil_world: Any, node: FaultyNode, one_store: Any, tmp_path: Any, dump: Any, clean_of: Any
) -> None:
    random = Random(seed)
    history, store_url = History(anvil_world, random), one_store.url.render_as_string(hide_password=False)
    node.random = Random(seed)
    # web3's own repetitions would hide what the node says.
    w3 = Web3(HTTPProvider(node.url, exception_retry_configuration=None))
    ledger = Ledger(w3, anvil_world.chain.deployment)
    one_store.dispose()
    for _ in range(LIVES):
        history.go_on()
        node.faults = Faults(
            lagging=random.choice((0, 30, 60)),
            too_many=random.choice((0, 0, 10, 30)),
            lost=random.choice((0, 0, 10)),
            most_blocks=random.choice((1, 2, 4, 100)),
        )
        happened["killed"] += live(anvil_world, ledger, store_url, random.choice((1, 2, 4, 8, 12, 18)))
    node.faults = Faults()
    assert not live(anvil_world, ledger, store_url, 0)
    assert dump(one_store) == clean_of(anvil_world)


def test_the_faults_did_happen(request: pytest.FixtureRequest, node: FaultyNode) -> None:
    """Last in this file: a schedule under which nothing happens would show nothing."""
    if not any(one.name.startswith("test_whatever") for one in request.session.items):
        pytest.fail("run the whole file")
    counted = happened + node.happened
    assert counted["killed"] >= 100, counted
    wanted = ("reorganisations", "mined again", "lagging", "range too large", "too many requests", "lost")
    assert all(counted[fault] >= 10 for fault in wanted), counted
