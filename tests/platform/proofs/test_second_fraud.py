"""The white paper's second fraud in a bundle: a buyer states 160 where its supplier's lot says 200.

Everything in the buyer's own hand fits: root, totals, seals and signature are made anew.
"""

from collections.abc import Callable
from typing import Any

from tanso.oracle.evidence import Sealed
from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.verify import verify

Forge = Callable[[Any], Bundle]


def four_fifths(document: Any) -> tuple[str, int]:
    """The subject lot with four fifths of its first material's CO2; gives the place and what is missing."""
    lot = document["lots"][document["lot"]]
    leaf = next(leaf for leaf in lot["breakdown"] if leaf["kind"] == "material")
    missing_ug, missing_primary_ug = leaf["co2_ug"] // 5, leaf["primary_ug"] // 5
    for part in (leaf, lot["ledger"]):
        part["co2_ug"] -= missing_ug
        part["primary_ug"] -= missing_primary_ug
    lot["ledger"]["breakdown_root"] = Sealed(tuple(lot["breakdown"])).root
    return f"lots.{document['lot']}.breakdown.{lot['breakdown'].index(leaf)}", missing_ug


def test_a_bundle_that_claims_160_of_a_material_of_200_is_refused_with_both_figures(
    document: Any, forge: Forge
) -> None:
    place, missing_ug = four_fifths(document)
    co2, primary = verify(forge(document))
    assert (co2.place, primary.place) == (f"{place}.co2_ug", f"{place}.primary_ug")
    stated, true = (int(word) for word in co2.message.split() if word.isdigit())
    assert abs(true - stated - missing_ug) <= 1
    assert "stated" in co2.message
    assert "by its reference" in co2.message


def test_a_bundle_that_claims_160_for_the_supplier_s_lot_itself_does_not_fit_the_supplier_s_breakdown(
    document: Any, forge: Forge
) -> None:
    four_fifths(document)
    lot = document["lots"][document["lot"]]
    material = next(leaf["ref_id"] for leaf in lot["breakdown"] if leaf["kind"] == "material")
    carried = document["lots"][material]["ledger"]
    carried["co2_ug"], carried["primary_ug"] = carried["co2_ug"] * 4 // 5, carried["primary_ug"] * 4 // 5
    places = {finding.place for finding in verify(forge(document))}
    assert f"lots.{material}.ledger.co2_ug" in places
