"""The chain under test: in process, over HTTP, and anvil; and a small contract to talk to."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from tanso.devchain import Devchain, DevchainProvider, anvil_node, dev_account, serving

ARTIFACT = json.loads(Path(__file__).with_name("notebook.json").read_text())


@dataclass
class Rpc:
    """JSON-RPC calls without a client library in between."""

    devchain: Devchain

    def __call__(self, method: str, *params: object) -> Any:
        answer = self.answer(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def error(self, method: str, *params: object) -> dict[str, Any]:
        answer = self.answer(method, *params)
        assert "result" not in answer, answer
        error: dict[str, Any] = answer["error"]
        return error

    def answer(self, method: str, *params: object) -> dict[str, Any]:
        request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}
        answer: dict[str, Any] = json.loads(self.devchain.handle_text(json.dumps(request).encode()) or b"")
        assert answer["jsonrpc"] == "2.0"
        assert answer["id"] == 7
        return answer


@pytest.fixture
def devchain() -> Iterator[Devchain]:
    with Devchain.open() as chain:
        yield chain


@pytest.fixture
def rpc(devchain: Devchain) -> Rpc:
    return Rpc(devchain)


@pytest.fixture
def w3(devchain: Devchain) -> Web3:
    return Web3(DevchainProvider(devchain))


@pytest.fixture(scope="module", params=["in process", "http", pytest.param("anvil", marks=pytest.mark.anvil)])
def any_w3(request: pytest.FixtureRequest) -> Iterator[Web3]:
    """The same chain by every way to reach it; the tests on it must hold for all three."""
    if request.param == "anvil":
        with anvil_node() as node:
            yield Web3(HTTPProvider(node.url))
        return
    with Devchain.open() as chain:
        if request.param == "in process":
            yield Web3(DevchainProvider(chain))
            return
        with serving(chain) as url:
            yield Web3(HTTPProvider(url))


def deploy_notebook(w3: Web3) -> Contract:
    """A new Notebook, deployed by development account 0."""
    sent = (
        w3.eth.contract(abi=ARTIFACT["abi"], bytecode=ARTIFACT["bytecode"])
        .constructor()
        .transact({"from": dev_account(0).address})
    )
    address = w3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    assert address is not None
    return w3.eth.contract(address=address, abi=ARTIFACT["abi"])


@pytest.fixture(scope="session")
def deploy() -> Callable[[Web3], Contract]:
    return deploy_notebook


@pytest.fixture
def notebook(w3: Web3) -> Contract:
    return deploy_notebook(w3)


@pytest.fixture
def any_notebook(any_w3: Web3) -> Contract:
    return deploy_notebook(any_w3)
