"""Agreements in the tables: each as the ledger has it, at every step and after a reorganisation."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from tanso.contracts.identity import content_hash
from tanso.contracts.values import ZERO_HASH, Agreement
from tanso.oracle.store import reading
from tanso.platform.agreements.models import AgreementRow, AgreementStepRow

TERMS, CONFIRMATION = content_hash(b"terms"), content_hash(b"confirmation")


@pytest.fixture
def proposed(world: Any) -> str:
    """The first business proposes to the second."""
    agreement_id = str(world.id("agreement", "a"))
    receiver = world.businesses[1].business_id
    world.send(world.chain.ledger.agreements.propose(agreement_id, receiver, TERMS, world.now + 10**6), 0)
    return agreement_id


def held(engine: Any) -> AgreementRow:
    with reading(engine) as session:
        return session.exec(select(AgreementRow)).one()


def as_on_the_ledger(row: AgreementRow) -> Agreement:
    return Agreement(
        row.provider_id, row.receiver_id, row.terms_hash, row.valid_until,
        row.accepted_at or 0, row.ended_at or 0, row.demanded_at or 0, row.confirmed_at or 0,
        row.confirmation_hash or ZERO_HASH,
    )  # fmt: skip


def test_an_agreement_is_in_the_table_as_on_the_ledger_after_each_step(
    world: Any, store: Any, proposed: str
) -> None:
    ledger = world.chain.ledger.agreements
    indexer = world.indexer(store)
    steps = (
        None,
        (1, ledger.accept(proposed, TERMS)),
        (1, ledger.withdraw(proposed)),
        (0, ledger.demand_deletion(proposed)),
        (1, ledger.confirm_deletion(proposed, CONFIRMATION)),
    )
    for step in steps:
        world.pass_time(60)
        if step is not None:
            world.send(step[1], step[0])
        indexer.run()
        row = held(store)
        assert as_on_the_ledger(row) == ledger.agreement_of(proposed)
        for time in (world.now, row.valid_until - 1, row.valid_until):
            assert row.holds(time) == ledger.in_force(proposed, time)
    with reading(store) as session:
        kept = session.exec(select(AgreementStepRow).order_by(AgreementStepRow.block_number)).all()  # type: ignore[arg-type]
    assert [step.step for step in kept] == [
        "accepted", "withdrawn", "deletion-demanded", "deletion-confirmed",
    ]  # fmt: skip
    assert [step.business_id for step in kept if step.business_id] == [world.businesses[1].business_id]


def test_a_demand_alone_ends_an_agreement(world: Any, store: Any, proposed: str) -> None:
    ledger = world.chain.ledger.agreements
    world.send(ledger.accept(proposed, TERMS), 1)
    world.send(ledger.demand_deletion(proposed), 0)
    world.indexer(store).run()
    row = held(store)
    assert row.ended_at == row.demanded_at == world.now
    assert as_on_the_ledger(row) == ledger.agreement_of(proposed)


def test_a_step_that_a_reorganisation_takes_back_is_taken_back_in_the_table(
    world: Any, store: Any, proposed: str, dump: Any, clean: Any
) -> None:
    indexer = world.indexer(store)
    indexer.run()
    before = as_on_the_ledger(held(store))
    snapshot = world.chain.rpc("evm_snapshot")
    world.send(world.chain.ledger.agreements.accept(proposed, TERMS), 1)
    indexer.run()
    assert held(store).accepted_at == world.now
    world.chain.rpc("evm_revert", snapshot)
    world.pass_time(5)
    world.send(world.chain.ledger.agreements.withdraw(proposed), 0)
    indexer.run()
    after = as_on_the_ledger(held(store))
    assert after == replace(before, ended_at=world.now)
    assert dump(store) == clean()
