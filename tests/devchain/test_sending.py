"""What the chain takes and what it refuses, in the words that clients look for."""

from typing import Any

import pytest
from web3 import Web3
from web3.contract import Contract

from tanso.devchain import Devchain, dev_account

SENDER, OTHER = dev_account(0), dev_account(1)


def _raw(**changes: object) -> str:
    fields = {
        "chainId": 31337,
        "nonce": 0,
        "to": OTHER.address,
        "value": 1,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 10**9,
        **changes,
    }
    return "0x" + bytes(SENDER.sign_transaction(fields).raw_transaction).hex()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nonce": 1}, "nonce too high"),
        ({"gas": 20_999}, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        ({"gas": 30_000_001}, "exceeds block gas limit"),
        ({"value": 10**22}, "insufficient funds for gas * price + value"),
        ({"maxFeePerGas": 10, "maxPriorityFeePerGas": 1}, "max fee per gas less than block base fee"),
        ({"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 10**10}, "max priority fee per gas higher"),
        ({"chainId": 5}, "invalid chain id for signer: have 5 want 31337"),
    ],
)
def test_a_refused_transaction_leaves_no_trace(rpc: Any, changes: dict[str, object], words: str) -> None:
    state = rpc("eth_getBlockByNumber", "latest", False)
    error = rpc.error("eth_sendRawTransaction", _raw(**changes))
    assert error["code"] == -32000
    assert words in error["message"]
    assert rpc("eth_getBlockByNumber", "latest", False) == state
    assert rpc("eth_sendRawTransaction", _raw()).startswith("0x")


def test_the_same_transaction_again_is_already_known(rpc: Any) -> None:
    sent = rpc("eth_sendRawTransaction", _raw())
    assert rpc.error("eth_sendRawTransaction", _raw()) == {"code": -32000, "message": "already known"}
    assert rpc("eth_getTransactionReceipt", sent)["status"] == "0x1"
    assert rpc("eth_blockNumber") == "0x1"


def test_another_transaction_with_a_used_nonce_is_too_low(rpc: Any) -> None:
    rpc("eth_sendRawTransaction", _raw())
    message = rpc.error("eth_sendRawTransaction", _raw(value=2))["message"]
    assert message == "nonce too low: next nonce 1, tx nonce 0"


def test_a_forged_signature_is_refused_or_is_somebody_without_money(rpc: Any) -> None:
    raw = _raw()
    forged = raw[:-1] + ("0" if raw[-1] != "0" else "1")
    assert rpc.error("eth_sendRawTransaction", forged)["code"] == -32000
    assert rpc("eth_blockNumber") == "0x0"


def test_the_chain_sends_for_its_own_accounts_only(rpc: Any) -> None:
    sent = rpc("eth_sendTransaction", {"from": SENDER.address, "to": OTHER.address, "value": "0x5"})
    assert rpc("eth_getTransactionByHash", sent)["value"] == "0x5"
    stranger = "0x" + "ab" * 20
    assert (
        "unknown account"
        in rpc.error("eth_sendTransaction", {"from": stranger, "to": OTHER.address})["message"]
    )


def test_sending_a_reverting_call_without_gas_gives_the_revert(rpc: Any, notebook: Contract) -> None:
    call = {"from": SENDER.address, "to": notebook.address, "data": notebook.encode_abi("note", [0, 1, ""])}
    error = rpc.error("eth_sendTransaction", call)
    assert (error["code"], error["message"]) == (3, "execution reverted: key is zero")
    assert error["data"].startswith("0x08c379a0")


def test_a_revert_without_data_and_an_invalid_opcode_are_told_apart(rpc: Any) -> None:
    assert rpc.error("eth_call", {"data": "0x5f5ffd"}) == {
        "code": 3,
        "message": "execution reverted",
        "data": "0x",
    }
    error = rpc.error("eth_call", {"data": "0xfe"})
    assert error["code"] == -32000
    assert "InvalidInstruction" in error["message"]
    assert rpc.error("eth_call", {"data": "0x63deadbeef5f526004601cfd"}) == {
        "code": 3,
        "message": "execution reverted: custom error 0xdeadbeef",
        "data": "0xdeadbeef",
    }


def test_a_call_pays_nothing_but_must_own_what_it_gives(rpc: Any) -> None:
    poor = "0x" + "ab" * 20
    assert rpc("eth_call", {"from": poor, "to": OTHER.address}) == "0x"
    assert (
        "insufficient funds"
        in rpc.error("eth_call", {"from": poor, "to": OTHER.address, "value": "0x1"})["message"]
    )


def test_ten_thousand_ether_are_neither_made_nor_lost_but_for_the_burned_fee(w3: Web3) -> None:
    sent = w3.eth.send_transaction({"from": SENDER.address, "to": OTHER.address, "value": 7})
    receipt = w3.eth.get_transaction_receipt(sent)
    block = w3.eth.get_block(receipt["blockNumber"])
    everyone = [*w3.eth.accounts, block["miner"]]
    burned = receipt["gasUsed"] * block["baseFeePerGas"]
    assert sum(w3.eth.get_balance(account) for account in everyone) == 10 * 10_000 * 10**18 - burned


def test_many_threads_may_ask_at_once(devchain: Devchain) -> None:
    from concurrent.futures import ThreadPoolExecutor

    senders = [dev_account(index) for index in range(4)]

    def send(job: tuple[int, int]) -> Any:
        sender, nonce = job
        fields = {
            "chainId": 31337,
            "nonce": nonce,
            "to": OTHER.address,
            "value": 1,
            "gas": 21_000,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 1,
        }
        raw = "0x" + bytes(senders[sender].sign_transaction(fields).raw_transaction).hex()
        return devchain.handle(
            {"jsonrpc": "2.0", "id": 1, "method": "eth_sendRawTransaction", "params": [raw]}
        )

    def send_all(sender: int) -> list[Any]:
        return [send((sender, nonce)) for nonce in range(5)]

    with ThreadPoolExecutor(4) as pool:
        answers = [answer for batch in pool.map(send_all, range(4)) for answer in batch]
    assert all("result" in answer for answer in answers), answers
    assert devchain.engine.head.block_number == 20
