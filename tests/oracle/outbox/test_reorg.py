"""Reorganisations that drop what was mined (case 7). Anvil does not take dropped transactions back itself."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from tanso.contracts.errors import InvalidValue
from tanso.oracle.outbox import Finality, Outbox, OutboxMessage, Patience, Status
from tanso.oracle.outbox.model import OutboxWatch
from tanso.oracle.store import reading

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]

MESSAGES = 4

pytestmark = pytest.mark.anvil


def mine(chain: Any, blocks: int) -> None:
    for _ in range(blocks):
        chain.rpc("evm_mine")


def watched(store: Engine) -> int:
    with reading(store) as session:
        return len(session.exec(select(OutboxWatch)).all())


@pytest.mark.parametrize("depth", range(1, 21))
def test_what_a_reorganisation_drops_is_sent_again_with_the_same_bytes(
    depth: int, anvil_chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    mine(anvil_chain, 20)
    outbox = make_outbox(one_store, anvil_chain.ledger)
    queue_grants(outbox, *range(MESSAGES))
    before = outbox.drain()
    mine(anvil_chain, max(0, depth - MESSAGES))
    dropped = [m for m in before if (m.block_number or 0) > anvil_chain.w3.eth.block_number - depth]
    assert dropped

    anvil_chain.rpc("anvil_reorg", depth, [])
    assert grants.counts() == grants.expected(*range(MESSAGES - len(dropped)))
    again = outbox.drain()

    assert [m.key for m in again] == [m.key for m in dropped]
    assert [(m.status, m.nonce, m.tx_hash) for m in again] == [
        (Status.CONFIRMED, m.nonce, m.tx_hash) for m in dropped
    ]
    for m in outbox.messages():
        assert m.block_hash == "0x" + anvil_chain.w3.eth.get_transaction_receipt(m.tx_hash)["blockHash"].hex()
        assert m.note is None
    assert grants.counts() == grants.expected(*range(MESSAGES))
    assert outbox.drain() == []


def test_another_worker_and_the_other_database_find_it_too(
    anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    queue_grants(make_outbox(store, anvil_chain.ledger), 1, 2)
    make_outbox(store, anvil_chain.ledger).drain()
    anvil_chain.rpc("anvil_reorg", 1, [])
    assert [m.key for m in make_outbox(store, anvil_chain.ledger).drain()] == ["grant:2"]
    assert grants.counts() == grants.expected(1, 2)


def test_a_second_reorganisation_while_the_first_is_being_undone_does_not_turn_the_order_round(
    anvil_chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    """Only the first message is mined again, above the second one's old place, and dropped once more."""
    outbox = make_outbox(one_store, anvil_chain.ledger)
    queue_grants(outbox, 1, 2)
    outbox.drain()
    mine(anvil_chain, 3)
    anvil_chain.rpc("anvil_reorg", 5, [])
    anvil_chain.rpc("evm_setAutomine", False)
    hasty = make_outbox(one_store, anvil_chain.ledger, patience=Patience(seconds=0))
    hasty.drain()
    mine(anvil_chain, 1)
    assert [m.key for m in hasty.drain()] == ["grant:1"]
    anvil_chain.rpc("anvil_dropAllTransactions")
    anvil_chain.rpc("anvil_reorg", 1, [])
    anvil_chain.rpc("evm_setAutomine", True)
    assert [m.key for m in outbox.drain()] == ["grant:1", "grant:2"]
    assert grants.counts() == grants.expected(1, 2)


def test_dropped_messages_of_several_senders_are_sent_in_the_old_order(
    anvil_chain: Any, one_store: Engine, make_outbox: Make
) -> None:
    """A newcomer's registration needs the role that the admin gave it; both are dropped."""
    outbox = make_outbox(one_store, anvil_chain.ledger)
    # The newcomer's queue is looked at first: its number is the lower one.
    newcomer, admin = anvil_chain.accounts[2].address, anvil_chain.admin.address
    fill = anvil_chain.ledger.access.grant(77, newcomer)
    register = anvil_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")
    outbox.enqueue(None, key="register", sender=newcomer, call=register, kind="formula")
    (parked,) = outbox.drain()
    assert parked.status == Status.PARKED
    role = anvil_chain.ledger.access.grant(1, newcomer)
    for key, call in (("fill", fill), ("role", role)):
        outbox.enqueue(None, key=key, sender=admin, call=call, kind="grant")
    outbox.drain()
    outbox.retry("register")
    outbox.drain()
    anvil_chain.rpc("anvil_reorg", 2, [])

    outbox.drain()

    assert {m.key: m.status for m in outbox.messages()} == dict.fromkeys(
        ("register", "fill", "role"), Status.CONFIRMED
    )
    assert anvil_chain.ledger.formulas.name_of(f"0x{7:064x}") == "a formula@1"


def test_the_order_holds_when_a_reorganisation_made_the_chain_shorter(
    anvil_chain: Any, one_store: Engine, make_outbox: Make
) -> None:
    """The role's first block has a higher number than those of what was built on it: that waits all the same.

    Nor does anything wait in a circle: by block numbers the role would wait for the registration, that for
    the second grant, and that for the role, whose nonce is the lower one.
    """
    outbox = make_outbox(one_store, anvil_chain.ledger)
    newcomer, admin = anvil_chain.accounts[2].address, anvil_chain.admin.address

    def push(key: str, sender: str, call: Any) -> None:
        outbox.enqueue(None, key=key, sender=sender, call=call, kind="test")
        assert [m.status for m in outbox.drain()] == [Status.CONFIRMED]

    short = anvil_chain.rpc("evm_snapshot")
    mine(anvil_chain, 5)
    push("role", admin, anvil_chain.ledger.access.grant(1, newcomer))
    anvil_chain.rpc("evm_revert", short)
    assert [m.key for m in outbox.drain()] == ["role"]
    push("second", admin, anvil_chain.ledger.access.grant(77, newcomer))
    push("register", newcomer, anvil_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1"))
    anvil_chain.rpc("anvil_reorg", 3, [])

    assert [(m.key, m.status) for m in outbox.drain()] == [
        (key, Status.CONFIRMED) for key in ("role", "second", "register")
    ]


def test_a_message_refused_because_of_a_reorganisation_is_not_parked(
    anvil_chain: Any, one_store: Engine, make_outbox: Make
) -> None:
    """The role it needs was dropped after the last look."""
    outbox = make_outbox(one_store, anvil_chain.ledger)
    newcomer, admin = anvil_chain.accounts[2].address, anvil_chain.admin.address
    role = anvil_chain.ledger.access.grant(1, newcomer)
    outbox.enqueue(None, key="role", sender=admin, call=role, kind="grant")
    outbox.drain()
    register = anvil_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")
    outbox.enqueue(None, key="register", sender=newcomer, call=register, kind="formula")
    anvil_chain.rpc("anvil_reorg", 1, [])
    outbox._pusher.push(outbox.get("register"))  # as in a drain that looked before the reorganisation
    assert [outbox.get(key).status for key in ("role", "register")] == [Status.SENT, Status.QUEUED]
    outbox.drain()
    outbox.drain()
    assert [outbox.get(key).status for key in ("role", "register")] == [Status.CONFIRMED] * 2


def test_a_message_that_moved_to_another_block_is_noted_and_not_sent(
    anvil_chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(one_store, anvil_chain.ledger)
    queue_grants(outbox, 1)
    (before,) = outbox.drain()
    (transaction,) = outbox.transactions("grant:1")
    mine(anvil_chain, 2)
    anvil_chain.rpc("anvil_reorg", 3, [["0x" + transaction.raw.hex(), 1]])
    assert outbox.drain() == []
    after = outbox.get("grant:1")
    assert (after.status, after.tx_hash) == (Status.CONFIRMED, before.tx_hash)
    assert after.block_hash != before.block_hash
    assert after.block_number == (before.block_number or 0) + 1
    assert grants.counts() == grants.expected(1)


def test_a_final_message_is_watched_no_longer(
    anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue
) -> None:
    outbox = make_outbox(store, anvil_chain.ledger, finality=Finality(final=3))
    queue_grants(outbox, 1)
    outbox.drain()
    for depth in (1, 2):
        assert watched(store) == 1, depth
        mine(anvil_chain, 1)
        outbox.drain()
    assert watched(store) == 0


def test_with_more_confirmations_it_waits_until_the_block_is_that_deep(
    anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(
        store, anvil_chain.ledger, patience=Patience(seconds=0), finality=Finality(confirmations=3)
    )
    queue_grants(outbox, 1)
    for _ in range(2):
        assert outbox.drain() == []
        waiting = outbox.get("grant:1")
        assert (waiting.status, waiting.note) == (
            Status.SENT,
            f"mined in block {anvil_chain.w3.eth.get_transaction_receipt(waiting.tx_hash)['blockNumber']}; "
            "waits for 3 blocks",
        )
        mine(anvil_chain, 1)
    assert [(m.status, m.note) for m in outbox.drain()] == [(Status.CONFIRMED, None)]
    assert grants.counts() == grants.expected(1)


@pytest.mark.parametrize(("confirmations", "final"), [(0, 64), (65, 64), (1, 0), (-1, 1)])
def test_confirmations_lie_between_one_and_what_is_final(confirmations: int, final: int) -> None:
    with pytest.raises(InvalidValue, match="confirmations must be from 1 to"):
        Finality(confirmations=confirmations, final=final)


def test_a_message_that_reverted_is_tried_again_only_when_that_is_final(
    anvil_chain: Any, one_store: Engine, make_outbox: Make
) -> None:
    """Its old transaction could come back and succeed; then it would happen twice."""
    rival = anvil_chain.accounts[9]
    anvil_chain.send(anvil_chain.ledger.access.grant(1, rival.address), anvil_chain.admin)
    call = anvil_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")

    def register_first(step: str, message: OutboxMessage) -> None:
        if step == "stored":
            other = anvil_chain.ledger.formulas.register(f"0x{7:064x}", "the rival's@1")
            anvil_chain.send(other, rival)

    outbox = make_outbox(one_store, anvil_chain.ledger, on_step=register_first, finality=Finality(final=10))
    outbox.enqueue(None, key="f", sender=anvil_chain.admin.address, call=call, kind="formula")
    (parked,) = outbox.drain()
    assert (parked.status, parked.error_name) == (Status.PARKED, "FormulaRegistryTaken")
    outbox.retry("f")
    assert outbox.drain() == []
    assert "is tried again when that is final" in (outbox.get("f").note or "")

    anvil_chain.rpc("anvil_reorg", 2, [])  # the rival's registration goes, and ours with it

    (done,) = outbox.drain()
    assert (done.status, done.tx_hash, done.error_name) == (Status.CONFIRMED, parked.tx_hash, None)
    assert len(outbox.transactions("f")) == 1
    assert anvil_chain.ledger.formulas.name_of(f"0x{7:064x}") == "a formula@1"
