from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from tanso.contracts.errors import DeploymentError, InvalidValue
from tanso.contracts.ledger import Call, Ledger
from tanso.oracle.outbox import KeyReused, Outbox, OutboxMessage, Status, UnknownSender
from tanso.oracle.store import writing

Make = Callable[..., Outbox]


@pytest.fixture
def outbox(chain: Any, store: Engine, make_outbox: Make) -> Outbox:
    return make_outbox(store, chain.ledger)


def queue(outbox: Outbox, chain: Any, call: Call, **changes: Any) -> OutboxMessage:
    wanted = {"key": "k", "sender": chain.admin.address, "kind": "test", "session": None} | changes
    return outbox.enqueue(wanted.pop("session"), call=call, **wanted)


def test_the_same_message_under_the_same_key_is_queued_once(outbox: Outbox, chain: Any, grants: Any) -> None:
    first = queue(outbox, chain, grants.call(1))
    again = queue(outbox, chain, grants.call(1), sender=chain.admin.address.lower())
    assert again == first
    outbox.drain()
    assert queue(outbox, chain, grants.call(1)).status == Status.CONFIRMED
    assert outbox.drain() == []
    assert grants.counts() == grants.expected(1)


@pytest.mark.parametrize("changed", ["data", "to", "sender", "kind"])
def test_another_message_under_the_same_key_is_refused_and_changes_nothing(
    outbox: Outbox, chain: Any, grants: Any, changed: str
) -> None:
    call = grants.call(1)
    first = queue(outbox, chain, call)
    other: dict[str, Any] = {
        "data": {"call": grants.call(2)},
        "to": {"call": replace(call, to=chain.deployment.addresses["Lots"])},
        "sender": {"call": call, "sender": chain.accounts[1].address},
        "kind": {"call": call, "kind": "other"},
    }[changed]
    with pytest.raises(KeyReused, match=changed):
        queue(outbox, chain, **other)
    assert outbox.messages() == [first]


def test_a_sender_without_key_is_refused(outbox: Outbox, chain: Any, grants: Any) -> None:
    with pytest.raises(UnknownSender, match=chain.accounts[9].address):
        queue(outbox, chain, grants.call(1), sender=chain.accounts[9].address)
    assert outbox.messages() == []


@pytest.mark.parametrize(("name", "length"), [("key", 0), ("key", 201), ("kind", 0), ("kind", 41)])
def test_keys_and_kinds_that_do_not_fit_are_refused(
    outbox: Outbox, chain: Any, grants: Any, name: str, length: int
) -> None:
    with pytest.raises(InvalidValue, match=f"{name} must have"):
        queue(outbox, chain, grants.call(1), **{name: "x" * length})
    assert outbox.messages() == []
    queue(outbox, chain, grants.call(1), key="k" * 200, kind="k" * 40)


def test_a_message_stands_or_falls_with_the_callers_transaction(
    outbox: Outbox, chain: Any, store: Engine, grants: Any
) -> None:
    def fail_after_queuing() -> None:
        with writing(store) as session:
            queue(outbox, chain, grants.call(1), session=session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_queuing()
    assert outbox.messages() == []
    with writing(store) as session:
        queue(outbox, chain, grants.call(1), session=session)
        queue(outbox, chain, grants.call(2), session=session, key="k2")
    assert [message.key for message in outbox.drain()] == ["k", "k2"]
    assert grants.counts() == grants.expected(1, 2)


def test_the_call_is_kept_as_it_was_given(outbox: Outbox, chain: Any, grants: Any) -> None:
    call = grants.call(1)
    message = queue(outbox, chain, call)
    assert (message.to, message.data, message.what) == (call.to, "0x" + call.data.hex(), call.what)


def test_an_outbox_refuses_to_start_on_another_chain(chain: Any, store: Engine, make_outbox: Make) -> None:
    """Case 12."""
    elsewhere = replace(chain.deployment, chain_id=chain.deployment.chain_id + 1)
    with pytest.raises(DeploymentError, match="chain"):
        make_outbox(store, Ledger(chain.w3, elsewhere))


def test_an_outbox_refuses_to_start_on_other_contracts(chain: Any, store: Engine, make_outbox: Make) -> None:
    """Case 12."""
    addresses = dict(chain.deployment.addresses)
    addresses["Lots"], addresses["Credits"] = addresses["Credits"], addresses["Lots"]
    with pytest.raises(DeploymentError, match=r"Lots|Credits"):
        make_outbox(store, Ledger(chain.w3, replace(chain.deployment, addresses=addresses)))


def test_an_outbox_refuses_to_start_where_nothing_is_deployed(
    chain: Any, store: Engine, make_outbox: Make
) -> None:
    """Case 12."""
    addresses = chain.deployment.addresses | {"Lots": chain.accounts[5].address}
    with pytest.raises(DeploymentError, match="Lots"):
        make_outbox(store, Ledger(chain.w3, replace(chain.deployment, addresses=addresses)))
