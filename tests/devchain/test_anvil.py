"""The anvil engine from Python: its state is kept, locked and checked as far as that is possible."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tanso.devchain import (
    DamagedState,
    Devchain,
    EngineError,
    OtherState,
    StateInUse,
    anvil,
    anvil_node,
    find_anvil,
)

pytestmark = pytest.mark.anvil


def _ask(url: str, method: str, *params: object) -> Any:
    answer = httpx.post(url, json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
    return answer["result"]


def _mined(folder: Path) -> bytes:
    with anvil_node(folder) as node:
        _ask(node.url, "anvil_mine", "0x3")
    return (folder / "anvil.json").read_bytes()


def test_what_was_mined_is_there_again(tmp_path: Path) -> None:
    _mined(tmp_path)
    with anvil_node(tmp_path) as node:
        assert _ask(node.url, "eth_blockNumber") == "0x3"
    assert node.process.returncode == 0


def test_a_changed_or_cut_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    whole = _mined(tmp_path)
    path = tmp_path / "anvil.json"
    for damaged in (whole.replace(b'"balance":"0x21', b'"balance":"0x31', 1), whole[:-1], whole + b" ", b""):
        assert damaged != whole
        path.write_bytes(damaged)
        with pytest.raises(DamagedState, match=r"anvil.json is damaged.*move it away"), anvil_node(tmp_path):
            raise AssertionError("it started")
        assert path.read_bytes() == damaged
    path.unlink()
    with pytest.raises(DamagedState, match=r"anvil.json is damaged"), anvil_node(tmp_path):
        raise AssertionError("it started")
    path.write_bytes(whole)
    with anvil_node(tmp_path) as node:
        assert _ask(node.url, "eth_blockNumber") == "0x3"


def test_a_killed_anvil_comes_back_with_its_last_save(tmp_path: Path) -> None:
    note = tmp_path / "anvil.note.json"
    _mined(tmp_path)
    # As kill -9 of both leaves it: no digest noted.
    note.write_text(json.dumps({"chain_id": 31337, "accounts": 10}))
    with anvil_node(tmp_path) as node:
        assert _ask(node.url, "eth_blockNumber") == "0x3"
        node.process.kill()
    (tmp_path / "anvil.json").write_bytes(b"{}")
    note.write_text(json.dumps({"chain_id": 31337, "accounts": 10}))
    with pytest.raises(DamagedState), anvil_node(tmp_path):
        raise AssertionError("it started")


def test_a_state_in_use_another_chain_and_the_other_engine_are_refused(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    Devchain.open(ours).close()
    with pytest.raises(OtherState, match="engine eth-tester"), anvil_node(ours):
        raise AssertionError("it started")
    theirs = tmp_path / "theirs"
    _mined(theirs)
    with anvil_node(theirs), pytest.raises(StateInUse, match="in use"), anvil_node(theirs):
        raise AssertionError("it started")
    with pytest.raises(OtherState, match="chain_id = 31337, not 5"), anvil_node(theirs, chain_id=5):
        raise AssertionError("it started")
    with pytest.raises(OtherState, match="engine anvil"):
        Devchain.open(theirs)


def test_a_taken_port_is_named() -> None:
    with anvil_node() as node:
        port = int(node.url.rpartition(":")[2])
        with pytest.raises(EngineError, match="did not start"), anvil_node(port=port):
            raise AssertionError("it started")


def test_a_missing_anvil_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert find_anvil().name.startswith("anvil")  # this checkout's
    monkeypatch.setattr(anvil, "__file__", str(tmp_path / "tanso" / "anvil.py"))
    with pytest.raises(
        EngineError, match=r"neither on PATH nor in contracts/node_modules.*or use the engine eth-tester"
    ):
        find_anvil()
