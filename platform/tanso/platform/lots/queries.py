"""What may be read of lots: the public enquiry, a business's own list, the breakdown with its proofs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.oracle.evidence import Leaf
from tanso.platform.agreements.service import Reader
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.errors import NotAllowed, NotFound
from tanso.platform.lots.breakdown import opened
from tanso.platform.lots.changes import KEYS_AT_ONCE
from tanso.platform.lots.drafts import DraftStatus, InputKind, LotDraft, LotInput
from tanso.platform.lots.models import BatchRow, LotPositionRow, LotRow
from tanso.platform.lots.service import inputs_of

KINDS: Mapping[Disclosed, tuple[InputKind, ...]] = {
    Disclosed.MATERIALS: (InputKind.MATERIAL, InputKind.EXTERNAL),
    Disclosed.EQUIPMENT: (InputKind.EQUIPMENT,),
}
"""Which inputs of a lot each field of an agreement opens."""


@dataclass(frozen=True, slots=True)
class ListedLot:
    """A lot that a business makes or holds.

    Its own draft, the ledger's record, its own position, where there are.
    """

    lot_id: str
    draft: LotDraft | None
    row: LotRow | None
    position: LotPositionRow | None

    @property
    def unit(self) -> Unit:
        """Base unit in which the lot is counted."""
        known = self.draft or self.row
        assert known is not None
        return Unit(known.unit)


@dataclass(frozen=True, slots=True)
class BreakdownLine:
    """One input of a lot. `leaf` and `proof` are there once the lot is settled."""

    item: LotInput
    leaf: Leaf | None
    proof: list[str] | None


def settled_lot(session: Session, lot_id: str) -> tuple[LotRow, BatchRow]:
    """What stands on the ledger of a lot and of its batch; `NotFound` while it is not settled."""
    row = session.get(LotRow, lot_id)
    batch = session.get(BatchRow, row.batch_id) if row is not None else None
    if row is None or batch is None:
        raise NotFound(
            f"no settled lot {lot_id} is known",
            "Check the ID; a lot can be asked for when its settlement is confirmed.",
            slug="unknown-lot",
        )
    return row, batch


def settled_lots(session: Session, lot_ids: Sequence[str]) -> dict[str, tuple[LotRow, BatchRow]]:
    """What stands on the ledger of those of these lots that are settled, and of their batches, by lot ID."""
    found: dict[str, tuple[LotRow, BatchRow]] = {}
    for start in range(0, len(lot_ids), KEYS_AT_ONCE):
        query = select(LotRow, BatchRow).where(
            col(LotRow.lot_id).in_(lot_ids[start : start + KEYS_AT_ONCE]),
            BatchRow.batch_id == LotRow.batch_id,
        )
        found |= {row.lot_id: (row, batch) for row, batch in session.exec(query)}
    return found


def lots_of(session: Session, business_id: str, after: str, limit: int) -> list[ListedLot]:
    """Lots that a business makes or holds, by ID, those after `after`, at most `limit`."""
    made = select(LotDraft.lot_id).where(LotDraft.business_id == business_id, col(LotDraft.lot_id) > after)
    held = select(LotPositionRow.lot_id).where(
        LotPositionRow.business_id == business_id, col(LotPositionRow.lot_id) > after
    )
    ids = {
        *session.exec(made.order_by(col(LotDraft.lot_id)).limit(limit)),
        *session.exec(held.order_by(col(LotPositionRow.lot_id)).limit(limit)),
    }
    return [
        ListedLot(
            lot_id,
            _own(session.get(LotDraft, lot_id), business_id),
            session.get(LotRow, lot_id),
            session.get(LotPositionRow, (lot_id, business_id)),
        )
        for lot_id in sorted(ids)[:limit]
    ]


def breakdown(reader: Reader, lot_id: str, field: Disclosed) -> tuple[LotDraft, list[BreakdownLine]]:
    """A lot's inputs of a kind, with their proofs once it is settled.

    The maker may read them at any time, a business with an agreement in force once the lot is settled. Others
    get `NotAllowed` if the lot stands on the ledger, where its ID is public anyway, and `NotFound` otherwise.
    """
    session = reader.session
    draft = session.get(LotDraft, lot_id)
    owner = draft is not None and draft.business_id == reader.business_id
    settled = draft is not None and draft.status == DraftStatus.SETTLED
    if draft is None or not (owner or settled):
        row, _ = settled_lot(session, lot_id)
        if draft is not None:
            raise not_disclosed(reader, row.business_id, lot_id, (field,))
        raise NotFound(
            f"this node does not serve the maker of lot {lot_id}, business {row.business_id}",
            "Ask the maker's node for the breakdown.",
            slug="breakdown-elsewhere",
        )
    if field not in reader.fields(draft.business_id, lot_id):
        raise not_disclosed(reader, draft.business_id, lot_id, (field,))
    reader.reads(draft.business_id, lot_id, (field,))
    items = inputs_of(session, lot_id)
    if not settled:
        lines = [BreakdownLine(item, None, None) for item in items]
    else:
        sealed = opened(items)
        lines = [
            BreakdownLine(item, leaf, sealed.proof(place))
            for place, (item, leaf) in enumerate(zip(items, sealed.leaves, strict=True))
        ]
    return draft, [line for line in lines if line.item.kind in KINDS[field]]


def not_disclosed(reader: Reader, owner_id: str, lot_id: str, fields: Collection[Disclosed]) -> NotAllowed:
    """What to raise when fields of a settled lot are not open to a reader; the refusal is remembered."""
    reader.refused(owner_id, lot_id, fields)
    return NotAllowed(
        f"{' and '.join(fields)} of lot {lot_id} are not disclosed to this token",
        f"Ask business {owner_id} for an agreement (POST /v1/agreements) that holds them, and accept it.",
        slug="not-disclosed",
    )


def open_kinds(reader: Reader, lot_id: str, owner_id: str) -> frozenset[InputKind]:
    """Which inputs of a settled lot, of this business, a reader may see."""
    fields = reader.fields(owner_id, lot_id)
    return frozenset(kind for field in KINDS.keys() & fields for kind in KINDS[field])


def _own(draft: LotDraft | None, business_id: str) -> LotDraft | None:
    return draft if draft is not None and draft.business_id == business_id else None
