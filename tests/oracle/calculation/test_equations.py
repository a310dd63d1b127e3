"""Equations (1)-(8) one by one, against figures by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.oracle.calculation import (
    allocation_basis,
    allocation_factors,
    emissions,
    equipment_intensity,
    footprint,
    material_emissions,
    process_emissions,
)
from tanso.oracle.errors import EmissionsWithoutActivity, UnitDoesNotFit
from tanso.oracle.units import magnitude, parse_factor, parse_quantity, quantity_of


def grams(mass) -> Fraction:
    return magnitude(mass, "gCO2e", "mass")


def test_equation_1_petrol_of_a_litre():
    assert grams(emissions(parse_quantity("1 L", "petrol"), parse_factor("2.322 t/kL", "petrol"))) == 2322


def test_equation_1_refuses_a_factor_of_another_unit():
    with pytest.raises(UnitDoesNotFit, match="does not apply"):
        emissions(parse_quantity("1 L", "petrol"), parse_factor("0.452 kg/kWh", "electricity"))


def test_equation_2_adds_process_and_materials():
    assert grams(footprint(quantity_of(3, "gCO2e"), quantity_of(2, "kgCO2e"))) == 2003
    with pytest.raises(UnitDoesNotFit, match="materials part"):
        footprint(quantity_of(3, "gCO2e"), quantity_of(2, "kg"))


def test_equation_3_divides_the_lots_time_by_the_lot_size():
    uses = [
        (parse_factor("60 g/min", "furnace"), parse_quantity("6 min", "time")),
        (parse_factor("1 g/s", "press"), parse_quantity("4 s", "time")),
    ]
    assert grams(process_emissions(uses)) == 364
    assert grams(process_emissions(uses, lot_size=8)) == Fraction(364, 8)


def test_equation_4_sums_the_bill_of_materials():
    uses = [
        (parse_factor("0.393 g/g", "S45C"), parse_quantity("28 g", "S45C")),
        (parse_factor("0.254 kg/kg", "ABS"), parse_quantity("12 g", "ABS")),
        (parse_factor("4.026 g/pc", "third"), parse_quantity("1 pc", "third")),
    ]
    assert grams(material_emissions(uses)) == Fraction("18.078")
    assert grams(material_emissions([])) == 0


def test_equations_6_and_7_give_the_papers_bases_and_exact_factors():
    bases = {
        "furnace": allocation_basis(parse_quantity("30 kW", "p"), parse_quantity("180 min", "t")),
        "nc": allocation_basis(parse_quantity("10 kW", "p"), parse_quantity("5 h", "t")),
        "line": allocation_basis(parse_quantity("500 W", "p"), parse_quantity("420 min", "t")),
    }
    assert magnitude(bases["nc"], "kWh", "basis") == 50
    expected = {"furnace": Fraction(5400, 8610), "nc": Fraction(3000, 8610), "line": Fraction(210, 8610)}
    assert allocation_factors(bases) == expected


def test_equation_7_gives_no_factors_when_nothing_ran():
    assert allocation_factors({}) == {}
    assert allocation_factors({"idle": quantity_of(0, "kWh")}) == {}


def test_equation_8_divides_by_the_operating_time():
    intensity = equipment_intensity(quantity_of(54, "kgCO2e"), parse_quantity("180 min", "t"))
    assert magnitude(intensity, "gCO2e/s", "intensity") == 5
    with pytest.raises(EmissionsWithoutActivity, match="press"):
        equipment_intensity(quantity_of(1, "gCO2e"), parse_quantity("0 min", "t"), "press")


@given(st.lists(st.fractions(min_value=0, max_value=10**9, max_denominator=10**6), min_size=1, max_size=8))
def test_equation_7_factors_sum_to_exactly_one(values):
    factors = allocation_factors(
        {str(place): quantity_of(value, "kWh") for place, value in enumerate(values)}
    )
    assert sum(factors.values()) == (1 if sum(values) else 0)
