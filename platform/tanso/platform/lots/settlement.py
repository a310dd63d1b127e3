"""Settlement: completed lots and left-overs of one business become one batch on the ledger.

    settled = settle(session, ledger, outbox, business, Request(name="2018-01", lot_ids=[...], period=(start,
    end)))

The batch's totals go on the ledger; which input went into which lot stays here, under each lot's breakdown
root. All of it happens in the caller's database transaction, together with the message in the outbox: any
error leaves nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.contracts.ledger import Ledger
from tanso.contracts.units import Unit
from tanso.contracts.values import Batch, EquipmentUse, ExternalUse, LeftOver, MaterialUse, NewLot
from tanso.oracle.outbox import Outbox, OutboxMessage, Status
from tanso.oracle.store import utc_now
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.lots.allocation import Allocation, Mass, Used, allocate, total_of
from tanso.platform.lots.breakdown import seal_breakdown
from tanso.platform.lots.drafts import DraftStatus, InputKind, LeftOverInput, LotDraft, LotInput, Settlement
from tanso.platform.lots.prices import Prices, unit_of_source

UNFINISHED = (Status.QUEUED, Status.SIGNED, Status.SENT)


@dataclass(frozen=True, slots=True)
class LeftOverUse:
    """A use that goes into no lot, `quantity` in base units of its source, `at` a Unix second.

    `name` is shown on the ledger (ASCII, at most 32 characters). `at` picks the intensity record of an
    equipment and may be left out when only one touches the batch's period.
    """

    name: str
    kind: InputKind
    ref_id: str
    quantity: int
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What to settle: completed lots, left-overs, and the production period [start, end) in Unix seconds."""

    name: str
    lot_ids: Sequence[str]
    period: tuple[int, int]
    formula_id: str
    left_overs: Sequence[LeftOverUse] = ()


def settle(
    session: Session, ledger: Ledger, outbox: Outbox, business: LocalBusiness, request: Request
) -> Settlement:
    """Computes the batch, tries it on the ledger without sending it, and stores it with its outbox message.

    Raises `NotFound`, `BadInput`, `Conflict`, or the ledger's `Reverted`; then the caller must roll back.
    """
    drafts = [_ready(session, business, lot_id) for lot_id in request.lot_ids]
    if len({draft.lot_id for draft in drafts}) < len(drafts):
        raise BadInput("lot_ids: a lot stands in the batch twice", "Name each lot once.", slug="lot-twice")
    batch_id = business.id_for("batch", request.name)
    if session.get(Settlement, batch_id) is not None or ledger.lots.is_settled(batch_id):
        raise Conflict(
            f"the batch named {request.name!r} was settled before",
            "Give the batch another name; a batch settles once.",
            slug="batch-exists",
        )
    inputs = {draft.lot_id: _inputs(session, draft) for draft in drafts}
    all_inputs = [item for draft in drafts for item in inputs[draft.lot_id]]
    if not all_inputs and not request.left_overs:
        raise BadInput(
            "nothing was used: the batch has neither lots with uses nor left-overs",
            "Record material or equipment uses first.",
            slug="empty-batch",
        )
    start, end = request.period
    prices = Prices(ledger, business.account, start, end)
    uses = _uses(prices, all_inputs, request)
    _no_unfinished(session, business, uses)
    allocation = allocate(uses, prices.of)
    for item, use, part in zip(all_inputs, uses, allocation.parts, strict=False):
        item.record = use.source.record if use.source.kind is InputKind.EQUIPMENT else None
        item.co2_ug, item.primary_ug = part.co2_ug, part.primary_ug
    rest = [
        LeftOverInput(
            batch_id=batch_id,
            name=left.name,
            kind=left.kind,
            ref_id=left.ref_id,
            quantity=left.quantity,
            unit=unit_of_source(ledger, left.kind, left.ref_id, business.account),
            at=left.at,
            record=use.source.record if left.kind is InputKind.EQUIPMENT else None,
            co2_ug=part.co2_ug,
            primary_ug=part.primary_ug,
        )
        for left, use, part in zip(
            request.left_overs, uses[len(all_inputs) :], allocation.parts[len(all_inputs) :], strict=True
        )
    ]
    for draft in drafts:
        _fix(draft, inputs[draft.lot_id], business, batch_id)
    batch = Batch(
        batch_id=batch_id,
        period_start=start,
        period_end=end,
        formula_id=request.formula_id,
        materials=tuple(
            MaterialUse(used.source.ref_id, used.quantity)
            for used in _of_kind(allocation, InputKind.MATERIAL)
        ),
        externals=tuple(
            ExternalUse(used.source.ref_id, used.quantity)
            for used in _of_kind(allocation, InputKind.EXTERNAL)
        ),
        equipment=tuple(
            EquipmentUse(used.source.ref_id, used.source.record, used.quantity)
            for used in _of_kind(allocation, InputKind.EQUIPMENT)
        ),
        lots=tuple(_new_lot(draft) for draft in drafts),
        left_overs=_left_overs(rest),
    )
    call = ledger.lots.settle(batch)
    ledger.simulate(call, business.account)
    key = f"settle:{batch_id}"
    total = total_of(mass for _, mass in allocation.inputs)
    settlement = Settlement(
        batch_id=batch_id,
        business_id=business.business_id,
        name=request.name,
        period_start=start,
        period_end=end,
        formula_id=request.formula_id,
        transaction_key=key,
        co2_ug=total.co2_ug,
        primary_ug=total.primary_ug,
        created_at=utc_now(),
    )
    session.add(settlement)
    session.flush()
    session.add_all(rest)
    outbox.enqueue(session, key=key, sender=business.account, call=call, kind="settle")
    return settlement


def follow_up(session: Session) -> None:
    """Carries the outcome of settlements in the outbox over to their drafts: settled, or refused and why."""
    waiting = select(Settlement, OutboxMessage).where(
        Settlement.status == DraftStatus.SETTLING, OutboxMessage.key == Settlement.transaction_key
    )
    for settlement, message in session.exec(waiting).all():
        if message.status in UNFINISHED:
            continue
        confirmed = message.status == Status.CONFIRMED
        settlement.status = DraftStatus.SETTLED if confirmed else DraftStatus.REFUSED
        for draft in session.exec(select(LotDraft).where(LotDraft.batch_id == settlement.batch_id)):
            draft.status = settlement.status
            draft.problem = None if confirmed else (message.error_text or message.error_name)


def one_at_a_time(session: Session, business: LocalBusiness) -> None:
    """Holds off other changes of the business's lots until this one is done, also on PostgreSQL.

    Two at once could use the same held pieces twice, or settle one lot in two batches.
    """
    session.exec(
        select(LocalBusiness).where(LocalBusiness.business_id == business.business_id).with_for_update()
    ).one()


def free_name(session: Session, business: LocalBusiness, name: str) -> str:
    """A name for a batch that no other batch of the business has: this one, with a number if need be."""
    number, free = 1, name
    while session.get(Settlement, business.id_for("batch", free)) is not None:
        number += 1
        free = f"{name} ({number})"
    return free


def _ready(session: Session, business: LocalBusiness, lot_id: str) -> LotDraft:
    draft = session.get(LotDraft, lot_id)
    if draft is None or draft.business_id != business.business_id:
        raise NotFound(
            f"this business has no lot {lot_id}",
            "GET /v1/lots lists the lots of the business.",
            slug="unknown-lot",
        )
    if draft.status in (DraftStatus.SETTLING, DraftStatus.SETTLED):
        raise Conflict(
            f"lot {lot_id} was settled before, in batch {draft.batch_id}",
            "A lot settles once: its CO2 is fixed for good. Register another lot.",
            slug="lot-settled",
        )
    if draft.status == DraftStatus.OPEN:
        raise Conflict(
            f"lot {lot_id} is not completed",
            "Complete it first with POST /v1/lots/{id}/completion.",
            slug="lot-not-completed",
        )
    return draft


def _inputs(session: Session, draft: LotDraft) -> list[LotInput]:
    found = session.exec(select(LotInput).where(LotInput.lot_id == draft.lot_id).order_by(col(LotInput.id)))
    items = list(found)
    if not items:
        raise Conflict(
            f"lot {draft.lot_id} has no material or equipment use",
            "Record what went into it first.",
            slug="lot-without-uses",
        )
    return items


def _uses(prices: Prices, inputs: Sequence[LotInput], request: Request) -> list[Used]:
    uses = [Used(prices.source(InputKind(item.kind), item.ref_id, item.at), item.quantity) for item in inputs]
    rest = [
        Used(prices.source(left.kind, left.ref_id, left.at), left.quantity) for left in request.left_overs
    ]
    return uses + rest


def _no_unfinished(session: Session, business: LocalBusiness, uses: Sequence[Used]) -> None:
    """Refuses to price a material lot while an own transaction that moves it is still on its way."""
    materials = {use.source.ref_id for use in uses if use.source.kind is InputKind.MATERIAL}
    if not materials:
        return
    query = select(OutboxMessage).where(
        OutboxMessage.sender == business.account,
        col(OutboxMessage.kind).in_(("settle", "ship", "consume")),
        col(OutboxMessage.status).in_(UNFINISHED),
    )
    for message in session.exec(query):
        moved = _moved_lots(session, message)
        if moved & materials:
            raise Conflict(
                f"transaction {message.key} still moves lot {min(moved & materials)}",
                "Wait until GET /v1/transactions/{key} shows it confirmed, then settle again.",
                slug="transaction-pending",
            )


def _moved_lots(session: Session, message: OutboxMessage) -> set[str]:
    _, item_id, *_ = message.key.split(":")
    if message.kind in ("ship", "consume"):
        return {item_id}
    in_lots = select(LotInput.ref_id).join(LotDraft).where(LotDraft.batch_id == item_id)
    left_over = select(LeftOverInput.ref_id).where(LeftOverInput.batch_id == item_id)
    return {*session.exec(in_lots), *session.exec(left_over)}


def _fix(draft: LotDraft, items: Sequence[LotInput], business: LocalBusiness, batch_id: str) -> None:
    total = total_of(Mass(item.co2_ug or 0, item.primary_ug or 0) for item in items)
    draft.co2_ug, draft.primary_ug = total.co2_ug, total.primary_ug
    draft.breakdown_root = seal_breakdown(items, business.secret, draft.lot_id, batch_id)
    draft.status, draft.batch_id, draft.problem = DraftStatus.SETTLING, batch_id, None


def _of_kind(allocation: Allocation, kind: InputKind) -> Iterator[Used]:
    return (used for used, _ in allocation.inputs if used.source.kind is kind)


def _new_lot(draft: LotDraft) -> NewLot:
    assert draft.co2_ug is not None
    assert draft.primary_ug is not None
    assert draft.good is not None
    assert draft.defects is not None
    assert draft.breakdown_root is not None
    return NewLot(
        lot_id=draft.lot_id,
        unit=Unit(draft.unit),
        co2_ug=draft.co2_ug,
        primary_ug=draft.primary_ug,
        good=draft.good,
        defects=draft.defects,
        breakdown_root=draft.breakdown_root,
    )


def _left_overs(rest: Sequence[LeftOverInput]) -> tuple[LeftOver, ...]:
    by_name: dict[str, Mass] = {}
    for item in rest:
        by_name[item.name] = by_name.get(item.name, Mass(0, 0)) + Mass(item.co2_ug, item.primary_ug)
    return tuple(LeftOver(name, mass.co2_ug, mass.primary_ug) for name, mass in by_name.items())
