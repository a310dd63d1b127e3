"""What a reader gets of a proof depends on who discloses to it."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.platform.demo.actions import agree
from tanso.platform.demo.api import ApiRefused
from tanso.platform.demo.world import World
from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.onchain import check_against
from tanso.platform.proofs.verify import verify


@pytest.fixture(scope="module")
def final_lot(living: World) -> str:
    held = living.call("customer", "GET", "/v1/lots")["items"]
    return str(held[0]["lot_id"])


@pytest.fixture
def closed(living: World) -> Any:
    """Ends agreements with the customer until the end of the test."""
    ended: list[str] = []

    def close(*makers: str) -> None:
        for maker in makers:
            for agreement in living.call(maker, "GET", "/v1/agreements")["items"]:
                if agreement["state"] == "in-force":
                    living.call(maker, "POST", f"/v1/agreements/{agreement['agreement_id']}/withdrawal")
            ended.append(maker)
        living.settle_down()

    yield close
    agree(living, ended, "customer")


Closed = Callable[..., None]


def proof_of(living: World, who: str, lot: str) -> Bundle:
    return Bundle.model_validate(living.call(who, "GET", f"/v1/lots/{lot}/proof"))


def opened(living: World, bundle: Bundle) -> dict[str, bool]:
    """Whether the lots of each business in the bundle are open."""
    parts = {firm.id: part for part, firm in living.businesses.items()}
    return {parts[lot.ledger.business_id]: lot.breakdown is not None for lot in bundle.lots.values()}


def test_with_every_disclosure_the_proof_reaches_the_steel(living: World, final_lot: str) -> None:
    bundle = proof_of(living, "customer", final_lot)
    assert opened(living, bundle) == {"assembler": True, "parts": True, "steel": True}
    assert verify(bundle) == []


def test_a_lot_upstream_that_is_not_disclosed_stays_closed_and_the_proof_fits(
    living: World, final_lot: str, closed: Closed
) -> None:
    closed("steel")
    bundle = proof_of(living, "customer", final_lot)
    assert opened(living, bundle) == {"assembler": True, "parts": True, "steel": False}
    assert verify(bundle) == []
    assert check_against(bundle, living.node.ledger) == []
    steel = living.businesses["steel"].id
    assert steel not in {report.business_id for report in bundle.reports}
    assert steel not in {item.business_id for item in bundle.intensities}


def test_below_a_closed_lot_nothing_is_shown(living: World, final_lot: str, closed: Closed) -> None:
    closed("parts")
    bundle = proof_of(living, "customer", final_lot)
    assert opened(living, bundle) == {"assembler": True, "parts": False}
    assert (bundle.factors, len(bundle.reports)) == ([], 1)
    assert verify(bundle) == []


def test_a_closed_lot_understated_in_a_proof_does_not_fit_its_use(
    living: World, final_lot: str, closed: Closed
) -> None:
    closed("parts")
    document = proof_of(living, "customer", final_lot).model_dump()
    lot_id = document["lots"][final_lot]["breakdown"][0]["ref_id"]
    document["lots"][lot_id]["ledger"]["co2_ug"] //= 2
    places = [finding.place for finding in verify(Bundle.model_validate(document))]
    assert f"lots.{final_lot}.breakdown.0.co2_ug" in places


def test_without_the_maker_s_disclosure_there_is_no_proof(
    living: World, final_lot: str, closed: Closed
) -> None:
    closed("assembler")
    with pytest.raises(ApiRefused, match="not disclosed to this token"):
        proof_of(living, "customer", final_lot)


@pytest.mark.parametrize("who", ["bakery", "operator", None])
def test_a_stranger_gets_no_proof(living: World, final_lot: str, who: str | None) -> None:
    with pytest.raises(ApiRefused):
        living.call(who, "GET", f"/v1/lots/{final_lot}/proof")


def test_the_maker_sees_its_own_lot_and_what_is_disclosed_to_it(living: World, final_lot: str) -> None:
    bundle = proof_of(living, "assembler", final_lot)
    assert opened(living, bundle) == {"assembler": True, "parts": False}
    assert verify(bundle) == []


def test_every_lot_of_the_story_has_a_proof_that_fits(living: World) -> None:
    lots = {lot["lot_id"]: who for who in ("steel", "parts", "assembler") for lot in lots_made(living, who)}
    assert len(lots) == 7
    for lot, who in lots.items():
        bundle = proof_of(living, who, lot)
        assert [*verify(bundle), *check_against(bundle, living.node.ledger)] == []


def lots_made(living: World, who: str) -> list[Any]:
    items = living.call(who, "GET", "/v1/lots")["items"]
    return [item for item in items if item["maker_id"] == living.businesses[who].id]
