"""Readings of a period become totals per local day: 23 to 25 hours, gaps, and hashes that bind each row."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.identity import content_hash
from tanso.oracle.errors import MissingReadings, ReadingStraddlesPeriod
from tanso.oracle.evidence import canonical_json
from tanso.oracle.period_data import DayTotal, PeriodData, select_readings

METER = ("meter", "electricity")
HOUR = 3600
SPRING = 1679785200
"""2023-03-26T00:00 in Berlin: a day of 23 hours."""
AUTUMN = 1698530400
"""2023-10-29T00:00 in Berlin: a day of 25 hours."""


def selected(rows: list, start: int, end: int, zone: str = "Europe/Berlin") -> PeriodData:
    data, others = select_readings(rows, {METER}, start, end, zone)
    assert others == []
    return data


def days(rows: list, start: int, end: int, zone: str = "Europe/Berlin") -> list[DayTotal]:
    return list(selected(rows, start, end, zone).days[METER])


def hourly(start: int, count: int, value: str = "1.5", unit: str = "kWh") -> list:
    return [(*METER, start + n * HOUR, start + (n + 1) * HOUR, value, unit) for n in range(count)]


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_on_which_clocks_are_turned_has_23_or_25_hours(start: int, hours: int):
    found = days(hourly(start, hours + 24), start, start + (hours + 24) * HOUR)
    assert [day.count for day in found] == [hours, 24]
    assert [Fraction(day.value) for day in found] == [Fraction(3 * hours, 2), 36]
    assert found[0].end == found[1].start == start + hours * HOUR


def test_a_reading_over_midnight_belongs_to_the_day_that_it_begins_on():
    rows = [(*METER, AUTUMN - HOUR, AUTUMN + HOUR, "1", "kWh"), *hourly(AUTUMN + HOUR, 1)]
    assert [day.value for day in days(rows, AUTUMN - HOUR, AUTUMN + 2 * HOUR)] == ["1", "1.5"]


def test_units_that_differ_on_a_day_add_up_exactly():
    rows = [*hourly(SPRING, 1, "0.1"), *hourly(SPRING + HOUR, 1, "50", "Wh")]
    (day,) = days(rows, SPRING, SPRING + 2 * HOUR)
    assert (Fraction(day.value), day.unit) == (540_000, "J")


def test_gas_in_thousands_and_in_ones_on_a_day_adds_up():
    rows = [*hourly(0, 1, "1.5", "thousand Nm3"), *hourly(HOUR, 1, "250", "Nm3")]
    (day,) = days(rows, 0, 2 * HOUR)
    assert (day.value, day.unit) == ("1750", "Nm3")


def test_what_is_missing_is_a_gap_before_between_and_after():
    rows = [*hourly(SPRING + HOUR, 1), *hourly(SPRING + 3 * HOUR, 1)]
    gaps = selected(rows, SPRING, SPRING + 5 * HOUR).gaps()
    assert [(gap.start - SPRING, gap.end - SPRING) for gap in gaps] == [
        (0, HOUR),
        (2 * HOUR, 3 * HOUR),
        (4 * HOUR, 5 * HOUR),
    ]


def test_no_reading_or_one_over_the_periods_end_is_refused_by_name():
    with pytest.raises(MissingReadings, match="meter"):
        selected([], 0, HOUR)
    for start, end in ((SPRING + 1, SPRING + HOUR), (SPRING, SPRING + HOUR - 1)):
        with pytest.raises(ReadingStraddlesPeriod, match="meter"):
            selected(hourly(SPRING, 1), start, end)


def test_other_devices_are_named_not_counted():
    rows = [("check meter", "electricity", 0, HOUR, "9", "kWh"), *hourly(0, 1)]
    data, others = select_readings(rows, {METER}, 0, HOUR, "UTC")
    assert others == [("check meter", "electricity")]
    assert [day.value for day in data.days[METER]] == ["1.5"]


values = st.decimals(min_value=0, max_value=10**12, allow_nan=False, places=None).map(
    lambda value: format(value, "f")
)


@given(st.lists(values, min_size=1, max_size=60), st.sampled_from(["UTC", "Europe/Berlin", "+09:00"]))
def test_totals_are_exact_and_the_hash_is_of_the_rows_canonical_json(found: list[str], zone: str):
    rows = [
        (*METER, SPRING + n * HOUR, SPRING + (n + 1) * HOUR, value, "kWh") for n, value in enumerate(found)
    ]
    totals = days(rows, SPRING, SPRING + len(rows) * HOUR, zone)
    assert sum(Fraction(day.value) for day in totals) == sum(map(Fraction, found))
    assert sum(day.count for day in totals) == len(rows)
    taken = 0
    for day in totals:
        of_day = [list(row[2:]) for row in rows[taken : taken + day.count]]
        assert day.rows_hash == content_hash(canonical_json(of_day))
        taken += day.count
