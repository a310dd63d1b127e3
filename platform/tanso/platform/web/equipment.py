"""Pages of a business's equipment: what there is, with its intensity, and a form to register more.

Three of CTN's eleven transactions, by the services that the API's routes use.
"""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from tanso.contracts.units import Unit
from tanso.oracle.outbox import Status
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import MAX_PAGE, NodeDep
from tanso.platform.auth.dependencies import WRITES_BUSINESS
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.equipment import service
from tanso.platform.equipment.schemas import EquipmentGiven
from tanso.platform.equipment.service import OwnEquipment
from tanso.platform.node import Node
from tanso.platform.web.forms import DailyForm, Typed
from tanso.platform.web.pages import PageRoute, ReadsDep, Visitor, VisitorDep, known_id, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

HISTORY = 100
"""Most intensities on the page of one machine; the API gives as many."""

COUNTED = {
    "s": "time of operation", "Wh": "electricity (kWh)", "pc": "pieces", "g": "mass (kg)", "mL": "volume (L)"
}  # fmt: skip
"""Units of activity, as a form offers them."""


@router.get("/equipment")
def list_page(
    node: NodeDep, business: ReadsDep, visitor: VisitorDep, request: Request, after: str = ""
) -> Response:
    """Own equipment with its latest intensity; who may, registers more."""
    return _list(node, business, visitor, request, Typed(), known_id(after) if after else "")


@router.post("/equipment")
def register(node: NodeDep, form: DailyForm, request: Request) -> Response:
    """Registers a machine, and leads to its page."""

    def act() -> str:
        given = form.read(EquipmentGiven, name=form.get("name"), unit=form.get("unit"))
        unit = Unit.of_symbol(given.unit)
        made, _ = service.register_equipment(node, form.business, name=given.name, unit=unit)
        return f"/equipment/{made.equipment_id}"

    return form.carry_out(node, act, lambda typed: _list(node, form.business, form.visitor, request, typed))


@router.get("/equipment/{equipment_id}")
def machine_page(
    node: NodeDep, business: ReadsDep, visitor: VisitorDep, request: Request, equipment_id: str
) -> Response:
    """One machine and the history of its intensity."""
    with reading(node.engine) as session:
        own = service.one_of(session, business.business_id, known_id(equipment_id), HISTORY)
    return page(
        "machine.html",
        visitor,
        request,
        own=own,
        unit=_unit(own),
        state=_state(own),
        history=HISTORY,
        counted=COUNTED,
    )


def _list(
    node: Node, business: LocalBusiness, visitor: Visitor, request: Request, typed: Typed, after: str = ""
) -> Response:
    with reading(node.engine) as session:
        found = service.equipment_of(session, business.business_id, after, MAX_PAGE + 1, intensities=1)
    shown = sorted(found[:MAX_PAGE], key=lambda own: (own.local is None, own.local.name if own.local else ""))
    return page(
        "equipment.html", visitor, request, status_code=typed.status, form=typed.of("equipment"),
        machines=[(own, _unit(own), _state(own)) for own in shown], counted=COUNTED,
        more=found[MAX_PAGE - 1].equipment_id if len(found) > MAX_PAGE else None,
        may_register=visitor.may(WRITES_BUSINESS),
    )  # fmt: skip


def _unit(own: OwnEquipment) -> Unit:
    known = own.row or own.local
    assert known is not None
    return Unit(known.unit)


def _state(own: OwnEquipment) -> str:
    """Where a machine stands, in words."""
    if own.row is not None:
        return "on the ledger"
    if own.message is not None and own.message.status == Status.PARKED:
        return f"refused by the ledger: {own.message.error_text or own.message.error_name}"
    return "on its way to the ledger"
