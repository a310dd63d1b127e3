"""JSON-RPC 2.0 itself: batches, error codes, parameters."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from tanso.devchain import Devchain, RpcError, dev_account
from tanso.devchain.params import data, parse_data, parse_quantity, quantity

ADDRESS = dev_account(0).address


def _request(method: object, *params: object, **more: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params), **more}


def test_a_batch_is_answered_in_order_with_each_id(devchain: Devchain) -> None:
    answers = devchain.handle(
        [_request("eth_chainId", id="a"), _request("no_such", id=2), 17, _request("eth_blockNumber", id=None)]
    )
    assert [answer.get("id") for answer in answers] == ["a", 2, None, None]
    assert answers[0]["result"] == "0x7a69"
    assert answers[1]["error"]["code"] == -32601
    assert answers[2]["error"]["code"] == -32600
    assert answers[3]["result"] == "0x0"


def test_web3_batches_reach_the_chain(w3: Web3) -> None:
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_balance(ADDRESS))
        batch.add(w3.eth.get_block(0))
        balance, block = batch.execute()
    assert balance == 10_000 * 10**18
    assert block["number"] == 0


def test_notifications_are_carried_out_and_not_answered(devchain: Devchain) -> None:
    notification = {"jsonrpc": "2.0", "method": "evm_mine", "params": []}
    assert devchain.handle(notification) is None
    assert devchain.handle([notification, notification]) is None
    assert devchain.handle(_request("eth_blockNumber"))["result"] == "0x3"


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b'{"a": 1e5', b"1" * 5000]
)
def test_what_is_not_json_is_a_parse_error(devchain: Devchain, text: bytes) -> None:
    answer = json.loads(devchain.handle_text(text) or b"")
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)


def test_brackets_in_strings_are_not_depth(devchain: Devchain) -> None:
    text = json.dumps(_request("web3_sha3", "[" * 200 + '\\"' + "{" * 200))
    assert json.loads(devchain.handle_text(text.encode()) or b"")["error"]["code"] == -32602
    unclosed = b'{"a": "' + b'\\"' * 1_000_000
    assert json.loads(devchain.handle_text(unclosed) or b"")["error"]["code"] == -32700


def test_the_recursion_limit_stays_where_nested_json_is_an_error_and_not_a_crash(devchain: Devchain) -> None:
    assert sys.getrecursionlimit() <= 12_288
    with pytest.raises(RecursionError):
        json.loads("[" * 100_000)


@pytest.mark.parametrize(
    "request_",
    [
        [],
        None,
        "eth_chainId",
        {},
        {"jsonrpc": "1.0", "id": 1, "method": "eth_chainId"},
        {"jsonrpc": "2.0", "id": 1, "method": 7},
        {"jsonrpc": "2.0", "id": {}, "method": "eth_chainId"},
        [{"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}] * 1001,
    ],
)
def test_what_is_no_request_is_an_invalid_request(devchain: Devchain, request_: Any) -> None:
    assert devchain.handle(request_)["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_getBalance", []),
        ("eth_getBalance", [ADDRESS, "latest", 1]),
        ("eth_getBalance", ["0x12"]),
        ("eth_getBalance", [ADDRESS, "newest"]),
        ("eth_getBalance", [ADDRESS, {"blockHash": "0x00"}]),
        ("eth_getBlockByNumber", ["0x0", "yes"]),
        ("eth_getBlockByNumber", [True, False]),
        ("eth_getTransactionReceipt", ["0x" + "0" * 63]),
        ("eth_call", ["to"]),
        ("eth_call", [{"to": ADDRESS, "data": "0x1", "gas": "0x5208"}]),
        ("eth_call", [{"to": ADDRESS, "data": "0x12", "input": "0x13"}]),
        ("eth_call", [{"to": ADDRESS, "gasPrice": "0x1", "maxFeePerGas": "0x1"}]),
        ("eth_call", [{"to": ADDRESS}, "latest", {ADDRESS: {"balance": "0x0"}}]),
        ("eth_sendRawTransaction", ["0x"]),
        ("eth_sendRawTransaction", ["0x02f8"]),
        ("eth_sendRawTransaction", ["hello"]),
        ("eth_getLogs", [{"fromBlock": "0x5", "toBlock": "0x1"}]),
        ("eth_getLogs", [{"topics": ["0x12"]}]),
        ("eth_getLogs", [{"topics": [None] * 5}]),
        ("eth_feeHistory", ["0x401", "latest"]),
        ("eth_feeHistory", ["0x1", "latest", [101]]),
        ("evm_increaseTime", ["-0x1"]),
        ("evm_setNextBlockTimestamp", ["0x1"]),
        ("eth_getStorageAt", [ADDRESS, "0x1" + "0" * 64]),
    ],
)
def test_wrong_parameters_are_named_and_change_nothing(rpc: Any, method: str, params: list[object]) -> None:
    error = rpc.error(method, *params)
    assert error["code"] == -32602
    assert len(error["message"]) > 10
    assert rpc("eth_blockNumber") == "0x0"


def test_parameters_by_name_are_refused(devchain: Devchain) -> None:
    answer = devchain.handle({"jsonrpc": "2.0", "id": 1, "method": "web3_sha3", "params": {"data": "0x"}})
    assert answer["error"]["code"] == -32602


def test_a_state_past_the_head_is_not_found_and_a_block_is_null(rpc: Any) -> None:
    assert rpc.error("eth_getBalance", ADDRESS, "0x1")["message"] == "header not found"
    assert rpc("eth_getBlockByNumber", "0x1", False) is None
    assert rpc("eth_getBlockReceipts", "0x1") is None
    assert rpc("eth_getTransactionByHash", "0x" + "12" * 32) is None
    assert rpc("eth_getTransactionReceipt", "0x" + "12" * 32) is None
    assert rpc("eth_getBlockByHash", "0x" + "12" * 32, True) is None


def test_a_block_can_be_named_by_its_hash_number_or_tag(rpc: Any) -> None:
    rpc("evm_mine")
    block_hash = rpc("eth_getBlockByNumber", "earliest", False)["hash"]
    for tag in ("0x0", "earliest", {"blockHash": block_hash}, {"blockNumber": "0x0"}):
        assert rpc("eth_getBalance", ADDRESS, tag) == hex(10**22)
        assert rpc("eth_getBlockByNumber", tag, False)["hash"] == block_hash
    for tag in ("latest", "safe", "finalized", "pending", "0x1"):
        assert rpc("eth_getBlockByNumber", tag, False)["number"] == "0x1"


def test_the_small_questions_are_answered(rpc: Any) -> None:
    assert rpc("web3_clientVersion").startswith("tanso-devchain/")
    assert rpc("net_version") == "31337"
    assert rpc("eth_syncing") is False
    assert rpc("web3_sha3", "0x") == "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(st.integers(0, 2**256 - 1))
def test_quantities_are_read_as_they_are_written(value: int) -> None:
    assert parse_quantity(quantity(value), "x") == value
    assert parse_quantity(value, "x") == value


@given(st.binary(max_size=100))
def test_data_are_read_as_they_are_written(value: bytes) -> None:
    assert parse_data(data(value), "x") == value


@given(
    st.one_of(
        st.none(), st.booleans(), st.floats(), st.text(), st.lists(st.integers()), st.integers(max_value=-1)
    )
)
def test_nothing_else_is_a_quantity(value: object) -> None:
    if isinstance(value, str) and value[:2].lower() == "0x" and value[2:].isalnum() and value.isascii():
        return
    with pytest.raises(RpcError):
        parse_quantity(value, "x")


@given(st.text(alphabet="0123456789abcdefABCDEFxX _-+", max_size=12))
def test_hexadecimal_text_is_taken_strictly(text: str) -> None:
    digits = text[2:]
    well_formed = text[:2] in ("0x", "0X") and all(c in "0123456789abcdefABCDEF" for c in digits)
    if well_formed and digits:
        assert parse_quantity(text, "x") == int(digits, 16)
    else:
        with pytest.raises(RpcError):
            parse_quantity(text, "x")
    if well_formed and len(digits) % 2 == 0:
        assert parse_data(text, "x") == bytes.fromhex(digits)
    else:
        with pytest.raises(RpcError):
            parse_data(text, "x")
