"""Where a lot's CO2 comes from: its µg spread over every input of every disclosed lot upstream."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from graphlib import TopologicalSorter
from math import lcm

from tanso.contracts.units import split_exactly
from tanso.platform.proofs.model import Bundle, Leaf


@dataclass(frozen=True, slots=True)
class Contribution:
    """A part of the subject lot's CO2.

    `kind` is "equipment" (metered), "external" (by factor) or "undisclosed" (an upstream lot whose breakdown
    is not
    open); `ref` the equipment, factor or lot; `business_id` whose lot it went into; `depth` steps upstream.
    """

    kind: str
    ref: str
    business_id: str
    lot_id: str
    depth: int
    co2_ug: int


Key = tuple[str, str, str, str, int]
"""All of a contribution but its amount."""


def attribute(bundle: Bundle) -> list[Contribution]:
    """Spreads the subject lot's µg over what they come from; the parts sum to the lot's CO2 exactly.

    A material's µg are spread in proportion to the breakdown of the lot it was taken from; the fractions are
    brought to whole µg by cumulative ceiling. Largest first. Each lot is opened once, however many ways lead
    to it; its depth is the shortest of them.
    """
    total = bundle.lots[bundle.lot].ledger.co2_ug
    depths = _depths(bundle)
    carried: dict[str, Fraction] = defaultdict(Fraction, {bundle.lot: Fraction(total)})
    shares: dict[Key, Fraction] = defaultdict(Fraction)
    for lot_id in _downstream_first(bundle, depths):
        lot, ug, depth = bundle.lots[lot_id], carried[lot_id], depths[lot_id]
        maker = lot.ledger.business_id
        if lot.breakdown is None:
            shares["undisclosed", lot_id, maker, lot_id, depth] += ug
            continue
        # A lot without CO2 hands nothing on, whatever it is made of.
        ratio = ug / lot.ledger.co2_ug if lot.ledger.co2_ug else Fraction(0)
        for leaf in lot.breakdown:
            part = ratio * int(leaf["co2_ug"])
            if _is_lot(bundle, leaf):
                carried[str(leaf["ref_id"])] += part
            else:
                shares[str(leaf["kind"]), str(leaf["ref_id"]), maker, lot_id, depth] += part
    return _in_whole_ug(total, shares)


def _in_whole_ug(total: int, shares: dict[Key, Fraction]) -> list[Contribution]:
    keys = sorted(shares, key=lambda key: (-shares[key], key))
    if not any(shares.values()):
        return [Contribution(*key, co2_ug=0) for key in keys]
    scale = lcm(*(share.denominator for share in shares.values()))
    parts = split_exactly(total, [int(shares[key] * scale) for key in keys])
    return [Contribution(*key, co2_ug=part) for key, part in zip(keys, parts, strict=True)]


def _depths(bundle: Bundle) -> dict[str, int]:
    """Fewest steps from the subject lot to each lot upstream."""
    depths, todo = {bundle.lot: 0}, deque([bundle.lot])
    while todo:
        lot_id = todo.popleft()
        for source in _sources(bundle, lot_id):
            if source not in depths:
                depths[source] = depths[lot_id] + 1
                todo.append(source)
    return depths


def _downstream_first(bundle: Bundle, lots: Iterable[str]) -> Iterable[str]:
    """Each lot after all the lots it went into, so that all it carries is known when it is opened."""
    users: dict[str, set[str]] = {lot_id: set() for lot_id in lots}
    for lot_id in users:
        for source in _sources(bundle, lot_id):
            users[source].add(lot_id)
    return TopologicalSorter(users).static_order()


def _sources(bundle: Bundle, lot_id: str) -> list[str]:
    leaves = bundle.lots[lot_id].breakdown or []
    return [str(leaf["ref_id"]) for leaf in leaves if _is_lot(bundle, leaf)]


def _is_lot(bundle: Bundle, leaf: Leaf) -> bool:
    return leaf["kind"] == "material" and leaf["ref_id"] in bundle.lots
