"""Recomputes a proof bundle without trusting whoever made it.

`verify` needs nothing but the bundle; `tanso.platform.proofs.onchain.verify_on_chain` then holds it against a
ledger.
Every check that fails gives a `Finding` that names the place in the bundle and says what does not fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from tanso.contracts.errors import TansoError
from tanso.contracts.units import PG_PER_UG
from tanso.oracle.evidence import Sealed, recompute
from tanso.platform.proofs.model import Bundle, Leaf, LotPart, SignedReport
from tanso.platform.proofs.signed import report_message

SPLIT_TOLERANCE_UG = 2
"""An input shared by lots of a batch is rounded up once and split by cumulative ceiling: each part is within
2 µg."""

MOVE_TOLERANCE_UG = 64
"""Each shipment or use of a lot rounds its µg once; 64 such roundings may stand between a lot and a use of
it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit, and where."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def verify(bundle: Bundle) -> list[Finding]:
    """All that does not fit in the bundle; empty when the subject lot's CO2 is recomputed from meter
    readings."""
    return [
        *_check_formulas(bundle),
        *_check_factors(bundle),
        *_check_reports(bundle),
        *_check_intensities(bundle),
        *_check_lots(bundle),
        *_check_reach(bundle),
        *_check_signature(bundle),
    ]


def _check_formulas(bundle: Bundle) -> Iterator[Finding]:
    for formula_id, formula in bundle.formulas.items():
        if "0x" + keccak(formula.document.encode()).hex() != formula_id:
            yield Finding(f"formulas.{formula_id}", "the document's hash is not the formula's ID")
    for lot_id, lot in bundle.lots.items():
        if lot.ledger.formula_id not in bundle.formulas:
            yield Finding(
                f"lots.{lot_id}.ledger.formula_id", "names a formula whose document is not in the bundle"
            )
    for number, report in enumerate(bundle.reports):
        if report.formula_id not in bundle.formulas:
            yield Finding(
                f"reports.{number}.formula_id", "names a formula whose document is not in the bundle"
            )


def _check_factors(bundle: Bundle) -> Iterator[Finding]:
    for factor in bundle.factors:
        if "0x" + keccak(factor.source.encode()).hex() != factor.source_hash:
            yield Finding(
                f"factors.{factor.factor_id}.source", "the source document's hash is not the registered one"
            )


def _check_reports(bundle: Bundle) -> Iterator[Finding]:
    for number, report in enumerate(bundle.reports):
        place = f"reports.{number}"
        if _root(report.evidence) != report.evidence_root:
            yield Finding(f"{place}.evidence", "the leaves do not give the evidence root")
        yield from _check_quorum(bundle, report, place)
        try:
            computed = recompute(report.evidence)
        except TansoError as error:
            yield Finding(f"{place}.evidence", f"the intensities cannot be recomputed: {error}")
            continue
        stated = {entry.equipment_id: entry.intensity_pg for entry in report.entries}
        for equipment_id in sorted(stated.keys() | computed.intensities_pg.keys()):
            told, found = stated.get(equipment_id), computed.intensities_pg.get(equipment_id)
            if told != found:
                yield Finding(
                    f"{place}.entries",
                    f"equipment {equipment_id}: {told} pg stated, {found} pg from the readings",
                )
        if computed.declared_ug != report.declared_ug:
            yield Finding(
                f"{place}.declared_ug",
                f"{report.declared_ug} µg stated, {computed.declared_ug} µg from the readings",
            )


def _check_quorum(bundle: Bundle, report: SignedReport, place: str) -> Iterator[Finding]:
    message = report_message(report, bundle.chain)
    signers = set()
    for index, signature in enumerate(report.signatures):
        try:
            signer = Account.recover_message(message, signature=signature)
        except Exception:  # eth-keys raises several unrelated types for malformed signatures
            yield Finding(f"{place}.signatures.{index}", "is no signature of this report")
            continue
        if signer not in bundle.oracle.keys:
            yield Finding(f"{place}.signatures.{index}", "is not an oracle key's signature of this report")
        signers.add(signer)
    if len(signers & set(bundle.oracle.keys)) < bundle.oracle.threshold:
        yield Finding(
            f"{place}.signatures", f"fewer than {bundle.oracle.threshold} oracle keys signed this report"
        )


def _check_intensities(bundle: Bundle) -> Iterator[Finding]:
    reports = {(report.business_id, report.sequence): report for report in bundle.reports}
    for number, intensity in enumerate(bundle.intensities):
        place = f"intensities.{number}"
        report = reports.get((intensity.business_id, intensity.sequence))
        if report is None:
            yield Finding(place, "comes from a report that is not in the bundle")
            continue
        if (report.period_start, report.period_end) != (intensity.period_start, intensity.period_end):
            yield Finding(place, "states another period than its report")
        stated = {entry.equipment_id: entry.intensity_pg for entry in report.entries}
        if stated.get(intensity.equipment_id) != intensity.intensity_pg:
            yield Finding(place, "states another intensity than its report")


def _check_lots(bundle: Bundle) -> Iterator[Finding]:
    if bundle.lot not in bundle.lots:
        yield Finding("lot", "the subject lot is not in the bundle")
    elif bundle.lots[bundle.lot].breakdown is None:
        yield Finding(f"lots.{bundle.lot}.breakdown", "the subject lot's breakdown is not disclosed")
    for lot_id, lot in bundle.lots.items():
        if lot.breakdown is not None:
            yield from _check_breakdown(bundle, lot_id, lot, lot.breakdown)


def _check_breakdown(bundle: Bundle, lot_id: str, lot: LotPart, leaves: list[Leaf]) -> Iterator[Finding]:
    place = f"lots.{lot_id}"
    if _root(leaves) != lot.ledger.breakdown_root:
        yield Finding(f"{place}.breakdown", "the leaves do not give the breakdown root")
    total = sum(_number(leaf, "co2_ug") for leaf in leaves)
    primary = sum(_number(leaf, "primary_ug") for leaf in leaves)
    if total != lot.ledger.co2_ug:
        yield Finding(
            f"{place}.ledger.co2_ug", f"{lot.ledger.co2_ug} µg stated, {total} µg from the breakdown"
        )
    if primary != lot.ledger.primary_ug:
        yield Finding(
            f"{place}.ledger.primary_ug",
            f"{lot.ledger.primary_ug} µg stated, {primary} µg from the breakdown",
        )
    for number, leaf in enumerate(leaves):
        where = f"{place}.breakdown.{number}"
        expected, tolerance = _expected_ug(bundle, lot, leaf)
        if expected is None:
            yield Finding(where, f"refers to {leaf.get('kind')} {leaf.get('ref')} that is not in the bundle")
        elif abs(expected - _number(leaf, "co2_ug")) > tolerance:
            yield Finding(
                where, f"{_number(leaf, 'co2_ug')} µg stated, about {round(expected)} µg by its reference"
            )


def _expected_ug(bundle: Bundle, lot: LotPart, leaf: Leaf) -> tuple[Fraction | None, int]:
    """CO2 of a leaf by what it refers to, and how far rounding may take it from there (µg)."""
    quantity, reference = _number(leaf, "quantity"), leaf.get("ref_id")
    match leaf.get("kind"):
        case "material":
            source = bundle.lots.get(str(reference))
            if source is None or source.ledger.unit != leaf.get("unit"):
                return None, 0
            return Fraction(source.ledger.co2_ug * quantity, source.ledger.good), MOVE_TOLERANCE_UG
        case "external":
            for factor in bundle.factors:
                if factor.factor_id == reference and factor.unit == leaf.get("unit"):
                    return Fraction(quantity * factor.intensity_pg, PG_PER_UG), SPLIT_TOLERANCE_UG
        case "equipment":
            for item in bundle.intensities:
                same = (item.equipment_id, item.record, item.unit) == (
                    reference,
                    leaf.get("record"),
                    leaf.get("unit"),
                )
                touches = (
                    item.period_start < lot.ledger.period_end and lot.ledger.period_start < item.period_end
                )
                if same and touches and item.business_id == lot.ledger.business_id:
                    return Fraction(quantity * item.intensity_pg, PG_PER_UG), SPLIT_TOLERANCE_UG
    return None, 0


def _check_reach(bundle: Bundle) -> Iterator[Finding]:
    """Every lot in the bundle must be upstream of the subject lot, reached by breakdown leaves."""
    reached, todo = set(), [bundle.lot]
    while todo:
        lot_id = todo.pop()
        if lot_id in reached or lot_id not in bundle.lots:
            continue
        reached.add(lot_id)
        leaves = bundle.lots[lot_id].breakdown or []
        todo.extend(str(leaf.get("ref_id")) for leaf in leaves if leaf.get("kind") == "material")
    for lot_id in bundle.lots.keys() - reached:
        yield Finding(f"lots.{lot_id}", "is not upstream of the subject lot")


def _check_signature(bundle: Bundle) -> Iterator[Finding]:
    subject = bundle.lots.get(bundle.lot)
    if subject and subject.ledger.business_id != bundle.issuer.business_id:
        yield Finding("issuer.business_id", "is not the producer of the subject lot")
    try:
        signer = Account.recover_message(encode_defunct(bundle.digest()), signature=bundle.signature)
    except Exception:  # eth-keys raises several unrelated types for malformed signatures
        signer = None
    if signer != bundle.issuer.account:
        yield Finding("signature", "the bundle is not what its issuer signed: something in it was changed")


def _root(leaves: list[Leaf]) -> str | None:
    """Root of the leaves' Merkle tree; None where they are none or not of the documented form."""
    try:
        return Sealed(tuple(leaves)).root
    except TansoError:
        return None


def _number(leaf: Leaf, name: str) -> int:
    value = leaf.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
