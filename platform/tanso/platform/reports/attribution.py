"""Where a lot's CO2 comes from: its µg spread over every input of every disclosed lot upstream."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
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


def attribute(bundle: Bundle) -> list[Contribution]:
    """Spreads the subject lot's µg over what they come from; the parts sum to the lot's CO2 exactly.

    A material's µg are spread in proportion to the breakdown of the lot it was taken from; the fractions are
    brought to
    whole µg by cumulative ceiling. Largest first.
    """
    shares: dict[tuple[str, str, str, str, int], Fraction] = defaultdict(Fraction)
    _spread(bundle, bundle.lot, Fraction(bundle.lots[bundle.lot].ledger.co2_ug), 0, shares)
    total = bundle.lots[bundle.lot].ledger.co2_ug
    keys = sorted(shares, key=lambda key: (-shares[key], key))
    scale = _common_denominator(shares.values())
    parts = split_exactly(total, [int(shares[key] * scale) for key in keys]) if keys else []
    return [Contribution(*key, co2_ug=part) for key, part in zip(keys, parts, strict=True)]


def _spread(
    bundle: Bundle,
    lot_id: str,
    ug: Fraction,
    depth: int,
    shares: dict[tuple[str, str, str, str, int], Fraction],
) -> None:
    lot = bundle.lots[lot_id]
    if lot.breakdown is None or not lot.ledger.co2_ug:
        shares["undisclosed", lot_id, lot.ledger.business_id, lot_id, depth] += ug
        return
    for leaf in lot.breakdown:
        part = ug * _ug(leaf) / lot.ledger.co2_ug
        if leaf["kind"] == "material" and leaf["ref_id"] in bundle.lots:
            _spread(bundle, str(leaf["ref_id"]), part, depth + 1, shares)
        else:
            shares[str(leaf["kind"]), str(leaf["ref_id"]), lot.ledger.business_id, lot_id, depth] += part


def _ug(leaf: Leaf) -> int:
    return int(leaf["co2_ug"])


def _common_denominator(fractions: Iterable[Fraction]) -> int:
    return lcm(1, *(fraction.denominator for fraction in fractions))
