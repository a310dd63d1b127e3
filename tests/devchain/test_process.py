"""The command line as a process of its own: cast and web3.py against it, restarts, kill -9, both engines."""

import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from web3 import HTTPProvider, Web3
from web3.contract import Contract

from tanso.devchain import StateInUse, anvil_node, dev_account

ROOT = Path(__file__).parents[2]
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
CAST = ROOT / f"contracts/node_modules/@foundry-rs/cast-{sys.platform}-{ARCHITECTURE}/bin/cast"
COMMAND = [sys.executable, "-m", "tanso.devchain"]
SENDER, OTHER = dev_account(0), dev_account(1)
KEY = "0x" + bytes(SENDER.key).hex()

Start = Callable[..., "Node"]


class Node:
    """A running `tanso chain --json`."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--port", "0", "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()
        self.about: dict[str, Any] = json.loads(line)
        self.url: str = self.about["url"]
        self.w3 = Web3(HTTPProvider(self.url))

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        assert errors == ""
        return self.process.returncode


@pytest.fixture
def start() -> Iterator[Start]:
    nodes: list[Node] = []

    def begin(*options: str) -> Node:
        nodes.append(Node(*options))
        return nodes[-1]

    yield begin
    for node in nodes:
        node.stop()


def _cast(node: Node, *arguments: str) -> str:
    ran = subprocess.run(
        [str(CAST), *arguments, "--rpc-url", node.url], capture_output=True, text=True, timeout=30
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, "--port", "0", *options], capture_output=True, text=True, timeout=30)


@pytest.fixture(params=["eth-tester", pytest.param("anvil", marks=pytest.mark.anvil)])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_cast_finds_its_way_about_and_all_is_there_after_a_restart(
    start: Start, tmp_path: Path, engine: str, deploy: Callable[[Web3], Contract]
) -> None:
    options = ("--state", str(tmp_path / "state"), "--engine", engine, "--chain-id", "4242")
    node = start(*options)
    assert (node.about["chain_id"], node.about["engine"], node.about["block"]) == (4242, engine, 0)
    assert node.about["accounts"][0] == {
        "address": SENDER.address,
        "private_key": KEY,
        "balance_wei": 10_000 * 10**18,
    }
    assert _cast(node, "chain-id") == "4242"
    assert _cast(node, "balance", OTHER.address) == str(10_000 * 10**18)
    notebook = deploy(node.w3)
    call = ("note(uint256,uint256,string)", "5", "42", "by cast")
    sent = json.loads(_cast(node, "send", notebook.address, *call, "--private-key", KEY, "--json"))
    assert sent["status"] == "0x1"
    receipt = json.loads(_cast(node, "receipt", sent["transactionHash"], "--json"))
    assert receipt["logs"] == sent["logs"]
    assert _cast(node, "call", notebook.address, "notes(uint256)(uint256)", "5") == "42"
    logs = json.loads(_cast(node, "logs", "Noted(address,uint256,string)", "--from-block", "0", "--json"))
    assert [log["transactionHash"] for log in logs] == [sent["transactionHash"]]
    block = node.w3.eth.get_block("latest", True)
    assert node.stop() == 0

    again = start(*options)
    assert again.about["block"] == 2
    assert _cast(again, "call", notebook.address, "notes(uint256)(uint256)", "5") == "42"
    assert again.w3.eth.get_block("latest", True)["hash"] == block["hash"]
    assert again.w3.eth.get_transaction_receipt(sent["transactionHash"])["blockNumber"] == 2
    assert again.w3.eth.get_transaction_count(SENDER.address) == 2
    assert again.stop(signal.SIGINT) == 0


@pytest.mark.slow
def test_nothing_that_was_answered_is_lost_by_kill_9(start: Start, tmp_path: Path) -> None:
    answered: list[Any] = []
    for round_ in range(3):
        node = start("--state", str(tmp_path))
        for sent in answered:
            assert node.w3.eth.get_transaction_receipt(sent)["status"] == 1
        nonce = node.w3.eth.get_transaction_count(SENDER.address)
        assert nonce >= len(answered)
        answered += [_transfer(node.w3, nonce + step) for step in range(5)]
        # Killed in the middle of the next one: it may be in or out, but never half in.
        raw = _signed(nonce + 5)
        rest = {"jsonrpc": "2.0", "id": round_, "method": "eth_sendRawTransaction", "params": [raw]}
        client = subprocess.Popen(
            [sys.executable, "-c", _POST, node.url, json.dumps(rest)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert client.stdout is not None
        client.stdout.read(1)  # it is about to send
        os.kill(node.process.pid, signal.SIGKILL)
        client.communicate(timeout=20)
        assert node.stop(0) == -signal.SIGKILL


_POST = """
import http.client, sys, urllib.parse
host = urllib.parse.urlsplit(sys.argv[1]).netloc
connection = http.client.HTTPConnection(host)
connection.connect()
print("x", flush=True)
connection.request("POST", "/", sys.argv[2], {"content-type": "application/json"})
connection.getresponse().read()
"""


def _signed(nonce: int) -> str:
    fields = {
        "chainId": 31337,
        "nonce": nonce,
        "to": OTHER.address,
        "value": 1,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 1,
    }
    return "0x" + bytes(SENDER.sign_transaction(fields).raw_transaction).hex()


def _transfer(w3: Web3, nonce: int) -> Any:
    return w3.eth.send_raw_transaction(_signed(nonce))


@pytest.mark.anvil
def test_kill_9_leaves_no_anvil_behind_and_its_state_is_saved(start: Start, tmp_path: Path) -> None:
    options = ("--state", str(tmp_path), "--engine", "anvil")
    node = start(*options)
    sent = _transfer(node.w3, 0)
    # anvil answers before it has mined.
    node.w3.eth.wait_for_transaction_receipt(sent, timeout=30, poll_latency=0.02)
    assert node.stop(signal.SIGKILL) == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while True:  # refused as long as the orphan is there and saves
        assert time.monotonic() < deadline, "anvil is still there"
        with suppress(StateInUse), anvil_node(tmp_path) as again:
            receipt = Web3(HTTPProvider(again.url)).eth.get_transaction_receipt(sent)
            break
    assert receipt["status"] == 1


@pytest.mark.slow
def test_a_second_process_on_one_state_is_refused_in_one_sentence(start: Start, tmp_path: Path) -> None:
    start("--state", str(tmp_path))
    ran = _run("--state", str(tmp_path))
    assert (ran.returncode, ran.stdout) == (1, "")
    path = tmp_path / "chain.sqlite3"
    assert ran.stderr == (
        f"Error: {path} is in use by another process. Stop that process, or name another folder.\n"
    )


def test_the_text_for_people_says_where_who_and_how_to_stop(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "--port", "0", "--state", str(tmp_path), "--accounts", "2"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    text = ""
    while "Ctrl-C" not in text:
        line = process.stdout.readline()
        assert line, text
        text += line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Local chain at http://127.0.0.1:" in text
    assert str(tmp_path) in text
    assert f"{OTHER.address}  10000.0000 ETH" in text
    assert dev_account(2).address not in text
