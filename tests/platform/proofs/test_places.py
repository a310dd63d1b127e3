"""A forged bundle fails where it was forged, also when its issuer signs it again."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.verify import verify

Forge = Callable[[Any], Bundle]
Change = Callable[[Any], str]


def subject(document: Any) -> tuple[str, Any]:
    lot: str = document["lot"]
    return f"lots.{lot}", document["lots"][lot]


def leaf_of(document: Any, kind: str) -> tuple[str, Any]:
    """A breakdown leaf of a kind, and its place."""
    for lot_id, lot in document["lots"].items():
        for number, leaf in enumerate(lot["breakdown"]):
            if leaf["kind"] == kind:
                return f"lots.{lot_id}.breakdown.{number}", leaf
    raise AssertionError(kind)


def lot_co2(document: Any) -> str:
    place, lot = subject(document)
    lot["ledger"]["co2_ug"] -= 1
    return f"{place}.ledger.co2_ug"


def lot_primary(document: Any) -> str:
    place, lot = subject(document)
    lot["ledger"]["primary_ug"] += 1
    return f"{place}.ledger.primary_ug"


def lot_breakdown_root(document: Any) -> str:
    place, lot = subject(document)
    lot["ledger"]["breakdown_root"] = "0x" + "5" * 64
    return f"{place}.breakdown"


def lot_formula(document: Any) -> str:
    place, lot = subject(document)
    lot["ledger"]["formula_id"] = "0x" + "5" * 64
    return f"{place}.ledger.formula_id"


def leaf_quantity(kind: str) -> Change:
    def change(document: Any) -> str:
        place, leaf = leaf_of(document, kind)
        leaf["quantity"] -= 1
        return f"{place}.co2_ug"

    change.__name__ = f"quantity_of_{kind}"
    return change


def leaf_co2_below_zero(document: Any) -> str:
    place, leaf = leaf_of(document, "material")
    leaf["quantity"], leaf["co2_ug"] = -leaf["quantity"], -leaf["co2_ug"]
    return place


def leaf_flattered_as_metered(document: Any) -> str:
    place, leaf = leaf_of(document, "external")
    leaf["primary_ug"] = leaf["co2_ug"]
    return f"{place}.primary_ug"


def leaf_record(document: Any) -> str:
    place, leaf = leaf_of(document, "equipment")
    leaf["record"] += 1
    return place


def leaf_unit(document: Any) -> str:
    place, leaf = leaf_of(document, "external")
    leaf["unit"] = "mL"
    return place


def leaf_salt(document: Any) -> str:
    place, leaf = leaf_of(document, "equipment")
    leaf["salt"] = "0x" + "5" * 64
    return place.rpartition(".")[0]


def leaf_time(document: Any) -> str:
    place, leaf = leaf_of(document, "equipment")
    leaf["at"] += 60
    return place.rpartition(".")[0]


def reading_value(document: Any) -> str:
    leaf = next(leaf for leaf in document["reports"][1]["evidence"] if leaf["kind"] == "reading")
    leaf["value"] = "1" + leaf["value"]
    return "reports.1.evidence"


def refused_rows(document: Any) -> str:
    leaf = next(leaf for leaf in document["reports"][0]["evidence"] if leaf["kind"] == "formula")
    leaf["refused_rows"] += 1
    return "reports.0.evidence"


def evidence_root(document: Any) -> str:
    document["reports"][2]["evidence_root"] = "0x" + "5" * 64
    return "reports.2.evidence"


def evidence_leaf_left_out(document: Any) -> str:
    document["reports"][0]["evidence"].pop()
    return "reports.0.evidence"


def report_deadline(document: Any) -> str:
    document["reports"][0]["deadline"] += 1
    return "reports.0.signatures"


def report_declared(document: Any) -> str:
    document["reports"][0]["declared_ug"] -= 1
    return "reports.0.declared_ug"


def report_entry(document: Any) -> str:
    document["reports"][0]["entries"][0]["intensity_pg"] -= 1
    return "reports.0.entries"


def report_period(document: Any) -> str:
    document["reports"][0]["period_end"] += 3600
    return "reports.0.signatures"


def report_signature(document: Any) -> str:
    signatures = document["reports"][0]["signatures"]
    signatures[0] = signatures[0][:10] + ("1" if signatures[0][10] != "1" else "2") + signatures[0][11:]
    return "reports.0.signatures.0"


def report_signed_once(document: Any) -> str:
    del document["reports"][0]["signatures"][1:]
    return "reports.0.signatures"


def report_signed_twice_by_one_key(document: Any) -> str:
    signatures = document["reports"][0]["signatures"]
    document["reports"][0]["signatures"] = [signatures[0], signatures[0]]
    return "reports.0.signatures"


def intensity(document: Any) -> str:
    document["intensities"][0]["intensity_pg"] -= 1
    return "intensities.0"


def intensity_period(document: Any) -> str:
    document["intensities"][0]["period_end"] += 86400
    return "intensities.0"


def intensity_of_another_business(document: Any) -> str:
    document["intensities"][0]["business_id"] = "0x" + "5" * 32
    return "intensities.0"


def factor(document: Any) -> str:
    # The leaves that use it no longer fit.
    place, leaf = leaf_of(document, "external")
    item = next(item for item in document["factors"] if item["factor_id"] == leaf["ref_id"])
    item["intensity_pg"] //= 10
    return f"{place}.co2_ug"


def factor_source(document: Any) -> str:
    item = document["factors"][0]
    item["source"] = item["source"].replace("2023", "2033")
    return f"factors.{item['factor_id']}.source"


def formula_document(document: Any) -> str:
    formula_id, item = next(iter(document["formulas"].items()))
    item["document"] += " "
    return f"formulas.{formula_id}"


def oracle_key(document: Any) -> str:
    document["oracle"]["keys"] = ["0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"]
    return "reports.0.signatures.0"


def oracle_threshold(document: Any) -> str:
    document["oracle"]["threshold"] = 3
    return "reports.0.signatures"


def chain_id(document: Any) -> str:
    document["chain"]["chain_id"] = 1
    return "reports.0.signatures.0"


def reports_contract(document: Any) -> str:
    contracts = document["chain"]["contracts"]
    contracts["OracleReports"] = contracts["Lots"]
    return "reports.0.signatures.0"


def another_issuer(document: Any) -> str:
    others = {lot["ledger"]["business_id"] for lot in document["lots"].values()}
    others.remove(document["issuer"]["business_id"])
    document["issuer"]["business_id"] = sorted(others)[0]
    return "issuer.business_id"


def upstream_lot_left_out(document: Any) -> str:
    place, leaf = leaf_of(document, "material")
    del document["lots"][leaf["ref_id"]]
    return place


def subject_closed(document: Any) -> str:
    place, lot = subject(document)
    lot["breakdown"] = None
    return f"{place}.breakdown"


def lot_of_nobody(document: Any) -> str:
    stranger = "0x" + "5" * 32
    document["lots"][stranger] = {**subject(document)[1], "breakdown": None}
    return f"lots.{stranger}"


def lot_upstream_of_itself(document: Any) -> str:
    lot_id = document["lots"][document["lot"]]["breakdown"][0]["ref_id"]
    document["lots"][lot_id]["breakdown"][0]["ref_id"] = lot_id
    return f"lots.{lot_id}"


def subject_missing(document: Any) -> str:
    document["lot"] = "0x" + "5" * 32
    return "lot"


CHANGES: list[Change] = [
    lot_co2,
    lot_primary,
    lot_breakdown_root,
    lot_formula,
    leaf_quantity("material"),
    leaf_quantity("external"),
    leaf_quantity("equipment"),
    leaf_co2_below_zero,
    leaf_flattered_as_metered,
    leaf_record,
    leaf_unit,
    leaf_salt,
    leaf_time,
    reading_value,
    refused_rows,
    evidence_root,
    evidence_leaf_left_out,
    report_deadline,
    report_declared,
    report_entry,
    report_period,
    report_signature,
    report_signed_once,
    report_signed_twice_by_one_key,
    intensity,
    intensity_period,
    intensity_of_another_business,
    factor,
    factor_source,
    formula_document,
    oracle_key,
    oracle_threshold,
    chain_id,
    reports_contract,
    another_issuer,
    upstream_lot_left_out,
    subject_closed,
    lot_of_nobody,
    lot_upstream_of_itself,
    subject_missing,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_forgery_is_named_though_its_issuer_signed_it(document: Any, forge: Forge, change: Change) -> None:
    place = change(document)
    found = verify(forge(document))
    places = [finding.place for finding in found]
    assert place in places, [str(finding) for finding in found]
    assert "signature" not in places
    assert all(finding.message for finding in found)


def test_an_unchanged_bundle_signed_again_still_fits(document: Any, forge: Forge) -> None:
    assert verify(forge(document)) == []


def test_a_change_without_a_new_seal_is_named_at_its_place_and_at_its_part(document: Any) -> None:
    place = lot_co2(document)
    places = [finding.place for finding in verify(Bundle.model_validate(document))]
    assert places == [place, "lots"]


def test_a_figure_that_no_check_recomputes_is_held_by_the_seal_of_its_part(document: Any) -> None:
    subject(document)[1]["ledger"]["good"] += 1
    assert [finding.place for finding in verify(Bundle.model_validate(document))] == ["lots"]


@pytest.mark.parametrize("part", ["chain", "oracle", "issuer", "factors", "reports"])
def test_a_seal_made_anew_without_the_issuer_s_key_is_named_at_the_signature(
    document: Any, part: str
) -> None:
    document["seals"][part] = "0x" + "5" * 64
    places = [finding.place for finding in verify(Bundle.model_validate(document))]
    assert places == [part, "signature"]


def test_a_factor_s_intensity_is_recomputed_from_its_document(document: Any, forge: Forge) -> None:
    factor = document["factors"][0]
    factor["intensity_pg"] += 1
    places = [finding.place for finding in verify(forge(document))]
    assert f"factors.{factor['factor_id']}.intensity_pg" in places


def test_a_factor_that_does_not_hold_for_the_lot_s_period_is_found(document: Any, forge: Forge) -> None:
    document["factors"][0]["valid_until"] = 1
    assert any(".breakdown." in finding.place for finding in verify(forge(document)))
