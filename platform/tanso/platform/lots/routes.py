"""Routes of lots: seven of CTN's eleven transactions, settlement, consumption for good, restatement."""

from typing import Annotated

from fastapi import Path, status

from tanso.oracle.formulas import CFP, formula
from tanso.oracle.store import reading
from tanso.platform.agreements.service import REASONS, asking
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import MOST_ROWS, Id, period_of
from tanso.platform.api.problems import OPEN, PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AnyToken, AsBusiness, AsManager, ReadsBusiness
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.lots import afterwards, commands, queries, service
from tanso.platform.lots.drafts import Settlement
from tanso.platform.lots.schemas import (
    Breakdown,
    Completion,
    CompletionGiven,
    ConsumptionGiven,
    DraftShown,
    EquipmentUseGiven,
    LeftOverGiven,
    ListedLotShown,
    LotGiven,
    Lots,
    LotShown,
    MaterialUseGiven,
    RestatementGiven,
    Restatements,
    RestatementShown,
    SettlementGiven,
    SettlementShown,
    ShipmentGiven,
    UseShown,
)
from tanso.platform.lots.settlement import LeftOverUse, Request
from tanso.platform.lots.texts import LotText
from tanso.platform.node import Node

router = Router(prefix="/v1", tags=["lots"])

LotId = Annotated[Id, Path(description="The lot's ID.")]


@router.post("/lots", summary="Register a lot", status_code=status.HTTP_201_CREATED, responses=WRITES)
def register_lot(node: NodeDep, business: AsBusiness, given: LotGiven) -> DraftShown:
    """Table 11, lot registration.

    An ID at the start of production. Nothing goes to the ledger before settlement.
    """
    return DraftShown.of(commands.register(node, business, given))


@router.delete(
    "/lots/{lot_id}",
    summary="Take back an open lot",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def take_back_lot(node: NodeDep, business: AsBusiness, lot_id: LotId) -> None:
    """Removes an open lot that was registered by mistake, with its uses. Its name is free again."""
    commands.take_back(node, business, lot_id)


@router.get("/lots", summary="List own and held lots", responses=PRIVATE)
def list_lots(node: NodeDep, business: ReadsBusiness, page: PageDep) -> Lots:
    """Lots that your business makes or holds, in the order of their IDs."""
    with reading(node.engine) as session:
        found = queries.lots_of(session, business.business_id, page.after, page.limit + 1)
        restated = afterwards.restated(session, [lot.lot_id for lot in found])
        items = [ListedLotShown.of(lot, restated.get(lot.lot_id)) for lot in found[: page.limit]]
    return Lots(items=items, next=items[-1].lot_id if len(found) > page.limit else None)


@router.get("/lots/{lot_id}", summary="Ask for a lot's CO2", responses=OPEN)
def get_lot(node: NodeDep, lot_id: LotId) -> LotShown:
    """Table 11, lot enquiry.

    Open to whoever knows the ID. Shows what the ledger says, as settled and as restated by the producer if
    it was; costs the same at any depth.
    """
    with reading(node.engine) as session:
        row, batch = queries.settled_lot(session, lot_id)
        return LotShown.of(row, batch, afterwards.restated(session, [lot_id]).get(lot_id))


@router.post(
    "/lots/{lot_id}/material-uses",
    summary="Record the use of material",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def use_material(node: NodeDep, business: AsBusiness, lot_id: LotId, given: MaterialUseGiven) -> UseShown:
    """Table 11, material use: the CO2 of the consumed part will go into the lot when it is settled."""
    return UseShown.of(commands.use_material(node, business, lot_id, given))


@router.post(
    "/lots/{lot_id}/equipment-uses",
    summary="Record the use of equipment",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def use_equipment(node: NodeDep, business: AsBusiness, lot_id: LotId, given: EquipmentUseGiven) -> UseShown:
    """Table 11, equipment use: charged at settlement, by the intensity registered for the time of use."""
    return UseShown.of(commands.use_equipment(node, business, lot_id, given))


@router.delete(
    "/lots/{lot_id}/uses/{use_id}",
    summary="Take back a use of an open lot",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def take_back_use(
    node: NodeDep,
    business: AsBusiness,
    lot_id: LotId,
    use_id: Annotated[int, Path(ge=1, le=MOST_ROWS, description="`use_id` of the use (a number).")],
) -> None:
    """Removes a use that was recorded by mistake, while the lot is open."""
    commands.take_back_use(node, business, lot_id, use_id)


@router.post(
    "/lots/{lot_id}/completion",
    summary="Complete a lot, and settle it",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def complete_lot(node: NodeDep, business: AsBusiness, lot_id: LotId, given: CompletionGiven) -> Completion:
    """Table 11, lot completed: good and defective units are fixed.

    Settled at once, the lot is a batch of its own over [started_at, completed_at), whose inputs anyone can
    read on the ledger; if it cannot be settled now, nothing changes. Otherwise it waits for its batch, by the
    policy of PUT /v1/settlement-policy or, held, by POST /v1/settlements.
    """
    draft, settlement = commands.complete(node, business, lot_id, given)
    return Completion(
        lot=DraftShown.of(draft), settlement=_settlement(node, settlement) if settlement else None
    )


@router.post(
    "/lots/{lot_id}/shipments",
    summary="Ship a part of a lot",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def ship_lot(node: NodeDep, business: AsBusiness, lot_id: LotId, given: ShipmentGiven) -> Accepted:
    """Table 11, lot shipment: the consignee becomes owner of the part, and its CO2 goes along."""
    return Accepted(transaction=Transaction.of(commands.ship(node, business, lot_id, given)))


@router.post(
    "/lots/{lot_id}/consumptions",
    summary="Consume a part of a lot for good",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def consume_lot(node: NodeDep, business: AsBusiness, lot_id: LotId, given: ConsumptionGiven) -> Accepted:
    """By a holder: the goods are used up and go into no lot. Their CO2 stays with the business's account."""
    return Accepted(transaction=Transaction.of(commands.consume(node, business, lot_id, given)))


@router.post(
    "/lots/{lot_id}/restatements",
    summary="Restate an own lot's CO2",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def restate_lot(node: NodeDep, business: AsManager, lot_id: LotId, given: RestatementGiven) -> Accepted:
    """By the producer, when a lot's CO2 turns out to be another than it was settled with.

    The lot and what was shipped of it stay as they are; both figures are shown. What the lot should have
    carried more is charged to the producer's account; nothing is given back for what it carries too much.
    """
    return Accepted(transaction=Transaction.of(commands.restate(node, business, lot_id, given)))


@router.get("/lots/{lot_id}/restatements", summary="List a lot's restatements", responses=PRIVATE)
def list_restatements(node: NodeDep, principal: AnyToken, lot_id: LotId) -> Restatements:
    """What the ledger says, to whoever knows the ID.

    Reasons are shown to the producer, and to businesses with an agreement about the lot.
    """
    with asking(node.engine, principal.business_id) as reader:
        session = reader.session
        row, _ = queries.settled_lot(session, lot_id)
        reasons = bool(reader.fields(row.business_id, lot_id))
        items = []
        for item in afterwards.restatements_of(session, lot_id):
            text = session.get(LotText, (item.reason_hash, item.business_id)) if reasons else None
            items.append(RestatementShown.of_row(item, row.good, text.text if text else None))
            reader.reads(row.business_id, lot_id, (REASONS,) if text else ())
    return Restatements(lot_id=lot_id, settled_co2_ug=row.co2_ug, items=items)


@router.get("/lots/{lot_id}/material-uses", summary="Ask what a lot is made of", responses=PRIVATE)
def list_material_uses(node: NodeDep, principal: AnyToken, lot_id: LotId) -> Breakdown:
    """Table 11, material-use enquiry: the maker, and businesses to which it discloses `materials`."""
    with asking(node.engine, principal.business_id) as reader:
        return Breakdown.of(*queries.breakdown(reader, lot_id, Disclosed.MATERIALS))


@router.get("/lots/{lot_id}/equipment-uses", summary="Ask on what a lot was made", responses=PRIVATE)
def list_equipment_uses(node: NodeDep, principal: AnyToken, lot_id: LotId) -> Breakdown:
    """Table 11, facility-usage enquiry: the maker, and businesses to which it discloses `equipment`."""
    with asking(node.engine, principal.business_id) as reader:
        return Breakdown.of(*queries.breakdown(reader, lot_id, Disclosed.EQUIPMENT))


@router.post("/settlements", summary="Settle a batch", status_code=status.HTTP_202_ACCEPTED, responses=WRITES)
def settle(node: NodeDep, business: AsBusiness, given: SettlementGiven) -> SettlementShown:
    """Settles completed lots and left-overs in one transaction: in = out + left over, to the microgram.

    The ledger sees the batch's totals; which input went into which lot stays here, under each lot's breakdown
    root.
    """
    request = Request(
        name=given.name,
        lot_ids=given.lot_ids,
        period=period_of(given.period_start, given.period_end),
        formula_id=formula(CFP).content_hash,
        left_overs=[_left_over(node, business, i, left) for i, left in enumerate(given.left_overs)],
    )
    return _settlement(node, service.settle_batch(node, business, request))


def _left_over(node: Node, business: LocalBusiness, index: int, left: LeftOverGiven) -> LeftOverUse:
    kind, ref_id = left.source
    quantity = commands.base_units(node, business, kind, ref_id, left.amount, f"left_overs.{index}.amount")
    return LeftOverUse(left.name, kind, ref_id, quantity, left.at)


def _settlement(node: Node, settlement: Settlement) -> SettlementShown:
    transaction = Transaction.of(node.outbox.get(settlement.transaction_key))
    return SettlementShown.of(settlement, transaction)
