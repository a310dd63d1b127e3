"""The disclosed genealogy: which input went into which lot, as far as the asker may see."""

from typing import Any

import pytest
from sqlalchemy import literal, select, union_all

from tanso.contracts.units import Unit
from tanso.oracle.store import create_tables, reading, writing
from tanso.platform.errors import NotFound
from tanso.platform.lots.drafts import InputKind, LotDraft, LotInput
from tanso.platform.trace.model import Disclosure
from tanso.platform.trace.service import breakdown
from tanso.platform.trace.upstream import upstream


class Records:
    """The owners' private records of the lots of a world, and searches in them."""

    def __init__(self, world: Any, engine: Any) -> None:
        self.world, self.engine = world, engine
        create_tables(engine)

    def draft(self, name: str, business: int, **materials: int) -> None:
        """Records a lot made of `materials` (name: µg), and of resin for the rest of its CO2."""
        lot = self.world.chain.ledger.lots.lot_of(self.world.lot(name))
        uses = [("material", self.world.lot(source), ug) for source, ug in materials.items()]
        uses.append(("external", self.world.factor_id, lot.co2_ug - sum(materials.values())))
        with writing(self.engine) as session:
            session.add(
                LotDraft(
                    lot_id=self.world.lot(name),
                    business_id=self.world.businesses[business].business_id,
                    local_name=name,
                    product=name,
                    unit=Unit.PIECE,
                    started_at=0,
                )
            )
            session.flush()
            for kind, ref_id, ug in uses:
                session.add(
                    LotInput(
                        lot_id=self.world.lot(name),
                        kind=kind,
                        ref_id=ref_id,
                        quantity=1,
                        unit=Unit.PIECE,
                        at=self.world.period[0],
                        co2_ug=ug,
                        primary_ug=0,
                    )
                )

    def search(self, name: str, hidden: str = "", **bounds: int) -> Any:
        refused = {self.world.lot(letter) for letter in hidden.split()}

        def open_kinds(lot_id: str, _: str) -> tuple[InputKind, ...]:
            return () if lot_id in refused else tuple(InputKind)

        with reading(self.engine) as session:
            return breakdown(
                session,
                self.world.lot(name),
                open_kinds=lambda lot, _: () if lot in refused else tuple(InputKind),
                **bounds,
            )


@pytest.fixture
def records(world: Any, one_store: Any) -> Records:
    return _kept(world, one_store)


@pytest.fixture
def records_on_both(world: Any, store: Any) -> Records:
    return _kept(world, store)


def _kept(world: Any, store: Any) -> Records:
    """Ore becomes iron and slag in one batch; these A and B in another; and A and B the final lot."""
    world.settle(0, {"ore": 10}, resin=10)
    world.settle(0, {"iron": 10, "slag": 10}, materials={"ore": 10}, resin=10)
    world.settle(0, {"A": 10, "B": 10}, materials={"iron": 10, "slag": 10}, resin=10)
    world.settle(0, {"final": 10}, materials={"A": 10, "B": 10}, resin=10)
    world.indexer(store).run()
    found = Records(world, store)
    found.draft("ore", 0)
    found.draft("iron", 0, ore=1)
    found.draft("slag", 0, ore=2)
    found.draft("A", 0, iron=3)
    found.draft("B", 0, slag=4)
    found.draft("final", 0, A=5, B=6)
    return found


def shown(found: Any, world: Any, names: str = "final A B iron slag ore") -> dict[str, tuple[int, str]]:
    by_id = {world.lot(name): name for name in names.split()}
    return {by_id[lot.lot.lot_id]: (lot.lot.depth, str(lot.disclosure)) for lot in found.lots}


def test_each_lots_own_inputs_are_shown_hop_by_hop(world: Any, records_on_both: Records) -> None:
    found = records_on_both.search("final")
    assert shown(found, world) == {
        "final": (0, "shown"),
        "A": (1, "shown"),
        "B": (1, "shown"),
        "iron": (2, "shown"),
        "slag": (2, "shown"),
        "ore": (3, "shown"),
    }
    assert found.depth == 3
    assert found.complete
    for lot in found.lots:
        assert sum(part.co2_ug for part in lot.inputs) == lot.lot.co2_ug


def test_a_lot_of_the_same_batch_that_it_was_not_made_of_is_left_out(world: Any, records: Records) -> None:
    found = records.search("A")
    assert set(shown(found, world)) == {"A", "iron", "ore"}
    assert [part.ref_id for part in found.lots[0].inputs] == [world.lot("iron"), world.factor_id]


def test_a_refused_lot_shows_its_public_total_and_nothing_behind_it(
    world: Any, records_on_both: Records
) -> None:
    found = records_on_both.search("final", hidden="A slag")
    assert shown(found, world) == {
        "final": (0, "shown"),
        "A": (1, "not disclosed"),
        "B": (1, "shown"),
        "slag": (2, "not disclosed"),
    }
    refused = next(lot for lot in found.lots if lot.lot.lot_id == world.lot("A"))
    assert refused.inputs == ()
    assert refused.lot.co2_ug == world.chain.ledger.lots.lot_of(world.lot("A")).co2_ug


def test_a_refused_lot_itself_shows_only_its_total(world: Any, records: Records) -> None:
    found = records.search("final", hidden="final")
    assert shown(found, world) == {"final": (0, "not disclosed")}
    assert found.complete


def test_a_lot_that_a_refused_and_an_open_way_lead_to_is_shown_by_the_open_way(
    world: Any, records: Records
) -> None:
    assert shown(records.search("final", hidden="A"), world)["ore"] == (3, "shown")
    assert "ore" not in shown(records.search("final", hidden="A B"), world)


def test_the_predicate_is_asked_once_for_each_lot_reached_and_for_no_other(
    world: Any, records: Records
) -> None:
    asked: list[str] = []

    def open_kinds(lot_id: str, _: str) -> tuple[InputKind, ...]:
        asked.append(lot_id)
        return tuple(InputKind) if lot_id != world.lot("B") else ()

    with reading(records.engine) as session:
        breakdown(session, world.lot("final"), open_kinds=open_kinds)
    assert sorted(asked) == sorted(world.lot(name) for name in ("final", "A", "B", "iron", "ore"))


@pytest.mark.parametrize(("kind", "lots"), [("material", {"final", "A", "B"}), ("external", {"final"})])
def test_where_only_some_inputs_are_open_those_are_shown_and_followed(
    world: Any, records: Records, kind: str, lots: set[str]
) -> None:
    open_in_part = {world.lot("final"): (InputKind(kind),)}
    with reading(records.engine) as session:
        found = breakdown(session, world.lot("final"), open_kinds=lambda lot, _: open_in_part.get(lot, ()))
    assert set(shown(found, world)) == lots
    assert found.lots[0].disclosure is Disclosure.IN_PART
    assert {part.kind for part in found.lots[0].inputs} == {kind}


def test_a_lot_whose_record_another_node_keeps_is_marked_so(world: Any, records: Records) -> None:
    world.settle(1, {"foreign": 3}, resin=3)
    world.indexer(records.engine).run()
    (only,) = records.search("foreign").lots
    assert (only.disclosure, only.inputs) == (Disclosure.ELSEWHERE, ())


def test_a_draft_of_one_business_is_not_taken_for_the_lot_of_another(world: Any, records: Records) -> None:
    world.settle(1, {"stolen name": 3}, resin=3)
    world.indexer(records.engine).run()
    records.draft("stolen name", 0)
    (only,) = records.search("stolen name").lots
    assert (only.disclosure, only.inputs) == (Disclosure.ELSEWHERE, ())


def test_bounds_cut_the_search_and_say_so(world: Any, records: Records) -> None:
    cut = records.search("final", max_depth=2)
    assert set(shown(cut, world)) == {"final", "A", "B", "iron", "slag"}
    assert not cut.complete
    assert records.search("final", max_depth=3).complete
    few = records.search("final", max_nodes=3)
    assert len(few.lots) == 3
    assert not few.complete


def test_a_draft_that_is_not_on_the_ledger_is_not_found(world: Any, records: Records) -> None:
    with pytest.raises(NotFound, match="settled"):
        records.search("never settled")


def test_records_that_run_in_a_circle_end_the_search(world: Any, records_on_both: Records) -> None:
    """The ledger can't make a circle; a damaged or forged private record can."""
    with writing(records_on_both.engine) as session:
        session.add(
            LotInput(
                lot_id=world.lot("ore"),
                kind="material",
                ref_id=world.lot("final"),
                quantity=1,
                unit=Unit.PIECE,
                at=0,
                co2_ug=0,
                primary_ug=0,
            )
        )
    found = records_on_both.search("final", max_depth=64, max_nodes=10_000)
    assert len(found.lots) == 6
    assert found.complete


def test_the_closure_of_a_wide_ladder_grows_with_its_lots_and_not_with_its_ways(
    world: Any, records_on_both: Records
) -> None:
    """Twenty storeys of two lots, each made of both lots below: a million ways up, forty lots."""
    pairs = [
        select(literal(f"{level}{side}").label("lot"), literal(f"{level + 1}{below}").label("source"))
        for level in range(20)
        for side in "ab"
        for below in "ab"
    ]
    links = union_all(*pairs).subquery()
    with reading(records_on_both.engine) as session:
        found = upstream(session, "0a", select(links.c.lot, links.c.source), max_depth=64, max_nodes=10_000)
    assert len(found.depths) == 41
    assert found.depths["20b"] == 20
    assert found.complete
