"""The outbox with keys in an external signer: another anvil, itself behind a proxy that fails as told."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.oracle.keys import ExternalSigner
from tanso.oracle.outbox import Outbox, OutboxMessage, Patience, Status
from tanso.oracle.outbox.queue import lock_sender
from tanso.oracle.store import writing

Queue = Callable[..., list[OutboxMessage]]
SIGN = "eth_signTransaction"

pytestmark = pytest.mark.anvil


@pytest.fixture
def outbox(store: Engine, anvil_chain: Any, signer: Any) -> Outbox:
    keys = ExternalSigner(signer.url, seconds=20).ring([anvil_chain.admin.address])
    return Outbox(store, anvil_chain.ledger, keys, patience=Patience(seconds=20, poll_seconds=0.01))


def test_messages_are_signed_outside_and_confirmed_once(
    outbox: Outbox, signer: Any, grants: Any, queue_grants: Queue
) -> None:
    queue_grants(outbox, 1, 2)
    assert [message.status for message in outbox.drain()] == [Status.CONFIRMED] * 2
    assert grants.counts() == grants.expected(1, 2)
    assert signer.asked == {SIGN: 2}


def test_while_the_signer_is_away_the_queue_is_kept_and_says_so(
    outbox: Outbox, signer: Any, grants: Any, queue_grants: Queue
) -> None:
    queue_grants(outbox, 1, 2)
    signer.fail(SIGN, "loses request")
    assert outbox.drain() == []
    found = outbox.report()
    assert found.counts["queued"] == 2
    assert [alert.key for alert in found.alerts] == ["grant:1"]
    assert f"the external signer gave no answer to {SIGN}" in found.alerts[0].reason
    assert outbox.transactions("grant:1") == []

    assert len(outbox.drain()) == 2
    assert outbox.report().alerts == ()
    assert grants.counts() == grants.expected(1, 2)


def test_a_signer_that_refuses_is_quoted(outbox: Outbox, signer: Any, queue_grants: Queue) -> None:
    queue_grants(outbox, 1)
    signer.refuse(SIGN, "the vault is locked")
    assert outbox.drain() == []
    assert "the vault is locked" in outbox.report().alerts[0].reason
    assert outbox.transactions("grant:1") == []


def test_what_was_not_asked_for_is_neither_stored_nor_sent(
    outbox: Outbox, anvil_chain: Any, signer: Any, grants: Any, queue_grants: Queue
) -> None:
    queue_grants(outbox, 1)
    chain, fields = anvil_chain, {"value": 10**18, "gas": 21_000, "type": 2, "chainId": 31337}
    nonce = chain.w3.eth.get_transaction_count(chain.admin.address)
    fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
    theft = {**fields, **fees, "nonce": nonce, "to": chain.accounts[3].address, "data": "0x"}
    for thief in (chain.admin, chain.accounts[1]):
        signer.say(SIGN, thief.sign_transaction(theft).raw_transaction.to_0x_hex())
        assert outbox.drain() == []
        assert "signed another transaction than was asked" in outbox.report().alerts[0].reason
    assert outbox.transactions("grant:1") == []
    assert chain.w3.eth.get_transaction_count(chain.admin.address, "pending") == nonce

    assert len(outbox.drain()) == 1
    assert grants.counts() == grants.expected(1)


def test_a_signer_that_takes_its_time_holds_no_lock(
    outbox: Outbox, store: Engine, signer: Any, grants: Any, queue_grants: Queue
) -> None:
    queue_grants(outbox, 1)
    signer.fail(SIGN, "no answer")
    worker = threading.Thread(target=outbox.drain)
    worker.start()
    while not signer.asked[SIGN]:
        assert worker.is_alive()
    # The signer has the request and stays silent; others write meanwhile, also of the same sender.
    queue_grants(outbox, 2)
    with writing(store) as session:
        lock_sender(session, outbox.get("grant:1").sender)
        assert worker.is_alive()
    signer.released.set()
    worker.join()
    assert "gave no answer" in outbox.report().alerts[0].reason
    assert len(outbox.drain()) == 2
    assert grants.counts() == grants.expected(1, 2)
