"""A contract's life by web3.py: in process, over HTTP, on anvil. What holds here holds on every engine."""

import pytest
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractCustomError, ContractLogicError, ContractPanicError, Web3RPCError
from web3.types import TxParams, TxReceipt

from tanso.devchain import dev_account, dev_accounts

SENDER = dev_account(0)


def _note(w3: Web3, notebook: Contract, key: int, value: int, text: str, gas: int = 300_000) -> TxParams:
    return notebook.functions.note(key, value, text).build_transaction(
        {"from": SENDER.address, "nonce": w3.eth.get_transaction_count(SENDER.address), "gas": gas}
    )


def mined(w3: Web3, sent: HexBytes) -> TxReceipt:
    """The receipt: our own engine has it at once (test_sending.py), anvil soon after it answers."""
    return w3.eth.wait_for_transaction_receipt(sent, timeout=30, poll_latency=0.02)


def test_the_accounts_are_the_ten_that_every_tool_knows(any_w3: Web3) -> None:
    addresses = [account.address for account in dev_accounts(10)]
    assert [any_w3.to_checksum_address(account) for account in any_w3.eth.accounts] == addresses
    assert addresses[0] == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert addresses[9] == "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720"
    assert any_w3.eth.get_balance(dev_account(9).address) == 10_000 * 10**18
    assert any_w3.eth.chain_id == 31337
    assert any_w3.net.version == "31337"


def test_a_signed_transaction_is_mined_at_once_with_its_receipt_and_logs(
    any_w3: Web3, any_notebook: Contract
) -> None:
    before = any_w3.eth.block_number
    signed = SENDER.sign_transaction(_note(any_w3, any_notebook, 5, 42, "hello"))
    sent = any_w3.eth.send_raw_transaction(signed.raw_transaction)
    receipt = mined(any_w3, sent)
    assert sent == signed.hash == receipt["transactionHash"]
    assert (receipt["status"], receipt["blockNumber"]) == (1, before + 1)
    assert receipt["from"] == SENDER.address
    assert receipt["to"] == any_notebook.address
    (event,) = any_notebook.events.Noted().process_receipt(receipt)
    assert dict(event["args"]) == {"who": SENDER.address, "key": 5, "text": "hello"}
    assert any_notebook.functions.notes(5).call() == 42
    block = any_w3.eth.get_block(receipt["blockNumber"], full_transactions=True)
    (transaction,) = block["transactions"]
    assert transaction == any_w3.eth.get_transaction(sent)
    assert block["hash"] == receipt["blockHash"]
    assert receipt["effectiveGasPrice"] == transaction["gasPrice"]
    assert any_w3.eth.get_block(block["hash"])["number"] == before + 1


def test_storage_code_and_old_states_can_be_read(any_w3: Web3, any_notebook: Contract) -> None:
    before = any_w3.eth.block_number
    any_notebook.functions.note(1, 7, "").transact({"from": SENDER.address})
    assert int.from_bytes(any_w3.eth.get_storage_at(any_notebook.address, 1)) == 1
    assert any_notebook.functions.count().call() == 1
    assert any_notebook.functions.count().call(block_identifier=before) == 0
    assert any_w3.eth.get_code(any_notebook.address, before - 1) == b""
    assert len(any_w3.eth.get_code(any_notebook.address)) > 300


def test_a_custom_error_arrives_with_its_data(any_notebook: Contract) -> None:
    with pytest.raises(ContractCustomError) as refused:
        any_notebook.functions.note(1, 1001, "").call({"from": SENDER.address})
    data = refused.value.data
    assert isinstance(data, str)
    selector = Web3.keccak(text="NotebookFull(address,uint256)")[:4].hex()
    assert data[:10] == "0x" + selector
    assert data[34:74] == SENDER.address[2:].lower()
    assert int(data[74:], 16) == 1000


def test_a_reason_and_a_panic_arrive_in_words(any_notebook: Contract) -> None:
    with pytest.raises(ContractLogicError, match="execution reverted: key is zero"):
        any_notebook.functions.note(0, 1, "").call()
    with pytest.raises(ContractPanicError, match=r"0x01|0x1"):
        any_notebook.functions.note(1, 999, "").call()


def test_estimating_a_reverting_call_gives_the_revert(any_notebook: Contract) -> None:
    with pytest.raises(ContractCustomError):
        any_notebook.functions.note(1, 1001, "").estimate_gas({"from": SENDER.address})


def test_a_reverting_transaction_is_mined_with_status_0_and_no_logs(
    any_w3: Web3, any_notebook: Contract
) -> None:
    signed = SENDER.sign_transaction(_note(any_w3, any_notebook, 1, 1001, ""))
    receipt = mined(any_w3, any_w3.eth.send_raw_transaction(signed.raw_transaction))
    assert (receipt["status"], receipt["logs"]) == (0, [])
    assert any_notebook.functions.count().call() == 0


def test_an_estimate_suffices_and_is_at_most_two_per_cent_too_high(
    any_w3: Web3, any_notebook: Contract
) -> None:
    call = any_notebook.functions.note(77, 7, "a text of some length, to cost something")
    estimate = call.estimate_gas({"from": SENDER.address})
    receipt = any_w3.eth.wait_for_transaction_receipt(
        call.transact({"from": SENDER.address, "gas": estimate})
    )
    assert receipt["status"] == 1
    assert receipt["gasUsed"] <= estimate <= receipt["gasUsed"] * 1.1
    transfer: TxParams = {
        "from": SENDER.address,
        "to": dev_account(1).address,
        "value": any_w3.to_wei(1, "wei"),
    }
    assert any_w3.eth.estimate_gas(transfer) == 21_000


def test_the_opcodes_of_cancun_work(any_notebook: Contract) -> None:
    assert any_notebook.functions.cancun(12345).call() == 12345


def test_a_nonce_that_was_used_is_too_low(any_w3: Web3, any_notebook: Contract) -> None:
    fields = _note(any_w3, any_notebook, 1, 1, "first")
    any_w3.eth.send_raw_transaction(SENDER.sign_transaction(fields).raw_transaction)
    other = _note(any_w3, any_notebook, 1, 2, "second")
    other["nonce"] = fields["nonce"]
    with pytest.raises(Web3RPCError, match="nonce too low"):
        any_w3.eth.send_raw_transaction(SENDER.sign_transaction(other).raw_transaction)


def test_a_transaction_for_another_chain_is_refused(any_w3: Web3, any_notebook: Contract) -> None:
    fields = _note(any_w3, any_notebook, 1, 1, "")
    fields["chainId"] = 1
    before = any_w3.eth.block_number
    with pytest.raises(Web3RPCError, match=r"(?i)chain id"):
        any_w3.eth.send_raw_transaction(SENDER.sign_transaction(fields).raw_transaction)
    assert any_w3.eth.block_number == before


def test_legacy_and_access_list_transactions_are_mined(any_w3: Web3) -> None:
    for extra in ({}, {"accessList": [{"address": SENDER.address, "storageKeys": ["0x" + "00" * 32]}]}):
        fields = {
            "chainId": 31337,
            "nonce": any_w3.eth.get_transaction_count(SENDER.address),
            "to": dev_account(2).address,
            "value": 3,
            "gas": 50_000,
            "gasPrice": 2 * 10**9,
            **extra,
        }
        sent = any_w3.eth.send_raw_transaction(SENDER.sign_transaction(fields).raw_transaction)
        transaction = any_w3.eth.get_transaction(sent)
        assert transaction["type"] == (1 if extra else 0)
        assert transaction["chainId"] == 31337
        assert mined(any_w3, sent)["effectiveGasPrice"] == 2 * 10**9


def test_logs_are_found_by_address_topic_and_block(any_w3: Web3, any_notebook: Contract) -> None:
    first = any_w3.eth.block_number + 1
    for key in (10, 11, 12):
        any_notebook.functions.note(key, 1, f"note {key}").transact({"from": SENDER.address})
    events = any_notebook.events.Noted()
    found = events.get_logs(from_block=first, argument_filters={"key": [10, 12]})
    assert [event["args"]["text"] for event in found] == ["note 10", "note 12"]
    assert events.get_logs(from_block=first, argument_filters={"who": dev_account(1).address}) == []
    block_hash = found[1]["blockHash"]
    assert [event["args"]["key"] for event in events.get_logs(block_hash=block_hash)] == [12]


def test_the_fee_history_lets_web3_choose_fees(any_w3: Web3) -> None:
    history = any_w3.eth.fee_history(2, "latest", [50])
    assert len(history["baseFeePerGas"]) == len(history["gasUsedRatio"]) + 1
    sent = any_w3.eth.send_transaction({"from": SENDER.address, "to": dev_account(1).address, "value": 1})
    assert mined(any_w3, sent)["status"] == 1
    assert any_w3.eth.gas_price > 0
