"""eth_getLogs and the polling filters."""

from itertools import product
from typing import Any

import pytest
from web3.contract import Contract

from tanso.devchain import dev_account

WHO = [dev_account(0).address, dev_account(1).address]


@pytest.fixture
def noted(notebook: Contract) -> Contract:
    for who, key in product(WHO, (1, 2, 3)):
        notebook.functions.note(key, 1, f"{key}").transact({"from": who})
    return notebook


def _word(value: int | str) -> str:
    return "0x" + (value if isinstance(value, int) else int(value, 16)).to_bytes(32).hex()


def _keys(logs: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [
        (WHO.index(next(w for w in WHO if _word(w) == log["topics"][1])), int(log["topics"][2], 16))
        for log in logs
    ]


@pytest.mark.parametrize(
    ("who", "key", "expected"),
    [
        (None, None, [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]),
        (_word(WHO[1]), None, [(1, 1), (1, 2), (1, 3)]),
        (None, [_word(1), _word(3)], [(0, 1), (0, 3), (1, 1), (1, 3)]),
        ([_word(WHO[0])], _word(2), [(0, 2)]),
        (_word(WHO[0]), _word(9), []),
        ([], [None], [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]),
    ],
)
def test_topics_are_met_by_place_with_alternatives(
    rpc: Any, noted: Contract, who: object, key: object, expected: list[tuple[int, int]]
) -> None:
    logs = rpc("eth_getLogs", {"fromBlock": "earliest", "address": noted.address, "topics": [None, who, key]})
    assert _keys(logs) == expected


def test_a_range_holds_both_its_ends_and_stops_at_the_head(rpc: Any, noted: Contract) -> None:
    assert _keys(rpc("eth_getLogs", {"fromBlock": "0x3", "toBlock": "0x4"})) == [(0, 2), (0, 3)]
    assert _keys(rpc("eth_getLogs", {"fromBlock": "0x7", "toBlock": "0xffffff"})) == [(1, 3)]
    assert _keys(rpc("eth_getLogs", {})) == [(1, 3)]


def test_an_address_list_is_met_by_any_of_them(rpc: Any, noted: Contract) -> None:
    stranger = "0x" + "ab" * 20
    assert rpc("eth_getLogs", {"fromBlock": "0x0", "address": stranger}) == []
    assert len(rpc("eth_getLogs", {"fromBlock": "0x0", "address": [stranger, noted.address]})) == 6
    assert len(rpc("eth_getLogs", {"fromBlock": "0x0", "address": []})) == 6


def test_logs_of_a_block_hash_are_those_of_its_receipts(rpc: Any, noted: Contract) -> None:
    block = rpc("eth_getBlockByNumber", "0x5", False)
    logs = rpc("eth_getLogs", {"blockHash": block["hash"]})
    (receipt,) = rpc("eth_getBlockReceipts", "0x5")
    assert logs == receipt["logs"]
    assert _keys(logs) == [(1, 1)]
    assert rpc.error("eth_getLogs", {"blockHash": "0x" + "12" * 32})["message"] == "unknown block"
    assert rpc.error("eth_getLogs", {"blockHash": block["hash"], "fromBlock": "0x0"})["code"] == -32602


def test_a_filter_gives_each_log_once(rpc: Any, noted: Contract) -> None:
    number = rpc("eth_newFilter", {"fromBlock": "0x0", "topics": [None, None, _word(2)]})
    blocks = rpc("eth_newBlockFilter")
    assert rpc("eth_getFilterChanges", number) == []
    for key in (2, 3):
        noted.functions.note(key, 1, "").transact({"from": WHO[0]})
    assert _keys(rpc("eth_getFilterChanges", number)) == [(0, 2)]
    assert rpc("eth_getFilterChanges", number) == []
    assert _keys(rpc("eth_getFilterLogs", number)) == [(0, 2), (1, 2), (0, 2)]
    assert rpc("eth_getFilterChanges", blocks) == [
        rpc("eth_getBlockByNumber", hex(number), False)["hash"] for number in (8, 9)
    ]
    assert rpc("eth_uninstallFilter", number) is True
    assert rpc("eth_uninstallFilter", number) is False
    assert rpc.error("eth_getFilterChanges", number)["message"] == "filter not found"
