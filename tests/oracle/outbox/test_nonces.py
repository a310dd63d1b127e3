"""Nonces that are spent behind the outbox's back."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from tanso.oracle.outbox import Finality, Outbox, OutboxMessage, Status, Step
from tanso.oracle.outbox.node import Node

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]


def test_the_transaction_that_spent_a_nonce_is_found(any_chain: Any, grants: Any) -> None:
    admin = any_chain.admin
    first = any_chain.w3.eth.get_transaction_count(admin.address)
    receipts = [any_chain.send(grants.call(number), admin) for number in range(3)]
    any_chain.send(any_chain.ledger.access.grant(1, any_chain.accounts[5].address), admin)
    for number, receipt in enumerate(receipts):
        taker = Node(any_chain.w3).taker_of(admin.address, first + number)
        assert taker is not None
        assert taker.tx_hash == "0x" + receipt["transactionHash"].hex()
        assert (taker.block_number, taker.depth) == (receipt["blockNumber"], 4 - number)


def test_a_nonce_that_is_free_has_no_taker(any_chain: Any) -> None:
    admin = any_chain.admin.address
    assert Node(any_chain.w3).taker_of(admin, any_chain.w3.eth.get_transaction_count(admin)) is None
    assert Node(any_chain.w3).taker_of(any_chain.accounts[7].address, 0) is None


def test_a_message_whose_nonce_went_to_a_foreign_transaction_is_signed_anew_and_has_one_effect(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    def interfere(step: Step, message: OutboxMessage) -> None:
        if step is Step.STORED and message.key == "grant:1" and message.nonce == nonce:
            any_chain.send(grants.call(99), any_chain.admin)

    outbox = make_outbox(store, any_chain.ledger, on_step=interfere, finality=Finality(final=3))
    queue_grants(outbox, 1, 2)
    nonce = any_chain.w3.eth.get_transaction_count(any_chain.admin.address)

    assert outbox.drain() == []
    assert "signing anew when block" in (outbox.get("grant:1").note or "")
    assert len(outbox.transactions("grant:1")) == 1, "until then the old signature might still be mined"
    for _ in range(2):
        any_chain.rpc("evm_mine")

    first, second = outbox.drain()

    assert [first.nonce, second.nonce] == [nonce + 1, nonce + 2]
    assert {first.status, second.status} == {Status.CONFIRMED}
    assert [transaction.nonce for transaction in outbox.transactions("grant:1")] == [nonce, nonce + 1]
    assert grants.counts() == grants.expected(99, 1, 2)


def test_foreign_transactions_between_messages_leave_no_gap(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(store, any_chain.ledger)
    for number in (1, 3):
        queue_grants(outbox, number)
        assert [message.status for message in outbox.drain()] == [Status.CONFIRMED]
        any_chain.send(grants.call(number + 1), any_chain.admin)
    assert grants.counts() == grants.expected(1, 2, 3, 4)
