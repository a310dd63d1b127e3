"""Two workers that meet at the worst moment: each test lets the second act inside a step of the first."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.outbox import FeePolicy, Finality, Outbox, OutboxMessage, Patience, Status, Step
from tanso.oracle.outbox.fees import GWEI
from tanso.oracle.store import create_tables, open_store

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]


@pytest.mark.parametrize("step", [step for step in Step if step != Step.SIGNED])
def test_a_worker_that_is_overtaken_sees_the_work_done(
    step: Step, any_chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    other = make_outbox(store, any_chain.ledger)
    overtaken: list[str] = []

    def overtake(at: Step, message: OutboxMessage) -> None:
        if at is step and not overtaken:
            overtaken.extend(done.key for done in other.drain())

    outbox = make_outbox(store, any_chain.ledger, on_step=overtake)
    queue_grants(outbox, 1, 2)
    nonce = any_chain.w3.eth.get_transaction_count(any_chain.admin.address)

    mine = [done.key for done in outbox.drain()]

    assert sorted(mine + overtaken) == ["grant:1", "grant:2"]
    assert "grant:2" in overtaken
    assert grants.counts() == grants.expected(1, 2)
    assert any_chain.w3.eth.get_transaction_count(any_chain.admin.address) == nonce + 2
    assert all(len(outbox.transactions(key)) == 1 for key in ("grant:1", "grant:2"))


def test_a_worker_whose_estimate_fails_because_another_was_faster_parks_nothing(
    any_chain: Any, store: Engine, make_outbox: Make
) -> None:
    """The slow worker estimates a registration that the fast one has done already: that must not park it."""
    outbox, other = (make_outbox(store, any_chain.ledger) for _ in range(2))
    call = any_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")
    outbox.enqueue(None, key="f", sender=any_chain.admin.address, call=call, kind="formula")
    stale = outbox.get("f")
    other.drain()
    outbox._pusher.push(stale)  # what a worker does that looked at the queue before the other was done
    assert outbox.get("f").status == Status.CONFIRMED


def test_threads_on_one_queue_do_each_message_once(
    chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue, grants: Any
) -> None:
    outboxes = [make_outbox(store, chain.ledger) for _ in range(3)]
    queue_grants(outboxes[0], *range(9))
    together = Barrier(len(outboxes))
    finished: list[str] = []

    def work(outbox: Outbox) -> None:
        together.wait()
        finished.extend(message.key for message in outbox.drain())

    threads = [Thread(target=work, args=(outbox,)) for outbox in outboxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(finished) == sorted(f"grant:{number}" for number in range(9))
    assert grants.counts() == grants.expected(*range(9))


@pytest.mark.anvil
@pytest.mark.parametrize("same_fees", [True, False])
def test_two_oracles_with_the_same_key_and_databases_of_their_own_leave_one_record(
    same_fees: bool, anvil_chain: Any, new_urls: Callable[[], str], make_outbox: Make
) -> None:
    """Case 4. The second signs with a nonce that the first spends before it: it waits, then sees the record.

    With the same fees both sign the very same transaction, and it is both's.
    """

    def outbox(tip: int, **options: Any) -> Outbox:
        engine = open_store(new_urls())
        create_tables(engine)
        made = make_outbox(
            engine,
            anvil_chain.ledger,
            fees=FeePolicy(tip_wei=tip),
            finality=Finality(final=3),
            patience=Patience(seconds=0),
            **options,
        )
        call = anvil_chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")
        made.enqueue(None, key="record", sender=anvil_chain.admin.address, call=call, kind="formula")
        return made

    def overtake(step: Step, _message: OutboxMessage) -> None:
        if step == Step.ESTIMATED and first.get("record").status == Status.QUEUED:
            while first.get("record").status != Status.CONFIRMED:
                first.drain()

    nonce = anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address)
    first = outbox(GWEI)
    second = outbox(GWEI if same_fees else 2 * GWEI, on_step=overtake)
    second.drain()
    if same_fees:
        assert second.get("record").tx_hash == first.get("record").tx_hash
        assert second.get("record").status == Status.CONFIRMED
    else:
        assert "which this outbox did not send" in (second.get("record").note or "")
        anvil_chain.rpc("anvil_mine", hex(3))
        second.drain()
        parked = second.get("record")
        assert (parked.status, parked.error_name) == (Status.PARKED, "FormulaRegistryTaken")
    assert anvil_chain.w3.eth.get_transaction_count(anvil_chain.admin.address) == nonce + 1
    assert anvil_chain.ledger.formulas.name_of(f"0x{7:064x}") == "a formula@1"
    for used in (first, second):
        used.engine.dispose()
