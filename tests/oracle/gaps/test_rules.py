"""Filled values by hand and by property; readings that a rule does not take are refused."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.gaps import HIGHEST, LAST_WEEK, LINEAR, GapRule, Used, estimated_value
from tanso.oracle.units import decimal_text

DAY, WEEK = 86_400, 7 * 86_400
HOUR = 3600
values = st.integers(0, 10**12).map(lambda number: decimal_text(Fraction(number, 1000)))
lengths = st.integers(1, 100_000)


def kwh(start: int, end: int, value: str) -> Used:
    return Used(start, end, value, "kWh")


def test_linear_is_the_mean_of_the_rates_on_both_sides() -> None:
    # 1 kWh in an hour before, 6 kWh in two hours after: 2 kWh an hour on average, for three hours.
    used = [kwh(0, HOUR, "1"), kwh(4 * HOUR, 6 * HOUR, "6")]
    assert estimated_value(LINEAR, None, HOUR, 4 * HOUR, used) == ("6", "kWh")


def test_the_same_time_last_week_is_the_sum_of_what_was_used_then() -> None:
    used = [kwh(0, HOUR, "1.25"), Used(HOUR, 2 * HOUR, "2500", "Wh")]
    assert estimated_value(LAST_WEEK, None, WEEK, WEEK + 2 * HOUR, used) == ("3.75", "kWh")


def test_the_highest_rate_counts_for_the_whole_gap_and_is_rounded_up() -> None:
    used = [kwh(DAY, DAY + 3 * HOUR, "1")]
    assert estimated_value(HIGHEST, 1, 2 * DAY, 2 * DAY + HOUR, used) == ("0.333334", "kWh")


@given(values, values, lengths, lengths, lengths)
def test_linear_lies_between_the_rates_and_is_less_than_a_millionth_too_high(
    before: str, after: str, first: int, gap: int, last: int
) -> None:
    start, end = 10**6, 10**6 + gap
    value, unit = estimated_value(
        LINEAR, None, start, end, [kwh(start - first, start, before), kwh(end, end + last, after)]
    )
    rates = sorted((Fraction(before) / first, Fraction(after) / last))
    exact = sum(rates, Fraction(0)) / 2 * gap
    assert unit == "kWh"
    assert rates[0] * gap <= exact <= Fraction(value) < exact + Fraction(1, 10**6)
    assert exact <= rates[1] * gap


@given(st.lists(values, min_size=1, max_size=8), lengths)
def test_last_week_loses_nothing(parts: list[str], step: int) -> None:
    used = [kwh(place * step, (place + 1) * step, part) for place, part in enumerate(parts)]
    value, _ = estimated_value(LAST_WEEK, None, WEEK, WEEK + len(parts) * step, used)
    assert Fraction(value) == sum(map(Fraction, parts))


@given(values, lengths, lengths)
def test_the_highest_rate_is_never_undercut(value: str, length: int, gap: int) -> None:
    start = DAY + length
    filled, _ = estimated_value(HIGHEST, 92, start, start + gap, [kwh(start - length, start, value)])
    exact = Fraction(value) / length * gap
    assert exact <= Fraction(filled) < exact + Fraction(1, 10**6)


@pytest.mark.parametrize(
    ("rule", "days", "used"),
    [
        (LINEAR, None, []),
        (LINEAR, None, [kwh(WEEK - 9, WEEK, "1")]),
        (LINEAR, None, [kwh(WEEK - 9, WEEK - 1, "1"), kwh(WEEK + 60, WEEK + 90, "1")]),
        (LINEAR, None, [kwh(WEEK - 9, WEEK, "1"), kwh(WEEK + 61, WEEK + 90, "1")]),
        (LINEAR, None, [kwh(WEEK, WEEK, "1"), kwh(WEEK + 60, WEEK + 90, "1")]),
        (LINEAR, None, [kwh(WEEK - 9, WEEK, "1"), Used(WEEK + 60, WEEK + 90, "1", "kg")]),
        (LINEAR, None, [kwh(WEEK - 9, WEEK, "-1"), kwh(WEEK + 60, WEEK + 90, "1")]),
        (LAST_WEEK, None, [kwh(0, 59, "1")]),
        (LAST_WEEK, None, [kwh(0, 30, "1"), kwh(31, 61, "1")]),
        (LAST_WEEK, None, [kwh(8000, 8060, "1")]),
        (HIGHEST, None, [kwh(WEEK - 60, WEEK, "1")]),
        (HIGHEST, 1, [kwh(WEEK - DAY - 1, WEEK - DAY, "1")]),
        (HIGHEST, 1, [kwh(WEEK, WEEK + 1, "1")]),
        ("best guess", None, [kwh(0, 60, "1")]),
    ],
)
def test_other_readings_than_the_rules_are_refused(rule: str, days: int | None, used: list[Used]) -> None:
    with pytest.raises((EvidenceRefused, ValueError)):
        estimated_value(rule, days, WEEK, WEEK + 60, used)


@pytest.mark.parametrize(
    "wrong",
    [{"rule": HIGHEST}, {"days": 3}, {"rule": "best guess"}, {"longest_s": 0}, {"longest_s": WEEK + 1}],
)
def test_a_rule_that_can_not_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GapRule.model_validate({"device": "meter", "quantity": "electricity", "rule": LINEAR} | wrong)
