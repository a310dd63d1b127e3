"""Two workers that meet at the worst moment: each test lets the second act inside a step of the first."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.outbox import Outbox, OutboxMessage, Status, Step

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
