"""Recomputes a proof bundle without trusting whoever made it.

`verify` needs nothing but the bundle; `tanso.platform.proofs.onchain.verify_on_chain` then holds it against a
ledger.
Every check that fails gives a `Finding` that names the place in the bundle and says what does not fit.
"""

import json
from collections.abc import Iterator

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from tanso.contracts.errors import TansoError
from tanso.oracle.evidence import recompute
from tanso.oracle.factors import EmissionFactor
from tanso.platform.proofs.breakdowns import check_lots, check_reach, root_of
from tanso.platform.proofs.finding import Finding
from tanso.platform.proofs.model import Bundle, FactorPart, SignedReport
from tanso.platform.proofs.signed import report_message

__all__ = ["Finding", "verify"]


def verify(bundle: Bundle) -> list[Finding]:
    """All that does not fit in the bundle; empty when the subject lot's CO2 is recomputed from meter
    readings."""
    return [
        *_check_formulas(bundle),
        *_check_factors(bundle),
        *_check_reports(bundle),
        *_check_intensities(bundle),
        *check_lots(bundle),
        *check_reach(bundle),
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
        for place, leaf in enumerate(report.evidence):
            if leaf.get("kind") == "estimate" and str(leaf.get("formula")) not in bundle.formulas:
                yield Finding(
                    f"reports.{number}.evidence.{place}",
                    "names a formula whose document is not in the bundle",
                )


def _check_factors(bundle: Bundle) -> Iterator[Finding]:
    for factor in bundle.factors:
        if "0x" + keccak(factor.source.encode()).hex() != factor.source_hash:
            yield Finding(
                f"factors.{factor.factor_id}.source", "the source document's hash is not the registered one"
            )
        published = _published_pg(factor)
        if published != factor.intensity_pg:
            yield Finding(
                f"factors.{factor.factor_id}.intensity_pg",
                f"{factor.intensity_pg} pg stated, {published} pg by the source document",
            )


def _published_pg(factor: FactorPart) -> int | None:
    """pg CO2e per base unit by the source document's value and unit, rounded up; None where it names none."""
    try:
        found = EmissionFactor(**json.loads(factor.source))
        return found.intensity_pg_up if found.base_unit.symbol == factor.unit else None
    except (TansoError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _check_reports(bundle: Bundle) -> Iterator[Finding]:
    for number, report in enumerate(bundle.reports):
        place = f"reports.{number}"
        if root_of(report.evidence) != report.evidence_root:
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


def _check_signature(bundle: Bundle) -> Iterator[Finding]:
    subject = bundle.lots.get(bundle.lot)
    if subject and subject.ledger.business_id != bundle.issuer.business_id:
        yield Finding("issuer.business_id", "is not the producer of the subject lot")
    computed = bundle.computed_seals()
    for part in sorted(computed.keys() | bundle.seals.keys()):
        if computed.get(part) != bundle.seals.get(part):
            yield Finding(part, "is not what the issuer sealed: something in it was changed")
    try:
        signer = Account.recover_message(encode_defunct(bundle.digest()), signature=bundle.signature)
    except Exception:  # eth-keys raises several unrelated types for malformed signatures
        signer = None
    if signer != bundle.issuer.account:
        yield Finding("signature", "is not the issuer's signature of the seals")
