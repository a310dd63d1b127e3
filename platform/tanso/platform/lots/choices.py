"""What a form offers to put into a lot, and what to call what was put into one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.equipment.service import equipment_of
from tanso.platform.factors.documents import FactorDocument, emission_factor
from tanso.platform.factors.search import MAX_WORDS, Wanted, factors
from tanso.platform.lots.changes import KEYS_AT_ONCE
from tanso.platform.lots.drafts import InputKind, LotDraft, LotInput
from tanso.platform.lots.models import LotPositionRow, LotRow

MOST_OFFERED = 100
"""Of each kind; words find others."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be used."""

    ref_id: str
    name: str | None
    """Its name where the business knows one."""
    unit: Unit
    held: int | None = None
    """Base units that the business holds, of a lot."""


def held_lots(session: Session, business_id: str, words: str) -> list[Choice]:
    """Lots that a business holds and whose name, product or ID has all the words, the last settled first."""
    query = (
        select(LotRow, LotPositionRow.quantity, LotDraft)
        .join(LotPositionRow, col(LotPositionRow.lot_id) == col(LotRow.lot_id))
        .outerjoin(
            LotDraft,
            (col(LotDraft.lot_id) == col(LotRow.lot_id)) & (col(LotDraft.business_id) == business_id),
        )
        .where(LotPositionRow.business_id == business_id)
    )
    for word in words.split()[:MAX_WORDS]:
        texts = (col(LotDraft.product), col(LotDraft.local_name), col(LotRow.lot_id))
        product, name, number = (text.icontains(word, autoescape=True) for text in texts)
        query = query.where(product | name | number)
    newest = query.order_by(col(LotRow.block_number).desc(), col(LotRow.log_index).desc())
    return [
        Choice(row.lot_id, f"{draft.product}, {draft.local_name}" if draft else None, Unit(row.unit), held)
        for row, held, draft in session.exec(newest.limit(MOST_OFFERED))
    ]


def held_factors(session: Session, words: str, at: int) -> list[Choice]:
    """Registered factors that hold at a time (Unix seconds) and have all the words."""
    found = factors(session, Wanted(text=words, valid_at=at), "", MOST_OFFERED)
    named = [Choice(row.factor_id, _of_factor(document), Unit(row.unit)) for row, document in found]
    return sorted(named, key=lambda one: (one.name or one.ref_id).casefold())


def machines(session: Session, business_id: str) -> list[Choice]:
    """Equipment that a business runs on the ledger, by name."""
    found = equipment_of(session, business_id, "", MOST_OFFERED, 0)
    named = [
        Choice(own.equipment_id, own.local.name if own.local else None, Unit(own.row.unit))
        for own in found
        if own.row is not None and own.row.holder_id == business_id
    ]
    return sorted(named, key=lambda one: (one.name or one.ref_id).casefold())


def names_of(session: Session, business_id: str, items: Sequence[LotInput]) -> dict[str, str]:
    """What a business calls the things that it used, by their IDs; lots of others have no name."""
    wanted = {
        kind: sorted({item.ref_id for item in items if item.kind == kind})[:KEYS_AT_ONCE]
        for kind in InputKind
    }
    lots = select(LotDraft).where(
        col(LotDraft.lot_id).in_(wanted[InputKind.MATERIAL]), LotDraft.business_id == business_id
    )
    documents = select(FactorDocument).where(col(FactorDocument.factor_id).in_(wanted[InputKind.EXTERNAL]))
    equipment = select(LocalEquipment).where(
        col(LocalEquipment.equipment_id).in_(wanted[InputKind.EQUIPMENT]),
        LocalEquipment.business_id == business_id,
    )
    found = {draft.lot_id: f"{draft.product}, {draft.local_name}" for draft in session.exec(lots)}
    for document in session.exec(documents):
        found[document.factor_id] = _of_factor(document) or document.factor_id
    return found | {machine.equipment_id: machine.name for machine in session.exec(equipment)}


def _of_factor(document: FactorDocument | None) -> str | None:
    return emission_factor(document.document).activity if document else None
