"""Factors carry their source, formulas their hash; both stand for good."""

from fractions import Fraction
from math import ceil

import pytest
from eth_utils import keccak

from tanso.contracts.units import Unit
from tanso.oracle.errors import FactorUnknown, FormulaUnknown, UnitDoesNotFit
from tanso.oracle.factors import bundled_factors, factor
from tanso.oracle.formulas import CFP, GAPS, INTENSITY, SOLAR, all_formulas, formula
from tanso.oracle.units import magnitude


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
    assert {found.name for found in all_formulas()} == {INTENSITY, CFP, SOLAR, GAPS}
    with pytest.raises(FormulaUnknown):
        formula("tanso-cfp@0")
