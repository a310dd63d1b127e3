"""The white paper's two frauds, end to end on a real chain: each is caught, each by its own message.

A supplier states 160 where its own data say 200; a buyer states 160 where the supplier's lot says 200.
"""

from fractions import Fraction
from typing import Any

import pytest

from tanso.contracts.errors import Reverted
from tanso.platform.audit.findings import Severity, Tolerances

KG = 10**9
WHOLE = (10, 200 * KG, 200 * KG)
"""A lot of ten pieces that carries all of 200 kg."""
SUPPLIER, BUYER, CUSTOMER = 0, 1, 2


def supplied(settling: Any) -> None:
    """An honest supplier's lot of 200 kg, shipped to the buyer."""
    settling.report(SUPPLIER)
    settling.settle(SUPPLIER, seconds=1000, lots={"steel": WHOLE})
    settling.world.ship("steel", SUPPLIER, BUYER, 10)


def test_an_honest_supplier_and_an_honest_buyer_are_accused_of_nothing(settling: Any, audit: Any) -> None:
    supplied(settling)
    settling.report(BUYER, declared_kg=0)
    settling.settle(BUYER, materials={"steel": 10}, lots={"part": WHOLE})
    settling.world.ship("part", BUYER, CUSTOMER, 10)
    about = [finding for finding in audit().findings if finding.subject != "report 0"]
    assert {finding.slug for finding in about} == {"equipment-without-device", "bought-still-held"}
    held = next(finding for finding in about if finding.slug == "bought-still-held")
    assert held.business_id == settling.id_of(CUSTOMER)


@pytest.mark.parametrize("shipped", [10, 4])
def test_a_supplier_that_charges_its_lots_160_of_200_is_named_with_what_is_missing(
    settling: Any, only: Any, shipped: int
) -> None:
    settling.report(SUPPLIER)
    settling.settle(SUPPLIER, seconds=800, lots={"steel": (10, 160 * KG, 160 * KG)})
    settling.world.ship("steel", SUPPLIER, BUYER, shipped)
    (fraud,) = only("declared-not-in-lots", "report 1")
    assert fraud.kind.severity is Severity.ERROR
    assert fraud.business_id == settling.id_of(SUPPLIER)
    assert fraud.figures == {
        "declared_ug": 200 * KG,
        "charged_ug": 160 * KG,
        "shipped_ug": 16 * shipped * KG,
        "missing_ug": 40 * KG,
    }
    for told in (settling.id_of(SUPPLIER), "200.000 kg", "160.000 kg", "40.000 kg are missing from its lots"):
        assert told in fraud.message
    assert f"It shipped {16 * shipped}.000 kg" in fraud.message


def test_a_supplier_that_charges_nothing_misses_all_of_it(settling: Any, only: Any) -> None:
    settling.report(SUPPLIER)
    (fraud,) = only("declared-not-in-lots", "report 1")
    assert fraud.figures["missing_ug"] == fraud.figures["declared_ug"] == 200 * KG


def test_a_supplier_that_restates_its_lots_down_misses_no_less(settling: Any, only: Any) -> None:
    settling.report(SUPPLIER)
    settling.settle(SUPPLIER, seconds=800, lots={"steel": (10, 160 * KG, 160 * KG)})
    settling.world.restate("steel", SUPPLIER, 1)
    assert only("declared-not-in-lots", "report 1")[0].figures["missing_ug"] == 40 * KG
    assert only("restatement")[0].figures["charged_ug"] == 0


def test_a_supplier_that_leaves_40_of_200_over_is_named_with_the_name_it_gave(
    settling: Any, only: Any
) -> None:
    settling.report(SUPPLIER)
    settling.settle(
        SUPPLIER, seconds=1000, lots={"steel": (10, 160 * KG, 160 * KG)}, left_over=(40 * KG, 40 * KG)
    )
    assert only("declared-not-in-lots", "report 1") == []
    (fraud,) = only("left-over-large")
    assert fraud.business_id == settling.id_of(SUPPLIER)
    assert "Of 200.000 kg that went into batches" in fraud.message
    assert "40.000 kg are in none of its lots but left over as 'waste'" in fraud.message


def test_a_lot_of_160_out_of_200_is_refused_by_the_contract_by_name(settling: Any) -> None:
    settling.report(SUPPLIER)
    with pytest.raises(Reverted, match="LotsCarbonNotClosed") as refused:
        settling.settle(SUPPLIER, seconds=1000, lots={"steel": (10, 160 * KG, 160 * KG)})
    assert refused.value.values == {"in_ug": 200 * KG, "out_ug": 160 * KG}


def test_a_buyer_that_settles_with_another_co2_than_the_token_carries_is_refused_by_name(
    settling: Any,
) -> None:
    supplied(settling)
    with pytest.raises(Reverted, match="LotsCarbonNotClosed") as refused:
        settling.settle(BUYER, materials={"steel": 10}, lots={"part": (10, 160 * KG, 160 * KG)})
    assert refused.value.values == {"in_ug": 200 * KG, "out_ug": 160 * KG}


def test_a_buyer_that_consumes_40_of_200_for_good_is_named(settling: Any, only: Any) -> None:
    supplied(settling)
    settling.world.consume("steel", BUYER, 2)
    settling.settle(BUYER, materials={"steel": 8}, lots={"part": (10, 160 * KG, 160 * KG)})
    settling.world.ship("part", BUYER, CUSTOMER, 10)
    (fraud,) = only("finally-consumed")
    assert fraud.business_id == settling.id_of(BUYER)
    assert "received 200.000 kg" in fraud.message
    assert "consumed 40.000 kg of such lots for good" in fraud.message
    assert fraud.figures["used_ug"] == 160 * KG


def test_a_buyer_that_leaves_40_of_200_over_is_named(settling: Any, only: Any) -> None:
    supplied(settling)
    part = (10, 160 * KG, 160 * KG)
    settling.settle(BUYER, materials={"steel": 10}, lots={"part": part}, left_over=(40 * KG, 40 * KG))
    (fraud,) = only("left-over-large")
    assert fraud.business_id == settling.id_of(BUYER)
    assert "40.000 kg are in none of its lots" in fraud.message
    assert "200.000 kg came with lots it held" in fraud.message


def test_a_buyer_that_uses_160_of_200_has_the_rest_in_stock_to_be_counted(settling: Any, only: Any) -> None:
    supplied(settling)
    settling.settle(BUYER, materials={"steel": 8}, lots={"part": (10, 160 * KG, 160 * KG)})
    (fraud,) = only("bought-still-held")
    assert fraud.business_id == settling.id_of(BUYER)
    assert "at the end holds 40.000 kg in 1 such lots that no batch used" in fraud.message


def test_within_the_tolerance_nobody_is_accused_and_with_none_everybody_is(settling: Any, only: Any) -> None:
    settling.report(SUPPLIER)
    settling.settle(SUPPLIER, seconds=960, lots={"steel": (10, 192 * KG, 192 * KG)})
    assert only("declared-not-in-lots", "report 1") == []
    strict = Tolerances(share=Fraction(0))
    assert only("declared-not-in-lots", "report 1", tolerances=strict)[0].figures["missing_ug"] == 8 * KG
