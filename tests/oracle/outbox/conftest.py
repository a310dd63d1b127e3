"""Fixtures of the outbox's tests: quick outboxes, an effect to count, a node that fails as told."""

import json
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from sqlalchemy import Engine
from web3 import Web3

from tanso.contracts.ledger import Call, Ledger
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, OutboxMessage, Patience

ROLE = 77
"""Granting a role never reverts and leaves an event each time: done twice, it shows."""


FAULTS = ("loses request", "loses answer", "no answer", "too many requests")
TOO_MANY = b"slow down"


@dataclass(frozen=True)
class Grants:
    """Calls by the admin, each with an effect of its own that happens as often as it is sent."""

    ledger: Ledger
    since: int

    def call(self, number: int) -> Call:
        return self.ledger.access.grant(ROLE, self.account(number))

    def account(self, number: int) -> str:
        return str(Web3.to_checksum_address(keccak(text=f"grant {number}")[:20]))

    def counts(self) -> dict[str, int]:
        """How often each account was granted the role."""
        counts: dict[str, int] = {}
        for event in self.ledger.events(self.since, self.ledger.w3.eth.block_number):
            if event.name == "RoleGranted" and event.args["role_id"] == ROLE:
                account = event.args["account"]
                counts[account] = counts.get(account, 0) + 1
        return counts

    def expected(self, *numbers: int) -> dict[str, int]:
        """The counts when each of these was done exactly once, and nothing else."""
        return {self.account(number): 1 for number in numbers}


class FaultyNode:
    """An HTTP proxy in front of a real node that fails as told. `asked` counts requests by method.

    Faults: "loses request" (the connection breaks before the node has it), "loses answer" (the node does what
    was asked, then the connection breaks), "no answer" (the node does what was asked, the client waits), "too
    many requests" (HTTP status 429).
    """

    def __init__(self, url: str) -> None:
        self._target = url
        self._faults: dict[str, list[str | dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self.released = threading.Event()
        self.asked: Counter[str] = Counter()
        self.url = ""

    def fail(self, method: str, fault: str, times: int = 1) -> None:
        """Makes the next requests of a method fail."""
        assert fault in FAULTS
        self._faults.setdefault(method, []).extend([fault] * times)

    def say(self, method: str, *results: Any) -> None:
        """Gives these results to the next requests of a method, without asking the real node."""
        self._faults.setdefault(method, []).extend({"result": result} for result in results)

    def refuse(self, method: str, message: str, times: int = 1) -> None:
        """Answers the next requests of a method with an error, without asking the real node."""
        error = {"error": {"code": -32000, "message": message}}
        self._faults.setdefault(method, []).extend([error] * times)

    def answer(self, body: bytes) -> bytes | None:
        """The answer to a request; None to break the connection."""
        request: dict[str, Any] = json.loads(body)
        method = request["method"]
        with self._lock:
            self.asked[method] += 1
            waiting = self._faults.get(method)
            fault = waiting.pop(0) if waiting else None
        if isinstance(fault, dict):
            return json.dumps({"jsonrpc": "2.0", "id": request["id"], **fault}).encode()
        if fault == "too many requests":
            return TOO_MANY
        if fault == "loses request":
            return None
        forwarded = urllib.request.Request(self._target, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(forwarded) as response:
            answer: bytes = response.read()
        if fault == "no answer":
            self.released.wait()
        return None if fault else answer


@contextmanager
def faulty_node(target: str) -> Iterator[FaultyNode]:
    """Runs a proxy in front of `target` while the block lasts."""
    node = FaultyNode(target)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = node.answer(self.rfile.read(int(self.headers["Content-Length"])))
            if answer is None:
                self.close_connection = True
                return
            self.send_response(429 if answer == TOO_MANY else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        node.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield node
        node.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def grants(request: pytest.FixtureRequest) -> Grants:
    name = next(n for n in ("any_chain", "anvil_chain", "chain") if n in request.fixturenames)
    ledger: Ledger = request.getfixturevalue(name).ledger
    return Grants(ledger, ledger.w3.eth.block_number + 1)


@pytest.fixture
def keys(accounts: list[LocalAccount]) -> KeyRing:
    return KeyRing(accounts[:4])


@pytest.fixture
def make_outbox(keys: KeyRing) -> Callable[..., Outbox]:
    def make(engine: Engine, ledger: Ledger, **options: Any) -> Outbox:
        return Outbox(engine, ledger, keys, **{"patience": Patience(seconds=20, poll_seconds=0.01)} | options)

    return make


@pytest.fixture
def queue_grants(grants: Grants, accounts: list[LocalAccount]) -> Callable[..., list[OutboxMessage]]:
    """Queues grants by their numbers, sent by the admin."""

    def queue(outbox: Outbox, *numbers: int) -> list[OutboxMessage]:
        return [
            outbox.enqueue(
                None,
                key=f"grant:{number}",
                sender=accounts[0].address,
                call=grants.call(number),
                kind="grant",
            )
            for number in numbers
        ]

    return queue


@pytest.fixture
def node(anvil_url: str) -> Iterator[FaultyNode]:
    """A faulty node in front of the anvil."""
    with faulty_node(anvil_url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def signer_url(start_anvil: Callable[..., str]) -> str:
    """An anvil that only signs."""
    return start_anvil()


@pytest.fixture
def signer(signer_url: str) -> Iterator[FaultyNode]:
    """An external signer of the development accounts, that fails as told."""
    with faulty_node(signer_url) as proxy:
        yield proxy
