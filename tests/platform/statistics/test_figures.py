"""Figures of category statistics are coarse, ordered and never below what they summarise."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanso.platform.statistics.figures import (
    LEAST,
    QUANTILES,
    coarse_nearest,
    coarse_up,
    counted_down,
    median_share_down,
    quantile_up,
    share_down,
)

VALUES = st.fractions(0, 10**24, max_denominator=10**6)
MANY = st.lists(VALUES.map(coarse_nearest), min_size=LEAST, max_size=40)

FEW = settings(max_examples=60)


def significant(number: int) -> int:
    return len(str(number).rstrip("0"))


@FEW
@given(VALUES)
def test_two_significant_digits_are_left_and_the_error_is_within_a_half_or_a_whole_step(
    value: Fraction,
) -> None:
    step = 10 ** max(len(str(int(value))) - 2, 0)
    for rounded, least, most in (
        (coarse_nearest(value), Fraction(-1, 2), Fraction(1, 2)),
        (coarse_up(value), Fraction(0), Fraction(1)),
    ):
        assert significant(rounded) <= 2
        assert least * step <= rounded - value <= most * step
        assert coarse_nearest(Fraction(rounded)) == coarse_up(Fraction(rounded)) == rounded


@FEW
@given(MANY)
def test_quantiles_rise_and_lie_between_the_lowest_and_the_highest_value(values: list[int]) -> None:
    found = [quantile_up(values, percent) for percent in QUANTILES]
    assert found == sorted(found)
    assert min(values) <= found[0]
    assert found[-1] <= max(values)
    assert quantile_up(list(reversed(values)), 50) == found[2]


@FEW
@given(MANY, st.sampled_from(QUANTILES))
def test_a_quantile_is_not_below_the_mean_of_some_three_neighbours_and_less_than_a_step_above(
    values: list[int], percent: int
) -> None:
    ordered = sorted(values)
    means = [Fraction(sum(ordered[n : n + 3]), 3) for n in range(len(ordered) - 2)]
    assert quantile_up(values, percent) in {coarse_up(mean) for mean in means}


def test_the_median_of_many_equal_contributors_is_their_value() -> None:
    assert [quantile_up([390_000] * 7, percent) for percent in QUANTILES] == [390_000] * 5


@pytest.mark.parametrize(
    ("primary", "co2", "share"), [(0, 0, 0), (0, 5, 0), (99, 100, 90), (100, 100, 100), (2**95, 2**96, 50)]
)
def test_a_share_is_rounded_down_to_tens(primary: int, co2: int, share: int) -> None:
    assert share_down(primary, co2) == share


def test_shares_are_summed_up_by_the_three_around_the_median() -> None:
    assert median_share_down([100, 0, 90, 60, 0]) == 50
    assert median_share_down([100] * 5) == 100


@pytest.mark.parametrize(("number", "shown"), [(5, 5), (9, 5), (10, 10), (1_234, 1_230)])
def test_a_count_is_shown_rounded_down_to_a_multiple_of_five(number: int, shown: int) -> None:
    assert counted_down(number) == shown
