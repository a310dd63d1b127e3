"""Factors carry their source, formulas their hash; both stand for good."""

from fractions import Fraction
from math import ceil

import pytest
from eth_utils import keccak

from tanso.contracts.units import Unit
from tanso.oracle.errors import FactorUnknown, FormulaUnknown, UnitDoesNotFit
from tanso.oracle.factors import bundled_factors, factor
from tanso.oracle.formulas import CFP, GAPS, INTENSITY, INTENSITY_1, SOLAR, all_formulas, formula
from tanso.oracle.units import magnitude

HASHES = {
    INTENSITY_1: "0x656477b71a5db8f1989924840ed21636c41a4ae70214b4582f119f34e6aed5cb",
    INTENSITY: "0x920d31d57ce40834cbc5e3f1da7b2bea2df4f03b60f663a15e8b051cb6556a91",
    CFP: "0x51c703d02520fd08e4edaca768b7249a2591d1a412c36bd4932e0a4d1d13ff20",
    SOLAR: "0x1f1700aca597791482ef064269477610a62c978da6614910ea467954b3909690",
    GAPS: "0x7ed6c432f87c4da809731fc39c1e2dae38a9df31e6421c2dd776cbcf17cb0ce9",
}
"""A document that figures name never changes: a change makes a new version, and a new line here."""


@pytest.mark.parametrize(
    ("name", "unit", "picograms"),
    [
        ("electricity-tepco-2021", Unit.WATT_HOUR, 452 * 10**9),
        ("electricity-korea-uci851-2018", Unit.WATT_HOUR, 420_800 * 10**6),
        ("petrol-ctn-2023", Unit.MILLILITRE, 2_322 * 10**9),
        ("steel-s45c-ctn-2023", Unit.GRAM, 393 * 10**9),
        ("resin-abs-ctn-2023", Unit.GRAM, 254 * 10**9),
        ("unnamed-material-a-ctn-2023", Unit.PIECE, 4_026 * 10**9),
        ("unnamed-material-b-ctn-2023", Unit.PIECE, 8_205 * 10**9),
    ],
)
def test_a_factor_in_picograms_per_base_unit(name: str, unit: Unit, picograms: int):
    on_ledger = factor(name).on_ledger(valid_from=1, valid_until=2)
    assert (on_ledger.unit, on_ledger.intensity_pg) == (unit, picograms)
    assert (on_ledger.valid_from, on_ledger.valid_until, on_ledger.gwp_set) == (1, 2, "NONE")
    assert on_ledger.source_hash == "0x" + keccak(factor(name).document).hex()


def test_gas_per_normal_cubic_metre_serves_the_oracle_but_has_no_base_unit_on_the_ledger():
    gas = factor("distributed-gas-ctn-2023")
    assert magnitude(gas.quantity, "kgCO2e/Nm3", "gas") == Fraction("2.234")
    with pytest.raises(UnitDoesNotFit):
        gas.on_ledger(valid_from=1, valid_until=2)


def test_the_korean_factor_is_the_data_sets_own_ratio_rounded_up():
    exact = Fraction("403.81") * 1000 / Fraction("959636.71")
    assert factor("electricity-korea-uci851-2018").quantity.magnitude == Fraction(ceil(exact * 10**5), 10**5)


def test_every_factor_says_where_it_comes_from():
    for found in bundled_factors().values():
        for name in ("publisher", "year", "geography", "basis", "gwp_set"):
            assert found.source[name].strip(), (found.name, name)
    with pytest.raises(FactorUnknown, match="electricity-tepco-2021"):
        factor("electricity")


def test_a_formulas_id_is_the_hash_of_its_text_and_its_title_is_its_name():
    for found in all_formulas():
        assert found.content_hash == "0x" + keccak(text=found.text).hex()
        assert found.text.startswith(f"# {found.name}\n")
        assert len(found.name.encode("ascii")) <= 32
        assert "\r" not in found.text
    with pytest.raises(FormulaUnknown):
        formula("tanso-cfp@0")


def test_no_version_of_a_formula_has_changed_and_versions_follow_on_each_other_without_gap():
    assert {found.name: found.content_hash for found in all_formulas()} == HASHES
    versions: dict[str, int] = {}
    for found in all_formulas():
        name, _, version = found.name.partition("@")
        assert int(version) == versions.get(name, 0) + 1
        versions[name] = int(version)
