"""The chain's clock, empty blocks, and going back."""

import time
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.contract import Contract

from tanso.devchain import Devchain, dev_account

SENDER = dev_account(0)


def _time_of(rpc: Any, tag: str = "latest") -> int:
    return int(rpc("eth_getBlockByNumber", tag, False)["timestamp"], 16)


def test_blocks_bear_the_real_time_however_many_come_in_a_second(rpc: Any) -> None:
    start = int(time.time())
    for _ in range(20):
        rpc("evm_mine")
    times = [_time_of(rpc, hex(number)) for number in range(21)]
    assert times == sorted(times)
    assert start - 1 <= times[1]
    assert times[-1] <= int(time.time())


def test_the_clock_can_be_set_forward_and_stays_so(rpc: Any, notebook: Contract) -> None:
    rpc("evm_increaseTime", hex(86_400))
    rpc("evm_mine")
    later = _time_of(rpc)
    assert abs(later - time.time() - 86_400) < 60
    rpc("evm_setNextBlockTimestamp", hex(later + 1000))
    rpc("evm_mine")
    assert _time_of(rpc) == later + 1000
    rpc("evm_mine")
    assert later + 1000 <= _time_of(rpc) < later + 1060
    rpc("evm_mine", hex(later + 5000))
    assert notebook.functions.time().call() == [later + 5000, int(rpc("eth_blockNumber"), 16)]


def test_a_call_on_the_pending_block_sees_the_time_to_come(rpc: Any, notebook: Contract) -> None:
    before = _time_of(rpc)
    rpc("evm_increaseTime", hex(500))
    seen, number = notebook.functions.time().call(block_identifier="pending")
    assert seen >= before + 500
    assert number == int(rpc("eth_blockNumber"), 16) + 1
    assert notebook.functions.time().call()[0] == before


def test_a_restarted_chain_does_not_go_back_in_time(tmp_path: Path) -> None:
    ahead = {"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": ["0x15180"]}
    mine = {"jsonrpc": "2.0", "id": 1, "method": "evm_mine", "params": []}
    with Devchain.open(tmp_path) as chain:
        chain.handle([ahead, mine])
        last = chain.engine.head.timestamp
    with Devchain.open(tmp_path) as chain:
        chain.handle(mine)
        assert last <= chain.engine.head.timestamp < last + 60


def _everything(w3: Web3) -> object:
    return [dict(w3.eth.get_block(number, True)) for number in range(w3.eth.block_number + 1)]


def test_a_revert_undoes_blocks_states_transactions_and_logs(rpc: Any, w3: Web3, notebook: Contract) -> None:
    notebook.functions.note(1, 10, "kept").transact({"from": SENDER.address})
    before = _everything(w3)
    snapshot = rpc("evm_snapshot")
    sent = notebook.functions.note(1, 20, "undone").transact({"from": SENDER.address})
    rpc("evm_mine")
    assert rpc("evm_revert", snapshot) is True
    assert _everything(w3) == before
    assert notebook.functions.notes(1).call() == 10
    assert rpc("eth_getTransactionReceipt", "0x" + sent.hex()) is None
    assert [event["args"]["text"] for event in notebook.events.Noted().get_logs(from_block=0)] == ["kept"]
    assert notebook.functions.note(1, 30, "other").transact({"from": SENDER.address})
    assert notebook.functions.count().call() == 2


def test_a_snapshot_serves_once_and_takes_later_ones_with_it(rpc: Any) -> None:
    first = rpc("evm_snapshot")
    rpc("evm_mine")
    second = rpc("evm_snapshot")
    rpc("evm_mine")
    assert rpc("evm_revert", second) is True
    assert rpc("eth_blockNumber") == "0x1"
    assert rpc("evm_revert", second) is False
    third = rpc("evm_snapshot")
    assert rpc("evm_revert", first) is True
    assert rpc("eth_blockNumber") == "0x0"
    assert rpc("evm_revert", third) is False


def test_what_was_reverted_is_gone_from_the_disk_too(tmp_path: Path) -> None:
    def request(method: str, *params: object) -> dict[str, object]:
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}

    with Devchain.open(tmp_path) as chain:
        chain.handle(request("evm_mine"))
        kept = chain.engine.head.hash
        snapshot = chain.handle(request("evm_snapshot"))["result"]
        chain.handle([request("evm_mine")] * 3)
        chain.handle(request("evm_revert", snapshot))
        assert chain.engine.head.hash == kept
    with Devchain.open(tmp_path) as chain:
        assert chain.engine.head.hash == kept
        chain.handle(request("evm_mine"))
        assert chain.engine.head.block_number == 2
