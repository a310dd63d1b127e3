"""Routes of equipment: three of CTN's eleven transactions."""

from typing import Annotated

from fastapi import Query, status

from tanso.contracts.units import Unit
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.api.transactions import Transaction
from tanso.platform.auth.dependencies import AsBusiness, ReadsBusiness
from tanso.platform.equipment import service
from tanso.platform.equipment.schemas import (
    EquipmentGiven,
    EquipmentList,
    EquipmentRegistered,
    EquipmentShown,
)

router = Router(prefix="/v1", tags=["equipment"])


@router.post(
    "/equipment", summary="Register equipment", status_code=status.HTTP_202_ACCEPTED, responses=WRITES
)
def register_equipment(node: NodeDep, business: AsBusiness, given: EquipmentGiven) -> EquipmentRegistered:
    """Table 11, equipment registration.

    Before it is used in production. Its intensity comes from meter readings.
    """
    equipment, message = service.register_equipment(
        node, business, name=given.name, unit=Unit.of_symbol(given.unit)
    )
    return EquipmentRegistered.of(equipment, Transaction.of(message))


@router.get("/equipment", summary="List own equipment and its intensities", responses=PRIVATE)
def list_equipment(
    node: NodeDep,
    business: ReadsBusiness,
    page: PageDep,
    intensities: Annotated[int, Query(ge=0, le=100, description="Most intensities of each (a number).")] = 12,
) -> EquipmentList:
    """Table 11, equipment enquiry: own business only."""
    with reading(node.engine) as session:
        found = service.equipment_of(session, business.business_id, page.after, page.limit + 1, intensities)
        items = [EquipmentShown.of(own) for own in found[: page.limit]]
    return EquipmentList(items=items, next=items[-1].equipment_id if len(found) > page.limit else None)
