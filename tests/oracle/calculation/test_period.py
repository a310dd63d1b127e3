"""Equations (5)-(8) over a site: metered beside allocated energies, refusals, and nothing lost."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import Unit
from tanso.oracle.calculation import EnergyUse, EquipmentPeriod, calculate
from tanso.oracle.errors import (
    EmissionsWithoutActivity,
    EnergyNotMeasured,
    EnergyWithoutUser,
    MeteredExceedsTotal,
    ResultTooLarge,
    UnitDoesNotFit,
    UnknownEnergy,
)
from tanso.oracle.units import make_quantity, parse_factor, parse_quantity, quantity_of


def energy(name: str, total: str | None, factor: str) -> EnergyUse:
    consumption = None if total is None else parse_quantity(total, name)
    return EnergyUse(name, parse_factor(factor, name), consumption)


def machine(name: str, activity: str, unit: Unit = Unit.SECOND, *, metered=None, **performance: str):
    return EquipmentPeriod(
        name,
        parse_quantity(activity, name),
        unit,
        performance={key: parse_quantity(text, key) for key, text in performance.items()},
        metered={key: parse_quantity(text, key) for key, text in (metered or {}).items()},
    )


POWER = energy("electricity", "120 kWh", "0.5 kg/kWh")


def test_a_metered_machine_gets_what_its_meter_shows_and_the_rest_is_allocated():
    result = calculate(
        [POWER],
        [
            machine("own meter", "60 min", metered={"electricity": "30 kWh"}, electricity="999 kW"),
            machine("a", "60 min", electricity="20 kW"),
            machine("b", "120 min", electricity="20 kW"),
        ],
    )
    grams = {name: found.total_ug / 10**6 for name, found in result.equipment.items()}
    assert grams == {"own meter": 15_000, "a": 15_000, "b": 30_000}
    assert result.equipment["own meter"].intensity_ug == Fraction(15_000 * 10**6, 3600)
    assert result.declared_ug == 60_000 * 10**6


def test_without_a_site_meter_the_machine_meters_are_the_total():
    line = machine("line", "420 min", metered={"electricity": "3.5 kWh"})
    result = calculate([energy("electricity", None, "0.452 kg/kWh")], [line])
    assert result.declared_ug == 1582 * 10**6
    assert result.equipment["line"].intensity_ug == Fraction(1582 * 10**6, 25_200)


def test_activity_may_be_counted_in_watt_hours_or_pieces():
    result = calculate(
        [energy("electricity", "100 kWh", "0.42080 kg/kWh")],
        [
            machine("works", "75 kWh", Unit.WATT_HOUR, metered={"electricity": "75 kWh"}),
            machine("press", "500 pc", Unit.PIECE, electricity="50 Wh/pc"),
        ],
    )
    assert result.intensities_pg["works"] == 420_800_000_000
    assert result.intensities_pg["press"] == 25_000 * 420_800_000_000 // 500


def test_equipment_that_neither_ran_nor_emitted_has_no_intensity():
    result = calculate(
        [POWER], [machine("a", "1 h", electricity="1 kW"), machine("idle", "0 min", electricity="9 kW")]
    )
    assert result.equipment["idle"].intensity_pg is None
    assert list(result.intensities_pg) == ["a"]


def test_energy_that_nothing_used_is_an_error_by_name():
    with pytest.raises(EnergyWithoutUser, match="electricity"):
        calculate([POWER], [machine("idle", "0 min", electricity="9 kW")])
    with pytest.raises(EnergyWithoutUser):
        calculate([POWER], [])
    with pytest.raises(EnergyWithoutUser):
        calculate([POWER], [machine("m", "1 h", metered={"electricity": "119.999 kWh"})])


def test_metered_emissions_of_equipment_that_did_not_run_are_an_error_by_name():
    with pytest.raises(EmissionsWithoutActivity, match="press"):
        calculate([POWER], [machine("press", "0 min", metered={"electricity": "120 kWh"})])


def test_machine_meters_above_the_site_meter_are_an_error_by_name():
    with pytest.raises(MeteredExceedsTotal, match="electricity"):
        calculate([POWER], [machine("m", "1 h", metered={"electricity": "120.001 kWh"})])


def test_an_energy_without_a_site_meter_cannot_be_allocated():
    with pytest.raises(EnergyNotMeasured):
        calculate([energy("electricity", None, "0.5 kg/kWh")], [machine("m", "1 h", electricity="1 kW")])


def test_an_energy_that_the_site_does_not_list_is_an_error_by_name():
    with pytest.raises(UnknownEnergy, match="steam"):
        calculate([POWER], [machine("m", "1 h", electricity="1 kW", steam="1 kg/h")])
    with pytest.raises(UnknownEnergy, match="twice"):
        calculate([POWER, POWER], [machine("m", "1 h", electricity="1 kW")])


@pytest.mark.parametrize(
    ("uses", "machines"),
    [
        ([energy("electricity", "120 kWh", "0.5 kg/Nm3")], [machine("m", "1 h", electricity="1 kW")]),
        ([POWER], [machine("m", "1 h", metered={"electricity": "3 Nm3"})]),
        ([POWER], [machine("m", "1 h", electricity="1 kW"), machine("n", "1 h", electricity="1 m3/h")]),
        ([POWER], [machine("m", "5 pc", electricity="1 kW")]),
    ],
    ids=[
        "factor of another energy",
        "meter of another quantity",
        "ratings that differ",
        "activity that differs",
    ],
)
def test_units_that_do_not_fit_are_refused(uses, machines):
    with pytest.raises(UnitDoesNotFit):
        calculate(uses, machines)


def test_a_figure_beyond_the_ledgers_integers_is_refused():
    with pytest.raises(ResultTooLarge):
        calculate([energy("electricity", "1e25 kWh", "1 t/Wh")], [machine("m", "1 s", electricity="1 kW")])


minutes = st.fractions(min_value=1, max_value=10**6, max_denominator=1000)
positive = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000)


@given(
    total=positive,
    shares=st.lists(st.tuples(positive, minutes, st.booleans()), min_size=1, max_size=6),
    factor=st.fractions(min_value=0, max_value=10, max_denominator=1000),
)
def test_no_microgram_is_lost_or_added(total, shares, factor):
    # Metered machines together take at most half of the total.
    metered_count = sum(metered for *_, metered in shares) or 1
    machines = [
        EquipmentPeriod(
            f"m{number}",
            quantity_of(time, "min"),
            performance={"electricity": quantity_of(rating, "kW")},
            metered={"electricity": quantity_of(total / 2 / metered_count, "kWh")} if metered else {},
        )
        for number, (rating, time, metered) in enumerate(shares)
    ]
    if all(metered for *_, metered in shares):
        machines.append(machine("rest", "1 min", electricity="1 kW"))
    use = EnergyUse("electricity", quantity_of(factor, "kgCO2e/kWh"), make_quantity(total, "kWh", "total"))
    result = calculate([use], machines)
    assert sum(found.total_ug for found in result.equipment.values()) == total * factor * 10**9
    assert result.declared_ug - 1 < result.total_ug <= result.declared_ug
    for found in result.equipment.values():
        assert found.intensity_pg is not None
        # What the ledger will charge for the whole activity is never less than what was emitted.
        assert found.activity * found.intensity_pg >= found.total_ug * 10**6
