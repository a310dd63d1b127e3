"""What a message goes through when nothing fails, and what contracts refuse."""

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils import keccak
from sqlalchemy import Engine

from tanso.contracts.ledger import Call
from tanso.oracle.outbox import NotParked, Outbox, OutboxMessage, Patience, Status, Step, UnknownMessage

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]


def formula(chain: Any, number: int, name: str = "a formula@1") -> Call:
    call: Call = chain.ledger.formulas.register(f"0x{number:064x}", name)
    return call


def test_a_message_is_confirmed_with_its_block_and_gas(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(store, any_chain.ledger)
    (queued,) = queue_grants(outbox, 1)
    assert queued.status == Status.QUEUED
    assert (queued.nonce, queued.tx_hash) == (None, None)
    nonce = any_chain.w3.eth.get_transaction_count(any_chain.admin.address)

    (done,) = outbox.drain()

    receipt = any_chain.w3.eth.get_transaction_receipt(done.tx_hash)
    assert done == outbox.get("grant:1")
    assert (done.status, done.nonce) == (Status.CONFIRMED, nonce)
    assert (done.block_number, done.gas_used) == (receipt["blockNumber"], receipt["gasUsed"])
    assert done.block_hash == "0x" + receipt["blockHash"].hex()
    assert (done.error_name, done.note) == (None, None)
    assert done.created_at <= (done.finished_at or 0)
    assert grants.counts() == grants.expected(1)
    (transaction,) = outbox.transactions("grant:1")
    assert transaction.tx_hash == done.tx_hash
    assert transaction.gas >= receipt["gasUsed"]


def test_an_empty_queue_is_drained_at_once(any_chain: Any, store: Engine, make_outbox: Make) -> None:
    assert make_outbox(store, any_chain.ledger).drain() == []


def test_many_messages_of_one_sender_go_out_in_their_order(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(store, any_chain.ledger)
    queue_grants(outbox, *range(8))
    done = outbox.drain()
    assert [message.key for message in done] == [f"grant:{number}" for number in range(8)]
    nonces = [message.nonce for message in done]
    assert nonces == list(range(nonces[0] or 0, (nonces[0] or 0) + 8))
    assert grants.counts() == grants.expected(*range(8))
    assert outbox.drain() == []


def test_the_steps_of_a_push_come_in_order(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue
) -> None:
    steps: list[Step] = []
    outbox = make_outbox(store, any_chain.ledger, on_step=lambda step, _message: steps.append(step))
    queue_grants(outbox, 1)
    outbox.drain()
    assert steps == list(Step)


def test_a_refused_message_is_parked_with_the_contracts_error_and_the_others_go_on(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    """Case 8. The second registration depends on the first, so this shows the order too."""
    outbox = make_outbox(store, any_chain.ledger)
    admin = any_chain.admin.address
    for key, name in (("f:1", "one@1"), ("f:2", "two@1")):
        outbox.enqueue(None, key=key, sender=admin, call=formula(any_chain, 7, name), kind="formula")
    queue_grants(outbox, 1)
    outbox.enqueue(
        None, key="f:3", sender=any_chain.accounts[1].address, call=formula(any_chain, 8), kind="formula"
    )
    nonce = any_chain.w3.eth.get_transaction_count(admin)

    done = {message.key: message for message in outbox.drain()}

    assert {key: message.status for key, message in done.items()} == {
        "f:1": Status.CONFIRMED,
        "f:2": Status.PARKED,
        "grant:1": Status.CONFIRMED,
        "f:3": Status.PARKED,
    }
    assert done["f:2"].error_name == "FormulaRegistryTaken"
    assert done["f:3"].error_name == "AccessManagedUnauthorized"
    assert done["f:2"].error_name in (done["f:2"].error_text or "")
    assert (done["f:2"].nonce, done["f:2"].tx_hash, done["f:2"].gas_used) == (None, None, None)
    assert outbox.transactions("f:2") == []
    assert any_chain.w3.eth.get_transaction_count(admin) == nonce + 2
    assert any_chain.ledger.formulas.name_of(f"0x{7:064x}") == "one@1"
    assert outbox.drain() == []


def test_a_message_that_reverts_in_its_block_is_parked_with_the_reason(
    any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    rival = any_chain.accounts[9]
    any_chain.send(any_chain.ledger.access.grant(1, rival.address), any_chain.admin)

    def register_first(step: Step, message: OutboxMessage) -> None:
        if step is Step.STORED and message.key == "f":
            any_chain.send(formula(any_chain, 7, "the rival's@1"), rival)

    outbox = make_outbox(store, any_chain.ledger, on_step=register_first)
    outbox.enqueue(None, key="f", sender=any_chain.admin.address, call=formula(any_chain, 7), kind="formula")
    queue_grants(outbox, 1)

    parked, confirmed = outbox.drain()

    assert (parked.status, parked.error_name) == (Status.PARKED, "FormulaRegistryTaken")
    assert parked.block_number is not None
    assert parked.gas_used is not None
    assert confirmed.nonce == (parked.nonce or 0) + 1
    assert grants.counts() == grants.expected(1)


def test_a_parked_message_can_be_tried_again_when_the_cause_is_gone(
    any_chain: Any, store: Engine, make_outbox: Make
) -> None:
    outbox = make_outbox(store, any_chain.ledger)
    newcomer = any_chain.accounts[2]
    outbox.enqueue(None, key="f", sender=newcomer.address, call=formula(any_chain, 7), kind="formula")
    (parked,) = outbox.drain()
    assert parked.status == Status.PARKED
    any_chain.send(any_chain.ledger.access.grant(1, newcomer.address), any_chain.admin)

    assert outbox.drain() == []
    assert outbox.retry("f").status == Status.QUEUED
    (done,) = outbox.drain()

    assert (done.status, done.error_name, done.error_text) == (Status.CONFIRMED, None, None)
    with pytest.raises(NotParked, match="confirmed"):
        outbox.retry("f")


def test_messages_are_listed_by_state(
    chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue
) -> None:
    outbox = make_outbox(one_store, chain.ledger)
    queue_grants(outbox, 1, 2)
    outbox.drain()
    queue_grants(outbox, 3)
    assert [message.key for message in outbox.messages()] == ["grant:1", "grant:2", "grant:3"]
    assert [message.key for message in outbox.messages(limit=1)] == ["grant:1"]
    assert [message.key for message in outbox.messages(Status.QUEUED)] == ["grant:3"]
    assert outbox.messages(Status.PARKED) == []


def test_a_message_that_was_never_queued_is_unknown(chain: Any, one_store: Engine, make_outbox: Make) -> None:
    outbox = make_outbox(one_store, chain.ledger)
    for look_up in (outbox.get, outbox.retry, outbox.transactions):
        with pytest.raises(UnknownMessage, match="nothing:1"):
            look_up("nothing:1")


@pytest.mark.anvil
def test_a_message_that_is_not_mined_in_time_stays_sent_and_is_confirmed_later(
    anvil_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    anvil_chain.rpc("evm_setAutomine", False)
    outbox = make_outbox(store, anvil_chain.ledger, patience=Patience(seconds=0))
    queue_grants(outbox, 1, 2)
    assert outbox.drain() == []
    assert outbox.get("grant:1").status == Status.SENT
    assert outbox.get("grant:2").status == Status.QUEUED, "one at a time: the second may build on the first"
    anvil_chain.rpc("evm_mine")
    assert [message.key for message in outbox.drain()] == ["grant:1"]
    anvil_chain.rpc("evm_mine")
    assert [message.key for message in outbox.drain()] == ["grant:2"]
    assert grants.counts() == grants.expected(1, 2)


@pytest.mark.anvil
def test_a_call_that_no_block_can_hold_is_parked(
    anvil_chain: Any, one_store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outbox = make_outbox(one_store, anvil_chain.ledger)
    # JUMPDEST PUSH1 0 JUMP: jumps to itself until the gas is gone.
    endless = Call(to=anvil_chain.accounts[8].address, data=b"", what="loop for ever")
    anvil_chain.rpc("anvil_setCode", endless.to, "0x5b600056")
    outbox.enqueue(None, key="endless", sender=anvil_chain.admin.address, call=endless, kind="test")
    queue_grants(outbox, 1)
    parked, confirmed = outbox.drain()
    assert (parked.key, parked.status, parked.error_name) == ("endless", Status.PARKED, "OutOfGas")
    assert confirmed.status == Status.CONFIRMED


def test_a_message_to_a_paused_contract_waits_and_is_sent_when_writing_goes_on(
    chain: Any, one_store: Engine, make_outbox: Make
) -> None:
    admin, ledger = chain.admin, chain.ledger
    for role in ("REGISTRAR", "PAUSER"):
        chain.send(ledger.access.grant(role, admin.address), admin)
    registry = ledger.deployment.addresses["FormulaRegistry"]
    outbox = make_outbox(one_store, ledger)
    outbox.enqueue(None, key="waits", sender=admin.address, call=formula(chain, 5), kind="formula")
    chain.send(Call(registry, keccak(text="pause()")[:4], "pause"), admin)
    assert outbox.drain() == []
    waiting = outbox.get("waits")
    assert (waiting.status, waiting.error_name) == (Status.QUEUED, None)
    assert "paused" in (waiting.note or "")
    chain.send(Call(registry, keccak(text="unpause()")[:4], "unpause"), admin)
    (done,) = outbox.drain()
    assert (done.key, done.status, done.note) == ("waits", Status.CONFIRMED, None)
