"""What another server shows of a lot, held against what the ledger has of it."""

from dataclasses import replace
from typing import Any

import pytest

from tanso.oracle.evidence import seal
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.federation.checking import Misfit, OnLedger, checked, fitting
from tanso.platform.federation.questions import BreakdownsAnswer, LeafProved, LotAnswered, LotPart

STEEL, MACHINE, ELSEWHERE = ("0x" + digit * 32 for digit in "123")
LOT = "0x" + "a" * 32


def leaf(kind: str, ref_id: str, quantity: int, co2_ug: int, **more: Any) -> dict[str, Any]:
    figures = {"quantity": quantity, "unit": "g", "co2_ug": co2_ug, "primary_ug": 0, "at": 1}
    return {"kind": kind, "ref_id": ref_id, **figures, **more}


def told(*leaves: dict[str, Any]) -> tuple[OnLedger, LotPart]:
    """A lot with these inputs as its producer sealed them, with 10 g of steel in its batch on the ledger."""
    sealed = seal(leaves, b"s" * 32, "lot")
    part = LotPart(
        agreement_id="0x" + "b" * 32,
        fields=[Disclosed.MATERIALS, Disclosed.EQUIPMENT],
        leaves=[LeafProved(leaf=each, proof=sealed.proof(place)) for place, each in enumerate(sealed.leaves)],
    )
    facts = OnLedger(sealed.root, 7, 0, {("material", STEEL, None): (10, 7)})
    return facts, part


def test_what_was_sealed_and_charged_fits() -> None:
    facts, part = told(leaf("material", STEEL, 4, 3), leaf("material", STEEL, 6, 4))
    assert [item.co2_ug for item in checked(facts, [part])] == [3, 4]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        # Sealed by its producer, so it is under the root; but it would lead the search to any lot.
        ([leaf("material", STEEL, 10, 7), leaf("material", ELSEWHERE, 0, 0)], "more of material"),
        ([leaf("material", STEEL, 10, 7), leaf("equipment", MACHINE, 0, 0, record=0)], "more of equipment"),
        ([leaf("material", STEEL, 11, 7)], "more of material"),
        ([leaf("material", STEEL, 10, 6)], "adds up to 6"),
        ([leaf("material", "x" * 900, 10, 7)], "not written as inputs are"),
        ([leaf("material", STEEL + "\n", 10, 7)], "not written as inputs are"),
        ([leaf("waste", STEEL, 10, 7)], "not written as inputs are"),
    ],
)
def test_what_the_batch_was_not_charged_with_does_not_fit(inputs: list[dict[str, Any]], words: str) -> None:
    facts, part = told(*inputs)
    with pytest.raises(Misfit, match=words):
        checked(facts, [part])


def test_another_lots_inputs_do_not_fit() -> None:
    facts, part = told(leaf("material", STEEL, 10, 7))
    with pytest.raises(Misfit, match="not under the breakdown root"):
        checked(replace(facts, breakdown_root="0x" + "1" * 64), [part])
    with pytest.raises(Misfit, match="neither shown nor refused"):
        checked(facts, [])


def test_an_answer_holds_the_first_of_the_lots_asked_for_in_their_order() -> None:
    lots = [LotAnswered(lot_id=lot_id, parts=[]) for lot_id in (LOT, STEEL)]
    body = BreakdownsAnswer(lots=lots).model_dump_json().encode()
    assert [lot.lot_id for lot in fitting(body, [LOT, STEEL, MACHINE]).lots] == [LOT, STEEL]
    nothing = BreakdownsAnswer(lots=[]).model_dump_json().encode()
    for answer, asked in ((body, [STEEL, LOT]), (body, [LOT]), (nothing, [LOT]), (b"no JSON", [LOT])):
        with pytest.raises(Misfit, match="not one to the question"):
            fitting(answer, asked)
