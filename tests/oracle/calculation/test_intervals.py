"""Many intervals at once give what `calculate` gives for each of them, digit for digit."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanso.contracts.units import Unit
from tanso.oracle.calculation import EnergyUse, EquipmentPeriod, PeriodResult, calculate
from tanso.oracle.calculation.intervals import (
    EnergySeries,
    EquipmentSeries,
    IntervalResults,
    calculate_intervals,
)
from tanso.oracle.calculation.whole import Amounts, whole
from tanso.oracle.errors import CalculationRefused, EnergyNotMeasured, UnitDoesNotFit, UnknownEnergy
from tanso.oracle.units import parse_factor, parse_quantity, quantity_of

SMALL, LARGE, ABSURD = 10**3, 10**9, 10**26
"""Largest figures: within 64 bits, beyond them, and beyond what the ledger holds."""
UNITS = ("kWh", "Wh", "J", "MWh")


@st.composite
def amounts(draw: st.DrawFn, count: int, units: tuple[str, ...]) -> Amounts:
    limit = draw(st.sampled_from([SMALL, LARGE, ABSURD]))
    zero_or_more = st.one_of(st.just(0), st.integers(0, limit))
    numbers = draw(st.lists(zero_or_more, min_size=count, max_size=count))
    scale = Fraction(1, draw(st.sampled_from([1, 10, 1000, 3])))
    return Amounts(whole(numbers), quantity_of(scale, draw(st.sampled_from(units))))


@st.composite
def sites(draw: st.DrawFn) -> tuple[list[EnergySeries], list[EquipmentSeries], int]:
    """Two energies and up to four machines, some with meters of their own, over up to four intervals."""
    count = draw(st.integers(1, 4))
    machines = []
    for number in range(draw(st.integers(0, 4))):
        rating = draw(st.sampled_from(["30 kW", "0.5 kW", "7 W", "0 kW"]))
        performance = {"electricity": parse_quantity(rating, "rating")}
        if draw(st.booleans()):
            performance["gas"] = parse_quantity(draw(st.sampled_from(["10 m3/min", "3 L/s"])), "rating")
        metered = {"electricity": draw(amounts(count, UNITS))} if draw(st.booleans()) else {}
        machines.append(
            EquipmentSeries(
                f"m{number}", draw(amounts(count, ("min", "s", "h"))), Unit.SECOND, performance, metered
            )
        )
    power = draw(amounts(count, UNITS))
    if draw(st.booleans()):
        # A site's meter that shows at least what the machines' do is the usual case.
        power = power.minus(
            [
                Amounts(-m.metered["electricity"].numbers, m.metered["electricity"].per)
                for m in machines
                if m.metered
            ]
        )
    factor = draw(st.sampled_from(["0.452 kg/kWh", "0.0000123 g/J", "0 kg/kWh"]))
    energies = [EnergySeries("electricity", parse_factor(factor, "f"), power)]
    gas = draw(amounts(count, ("Nm3", "thousandNm3")))
    energies.append(EnergySeries("gas", parse_factor("2.234 t/thousand Nm3", "f"), gas))
    return energies, machines, count


def one_by_one(
    energies: list[EnergySeries], machines: list[EquipmentSeries], place: int
) -> tuple[PeriodResult | None, str]:
    """What `calculate` gives for one interval, or the name of its error."""
    uses = [
        EnergyUse(use.energy, use.factor, use.consumption.at(place) if use.consumption else None)
        for use in energies
    ]
    did = [
        EquipmentPeriod(
            machine.equipment_id,
            machine.activity.at(place),
            machine.unit,
            machine.performance,
            {energy: amount.at(place) for energy, amount in machine.metered.items()},
        )
        for machine in machines
    ]
    try:
        return calculate(uses, did), ""
    except CalculationRefused as error:
        return None, type(error).__name__


def same(found: IntervalResults, energies: list[EnergySeries], machines: list[EquipmentSeries], place: int):
    problems = {name for name, mask in found.problems.items() if mask[place]}
    idle = any(mask[place] for mask in found.without_activity.values())
    expected, error = one_by_one(energies, machines, place)
    if expected is None:
        assert error in problems or (error == "EmissionsWithoutActivity" and idle)
        return
    assert not problems
    assert not idle
    assert found.sound[place]
    assert found.declared_ug[place] == expected.declared_ug
    for name, figures in found.equipment.items():
        by_hand = expected.equipment[name]
        intensity = int(figures.intensity_pg[place]) if figures.known[place] else None
        assert intensity == by_hand.intensity_pg
        assert figures.emissions_ug[place] == ceil(by_hand.total_ug)


@settings(max_examples=150)
@given(sites())
def test_arrays_give_what_fractions_give(site: tuple[list[EnergySeries], list[EquipmentSeries], int]):
    energies, machines, count = site
    found = calculate_intervals(energies, machines, count)
    for place in range(count):
        same(found, energies, machines, place)


def series(*numbers: int, unit: str = "kWh") -> Amounts:
    return Amounts(whole(numbers), quantity_of(1, unit))


FACTOR = parse_factor("0.5 kg/kWh", "electricity")
KILOWATT = {"electricity": parse_quantity("1 kW", "rating")}


def test_a_machine_on_standby_has_no_intensity_then_and_the_others_have_theirs():
    found = calculate_intervals(
        [EnergySeries("electricity", FACTOR, series(10, 10))],
        [
            EquipmentSeries("standby", series(0, 1, unit="h"), metered={"electricity": series(4, 4)}),
            EquipmentSeries("line", series(1, 1, unit="h"), performance=KILOWATT),
        ],
        2,
    )
    assert list(found.sound) == [True, True]
    assert list(found.without_activity) == ["standby"]
    assert list(found.without_activity["standby"]) == [True, False]
    assert list(found.equipment["standby"].known) == [False, True]
    assert list(found.equipment["standby"].emissions_ug) == [2 * 10**9, 2 * 10**9]
    assert list(found.equipment["line"].intensity_pg) == [ceil(Fraction(3 * 10**15, 3600))] * 2


def test_a_night_in_which_nothing_ran_is_named_and_the_day_is_computed():
    found = calculate_intervals(
        [EnergySeries("electricity", FACTOR, series(1, 10))],
        [EquipmentSeries("line", series(0, 1, unit="h"), performance=KILOWATT)],
        2,
    )
    assert {name: list(mask) for name, mask in found.problems.items()} == {"EnergyWithoutUser": [True, False]}
    assert list(found.sound) == [False, True]
    assert list(found.declared_ug) == [5 * 10**8, 5 * 10**9]


def test_what_no_interval_escapes_is_refused_as_a_whole():
    line = EquipmentSeries("line", series(1, unit="h"), performance=KILOWATT)
    with pytest.raises(UnknownEnergy):
        calculate_intervals([], [line], 1)
    with pytest.raises(EnergyNotMeasured):
        calculate_intervals([EnergySeries("electricity", FACTOR, None)], [line], 1)
    with pytest.raises(UnitDoesNotFit):
        calculate_intervals([EnergySeries("electricity", FACTOR, series(1, unit="Nm3"))], [line], 1)
