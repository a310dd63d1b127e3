"""Quantities are exact, carry their unit, and what can't be taken is refused by name and field."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import Unit
from tanso.oracle.errors import (
    AbsurdNumber,
    MissingUnit,
    MissingValue,
    NegativeQuantity,
    NotANumber,
    NotWhole,
    QuantityRefused,
    UnitDoesNotFit,
    UnknownUnit,
)
from tanso.oracle.units import (
    decimal_text,
    intensity_pg_up,
    magnitude,
    make_mass,
    make_quantity,
    micrograms,
    micrograms_per,
    parse_factor,
    parse_quantity,
    to_base_units,
    whole_micrograms,
)

fractions = st.fractions(min_value=0, max_value=10**12, max_denominator=10**9)


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("120.0 kWh", "Wh", 120_000),
        ("5.00 thousand Nm3", "Nm3", 5000),
        ("10 m3/min", "m3/h", 600),
        ("0.5 kW", "W", 500),
        ("180 min", "s", 10_800),
        ("1 d", "h", 24),
        ("3.6 MJ", "kWh", 1),
        ("2.5 kL", "L", 2500),
        ("1 m3", "mL", 10**6),
        ("1.5 t", "kg", 1500),
        ("12 pcs", "pc", 12),
        ("1e3 W", "kW", 1),
        ("0.1 Wh", "J", 360),
    ],
)
def test_a_quantity_is_read_and_converted_exactly(text: str, unit: str, expected: int):
    assert magnitude(parse_quantity(text, "field"), unit, "field") == expected


@pytest.mark.parametrize(
    ("text", "unit", "micrograms_per_unit"),
    [
        ("0.452 kg/kWh", Unit.WATT_HOUR, Fraction("0.452") * 10**6),
        ("0.452 kg-CO2/kWh", Unit.WATT_HOUR, Fraction("0.452") * 10**6),
        ("452 gCO2e/kWh", Unit.WATT_HOUR, Fraction("0.452") * 10**6),
        ("2.322 t/kL", Unit.MILLILITRE, Fraction("2.322") * 10**6),
        ("0.393 g/g", Unit.GRAM, Fraction("0.393") * 10**6),
        ("4.026 g/pc", Unit.PIECE, Fraction("4.026") * 10**6),
        ("6 kg/min", Unit.SECOND, 100 * 10**6),
    ],
)
def test_a_factor_is_co2e_per_base_unit_exactly(text: str, unit: Unit, micrograms_per_unit: Fraction):
    assert micrograms_per(parse_factor(text, "factor"), unit, "factor") == micrograms_per_unit


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("120", MissingUnit),
        ("", MissingValue),
        ("   ", MissingValue),
        ("NaN kWh", NotANumber),
        ("inf kWh", NotANumber),
        ("-inf kWh", NotANumber),
        ("1,5 kWh", NotANumber),
        ("0x10 kWh", NotANumber),
        ("1_000 kWh", NotANumber),
        ("٣ kWh", NotANumber),
        ("kWh", NotANumber),
        ("1e400 kWh", AbsurdNumber),
        ("1e-400 kWh", AbsurdNumber),
        ("1e99999999999999999999 kWh", AbsurdNumber),
        ("9" * 41 + " kWh", AbsurdNumber),
        ("-3 kWh", NegativeQuantity),
        ("3 parsec", UnknownUnit),
        ("3 KWH", UnknownUnit),
        ("3 kWh/h/h", UnknownUnit),
        ("3 2**999999999", UnknownUnit),
        ("3 kWh*10", UnknownUnit),
        ("3 kg", UnitDoesNotFit),
        ("3 kW", UnitDoesNotFit),
        ("3 gCO2e", UnitDoesNotFit),
    ],
)
def test_what_is_no_energy_is_refused_by_name_and_names_the_field(text: str, error: type[QuantityRefused]):
    with pytest.raises(error) as caught:
        parse_quantity(text, "electricity of line 7", like="kWh")
    assert caught.value.field == "electricity of line 7"
    assert str(caught.value).startswith("electricity of line 7: ")


@pytest.mark.parametrize("number", [0.1, True, None, float("nan")])
def test_a_float_is_never_taken(number: object):
    with pytest.raises(NotANumber):
        make_quantity(number, "kWh", "field")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("0.452", MissingUnit),
        ("0.452 kg", MissingUnit),
        ("0.452 kWh/kg", UnitDoesNotFit),
        ("0.452 kg/furlong", UnknownUnit),
        ("-0.452 kg/kWh", NegativeQuantity),
    ],
)
def test_what_is_no_factor_is_refused(text: str, error: type[QuantityRefused]):
    with pytest.raises(error):
        parse_factor(text, "factor")


def test_co2e_is_no_material_and_normal_cubic_metres_are_no_cubic_metres():
    with pytest.raises(UnitDoesNotFit):
        micrograms(parse_quantity("3 g", "steel"), "steel")
    with pytest.raises(UnitDoesNotFit):
        parse_quantity("3 Nm3", "gas", like="m3")
    # g CO2e per g of steel does not cancel to a bare number.
    assert not parse_factor("0.393 g/g", "steel").dimensionless


def test_a_negative_figure_is_taken_where_the_caller_allows_it():
    assert parse_quantity("-2.8601 W", "ac_power", negative=True).magnitude == Fraction("-2.8601")


def test_base_units_come_out_whole_or_are_refused():
    assert to_base_units(parse_quantity("6.5 min", "time"), Unit.SECOND, "time") == 390
    assert to_base_units(make_quantity(Decimal("0.028"), "kg", "steel"), Unit.GRAM, "steel") == 28
    with pytest.raises(NotWhole, match="time"):
        to_base_units(parse_quantity("0.5 s", "time"), Unit.SECOND, "time")
    with pytest.raises(UnitDoesNotFit):
        to_base_units(parse_quantity("5 Nm3", "gas"), Unit.MILLILITRE, "gas")
    with pytest.raises(NegativeQuantity):
        to_base_units(parse_quantity("-1 s", "time", negative=True), Unit.SECOND, "time")


@given(fractions, st.sampled_from(["kWh", "MJ", "J", "W"]), st.sampled_from(["s", "min", "h", "d"]))
def test_conversion_there_and_back_loses_nothing(value: Fraction, unit: str, time: str):
    energy = make_quantity(value, unit, "energy") * make_quantity(1, time, "time")
    there = energy.to_root_units()
    assert isinstance(there.magnitude, Fraction)
    assert there.to(energy.units).magnitude == value


@given(fractions)
def test_an_intensity_rounds_up_to_the_next_picogram(value: Fraction):
    rounded = intensity_pg_up(value)
    assert rounded - 1 < value * 10**6 <= rounded


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=9))
def test_decimal_text_is_the_value_itself(value: Decimal):
    text = decimal_text(Fraction(value))
    assert text is not None
    assert Decimal(text) == value
    assert "E" not in text


@given(st.integers(1, 10**9).filter(lambda number: number % 3 != 0))
def test_decimals_that_never_end_have_no_text(numerator: int):
    assert decimal_text(Fraction(numerator, 3)) is None


@pytest.mark.parametrize("unit", ["kg", "kg-CO2e", "kgCO2", "kg CO2eq"])
def test_a_mass_of_co2e_may_be_written_as_such_or_as_a_plain_mass(unit: str):
    assert whole_micrograms(make_mass("1.5", unit, "lot"), "lot") == 1_500_000_000


def test_a_mass_of_co2e_is_taken_exactly_or_not_at_all():
    assert whole_micrograms(make_mass("0.000001", "g", "lot"), "lot") == 1
    with pytest.raises(NotWhole, match="lot"):
        whole_micrograms(make_mass("0.0000011", "g", "lot"), "lot")
    with pytest.raises(UnitDoesNotFit, match="lot"):
        make_mass("1", "kWh", "lot")
    with pytest.raises(MissingUnit, match="lot"):
        make_mass("1", " ", "lot")
    with pytest.raises(NegativeQuantity, match="lot"):
        make_mass("-1", "g", "lot")
