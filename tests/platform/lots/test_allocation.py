"""Splitting a batch's inputs over its uses: nothing is lost, nobody claims more metered data than CO2."""

from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import emissions_up
from tanso.platform.lots.allocation import Allocation, Mass, Source, Used, allocate, split_mass, total_of
from tanso.platform.lots.drafts import InputKind
from tanso.platform.lots.figures import cfp_exact, cfp_ug_up, primary_percent_down

UG = st.integers(0, 2**96 - 1)
MASSES = st.tuples(UG, UG).map(lambda pair: Mass(max(pair), min(pair)))
WEIGHTS = st.lists(st.integers(1, 2**63 - 1), min_size=1, max_size=30)
SOURCES = st.sampled_from(
    [
        Source(InputKind.MATERIAL, "0xa"),
        Source(InputKind.EXTERNAL, "0xa"),
        Source(InputKind.EQUIPMENT, "0xb", 0),
        Source(InputKind.EQUIPMENT, "0xb", 1),
    ]
)
USES = st.lists(st.builds(Used, SOURCES, st.integers(1, 2**40)), min_size=1, max_size=40)


def price(used: Used) -> Mass:
    """Half a microgram per unit and something, rounded up; all of it metered for equipment."""
    co2_ug = emissions_up(used.quantity, 512_345)
    return Mass(co2_ug, co2_ug if used.source.kind is InputKind.EQUIPMENT else co2_ug // 3)


@given(MASSES, WEIGHTS)
def test_parts_sum_to_the_whole_and_none_is_more_metered_than_whole(mass: Mass, weights: list[int]) -> None:
    parts = split_mass(mass, weights)
    assert total_of(parts) == mass
    assert all(0 <= part.primary_ug <= part.co2_ug for part in parts)


@given(MASSES, WEIGHTS)
def test_each_part_is_within_two_micrograms_of_its_share(mass: Mass, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(split_mass(mass, weights), weights, strict=True):
        assert abs(part.co2_ug * whole - mass.co2_ug * weight) < 2 * whole


def test_splitting_whole_and_metered_part_apart_from_each_other_would_not_do() -> None:
    # Seven equal uses of 5 µg, 4 of them metered: by cumulative ceiling of 5 and of 4 the fourth use would
    # get 0 µg, 1 µg of it metered.
    parts = split_mass(Mass(5, 4), [1] * 7)
    assert [part.primary_ug for part in parts] == [1, 1, 0, 1, 0, 1, 0]
    assert [part.co2_ug for part in parts] == [2, 1, 0, 1, 0, 1, 0]


@given(USES)
def test_each_source_is_priced_once_for_its_whole_quantity(uses: list[Used]) -> None:
    found: Allocation = allocate(uses, price)
    assert len(found.parts) == len(uses)
    sources = [used.source for used, _ in found.inputs]
    assert sorted(set(sources), key=repr) == sorted(sources, key=repr)
    for used, mass in found.inputs:
        assert used.quantity == sum(use.quantity for use in uses if use.source == used.source)
        assert mass == price(used)
        parts = [part for use, part in zip(uses, found.parts, strict=True) if use.source == used.source]
        assert total_of(parts) == mass


@given(UG, st.integers(1, 2**64 - 1))
def test_the_footprint_of_a_unit_rounds_up(co2_ug: int, good: int) -> None:
    assert (cfp_ug_up(co2_ug, good) - 1) * good < co2_ug <= cfp_ug_up(co2_ug, good) * good


def test_figures_read_as_documented() -> None:
    assert cfp_exact(2500, 3) == "2500/3"
    assert cfp_exact(2400, 2) == "1200"
    assert primary_percent_down(8732, 10_000) == "87.32"
    assert primary_percent_down(87_329, 100_000) == "87.32"
    assert primary_percent_down(1, 1) == "100.00"
    assert primary_percent_down(0, 0) == "0.00"
