from fractions import Fraction
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tanso.contracts.errors import InvalidValue
from tanso.contracts.units import PG_PER_UG, Unit, emissions_up, share_up, split_exactly

AMOUNTS = st.integers(min_value=0, max_value=2**130)


@given(AMOUNTS, AMOUNTS)
def test_emissions_are_the_exact_product_rounded_up(activity: int, intensity_pg: int) -> None:
    assert emissions_up(activity, intensity_pg) == ceil(Fraction(activity * intensity_pg, 10**6))


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_a_share_is_the_exact_part_rounded_up(total: int, quantity: int, of: int) -> None:
    assume(of > 0)
    quantity %= of + 1
    assert share_up(total, quantity, of) == ceil(Fraction(total * quantity, of))


@given(AMOUNTS, st.lists(st.integers(min_value=0, max_value=2**70), min_size=1, max_size=20))
def test_split_parts_sum_to_the_whole_and_stay_within_one_of_their_share(
    total: int, weights: list[int]
) -> None:
    assume(sum(weights) > 0)
    parts = split_exactly(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1
        assert part >= 0
        assert weight > 0 or part == 0


@pytest.mark.parametrize(
    ("total", "weights"), [(1, []), (1, [0, 0]), (-1, [1]), (1, [1, -1]), (1.0, [1]), (True, [1])]
)
def test_a_split_without_weight_or_with_negative_or_broken_numbers_is_refused(
    total: int, weights: list[int]
) -> None:
    with pytest.raises(InvalidValue):
        split_exactly(total, weights)


@pytest.mark.parametrize(("activity", "intensity"), [(-1, 1), (1, -1), (1.5, 1), (float("nan"), 1), ("1", 1)])
def test_emissions_of_negative_or_broken_numbers_are_refused(activity: int, intensity: int) -> None:
    with pytest.raises(InvalidValue):
        emissions_up(activity, intensity)


@pytest.mark.parametrize(("quantity", "of"), [(1, 0), (2, 1), (-1, 1)])
def test_a_share_above_the_whole_is_refused(quantity: int, of: int) -> None:
    with pytest.raises(InvalidValue):
        share_up(10, quantity, of)


def test_units_are_numbered_as_in_solidity_and_known_by_symbol() -> None:
    assert [(unit.value, unit.symbol) for unit in Unit] == [
        (0, "pc"),
        (1, "g"),
        (2, "mL"),
        (3, "Wh"),
        (4, "s"),
    ]
    assert [Unit.of_symbol(unit.symbol) for unit in Unit] == list(Unit)
    assert PG_PER_UG == 1_000_000
    with pytest.raises(InvalidValue, match="kg"):
        Unit.of_symbol("kg")
