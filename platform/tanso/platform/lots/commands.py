"""What was asked for in people's units, by the API or a form, done by the services of lots.

Every function either does all it says or raises and changes nothing. Beside what the services raise there is
`QuantityRefused` and `BadInput` for an amount whose unit does not fit; both name the field.
"""

from tanso.contracts.units import Unit
from tanso.oracle.formulas import CFP, formula
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import reading, utc_now
from tanso.platform.api.fields import Amount
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.lots import afterwards, service
from tanso.platform.lots.changes import Use, changing
from tanso.platform.lots.drafts import InputKind, LotDraft, LotInput, Settlement
from tanso.platform.lots.prices import unit_of_source
from tanso.platform.lots.schemas import (
    CompletionGiven,
    ConsumptionGiven,
    EquipmentUseGiven,
    LotGiven,
    MaterialUseGiven,
    RestatementGiven,
    ShipmentGiven,
)
from tanso.platform.lots.settlement import Request, free_name
from tanso.platform.node import Node

NO_DEFECTS = 0


def register(node: Node, business: LocalBusiness, given: LotGiven) -> LotDraft:
    """A new open lot."""
    with changing(node, business, [business.id_for("lot", given.name)]) as changes:
        return changes.register(given.name, given.product, Unit.of_symbol(given.unit), given.started_at)


def use_material(node: Node, business: LocalBusiness, lot_id: str, given: MaterialUseGiven) -> LotInput:
    """Records what an open lot uses of a held lot, or from outside the network."""
    return _use(node, business, lot_id, given.source, given.consumption, given.at, "consumption")


def use_equipment(node: Node, business: LocalBusiness, lot_id: str, given: EquipmentUseGiven) -> LotInput:
    """Records on what equipment an open lot was worked."""
    source = (InputKind.EQUIPMENT, given.equipment_id)
    return _use(node, business, lot_id, source, given.activity, given.at, "activity")


def take_back_use(node: Node, business: LocalBusiness, lot_id: str, use_id: int) -> None:
    """Removes a mistaken use of an open lot."""
    with changing(node, business, [lot_id]) as changes:
        changes.take_back_use(lot_id, use_id)


def take_back(node: Node, business: LocalBusiness, lot_id: str) -> None:
    """Removes a mistaken open lot."""
    with changing(node, business, [lot_id]) as changes:
        changes.take_back(lot_id)


def complete(
    node: Node, business: LocalBusiness, lot_id: str, given: CompletionGiven
) -> tuple[LotDraft, Settlement | None]:
    """Fixes an open lot's good and defective units, and settles it if that is what is wanted."""
    with reading(node.engine) as session:
        unit = Unit(service.own_lot(session, business, lot_id).unit)
    return service.complete_lot(
        node,
        business,
        lot_id,
        good=given.good.base_units(unit, "good", least=0),
        defects=given.defects.base_units(unit, "defects", least=0) if given.defects else NO_DEFECTS,
        formula_id=formula(CFP).content_hash,
        completed_at=given.completed_at,
        settlement=given.settlement,
    )


def settle_alone(node: Node, business: LocalBusiness, lot_id: str) -> Settlement:
    """Settles an own completed lot that waits, or was refused, as a batch of its own."""
    with reading(node.engine) as session:
        draft = service.own_lot(session, business, lot_id)
        name = free_name(session, business, f"lot {draft.local_name}")
    # One that is not completed is refused whatever the period.
    period = (draft.started_at, draft.completed_at or utc_now())
    return service.settle_batch(node, business, Request(name, [lot_id], period, formula(CFP).content_hash))


def ship(node: Node, business: LocalBusiness, lot_id: str, given: ShipmentGiven) -> OutboxMessage:
    """Ships a part of a held lot."""
    quantity = base_units(node, business, InputKind.MATERIAL, lot_id, given.quantity, "quantity")
    return service.ship_lot(node, business, lot_id, given.to_business_id, quantity)


def consume(node: Node, business: LocalBusiness, lot_id: str, given: ConsumptionGiven) -> OutboxMessage:
    """Uses up a part of a held lot, in no lot."""
    quantity = base_units(node, business, InputKind.MATERIAL, lot_id, given.quantity, "quantity")
    return afterwards.consume_lot(node, business, lot_id, quantity, purpose=given.purpose)


def restate(node: Node, business: LocalBusiness, lot_id: str, given: RestatementGiven) -> OutboxMessage:
    """Says what an own settled lot should have carried."""
    co2_ug, primary_ug = given.co2.micrograms("co2"), given.primary.micrograms("primary")
    return afterwards.restate_lot(node, business, lot_id, co2_ug, primary_ug, reason=given.reason)


def base_units(
    node: Node, business: LocalBusiness, kind: InputKind, ref_id: str, amount: Amount, field: str
) -> int:
    """An amount of a source in whole base units of the source."""
    return amount.base_units(unit_of_source(node.ledger, kind, ref_id, business.account), field)


def _use(
    node: Node,
    business: LocalBusiness,
    lot_id: str,
    source: tuple[InputKind, str],
    amount: Amount,
    at: int | None,
    field: str,
) -> LotInput:
    quantity = base_units(node, business, *source, amount, field)
    with changing(node, business, [lot_id]) as changes:
        item = changes.use(lot_id, Use(*source, quantity, at))
        changes.session.flush()
        return item
