"""The public genealogy: what the ledger shows to anyone who knows a lot's ID."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.oracle.store import reading
from tanso.platform.errors import BadInput, NotFound
from tanso.platform.trace.service import genealogy

Search = Callable[..., Any]


@pytest.fixture
def chain_of_supply(world: Any, one_store: Any) -> Search:
    return _searched(world, one_store)


@pytest.fixture
def chain_of_supply_on_both(world: Any, store: Any) -> Search:
    return _searched(world, store)


def _searched(world: Any, store: Any) -> Search:
    """Steel goes into A and B (one batch), both into the final lot, and some steel straight into it too."""
    world.settle(0, {"steel": 100, "slag": 50}, resin=1000, seconds=500, left_over=17)
    world.ship("steel", 0, 1, 60)
    world.ship("steel", 0, 2, 5)
    world.settle(1, {"A": 7, "B": 3}, materials={"steel": 40}, resin=3)
    world.ship("A", 1, 2, 7)
    world.ship("B", 1, 2, 3)
    world.settle(2, {"final": 2}, materials={"A": 2, "B": 1, "steel": 5}, seconds=9)
    world.indexer(store).run()

    def search(name: str, **bounds: int) -> Any:
        with reading(store) as session:
            return genealogy(session, world.lot(name), **bounds)

    return search


def test_each_lot_upstream_stands_once_with_its_fewest_steps(
    world: Any, chain_of_supply_on_both: Search
) -> None:
    found = chain_of_supply_on_both("final")
    assert found.lots[0].lot_id == world.lot("final")
    assert {lot.lot_id: lot.depth for lot in found.lots} == {
        world.lot("final"): 0,
        world.lot("A"): 1,
        world.lot("B"): 1,
        world.lot("steel"): 1,
    }
    assert len(found.lots) == 4
    assert found.depth == 1
    assert found.complete


def test_depth_counts_the_steps(world: Any, chain_of_supply: Search) -> None:
    found = chain_of_supply("A")
    assert {lot.lot_id: lot.depth for lot in found.lots} == {world.lot("A"): 0, world.lot("steel"): 1}
    deepest = chain_of_supply("steel")
    assert (deepest.depth, len(deepest.lots)) == (0, 1)


def test_lots_are_shown_as_on_the_ledger(world: Any, chain_of_supply: Search) -> None:
    for lot in chain_of_supply("final").lots:
        on_chain = world.chain.ledger.lots.lot_of(lot.lot_id)
        for name in ("batch_id", "business_id", "unit", "co2_ug", "primary_ug", "good", "defects"):
            assert getattr(lot, name) == getattr(on_chain, name)


def test_each_batch_closes_and_names_all_its_lots(world: Any, chain_of_supply_on_both: Search) -> None:
    found = chain_of_supply_on_both("final")
    assert len(found.batches) == 3
    carbon = {lot.lot_id: lot.co2_ug for lot in found.lots} | {
        world.lot("slag"): world.chain.ledger.lots.lot_of(world.lot("slag")).co2_ug
    }
    for batch in found.batches:
        inputs = [*batch.materials, *batch.externals, *batch.equipment]
        outputs = sum(carbon[lot] for lot in batch.lots) + sum(left.co2_ug for left in batch.left_overs)
        assert sum(part.co2_ug for part in inputs) == batch.co2_ug == outputs
    steel = next(batch for batch in found.batches if world.lot("steel") in batch.lots)
    assert set(steel.lots) == {world.lot("steel"), world.lot("slag")}
    assert [(part.factor_id, part.quantity) for part in steel.externals] == [(world.factor_id, 1000)]
    assert [(part.equipment_id, part.record, part.activity) for part in steel.equipment] == [
        (world.businesses[0].machine_id, 0, 500)
    ]
    assert [(left.name, left.co2_ug) for left in steel.left_overs] == [("waste", 17)]
    final = next(batch for batch in found.batches if world.lot("final") in batch.lots)
    assert [(part.lot_id, part.quantity) for part in final.materials] == [
        (world.lot("A"), 2),
        (world.lot("B"), 1),
        (world.lot("steel"), 5),
    ]


def test_a_bound_on_steps_cuts_the_search_and_says_so(world: Any, store: Any) -> None:
    world.settle(0, {"0": 10}, resin=10)
    for step in range(1, 5):
        world.settle(0, {f"{step}": 10}, materials={f"{step - 1}": 10})
    world.indexer(store).run()
    with reading(store) as session:
        assert genealogy(session, world.lot("4"), max_depth=4).complete
        cut = genealogy(session, world.lot("4"), max_depth=3)
    assert not cut.complete
    assert [lot.lot_id for lot in cut.lots] == [world.lot(name) for name in "4321"]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_bound_on_lots_cuts_the_search_and_says_so(world: Any, chain_of_supply: Search, most: int) -> None:
    found = chain_of_supply("final", max_nodes=most)
    assert not found.complete
    assert len(found.lots) == most
    assert found.lots[0].lot_id == world.lot("final")


def test_as_many_lots_as_the_bound_allows_are_complete(chain_of_supply: Search) -> None:
    assert chain_of_supply("final", max_nodes=4).complete


def test_an_unknown_lot_has_no_genealogy(world: Any, chain_of_supply: Search) -> None:
    with pytest.raises(NotFound, match=world.lot("none")):
        chain_of_supply("none")


@pytest.mark.parametrize(
    "bounds", [{"max_depth": 0}, {"max_depth": 65}, {"max_nodes": 0}, {"max_nodes": 10_001}]
)
def test_bounds_out_of_range_are_refused(chain_of_supply: Search, bounds: dict[str, int]) -> None:
    with pytest.raises(BadInput, match=next(iter(bounds))):
        chain_of_supply("final", **bounds)
