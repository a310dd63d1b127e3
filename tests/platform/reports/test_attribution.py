"""A lot's CO2 spread over all that it comes from: exactly, and quickly however the lots are interwoven."""

from collections import Counter
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tanso.contracts.units import split_exactly
from tanso.platform.proofs.model import Bundle, LedgerLot, LotPart
from tanso.platform.reports.attribution import Contribution, attribute


def identity(number: int) -> str:
    return f"0x{number:032x}"


def leaf(kind: str, ref: str, co2_ug: int) -> dict[str, Any]:
    return {"kind": kind, "ref_id": ref, "quantity": 1, "unit": "pc", "co2_ug": co2_ug, "primary_ug": 0}


def lot(business: int, co2_ug: int, leaves: list[dict[str, Any]] | None) -> LotPart:
    nothing = "0x" + "0" * 64
    ledger = LedgerLot(
        business_id=identity(business),
        batch_id=identity(0),
        unit="pc",
        co2_ug=co2_ug,
        primary_ug=0,
        good=1,
        defects=0,
        breakdown_root=nothing,
        period_start=0,
        period_end=1,
        formula_id=nothing,
    )
    return LotPart(ledger=ledger, restatements=[], breakdown=leaves)


def bundle_of(lots: dict[int, LotPart], subject: int = 0) -> Bundle:
    """A bundle that is good for nothing but attribution."""
    named = {identity(number): part for number, part in lots.items()}
    return Bundle.model_construct(lot=identity(subject), lots=named)


def spread(found: list[Contribution]) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for item in found:
        sums[item.kind, item.ref] += item.co2_ug
    return sums


def test_a_lot_s_own_inputs_are_its_contributions() -> None:
    parts = [leaf("equipment", "furnace", 70), leaf("external", "resin", 30)]
    assert attribute(bundle_of({0: lot(1, 100, parts)})) == [
        Contribution("equipment", "furnace", identity(1), identity(0), 0, 70),
        Contribution("external", "resin", identity(1), identity(0), 0, 30),
    ]


def test_a_material_is_spread_by_the_breakdown_of_its_lot() -> None:
    lots = {
        0: lot(1, 100, [leaf("equipment", "line", 40), leaf("material", identity(1), 60)]),
        1: lot(2, 3_000, [leaf("equipment", "furnace", 2_000), leaf("external", "ore", 1_000)]),
    }
    assert [(item.ref, item.business_id, item.depth, item.co2_ug) for item in attribute(bundle_of(lots))] == [
        ("furnace", identity(2), 1, 40),
        ("line", identity(1), 0, 40),
        ("ore", identity(2), 1, 20),
    ]


def test_a_closed_lot_is_one_contribution() -> None:
    lots = {0: lot(1, 100, [leaf("material", identity(1), 100)]), 1: lot(2, 777, None)}
    assert attribute(bundle_of(lots)) == [
        Contribution("undisclosed", identity(1), identity(2), identity(1), 1, 100)
    ]


def test_an_input_that_is_reached_on_two_ways_is_added_up() -> None:
    lots = {
        0: lot(1, 100, [leaf("material", identity(1), 50), leaf("material", identity(2), 50)]),
        1: lot(2, 50, [leaf("material", identity(3), 50)]),
        2: lot(3, 60, [leaf("equipment", "press", 30), leaf("material", identity(3), 30)]),
        3: lot(4, 90, [leaf("equipment", "furnace", 90)]),
    }
    assert spread(attribute(bundle_of(lots))) == {("equipment", "furnace"): 75, ("equipment", "press"): 25}


def test_a_lot_used_now_and_upstream_has_the_fewest_steps() -> None:
    lots = {
        0: lot(1, 100, [leaf("material", identity(1), 40), leaf("material", identity(2), 60)]),
        1: lot(2, 40, [leaf("material", identity(2), 40)]),
        2: lot(3, 60, [leaf("equipment", "furnace", 60)]),
    }
    found = attribute(bundle_of(lots))
    assert [(item.ref, item.depth, item.co2_ug) for item in found] == [("furnace", 1, 100)]


def test_a_lot_without_co2_contributes_nothing_and_breaks_nothing() -> None:
    lots = {
        0: lot(1, 10, [leaf("equipment", "line", 10), leaf("material", identity(1), 0)]),
        1: lot(2, 0, [leaf("equipment", "free", 0)]),
    }
    assert spread(attribute(bundle_of(lots))) == {("equipment", "line"): 10, ("equipment", "free"): 0}
    assert [item.co2_ug for item in attribute(bundle_of(lots, subject=1))] == [0]


def test_a_diamond_of_many_steps_is_spread_at_once() -> None:
    # Two lots per step, each made of both below it: 2^60 ways lead to the bottom.
    steps = 60
    lots = {0: lot(0, 100, [leaf("material", identity(1), 50), leaf("material", identity(2), 50)])}
    for step in range(steps):
        left, below = 2 * step + 1, 2 * step + 3
        for number in (left, left + 1):
            own = [leaf("material", identity(below), 30), leaf("material", identity(below + 1), 20)]
            lots[number] = lot(number, 50, own if step < steps - 1 else [leaf("equipment", f"m{number}", 50)])
    found = attribute(bundle_of(lots))
    assert sum(item.co2_ug for item in found) == 100
    assert {item.depth for item in found} == {steps}


def test_a_chain_of_a_thousand_lots_is_spread() -> None:
    lots = {
        n: lot(n, 10, [leaf("material", identity(n + 1), 9), leaf("equipment", f"m{n}", 1)])
        for n in range(999)
    }
    lots[999] = lot(999, 10, [leaf("equipment", "m999", 10)])
    found = attribute(bundle_of(lots))
    assert sum(item.co2_ug for item in found) == 10
    assert len(found) == 1000


@st.composite
def genealogies(draw: st.DrawFn) -> Bundle:
    """Up to eight lots, each made of its own inputs and of any lots after it, all closing exactly."""
    count = draw(st.integers(1, 8))
    lots: dict[int, LotPart] = {}
    for number in range(count):
        total = draw(st.integers(1, 10**15))  # what a lot without CO2 hands on is nothing
        sources = (
            draw(st.lists(st.integers(number + 1, count - 1), unique=True)) if number < count - 1 else []
        )
        kinds = draw(st.lists(st.sampled_from(["equipment", "external"]), max_size=3))
        if (number and draw(st.booleans())) or not (sources or kinds):
            lots[number] = lot(number, total, None if number else [leaf("equipment", "m", total)])
            continue
        refs = [("material", identity(source)) for source in sources]
        refs += [(kind, f"{kind} {place}") for place, kind in enumerate(kinds)]
        weights = draw(st.lists(st.integers(1, 100), min_size=len(refs), max_size=len(refs)))
        parts = split_exactly(total, weights)
        lots[number] = lot(
            number, total, [leaf(kind, ref, ug) for (kind, ref), ug in zip(refs, parts, strict=True)]
        )
    return bundle_of(lots)


def exact(bundle: Bundle, lot_id: str, ug: Fraction, sums: dict[tuple[str, str, str], Fraction]) -> None:
    """The plain recursion, way by way."""
    found = bundle.lots[lot_id]
    if found.breakdown is None:
        key = ("undisclosed", lot_id, lot_id)
        sums[key] = sums.get(key, Fraction(0)) + ug
        return
    for item in found.breakdown:
        part = ug * item["co2_ug"] / found.ledger.co2_ug if found.ledger.co2_ug else Fraction(0)
        if item["kind"] == "material":
            exact(bundle, item["ref_id"], part, sums)
        else:
            key = (item["kind"], item["ref_id"], lot_id)
            sums[key] = sums.get(key, Fraction(0)) + part


@given(genealogies())
def test_contributions_sum_to_the_lot_s_co2_and_each_is_within_a_microgram(bundle: Bundle) -> None:
    found = attribute(bundle)
    total = bundle.lots[bundle.lot].ledger.co2_ug
    assert sum(item.co2_ug for item in found) == total
    assert all(item.co2_ug >= 0 for item in found)
    wanted: dict[tuple[str, str, str], Fraction] = {}
    exact(bundle, bundle.lot, Fraction(total), wanted)
    assert {(item.kind, item.ref, item.lot_id) for item in found} == wanted.keys()
    for item in found:
        assert abs(item.co2_ug - wanted[item.kind, item.ref, item.lot_id]) < 1
