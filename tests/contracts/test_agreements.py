"""Agreements on data through the typed ledger, on the embedded chain and on anvil."""

from dataclasses import replace
from typing import Any

import pytest

from tanso.contracts.errors import InvalidId, InvalidValue
from tanso.contracts.identity import content_hash
from tanso.contracts.values import ZERO_HASH, Agreement

TERMS, CONFIRMATION = content_hash(b"terms"), content_hash(b"confirmation")
UNTIL = 4_000_000_000
ID = "0x" + "ab" * 16


def later(world: Any, sender: Any, call: Any) -> int:
    """Sends the call a minute after the last block, and gives the time of its own."""
    world.w3.provider.make_request("evm_increaseTime", [60])
    receipt = world.send(sender, call)
    return int(world.w3.eth.get_block(receipt["blockNumber"])["timestamp"])


def test_an_agreement_s_whole_history_stays_readable(world: Any) -> None:
    agreements = world.ledger.agreements
    world.send(world.maker, agreements.propose(ID, world.customer_id, TERMS, UNTIL))
    expected = Agreement(world.maker_id, world.customer_id, TERMS, UNTIL, 0, 0, 0, 0, ZERO_HASH)
    assert agreements.agreement_of(ID) == expected
    accepted = later(world, world.customer, agreements.accept(ID, TERMS))
    assert agreements.agreement_of(ID) == replace(expected, accepted_at=accepted)
    ended = later(world, world.customer, agreements.withdraw(ID))
    demanded = later(world, world.maker, agreements.demand_deletion(ID))
    confirmed = later(world, world.customer, agreements.confirm_deletion(ID, CONFIRMATION))
    assert accepted < ended < demanded < confirmed
    assert agreements.agreement_of(ID) == Agreement(
        world.maker_id, world.customer_id, TERMS, UNTIL,
        accepted, ended, demanded, confirmed, CONFIRMATION,
    )  # fmt: skip
    held = {at: agreements.in_force(ID, at) for at in (accepted - 1, accepted, ended - 1, ended)}
    assert held == {accepted - 1: False, accepted: True, ended - 1: True, ended: False}


def test_what_is_not_there_reads_as_none_and_is_in_no_force(settled: Any) -> None:
    assert settled.ledger.agreements.agreement_of(ID) is None
    assert not settled.ledger.agreements.in_force(ID, UNTIL)


def test_values_that_do_not_fit_are_refused_with_the_field_named(settled: Any) -> None:
    agreements = settled.ledger.agreements
    with pytest.raises(InvalidId, match="agreement_id"):
        agreements.propose("0x" + "12" * 15, settled.customer_id, TERMS, UNTIL)
    with pytest.raises(InvalidId, match="terms_hash"):
        agreements.accept(ID, "0x12")
    with pytest.raises(InvalidValue, match="valid_until must lie between"):
        agreements.propose(ID, settled.customer_id, TERMS, 2**40)
