from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from tanso.oracle.outbox import FeePolicy, Outbox, OutboxMessage, Status
from tanso.oracle.outbox.fees import GWEI, Fees

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]

wei = st.integers(0, 2**96)


@given(wei, wei, wei, st.integers(1, 10))
def test_the_cap_is_never_passed_and_the_next_block_always_paid(
    base_fee: int, tip: int, cap: int, headroom: int
) -> None:
    fees = FeePolicy(cap_wei=cap, headroom=headroom).quote(base_fee, tip)
    if fees is None:
        assert base_fee + tip > cap
    else:
        assert base_fee + tip <= fees.max_fee_wei <= cap
        assert fees.tip_wei == tip <= fees.max_fee_wei


def test_fees_leave_room_for_a_base_fee_that_doubles() -> None:
    assert FeePolicy(cap_wei=100).quote(30, 5) == Fees(max_fee_wei=65, tip_wei=5)
    assert FeePolicy(cap_wei=60).quote(30, 5) == Fees(max_fee_wei=60, tip_wei=5)
    assert FeePolicy(cap_wei=34).quote(30, 5) is None


def test_the_tip_is_the_nodes_unless_the_policy_sets_it(
    any_chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue
) -> None:
    for number, policy in enumerate((FeePolicy(), FeePolicy(tip_wei=7))):
        outbox = make_outbox(one_store, any_chain.ledger, fees=policy)
        tip = any_chain.w3.eth.max_priority_fee if policy.tip_wei is None else 7
        base_fee = any_chain.w3.eth.get_block("latest")["baseFeePerGas"]
        queue_grants(outbox, number)
        outbox.drain()
        (transaction,) = outbox.transactions(f"grant:{number}")
        assert (transaction.tip_wei, transaction.max_fee_wei) == (tip, 2 * base_fee + tip)


def test_the_signed_transaction_keeps_to_the_policy(
    any_chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue
) -> None:
    policy = FeePolicy(cap_wei=3 * GWEI, tip_wei=GWEI // 2, headroom=9)
    outbox = make_outbox(one_store, any_chain.ledger, fees=policy)
    queue_grants(outbox, 1)
    (done,) = outbox.drain()
    mined = any_chain.w3.eth.get_transaction(done.tx_hash)
    assert mined["type"] == 2
    assert mined["maxFeePerGas"] <= 3 * GWEI
    assert mined["maxPriorityFeePerGas"] == GWEI // 2
    (stored,) = outbox.transactions("grant:1")
    assert (stored.max_fee_wei, stored.tip_wei) == (mined["maxFeePerGas"], mined["maxPriorityFeePerGas"])
    assert stored.gas == mined["gas"]


@pytest.mark.anvil
def test_a_message_waits_while_gas_costs_more_than_the_cap(
    anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    anvil_chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(900 * GWEI))
    anvil_chain.rpc("evm_mine")
    outbox = make_outbox(store, anvil_chain.ledger, fees=FeePolicy(cap_wei=500 * GWEI))
    queue_grants(outbox, 1)

    assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert (waiting.status, waiting.nonce) == (Status.QUEUED, None)
    assert f"cap of {500 * GWEI}" in (waiting.note or "")

    anvil_chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
    anvil_chain.rpc("evm_mine")
    (done,) = outbox.drain()
    assert (done.status, done.note) == (Status.CONFIRMED, None)
    assert grants.counts() == grants.expected(1)


@pytest.mark.anvil
def test_an_account_without_gas_money_is_reported_and_drains_after_a_refill(
    anvil_chain: Any,
    store: Engine,
    make_outbox: Make,
    queue_grants: Queue,
    grants: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Case 9. Other senders do not wait for it."""
    poor = anvil_chain.accounts[3].address
    anvil_chain.send(anvil_chain.ledger.access.grant(1, poor), anvil_chain.admin)
    anvil_chain.rpc("anvil_setBalance", poor, "0x1")
    outbox = make_outbox(store, anvil_chain.ledger)
    call = anvil_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")
    outbox.enqueue(None, key="poor", sender=poor, call=call, kind="formula")
    queue_grants(outbox, 1)

    assert [message.key for message in outbox.drain()] == ["grant:1"]
    waiting = outbox.get("poor")
    assert (waiting.status, waiting.nonce) == (Status.QUEUED, None)
    assert f"{poor} holds 1 wei and needs" in (waiting.note or "")
    (alert,) = [record for record in caplog.records if getattr(record, "outbox_key", None) == "poor"]
    assert alert.levelname == "WARNING"

    anvil_chain.rpc("anvil_setBalance", poor, hex(10**18))
    assert [message.status for message in outbox.drain()] == [Status.CONFIRMED]


@pytest.mark.anvil
def test_an_account_emptied_after_signing_sends_the_same_transaction_after_a_refill(
    anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    """Case 9."""
    admin = anvil_chain.admin.address
    balance = anvil_chain.w3.eth.get_balance(admin)

    def empty(step: Any, _message: OutboxMessage) -> None:
        if step == "stored":
            anvil_chain.rpc("anvil_setBalance", admin, "0x1")

    queue_grants(make_outbox(store, anvil_chain.ledger), 1)
    outbox = make_outbox(store, anvil_chain.ledger, on_step=empty)
    assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert waiting.status == Status.SIGNED
    assert "nsufficient funds" in (waiting.note or "")
    anvil_chain.rpc("anvil_setBalance", admin, hex(balance))
    (done,) = outbox.drain()
    assert (done.tx_hash, done.note) == (waiting.tx_hash, None)
    assert grants.counts() == grants.expected(1)
