"""No name of the story reaches the ledger or the proof."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web3 import Web3

from tanso.devchain import Devchain, DevchainProvider
from tanso.oracle.formulas import NAMES
from tanso.platform.demo.world import BUSINESSES

PRIVATE = [
    *BUSINESSES.values(),
    "Gwangyang",
    "Minato",
    "Hikari",
    "Yamada",
    "Steel S45C",
    "Product A",
    "Product B",
    "Drive unit",
    "coil 2018-01",
    "month of",
    "rolling line",
    "NC machine",
    "solar roof",
    "power conditioner",
    "main meter",
]
"""Businesses, products, lots, batches, programme, equipment and devices, as their owners call them.

Long enough not to stand in a hash by chance."""


def found_in(content: bytes) -> set[str]:
    """The names in some bytes, however they are written."""
    lower = content.lower()
    return {
        name
        for name in PRIVATE
        for code in ("utf-8", "utf-16-le", "utf-16-be")
        if name.lower().encode(code) in lower or name.encode(code).hex().encode() in lower
    }


@pytest.fixture(scope="module")
def written(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[bytes]]:
    """All that was ever written to the chain: call data, and topics and data of every event."""
    state = shutil.copytree(told / "chain", tmp_path_factory.mktemp("privacy") / "chain")
    with Devchain.open(state) as chain:
        w3 = Web3(DevchainProvider(chain))
        pieces: list[bytes] = []
        for number in range(w3.eth.block_number + 1):
            block: Any = w3.eth.get_block(number, full_transactions=True)
            pieces += [bytes(transaction["input"]) for transaction in block["transactions"]]
        for log in w3.eth.get_logs({"fromBlock": 0, "toBlock": "latest"}):
            pieces += [bytes(topic) for topic in log["topics"]] + [bytes(log["data"])]
        yield pieces


def test_no_name_is_in_call_data_or_events(written: list[bytes]) -> None:
    assert len(written) > 100
    assert set().union(*map(found_in, written)) == set()


def test_what_is_public_would_have_been_found(written: list[bytes]) -> None:
    for formula in NAMES:
        # Name and version stand apart on the ledger.
        assert any(formula.rpartition("@")[0].encode() in piece for piece in written)


def test_no_name_is_in_the_files_of_the_chain(told: Path) -> None:
    files = [path for path in (told / "chain").rglob("*") if path.is_file()]
    assert files
    assert {name for path in files for name in found_in(path.read_bytes())} == set()


def test_no_name_of_a_business_lot_or_machine_is_in_the_proof(told: Path) -> None:
    text = (told / "proof.json").read_text("utf-8")
    # The factors' published sources speak of "product A" of the white paper.
    names = set(PRIVATE) - {"Product A", "Product B"}
    assert {name for name in names if name in text} == set()
    assert "Product " not in text


def test_no_token_is_in_the_proof(told: Path) -> None:
    text = (told / "proof.json").read_text("utf-8")
    tokens = json.loads((told / "tokens.json").read_text("utf-8"))
    assert len(tokens) == 10
    assert [name for name, token in tokens.items() if token in text] == []
