from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.outbox import FeePolicy, Outbox, OutboxMessage, UnknownMessage
from tanso.oracle.outbox.report import report, retry

Make = Callable[..., Outbox]
Queue = Callable[..., list[OutboxMessage]]


def test_an_outbox_without_messages_has_nothing_to_report(store: Engine) -> None:
    found = report(store)
    assert set(found.counts.values()) == {0}
    assert set(found.counts) == {"queued", "signed", "sent", "confirmed", "parked"}
    assert (found.not_final, found.alerts) == (0, ())


def test_what_waits_and_what_was_refused_is_named_with_the_reason(
    chain: Any, store: Engine, make_outbox: Make, queue_grants: Queue
) -> None:
    outbox = make_outbox(store, chain.ledger)
    queue_grants(outbox, 1)
    formula = chain.ledger.formulas.register(f"0x{7:064x}", "a formula@1")
    newcomer = chain.accounts[2].address
    outbox.enqueue(None, key="formula", sender=newcomer, call=formula, kind="formula")
    outbox.drain()
    dear = make_outbox(store, chain.ledger, fees=FeePolicy(cap_wei=1))
    queue_grants(dear, 2, 3)
    dear.drain()

    found = outbox.report()

    assert found.counts == {"queued": 2, "signed": 0, "sent": 0, "confirmed": 1, "parked": 1}
    assert found.not_final == 1
    refused, waiting = found.alerts
    assert (refused.key, refused.status, refused.sender) == ("formula", "parked", newcomer)
    assert "AccessManagedUnauthorized" in refused.reason
    assert (waiting.key, waiting.status) == ("grant:2", "queued")
    assert "more than the cap of 1" in waiting.reason

    chain.send(chain.ledger.access.grant(1, newcomer), chain.admin)
    assert retry(store, "formula").status == "queued"
    outbox.drain()
    assert outbox.report().counts == {"queued": 0, "signed": 0, "sent": 0, "confirmed": 4, "parked": 0}
    assert outbox.report().alerts == ()


def test_an_unknown_message_cannot_be_tried_again(store: Engine) -> None:
    with pytest.raises(UnknownMessage, match="nothing:1"):
        retry(store, "nothing:1")
