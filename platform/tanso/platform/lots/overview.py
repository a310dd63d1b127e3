"""A business's own view of its lots: the newest first, where each stands, and what became of it.

Quantities are whole base units of the lot, masses µg CO2e, times Unix seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session, col, func, select

from tanso.oracle.outbox import OutboxMessage, Status
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import NotFound
from tanso.platform.lots.drafts import DraftStatus, InputKind, LotDraft, LotInput
from tanso.platform.lots.models import ConsumptionRow, LotPositionRow, LotRow, MaterialUseRow, ShipmentRow
from tanso.platform.lots.queries import ListedLot
from tanso.platform.lots.texts import LotText

MOST_SHOWN = 50
"""Shipments, lots, consumptions and transactions of one lot that are listed, the newest first."""


class State(StrEnum):
    """Where a lot stands, in its business's words."""

    DRAFT = "draft"
    """Uses can be added."""
    WAITING = "waiting for settlement"
    """Completed; its batch is to be made, or on its way."""
    REFUSED = "refused by the ledger"
    """The batch was; it may be settled again."""
    ON_LEDGER = "on the ledger"
    """All or a part of it is held."""
    SHIPPED = "shipped"
    """Nothing of it is held any more, some of it was shipped."""
    USED_UP = "used up"
    """Nothing of it is held any more, nothing was shipped."""


@dataclass(frozen=True, slots=True)
class OwnLot(ListedLot):
    """A lot as its business sees it in a list."""

    state: State

    @property
    def held(self) -> int:
        """Base units that the business holds."""
        return self.position.quantity if self.position else 0


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What became of what a business made or bought of a lot."""

    held: int
    shipped: int
    used: int
    """In settled batches of the business."""
    consumed: int
    shipments: Sequence[ShipmentRow]
    went_into: Sequence[tuple[LotDraft, int]]
    """Own lots that use it, and how much, whether they are settled or not."""
    consumptions: Sequence[tuple[ConsumptionRow, str | None]]
    """With what for, if that was said."""
    under_way: Sequence[OutboxMessage]
    """Transactions that are not on the ledger, on their way or refused."""

    @property
    def had(self) -> int:
        """Base units that the business made or got, as far as the ledger is read."""
        return self.held + self.shipped + self.used + self.consumed


def made_by(session: Session, business_id: str, after: str, limit: int) -> list[OwnLot]:
    """Lots that a business registered, the newest start first, those after the lot `after`; `NotFound`."""
    order = tuple_(col(LotDraft.started_at), col(LotDraft.lot_id))
    query = select(LotDraft).where(LotDraft.business_id == business_id)
    if after:
        last = session.get(LotDraft, after)
        if last is None or last.business_id != business_id:
            raise _gone(after)
        query = query.where(order < tuple_(last.started_at, last.lot_id))
    newest = query.order_by(col(LotDraft.started_at).desc(), col(LotDraft.lot_id).desc()).limit(limit)
    return _own(session, business_id, {draft.lot_id: draft for draft in session.exec(newest)})


def bought_by(session: Session, business_id: str, after: str, limit: int) -> list[OwnLot]:
    """Lots of others that a business holds, the last settled first, those after the lot `after`."""
    order = tuple_(col(LotRow.block_number), col(LotRow.log_index))
    query = (
        select(LotRow.lot_id)
        .join(LotPositionRow, col(LotPositionRow.lot_id) == col(LotRow.lot_id))
        .where(LotPositionRow.business_id == business_id, LotRow.business_id != business_id)
    )
    if after:
        last = session.get(LotRow, after)
        if last is None:
            raise _gone(after)
        query = query.where(order < tuple_(last.block_number, last.log_index))
    newest = query.order_by(col(LotRow.block_number).desc(), col(LotRow.log_index).desc()).limit(limit)
    return _own(session, business_id, dict.fromkeys(session.exec(newest)))


def state_of(session: Session, business_id: str, listed: ListedLot) -> State:
    """Where a lot stands for a business that makes or holds it."""
    if listed.row is None:
        assert listed.draft is not None
        status = DraftStatus(listed.draft.status)
        words = {DraftStatus.OPEN: State.DRAFT, DraftStatus.REFUSED: State.REFUSED}
        return words.get(status, State.WAITING)
    if listed.position is not None:
        return State.ON_LEDGER
    shipped = select(ShipmentRow.lot_id).where(
        ShipmentRow.lot_id == listed.lot_id, ShipmentRow.from_business_id == business_id
    )
    return State.SHIPPED if session.exec(shipped.limit(1)).first() else State.USED_UP


def whereabouts(session: Session, business: LocalBusiness, lot_id: str) -> Whereabouts:
    """What became of a business's part of a settled lot."""
    me = business.business_id
    position = session.get(LotPositionRow, (lot_id, me))
    shipped = (ShipmentRow.lot_id == lot_id, ShipmentRow.from_business_id == me)
    consumed = (ConsumptionRow.lot_id == lot_id, ConsumptionRow.business_id == me)
    uses = (
        LotDraft.business_id == me,
        LotInput.kind == InputKind.MATERIAL,
        LotInput.ref_id == lot_id,
    )
    into = (
        select(LotDraft, func.sum(LotInput.quantity))
        .join(LotInput, col(LotInput.lot_id) == col(LotDraft.lot_id))
        .where(*uses)
        .group_by(col(LotDraft.lot_id))
        .order_by(col(LotDraft.started_at).desc(), col(LotDraft.lot_id))
    )
    used = (MaterialUseRow.lot_id == lot_id, MaterialUseRow.business_id == me)
    used_up = (
        select(ConsumptionRow, LotText.text)
        .outerjoin(
            LotText,
            (col(LotText.text_hash) == col(ConsumptionRow.purpose_hash)) & (col(LotText.business_id) == me),
        )
        .where(*consumed)
    )
    return Whereabouts(
        held=position.quantity if position else 0,
        shipped=sum(session.exec(select(ShipmentRow.quantity).where(*shipped))),
        used=sum(session.exec(select(MaterialUseRow.quantity).where(*used))),
        consumed=sum(session.exec(select(ConsumptionRow.quantity).where(*consumed))),
        shipments=session.exec(_newest(select(ShipmentRow).where(*shipped), ShipmentRow)).all(),
        went_into=[(draft, int(used)) for draft, used in session.exec(into.limit(MOST_SHOWN))],
        consumptions=session.exec(_newest(used_up, ConsumptionRow)).all(),
        under_way=_under_way(session, business, lot_id),
    )


def consignees(session: Session, business_id: str) -> list[str]:
    """Businesses to which a business shipped lately."""
    rows = select(ShipmentRow.to_business_id).where(ShipmentRow.from_business_id == business_id)
    return sorted(set(session.exec(_newest(rows, ShipmentRow))))


def _own(session: Session, business_id: str, lots: dict[str, Any]) -> list[OwnLot]:
    found = []
    for lot_id, draft in lots.items():
        row = session.get(LotRow, lot_id)
        position = session.get(LotPositionRow, (lot_id, business_id))
        listed = ListedLot(lot_id, draft, row, position)
        found.append(OwnLot(lot_id, draft, row, position, state_of(session, business_id, listed)))
    return found


def _newest(query: Any, table: type[ShipmentRow] | type[ConsumptionRow]) -> Any:
    order = (col(table.block_number).desc(), col(table.log_index).desc())
    return query.order_by(*order).limit(MOST_SHOWN)


def _under_way(session: Session, business: LocalBusiness, lot_id: str) -> Sequence[OutboxMessage]:
    moves = [
        col(OutboxMessage.key).startswith(f"{kind}:{lot_id}:{business.business_id}:")
        for kind in ("ship", "consume", "restate")
    ]
    query = select(OutboxMessage).where(
        OutboxMessage.sender == business.account,
        OutboxMessage.status != Status.CONFIRMED,
        moves[0] | moves[1] | moves[2],
    )
    return session.exec(query.order_by(col(OutboxMessage.id).desc()).limit(MOST_SHOWN)).all()


def _gone(lot_id: str) -> NotFound:
    return NotFound(
        f"the list has no lot {lot_id}", "Begin the list anew, with the newest.", slug="unknown-lot"
    )
