"""Transactions that get stuck, and nonces that nobody took (cases 5 and 6), on anvil."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import col, update

from tanso.oracle.outbox import FeePolicy, Outbox, OutboxMessage, OutboxTransaction, Patience, Status
from tanso.oracle.outbox.fees import GWEI, Fees
from tanso.oracle.store import writing

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]

LOOK_ONCE = Patience(seconds=0)
POLICY = FeePolicy(cap_wei=100 * GWEI, tip_wei=GWEI)

wei = st.integers(0, 2**96)


@given(wei, wei, wei, wei, wei)
def test_a_raise_is_an_eighth_at_least_and_stays_below_the_cap(
    max_fee: int, old_tip: int, base_fee: int, tip: int, cap: int
) -> None:
    old = Fees(max_fee + old_tip, old_tip)
    raised = FeePolicy(cap_wei=cap).raised(old, base_fee, tip)
    if raised is None:
        least_tip = max(-(-9 * old_tip // 8), old_tip + 1, tip)
        least = max(-(-9 * old.max_fee_wei // 8), old.max_fee_wei + 1)
        assert max(least, base_fee + least_tip) > cap
        return
    assert 8 * raised.max_fee_wei >= 9 * old.max_fee_wei
    assert 8 * raised.tip_wei >= 9 * old.tip_wei
    assert raised.max_fee_wei > old.max_fee_wei
    assert raised.tip_wei > old.tip_wei
    assert base_fee + raised.tip_wei <= raised.max_fee_wei <= cap


@pytest.fixture
def chain(anvil_chain: Any) -> Any:
    """Anvil with a base fee of 1 gwei; blocks are mined when the test says so."""
    set_base_fee(anvil_chain, GWEI)
    anvil_chain.rpc("evm_mine")
    anvil_chain.rpc("evm_setAutomine", False)
    return anvil_chain


@pytest.fixture
def outbox(chain: Any, store: Engine, make_outbox: Make) -> Outbox:
    return make_outbox(store, chain.ledger, patience=LOOK_ONCE, fees=POLICY)


def set_base_fee(chain: Any, wei: int) -> None:
    chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(wei))


def mine(chain: Any, base_fee: int = GWEI) -> None:
    set_base_fee(chain, base_fee)
    chain.rpc("evm_mine")


def age(store: Engine, seconds: int = 61) -> None:
    """Makes all transactions older, as if that time had gone by."""
    with writing(store) as session:
        older = col(OutboxTransaction.signed_at) - seconds
        session.exec(update(OutboxTransaction).values(signed_at=older))


def test_a_transaction_below_the_base_fee_is_replaced_with_the_same_nonce(
    chain: Any, outbox: Outbox, queue_grants: Queue, grants: Any
) -> None:
    queue_grants(outbox, 1)
    outbox.drain()
    first = outbox.get("grant:1")
    mine(chain, 10 * GWEI)  # too dear for it, so it stays in the pool

    outbox.drain()

    second = outbox.get("grant:1")
    assert (second.status, second.nonce) == (Status.SENT, first.nonce)
    old, new = outbox.transactions("grant:1")
    assert (old.tx_hash, new.tx_hash) == (first.tx_hash, second.tx_hash)
    assert 8 * new.max_fee_wei >= 9 * old.max_fee_wei
    assert 8 * new.tip_wei >= 9 * old.tip_wei
    assert new.max_fee_wei <= POLICY.cap_wei
    assert chain.rpc("eth_getTransactionByHash", old.tx_hash) is None, (
        "the node took the new one in its place"
    )
    mine(chain, 10 * GWEI)
    assert [done.tx_hash for done in outbox.drain()] == [new.tx_hash]
    assert grants.counts() == grants.expected(1)


def test_of_all_that_was_signed_the_one_that_is_mined_counts(
    chain: Any, outbox: Outbox, queue_grants: Queue, grants: Any
) -> None:
    """The replacement never reaches the miner, the first transaction does."""
    queue_grants(outbox, 1)
    outbox.drain()
    first = outbox.get("grant:1")
    mine(chain, 10 * GWEI)
    outbox.drain()
    second = outbox.get("grant:1")
    assert second.tx_hash != first.tx_hash
    chain.rpc("anvil_dropTransaction", second.tx_hash)
    mine(chain)
    chain.rpc("eth_sendRawTransaction", "0x" + outbox.transactions("grant:1")[0].raw.hex())
    mine(chain)

    (done,) = outbox.drain()

    assert (done.status, done.tx_hash, done.nonce) == (Status.CONFIRMED, first.tx_hash, first.nonce)
    assert grants.counts() == grants.expected(1)
    assert outbox.drain() == []


def test_at_the_cap_it_waits_and_says_so_and_signs_nothing_more(
    chain: Any, outbox: Outbox, queue_grants: Queue, grants: Any
) -> None:
    queue_grants(outbox, 1)
    outbox.drain()
    mine(chain, 99 * GWEI)  # with the tip raised, gas costs 100.125 gwei
    for _ in range(5):
        assert outbox.drain() == []
    waiting = outbox.get("grant:1")
    assert waiting.status == Status.SENT
    assert f"a replacement would pass the cap of {POLICY.cap_wei}" in (waiting.note or "")
    assert len(outbox.transactions("grant:1")) == 1
    mine(chain)
    outbox.drain()  # anvil threw it out when it became too cheap
    mine(chain)
    (done,) = outbox.drain()
    assert (done.status, done.note) == (Status.CONFIRMED, None)
    assert grants.counts() == grants.expected(1)


def test_a_transaction_that_blocks_pass_over_is_replaced_after_a_while(
    chain: Any, outbox: Outbox, store: Engine, queue_grants: Queue, grants: Any
) -> None:
    queue_grants(outbox, 1)
    outbox.drain()
    outbox.drain()
    assert len(outbox.transactions("grant:1")) == 1, "not at once"
    age(store)
    outbox.drain()
    assert len(outbox.transactions("grant:1")) == 2
    outbox.drain()
    assert len(outbox.transactions("grant:1")) == 2, "and the new one is given its time too"
    mine(chain)
    outbox.drain()
    assert grants.counts() == grants.expected(1)


def test_a_replacement_that_the_account_cannot_pay_waits_for_money(
    chain: Any, outbox: Outbox, queue_grants: Queue, grants: Any
) -> None:
    queue_grants(outbox, 1)
    outbox.drain()
    balance = chain.w3.eth.get_balance(chain.admin.address)
    mine(chain, 10 * GWEI)
    chain.rpc("anvil_setBalance", chain.admin.address, hex(10**14))
    assert outbox.drain() == []
    assert "send it some" in (outbox.get("grant:1").note or "")
    assert len(outbox.transactions("grant:1")) == 1
    chain.rpc("anvil_setBalance", chain.admin.address, hex(balance))
    outbox.drain()
    assert len(outbox.transactions("grant:1")) == 2
    mine(chain, 10 * GWEI)
    assert [done.status for done in outbox.drain()] == [Status.CONFIRMED]
    assert grants.counts() == grants.expected(1)


def test_a_nonce_that_a_foreign_transaction_gave_up_is_filled(
    chain: Any, outbox: Outbox, store: Engine, queue_grants: Queue, grants: Any
) -> None:
    """Another program's pending transaction made us sign with the next nonce, and was dropped."""
    admin, nonce = chain.admin, chain.w3.eth.get_transaction_count(chain.admin.address)
    foreign = admin.sign_transaction(
        {
            "chainId": chain.deployment.chain_id,
            "to": admin.address,
            "value": 1,
            "nonce": nonce,
            "gas": 21000,
            "maxFeePerGas": 10 * GWEI,
            "maxPriorityFeePerGas": GWEI,
        }
    )
    foreign_hash = chain.w3.eth.send_raw_transaction(foreign.raw_transaction)
    queue_grants(outbox, 1)
    outbox.drain()
    assert outbox.get("grant:1").nonce == nonce + 1
    chain.rpc("anvil_dropTransaction", "0x" + foreign_hash.hex())
    outbox.drain()
    assert len(outbox.messages()) == 1, "it may be on its way still"
    age(store)
    outbox.drain()
    for _ in range(3):
        mine(chain)
        outbox.drain()
    filler = outbox.get(f"fill:{admin.address}:{nonce}")
    assert (filler.status, filler.nonce) == (Status.CONFIRMED, nonce)
    assert outbox.get("grant:1").status == Status.CONFIRMED
    assert chain.w3.eth.get_transaction_count(admin.address) == nonce + 2
    assert grants.counts() == grants.expected(1)
