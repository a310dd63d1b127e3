"""Registers equipment and shows a business its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.equipment.models import BaselineRow, EquipmentRow, IntensityRow
from tanso.platform.errors import Conflict, NotFound
from tanso.platform.node import Node
from tanso.platform.sending import submit


@dataclass(frozen=True, slots=True)
class OwnEquipment:
    """A business's equipment.

    Its name if it is known here, its record and baseline on the ledger, its newest intensities. `message` is
    its registration, while that is not on the ledger.
    """

    equipment_id: str
    local: LocalEquipment | None
    row: EquipmentRow | None
    baseline: BaselineRow | None
    intensities: Sequence[IntensityRow]
    message: OutboxMessage | None = None


def register_equipment(
    node: Node, business: LocalBusiness, *, name: str, unit: Unit
) -> tuple[LocalEquipment, OutboxMessage]:
    """A new piece of equipment of the business, whose activity is counted in `unit`.

    Asked for again unchanged, gives what is there. Raises `Conflict` when the name stands for equipment
    counted in another unit, `Reverted` when the ledger refuses.
    """
    equipment_id = business.id_for("equipment", name)
    key = f"equipment:{equipment_id}"
    with writing(node.engine) as session:
        known = session.get(LocalEquipment, equipment_id)
        if known is not None and known.unit != unit:
            raise Conflict(
                f"equipment {name!r} is registered already, counted in {Unit(known.unit).symbol}",
                "Give the other equipment another name.",
                slug="equipment-exists",
            )
        call = node.ledger.equipment.register(equipment_id, unit)
        message = submit(node, key=key, sender=business.account, call=call, kind="equipment", session=session)
        if known is None:
            known = LocalEquipment(
                equipment_id=equipment_id,
                business_id=business.business_id,
                name=name,
                unit=unit,
                transaction_key=key,
            )
            session.add(known)
    return known, message


def equipment_of(
    session: Session, business_id: str, after: str, limit: int, intensities: int
) -> list[OwnEquipment]:
    """Equipment that a business registered here or runs on the ledger, in the order of the IDs.

    Those after `after`, at most `limit`, each with its newest `intensities` intensity records, newest first.
    """
    local = select(LocalEquipment.equipment_id).where(
        LocalEquipment.business_id == business_id, col(LocalEquipment.equipment_id) > after
    )
    run = select(EquipmentRow.equipment_id).where(
        EquipmentRow.holder_id == business_id, col(EquipmentRow.equipment_id) > after
    )
    ids = {
        *session.exec(local.order_by(col(LocalEquipment.equipment_id)).limit(limit)),
        *session.exec(run.order_by(col(EquipmentRow.equipment_id)).limit(limit)),
    }
    return [_shown(session, business_id, equipment_id, intensities) for equipment_id in sorted(ids)[:limit]]


def one_of(session: Session, business_id: str, equipment_id: str, intensities: int) -> OwnEquipment:
    """One piece of equipment of a business, as `equipment_of` gives them; `NotFound` for another's."""
    found = _shown(session, business_id, equipment_id, intensities)
    if found.local is None and (found.row is None or found.row.holder_id != business_id):
        raise NotFound(
            f"this business has no equipment {equipment_id}",
            "GET /v1/equipment lists its equipment.",
            slug="unknown-equipment",
        )
    return found


def _shown(session: Session, business_id: str, equipment_id: str, intensities: int) -> OwnEquipment:
    local = session.get(LocalEquipment, equipment_id)
    if local is not None and local.business_id != business_id:
        local = None
    row, message = session.get(EquipmentRow, equipment_id), None
    if row is None and local is not None:
        message = session.exec(
            select(OutboxMessage).where(OutboxMessage.key == local.transaction_key)
        ).one_or_none()
    newest = select(IntensityRow).where(IntensityRow.equipment_id == equipment_id)
    return OwnEquipment(
        equipment_id,
        local,
        row,
        session.get(BaselineRow, equipment_id),
        session.exec(newest.order_by(col(IntensityRow.record).desc()).limit(intensities)).all(),
        message,
    )
