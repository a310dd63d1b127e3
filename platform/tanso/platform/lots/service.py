"""What a business does with its lots: register, record uses, complete, settle, ship.

Quantities are whole base units, times Unix seconds. Every function either does all it says or raises and
changes nothing.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.contracts.errors import Reverted
from tanso.contracts.units import Unit
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import utc_now, writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.lots.drafts import DraftStatus, InputKind, LotDraft, LotInput, Settlement
from tanso.platform.lots.prices import unit_of_source
from tanso.platform.lots.settlement import Request, follow_up, settle
from tanso.platform.node import Node
from tanso.platform.sending import submit

TOO_MUCH = ("ERC1155InsufficientBalance", "LotsInsufficient")
"""Refusals of the ledger when more of a lot is to go than the holder has."""


@dataclass(frozen=True, slots=True)
class Use:
    """Something used for a lot.

    `quantity` base units of the source's unit, `at` a Unix second (default: now).
    """

    kind: InputKind
    ref_id: str
    quantity: int
    at: int | None = None


def register_lot(
    node: Node, business: LocalBusiness, *, name: str, product: str, unit: Unit, started_at: int | None = None
) -> LotDraft:
    """A new open lot with its ID.

    `name` is the business's own and must be new to it; `Conflict` otherwise.
    """
    lot_id = business.id_for("lot", name)
    with writing(node.engine) as session:
        if session.get(LotDraft, lot_id) is not None:
            raise Conflict(
                f"this business has a lot named {name!r} already: {lot_id}",
                "Use that lot, or give this one another name.",
                slug="lot-exists",
            )
        draft = LotDraft(
            lot_id=lot_id,
            business_id=business.business_id,
            local_name=name,
            product=product,
            unit=unit,
            started_at=_past(started_at, "started_at"),
        )
        session.add(draft)
        return draft


def record_use(node: Node, business: LocalBusiness, lot_id: str, use: Use) -> LotInput:
    """Adds a use to an open lot.

    Raises `NotFound`, `BadInput`, or `Conflict` (lot not open, more of a material than is held and not yet
    used).
    """
    unit = unit_of_source(node.ledger, use.kind, use.ref_id, business.account)
    with writing(node.engine) as session:
        _one_at_a_time(session, business)
        follow_up(session)
        draft = own_lot(session, business, lot_id)
        if draft.status != DraftStatus.OPEN:
            raise Conflict(
                f"lot {lot_id} is {draft.status}: nothing can be added to it",
                "Record uses before the lot is completed; what came later belongs to another lot.",
                slug="lot-not-open",
            )
        at = _past(use.at, "at")
        if at < draft.started_at:
            raise BadInput(
                f"at: the use at {at} is before the lot was started at {draft.started_at} (Unix seconds)",
                "Give the time of the use, or register the lot with an earlier `started_at`.",
                slug="use-before-start",
            )
        if use.kind is InputKind.MATERIAL:
            _held(session, node, business, use)
        item = LotInput(
            lot_id=lot_id,
            kind=use.kind,
            ref_id=use.ref_id,
            quantity=use.quantity,
            unit=unit,
            at=at,
        )
        session.add(item)
        return item


def complete_lot(
    node: Node,
    business: LocalBusiness,
    lot_id: str,
    *,
    good: int,
    defects: int,
    formula_id: str,
    completed_at: int | None = None,
    hold: bool = False,
) -> tuple[LotDraft, Settlement | None]:
    """Fixes good and defective units, and settles the lot as a batch of its own unless `hold` is set.

    The batch's period is [started_at, completed_at). If it cannot be settled now, the lot stays open.
    """
    with writing(node.engine) as session:
        _one_at_a_time(session, business)
        draft = own_lot(session, business, lot_id)
        if draft.status != DraftStatus.OPEN:
            raise Conflict(
                f"lot {lot_id} is {draft.status} already", "A lot is completed once.", slug="lot-not-open"
            )
        if good < 1:
            raise BadInput(
                f"good: lot {lot_id} would have no good unit to carry its CO2",
                'Settle what went into it as a left-over named "waste" with POST /v1/settlements.',
                slug="no-good-units",
            )
        end = _past(completed_at, "completed_at")
        last = session.exec(
            select(LotInput.at).where(LotInput.lot_id == lot_id).order_by(col(LotInput.at).desc()).limit(1)
        ).first()
        if last is None:
            raise Conflict(
                f"lot {lot_id} has no material or equipment use",
                "Record what went into it first.",
                slug="lot-without-uses",
            )
        if end <= draft.started_at or end < last:
            raise BadInput(
                f"completed_at: {end} is not after the start {draft.started_at} and the last use {last} "
                "(Unix seconds)",
                "Give the time at which the lot was completed.",
                slug="completed-too-early",
            )
        draft.status, draft.good, draft.defects, draft.completed_at = (
            DraftStatus.COMPLETED,
            good,
            defects,
            end,
        )
        session.flush()
        if hold:
            return draft, None
        request = Request(f"lot {draft.local_name}", [lot_id], (draft.started_at, end), formula_id)
        return draft, settle(session, node.ledger, node.outbox, business, request)


def settle_batch(node: Node, business: LocalBusiness, request: Request) -> Settlement:
    """Settles completed lots and left-overs as one batch.

    `tanso.platform.lots.settlement.settle` in a transaction.
    """
    with writing(node.engine) as session:
        _one_at_a_time(session, business)
        follow_up(session)
        return settle(session, node.ledger, node.outbox, business, request)


def ship_lot(
    node: Node, business: LocalBusiness, lot_id: str, to_business_id: str, quantity: int
) -> OutboxMessage:
    """Ships base units of a held lot to another registered business; the CO2 goes with them.

    Raises `BadInput` for an unknown consignee, `Conflict` when more is shipped than held.
    """
    account = node.ledger.businesses.account_of(to_business_id)
    if account is None:
        raise BadInput(
            f"to_business_id: no business {to_business_id} is registered",
            "Ask the consignee for its business ID; its operator must have registered it.",
            slug="unknown-business",
        )
    if account == business.account:
        raise BadInput(
            "to_business_id: is the shipper itself", "Name the consignee.", slug="shipped-to-oneself"
        )
    call = node.ledger.lots.ship(lot_id, business.account, account, quantity)
    key = f"ship:{lot_id}:{business.business_id}:{secrets.token_hex(16)}"
    try:
        return submit(node, key=key, sender=business.account, call=call, kind="ship")
    except Reverted as refused:
        if refused.name not in TOO_MUCH:
            raise
        raise more_than_held(node, business, lot_id, quantity, "shipped") from refused


def more_than_held(node: Node, business: LocalBusiness, lot_id: str, quantity: int, done: str) -> Conflict:
    """What to say when the ledger does not take that much of a lot from the business; `done` with it."""
    held = node.ledger.lots.position_of(lot_id, business.account).quantity
    return Conflict(
        f"quantity: {quantity} base units of lot {lot_id} are to be {done}, {held} are held",
        "Give at most what you hold: GET /v1/lots shows it.",
        slug="more-than-held",
    )


def own_lot(session: Session, business: LocalBusiness, lot_id: str) -> LotDraft:
    """The business's own record of a lot it makes; `NotFound` for another's."""
    draft = session.get(LotDraft, lot_id)
    if draft is None or draft.business_id != business.business_id:
        raise NotFound(
            f"this business makes no lot {lot_id}", "GET /v1/lots lists its lots.", slug="unknown-lot"
        )
    return draft


def inputs_of(session: Session, lot_id: str) -> Sequence[LotInput]:
    """A lot's uses in the order in which they were recorded."""
    return session.exec(select(LotInput).where(LotInput.lot_id == lot_id).order_by(col(LotInput.id))).all()


def _one_at_a_time(session: Session, business: LocalBusiness) -> None:
    """Holds off other changes of the business's lots until this one is done, also on PostgreSQL.

    Two at once could use the same held pieces twice, or settle one lot in two batches.
    """
    session.exec(
        select(LocalBusiness).where(LocalBusiness.business_id == business.business_id).with_for_update()
    ).one()


def _past(at: int | None, field: str) -> int:
    now = utc_now()
    if at is not None and at > now:
        raise BadInput(
            f"{field}: lies in the future", "Give a time that has passed, in UTC.", slug="in-the-future"
        )
    return now if at is None else at


def _held(session: Session, node: Node, business: LocalBusiness, use: Use) -> None:
    """Refuses more of a material lot than is held and not yet recorded as used for another unsettled lot."""
    held = node.ledger.lots.position_of(use.ref_id, business.account).quantity
    spoken_for = session.exec(
        select(LotInput.quantity)
        .join(LotDraft)
        .where(
            LotDraft.business_id == business.business_id,
            LotDraft.status != DraftStatus.SETTLED,
            LotInput.kind == InputKind.MATERIAL,
            LotInput.ref_id == use.ref_id,
        )
    ).all()
    free = held - sum(spoken_for)
    if use.quantity > free:
        raise Conflict(
            f"{use.quantity} base units of lot {use.ref_id} are to be used, but of {held} held only "
            f"{max(free, 0)} are not yet used",
            "Correct the consumption, or wait until the supplier's shipment is confirmed.",
            slug="more-than-held",
        )
