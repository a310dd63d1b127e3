"""Positions follow from events: by hand for the pure function, on the real contracts for random histories."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from tanso.contracts.units import Unit
from tanso.contracts.values import ZERO_HASH, Position
from tanso.oracle.store import reading
from tanso.platform.accounts.service import accounts
from tanso.platform.indexer.derive import positions
from tanso.platform.indexer.errors import BrokenLedger
from tanso.platform.lots.models import LotPositionRow, LotRow, MaterialUseRow, ShipmentRow

AT = {"block_number": 1, "block_time": 1, "transaction_hash": ZERO_HASH, "log_index": 0}
LOT = LotRow(
    **AT,
    lot_id="lot",
    batch_id="batch",
    business_id="maker",
    unit=Unit.PIECE,
    co2_ug=1000,
    primary_ug=100,
    good=10,
    defects=0,
    breakdown_root=ZERO_HASH,
)


def shipped(quantity: int, co2_ug: int, primary_ug: int) -> ShipmentRow:
    return ShipmentRow(
        **AT,
        lot_id="lot",
        from_business_id="maker",
        to_business_id="buyer",
        quantity=quantity,
        co2_ug=co2_ug,
        primary_ug=primary_ug,
    )


def used(quantity: int, co2_ug: int, primary_ug: int) -> MaterialUseRow:
    return MaterialUseRow(
        **AT,
        batch_id="b",
        business_id="buyer",
        lot_id="lot",
        quantity=quantity,
        co2_ug=co2_ug,
        primary_ug=primary_ug,
    )


def test_a_position_is_made_plus_received_minus_shipped_minus_consumed() -> None:
    assert positions([LOT], [shipped(4, 401, 41)], [used(1, 101, 11)]) == {
        ("lot", "maker"): Position(6, 599, 59),
        ("lot", "buyer"): Position(3, 300, 30),
    }


def test_who_holds_nothing_has_no_position() -> None:
    assert positions([LOT], [shipped(10, 1000, 100)], [used(10, 1000, 100)]) == {}


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(([shipped(11, 1000, 100)], []), id="more pieces than held"),
        pytest.param(([shipped(4, 1001, 41)], []), id="more CO2 than held"),
        pytest.param(([shipped(10, 999, 100)], []), id="CO2 without a piece"),
        pytest.param(([], [used(1, 1, 0)]), id="consumed by who has none"),
    ],
)
def test_events_that_do_not_add_up_are_refused(events: Any) -> None:
    with pytest.raises(BrokenLedger, match="lot lot"):
        positions([LOT], *events)


step = st.tuples(
    st.sampled_from(["settle", "ship", "ship", "consume", "restate", "index", "wait"]),
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(1, 997),
)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=4, max_size=14))
def test_after_any_history_positions_are_the_ledgers_and_accounts_close(
    world: Any, one_store: Any, steps: list[tuple[str, int, int, int]]
) -> None:
    """Indexed at random moments. The histories of one run branch off one chain: each begins with a reorg."""
    snapshot = world.chain.rpc("evm_snapshot")
    try:
        _live_and_check(world, one_store, steps)
    finally:
        assert world.chain.rpc("evm_revert", snapshot)


def _live_and_check(world: Any, engine: Any, steps: list[tuple[str, int, int, int]]) -> None:
    indexer = world.indexer(engine)
    held: dict[tuple[str, int], int] = {}
    makers: dict[str, int] = {}
    moments = {world.now}
    for number, (kind, who, other, amount) in enumerate(steps):
        mine = sorted(name for (name, holder), n in held.items() if holder == who and n)
        if kind == "settle":
            used = {name: 1 + amount % held[name, who] for name in mine[:2]}
            made = {f"{number}a": amount, f"{number}b": 7} if amount % 5 else {}
            world.settle(who, made, materials=used, resin=amount, seconds=amount, left_over=amount % 13)
            for name, quantity in used.items():
                held[name, who] -= quantity
            held |= {(name, who): good for name, good in made.items()}
            makers |= dict.fromkeys(made, who)
        elif kind == "ship" and mine and who != other:
            name = mine[amount % len(mine)]
            quantity = 1 + amount % held[name, who]
            world.ship(name, who, other, quantity)
            held[name, who] -= quantity
            held[name, other] = held.get((name, other), 0) + quantity
        elif kind == "consume" and mine:
            name = mine[amount % len(mine)]
            quantity = 1 + amount % held[name, who]
            world.consume(name, who, quantity)
            held[name, who] -= quantity
        elif kind == "restate":
            own = sorted(name for name, maker in makers.items() if maker == who)
            if own:
                name = own[amount % len(own)]
                co2_ug = world.chain.ledger.lots.state_of(world.lot(name)).co2_ug
                # A figure of its own for each step: above what was settled, or below.
                world.restate(name, who, max(number, co2_ug + (number if amount % 2 else -number)))
        elif kind == "index":
            indexer.run()
        elif kind == "wait":
            moments.add(world.pass_time(amount))
    end = world.pass_time(1) + 1
    while indexer.status().indexed_block >= world.chain.w3.eth.block_number:
        # A branch that is shorter than the one indexed before it looks like a node that lags.
        end = world.pass_time(1) + 1
    indexer.run()
    assert indexer.status().in_sync

    ledger = world.chain.ledger
    with reading(engine) as session:
        rows = {(row.lot_id, row.business_id): row for row in session.exec(select(LotPositionRow))}
        for (name, holder), quantity in held.items():
            business = world.businesses[holder]
            row = rows.pop((world.lot(name), business.business_id), None)
            found = Position(row.quantity, row.co2_ug, row.primary_ug) if row else Position(0, 0, 0)
            assert found == ledger.lots.position_of(world.lot(name), business.account.address)
            assert found.quantity == quantity
        assert not rows

        all_held = sum(row.co2_ug for row in session.exec(select(LotPositionRow)))
        bounds = sorted(moments | {0, end})
        whole = {a.business_id: a for a in accounts(session, 0, end)}
        assert sum(account.closing_ug for account in whole.values()) == all_held
        parts = [list(accounts(session, a, b)) for a, b in pairwise(bounds)]
        for account in [*whole.values(), *(account for part in parts for account in part)]:
            own = account.left_over_ug + account.finally_consumed_ug + account.unabsorbed_ug
            assert account.net_ug == own + account.restated_ug
        # Periods join without a gap: what closes one opens the next, and nets add up.
        for number, account in enumerate(whole.values()):
            line = [part[number] for part in parts]
            assert line[0].opening_ug == 0
            assert all(a.closing_ug == b.opening_ug for a, b in pairwise(line))
            assert sum(part.restated_ug for part in line) == account.restated_ug >= 0
            assert sum(part.net_ug for part in line) == account.net_ug
        # What was made is held by somebody, consumed in a batch, or consumed for good.
        gone = sum(account.consumed_ug + account.finally_consumed_ug for account in whole.values())
        assert sum(account.made_ug for account in whole.values()) == all_held + gone
        received = sum(account.received_ug for account in whole.values())
        assert received == sum(account.outflow_ug for account in whole.values())
