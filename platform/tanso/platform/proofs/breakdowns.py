"""Recomputes each disclosed lot of a bundle from its breakdown: root, totals, every leaf by its reference."""

from collections.abc import Iterator
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter

from tanso.contracts.errors import TansoError
from tanso.contracts.units import PG_PER_UG
from tanso.oracle.evidence import Sealed
from tanso.platform.equipment.charge import charged_pg
from tanso.platform.proofs.finding import Finding
from tanso.platform.proofs.model import Bundle, Leaf, LotPart

SPLIT_TOLERANCE_UG = 2
"""An input shared by lots of a batch is rounded up once and split by cumulative ceiling: each part is within
2 µg."""

MOVE_TOLERANCE_UG = 64
"""Each shipment or use of a lot rounds its µg once; 64 such roundings may stand between a lot and a use of
it."""

Expected = tuple[Fraction, Fraction, int]
"""CO2 of a leaf, the primary-data part of it, and how far rounding may take either from there (µg)."""


def check_lots(bundle: Bundle) -> Iterator[Finding]:
    """The subject lot is there and open; every disclosed lot gives its root and its totals."""
    if bundle.lot not in bundle.lots:
        yield Finding("lot", "the subject lot is not in the bundle")
    elif bundle.lots[bundle.lot].breakdown is None:
        yield Finding(f"lots.{bundle.lot}.breakdown", "the subject lot's breakdown is not disclosed")
    for lot_id, lot in bundle.lots.items():
        if lot.ledger.primary_ug > lot.ledger.co2_ug:
            yield Finding(f"lots.{lot_id}.ledger.primary_ug", "is more than the lot's CO2")
        yield from _check_restatements(lot_id, lot)
        if lot.breakdown is not None:
            yield from _check_breakdown(bundle, lot_id, lot, lot.breakdown)


def _check_restatements(lot_id: str, lot: LotPart) -> Iterator[Finding]:
    """They count from 1 without a gap, and charge the most that the lot should have carried more."""
    charged = 0
    for number, item in enumerate(lot.restatements):
        place = f"lots.{lot_id}.restatements.{number}"
        if item.number != number + 1:
            yield Finding(f"{place}.number", f"{item.number} stated, it is the lot's {number + 1}")
        if item.primary_ug > item.co2_ug:
            yield Finding(f"{place}.primary_ug", "is more than the lot's CO2")
        charged = max(charged, item.co2_ug - lot.ledger.co2_ug)
        if item.charged_ug != charged:
            yield Finding(
                f"{place}.charged_ug", f"{item.charged_ug} µg stated, {charged} µg by the figures of the lot"
            )


def check_reach(bundle: Bundle) -> Iterator[Finding]:
    """Every lot in the bundle is upstream of the subject lot, reached by breakdown leaves, and none of
    itself."""
    upstream = {
        lot_id: {str(leaf.get("ref_id")) for leaf in lot.breakdown or [] if leaf.get("kind") == "material"}
        for lot_id, lot in bundle.lots.items()
    }
    reached, todo = set(), [bundle.lot]
    while todo:
        lot_id = todo.pop()
        if lot_id not in reached and lot_id in bundle.lots:
            reached.add(lot_id)
            todo.extend(upstream[lot_id])
    for lot_id in sorted(bundle.lots.keys() - reached):
        yield Finding(f"lots.{lot_id}", "is not upstream of the subject lot")
    try:
        TopologicalSorter(upstream).prepare()
    except CycleError as error:
        yield Finding(f"lots.{error.args[1][0]}", "is upstream of itself")


def root_of(leaves: list[Leaf]) -> str | None:
    """Root of the leaves' Merkle tree; None where they are none or not of the documented form."""
    try:
        return Sealed(tuple(leaves)).root
    except TansoError:
        return None


def _check_breakdown(bundle: Bundle, lot_id: str, lot: LotPart, leaves: list[Leaf]) -> Iterator[Finding]:
    place = f"lots.{lot_id}"
    if root_of(leaves) != lot.ledger.breakdown_root:
        yield Finding(f"{place}.breakdown", "the leaves do not give the breakdown root")
    for name, stated in (("co2_ug", lot.ledger.co2_ug), ("primary_ug", lot.ledger.primary_ug)):
        total = sum(_number(leaf, name) for leaf in leaves)
        if total != stated:
            yield Finding(f"{place}.ledger.{name}", f"{stated} µg stated, {total} µg from the breakdown")
    for number, leaf in enumerate(leaves):
        yield from _check_leaf(bundle, lot, leaf, f"{place}.breakdown.{number}")


def _check_leaf(bundle: Bundle, lot: LotPart, leaf: Leaf, place: str) -> Iterator[Finding]:
    quantity, co2_ug, primary_ug = (_number(leaf, name) for name in ("quantity", "co2_ug", "primary_ug"))
    if min(quantity, co2_ug, primary_ug) < 0:
        # Otherwise what is taken away in one leaf could hide what is added in another.
        yield Finding(place, "quantity, co2_ug and primary_ug must be whole numbers, none below zero")
        return
    expected = _expected(bundle, lot, leaf, quantity)
    if expected is None:
        yield Finding(
            place, f"refers to {leaf.get('kind')} {leaf.get('ref_id')} that is not in the bundle, or not so"
        )
        return
    co2, primary, tolerance = expected
    if abs(co2 - co2_ug) > tolerance:
        yield Finding(f"{place}.co2_ug", f"{co2_ug} µg stated, about {round(co2)} µg by its reference")
    if abs(primary - primary_ug) > tolerance:
        yield Finding(
            f"{place}.primary_ug", f"{primary_ug} µg stated, about {round(primary)} µg by its reference"
        )


def _expected(bundle: Bundle, lot: LotPart, leaf: Leaf, quantity: int) -> Expected | None:
    """What a leaf must carry by what it refers to; None when that is not in the bundle or does not apply."""
    reference, unit = leaf.get("ref_id"), leaf.get("unit")
    match leaf.get("kind"):
        case "material":
            source = bundle.lots.get(str(reference))
            if source is not None and source.ledger.unit == unit:
                ledger = source.ledger
                return (
                    Fraction(ledger.co2_ug * quantity, ledger.good),
                    Fraction(ledger.primary_ug * quantity, ledger.good),
                    MOVE_TOLERANCE_UG,
                )
        case "external":
            for factor in bundle.factors:
                holds = (
                    factor.valid_from <= lot.ledger.period_start
                    and lot.ledger.period_end <= factor.valid_until
                )
                if (factor.factor_id, factor.unit) == (reference, unit) and holds:
                    co2 = Fraction(quantity * factor.intensity_pg, PG_PER_UG)
                    return co2, Fraction(0), SPLIT_TOLERANCE_UG
        case "equipment":
            for item in bundle.intensities:
                same = (item.equipment_id, item.record, item.unit) == (reference, leaf.get("record"), unit)
                touches = (
                    item.period_start < lot.ledger.period_end and lot.ledger.period_start < item.period_end
                )
                if same and touches and item.business_id == lot.ledger.business_id:
                    baseline = (item.baseline_pg, item.baseline_from)
                    charged = charged_pg(item.intensity_pg, lot.ledger.period_end, baseline)
                    co2 = Fraction(quantity * charged, PG_PER_UG)
                    return co2, Fraction(quantity * item.intensity_pg, PG_PER_UG), SPLIT_TOLERANCE_UG
    return None


def _number(leaf: Leaf, name: str) -> int:
    value = leaf.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
