"""Puts the proof bundle of a lot together from the node's own tables and what has been disclosed to the
reader."""

from collections.abc import Callable, Iterable

from eth_account.messages import encode_defunct
from sqlmodel import Session, select

from tanso.oracle.evidence.store import REPORT, EvidenceRecord, load_evidence
from tanso.oracle.formulas import all_formulas
from tanso.oracle.outbox import OutboxMessage
from tanso.platform.api.fields import symbol_of
from tanso.platform.businesses.local import local_business
from tanso.platform.equipment.models import BaselineRow, EquipmentRow, IntensityRow
from tanso.platform.errors import Conflict
from tanso.platform.factors.documents import FactorDocument
from tanso.platform.factors.models import FactorRow
from tanso.platform.lots.afterwards import restatements_of
from tanso.platform.lots.breakdown import opened
from tanso.platform.lots.drafts import InputKind
from tanso.platform.lots.queries import settled_lot
from tanso.platform.lots.service import inputs_of
from tanso.platform.node import Node
from tanso.platform.proofs import model
from tanso.platform.trace.model import Disclosure, LotBreakdown
from tanso.platform.trace.service import breakdown

UNSIGNED = "0x" + "0" * 128 + "1b"


class ProofIncomplete(Conflict):
    """Something that the proof must hold is not on this node."""

    slug = "proof-incomplete"
    title = "The proof cannot be put together"


def build_bundle(node: Node, session: Session, lot_id: str, may_see: Callable[[str], bool]) -> model.Bundle:
    """The bundle of a lot, signed by its producer's account, whose key this node must hold.

    :param may_see: whether the reader may see a lot's breakdown, by the lot's ID; what he may not see stays
    closed.
    :raises NotFound: when the ledger knows no such lot, or this node does not serve its producer.
    :raises ProofIncomplete: when evidence behind a disclosed lot is missing, or too many lots are
    upstream.
    """
    traced = breakdown(session, lot_id, open_kinds=lambda each, _: tuple(InputKind) if may_see(each) else ())
    if not traced.complete:
        raise ProofIncomplete(
            f"Lot {lot_id} comes from more lots, or over more steps, than a proof holds.",
            hint="Ask for the proofs of the lots upstream, one by one.",
        )
    lots = {found.lot.lot_id: _lot(session, found) for found in traced.lots}
    leaves = [leaf for lot in lots.values() for leaf in lot.breakdown or []]
    intensities = _intensities(session, leaves)
    reports = [
        _report(node, session, key)
        for key in sorted({(item.business_id, item.sequence) for item in intensities})
    ]
    producer = local_business(session, lots[lot_id].ledger.business_id)
    formulas = {lot.ledger.formula_id for lot in lots.values()} | {report.formula_id for report in reports}
    # How gaps were filled, where they were.
    formulas |= {leaf["formula"] for report in reports for leaf in report.evidence if "formula" in leaf}
    bundle = model.Bundle(
        format="tanso-proof@2",
        lot=lot_id,
        chain=model.Chain(
            chain_id=node.ledger.deployment.chain_id, contracts=dict(node.ledger.deployment.addresses)
        ),
        oracle=model.Oracle(
            keys=list(node.ledger.deployment.oracle_keys), threshold=node.ledger.deployment.threshold
        ),
        lots=lots,
        intensities=intensities,
        reports=reports,
        factors=_factors(session, leaves),
        formulas={
            item.content_hash: model.FormulaPart(name=item.name, document=item.text)
            for item in all_formulas()
            if item.content_hash in formulas
        },
        issuer=model.Issuer(business_id=producer.business_id, account=producer.account),
        seals={},
        signature=UNSIGNED,
    )
    bundle = bundle.model_copy(update={"seals": bundle.computed_seals()})
    signed = node.signer.account(producer.account).sign_message(encode_defunct(bundle.digest()))
    return bundle.model_copy(update={"signature": "0x" + bytes(signed.signature).hex()})


def _lot(session: Session, found: LotBreakdown) -> model.LotPart:
    row, batch = settled_lot(session, found.lot.lot_id)
    ledger = model.LedgerLot(
        business_id=row.business_id,
        batch_id=row.batch_id,
        unit=symbol_of(row.unit),
        co2_ug=row.co2_ug,
        primary_ug=row.primary_ug,
        good=row.good,
        defects=row.defects,
        breakdown_root=row.breakdown_root,
        period_start=batch.period_start,
        period_end=batch.period_end,
        formula_id=batch.formula_id,
    )
    shown = found.disclosure is Disclosure.SHOWN
    return model.LotPart(
        ledger=ledger,
        restatements=[
            model.Restatement(
                number=item.number,
                co2_ug=item.co2_ug,
                primary_ug=item.primary_ug,
                charged_ug=item.charged_ug,
                reason_hash=item.reason_hash,
            )
            for item in restatements_of(session, row.lot_id)
        ],
        breakdown=list(opened(inputs_of(session, row.lot_id)).leaves) if shown else None,
    )


def _intensities(session: Session, leaves: Iterable[model.Leaf]) -> list[model.Intensity]:
    wanted = sorted({(leaf["ref_id"], leaf["record"]) for leaf in leaves if leaf["kind"] == "equipment"})
    found = []
    for equipment_id, record in wanted:
        row = session.get(IntensityRow, (equipment_id, record))
        equipment = session.get(EquipmentRow, equipment_id)
        enrolled = session.get(BaselineRow, equipment_id)
        if row is None or equipment is None:
            raise ProofIncomplete(
                f"Intensity {record} of equipment {equipment_id} is not in the read model.",
                hint="Wait until the node is in sync (GET /v1/status) and ask again.",
            )
        found.append(
            model.Intensity(
                equipment_id=equipment_id,
                record=record,
                business_id=row.business_id,
                sequence=row.sequence,
                period_start=row.period_start,
                period_end=row.period_end,
                intensity_pg=row.intensity_pg,
                baseline_pg=enrolled.baseline_pg if enrolled else 0,
                baseline_from=enrolled.counts_from if enrolled else 0,
                unit=symbol_of(equipment.unit),
            )
        )
    return found


def _report(node: Node, session: Session, key: tuple[str, int]) -> model.SignedReport:
    business_id, sequence = key
    record = session.exec(
        select(EvidenceRecord).where(
            EvidenceRecord.kind == REPORT,
            EvidenceRecord.business_id == business_id,
            EvidenceRecord.sequence == sequence,
        )
    ).one_or_none()
    message = None
    if record is not None:
        query = select(OutboxMessage).where(OutboxMessage.key == record.outbox_key)
        message = session.exec(query).one_or_none()
    if record is None or message is None:
        raise ProofIncomplete(
            f"The evidence of report {sequence} of business {business_id} is not on this node.",
            hint="Ask the node on which the report was made.",
        )
    report, signatures = node.ledger.reports.submitted(message.data)
    return model.SignedReport(
        business_id=report.business_id,
        period_start=report.period_start,
        period_end=report.period_end,
        sequence=report.sequence,
        deadline=report.deadline,
        formula_id=report.formula_id,
        evidence_root=report.evidence_root,
        declared_ug=report.declared_ug,
        entries=[
            model.ReportEntry(equipment_id=e.equipment_id, intensity_pg=e.intensity_pg)
            for e in report.entries
        ],
        signatures=list(signatures),
        evidence=list(load_evidence(session, record).sealed.leaves),
    )


def _factors(session: Session, leaves: Iterable[model.Leaf]) -> list[model.FactorPart]:
    found = []
    for factor_id in sorted({str(leaf["ref_id"]) for leaf in leaves if leaf["kind"] == "external"}):
        row, document = session.get(FactorRow, factor_id), session.get(FactorDocument, factor_id)
        if row is None or document is None:
            raise ProofIncomplete(
                f"The source of factor {factor_id} is not on this node.",
                hint="Register the factor here with its source: POST /v1/factors.",
            )
        found.append(
            model.FactorPart(
                factor_id=factor_id,
                intensity_pg=row.intensity_pg,
                unit=symbol_of(row.unit),
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                gwp_set=row.gwp_set,
                source_hash=row.source_hash,
                source=document.document,
            )
        )
    return found
