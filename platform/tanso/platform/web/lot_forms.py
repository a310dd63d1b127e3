"""What the forms on the pages of lots do: the same as the API's routes, by the same commands."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import MOST_ROWS
from tanso.platform.errors import BadInput
from tanso.platform.lots import commands
from tanso.platform.lots.schemas import (
    CompletionGiven,
    ConsumptionGiven,
    EquipmentUseGiven,
    LotGiven,
    MaterialUseGiven,
    RestatementGiven,
    ShipmentGiven,
)
from tanso.platform.node import Node
from tanso.platform.policies.service import zone_name
from tanso.platform.web.forms import BindingForm, DailyForm, Form, Typed
from tanso.platform.web.lots import lot_shown, lots_shown
from tanso.platform.web.pages import PageRoute, known_id

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)


@router.post("/lots")
def register(node: NodeDep, form: DailyForm, request: Request) -> Response:
    """Registers a lot, and leads to its draft."""

    def act() -> str:
        given = form.read(
            LotGiven,
            name=form.get("name"),
            product=form.get("product"),
            unit=form.get("unit"),
            started_at=form.time("started_at", _zone(node, form)),
        )
        return f"/lots/{commands.register(node, form.business, given).lot_id}"

    def again(typed: Typed) -> Response:
        return lots_shown(node, form.business, form.visitor, request, typed)

    return form.carry_out(node, act, again)


@router.post("/lots/{lot_id}/material-uses")
def use_material(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Records what the lot uses of a held lot, or of a material by factor."""

    def act() -> None:
        kind, _, ref_id = form.get("source").partition(":")
        if kind not in ("lot", "factor"):
            raise BadInput("source: no material is chosen", "Choose one from the list.")
        given = form.read(
            MaterialUseGiven,
            material_lot_id=ref_id if kind == "lot" else None,
            factor_id=ref_id if kind == "factor" else None,
            consumption=form.amount("consumption"),
            at=form.time("at", _zone(node, form)),
        )
        commands.use_material(node, form.business, lot_id, given)

    return _done(node, form, request, lot_id, act)


@router.post("/lots/{lot_id}/equipment-uses")
def use_equipment(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Records on which equipment the lot was worked."""

    def act() -> None:
        given = form.read(
            EquipmentUseGiven,
            equipment_id=form.get("equipment_id"),
            activity=form.amount("activity"),
            at=form.time("at", _zone(node, form)),
        )
        commands.use_equipment(node, form.business, lot_id, given)

    return _done(node, form, request, lot_id, act)


@router.post("/lots/{lot_id}/uses")
def take_back_use(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Takes a mistaken use back."""

    def act() -> None:
        number = form.get("use_id")
        if not (number.isascii() and number.isdigit() and len(number) < 20 and int(number) <= MOST_ROWS):
            raise BadInput("use_id: this is no use's number", "Load the page once more.")
        commands.take_back_use(node, form.business, lot_id, int(number))

    return _done(node, form, request, lot_id, act)


@router.post("/lots/{lot_id}/take-back")
def take_back(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Takes a mistaken draft back."""
    return _done(
        node, form, request, lot_id, lambda: commands.take_back(node, form.business, lot_id), "/lots"
    )


@router.post("/lots/{lot_id}/completion")
def complete(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Completes the lot; it is settled by the policy, at once or later."""

    def act() -> None:
        given = form.read(
            CompletionGiven,
            good=form.amount("good"),
            defects=form.amount("defects") if form.get("defects") else None,
            completed_at=form.time("completed_at", _zone(node, form)),
            settlement=form.get("settlement") or None,
        )
        commands.complete(node, form.business, lot_id, given)

    return _done(node, form, request, lot_id, act)


@router.post("/lots/{lot_id}/settlement")
def settle(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Settles a completed lot that waits, or was refused, as a batch of its own."""

    return _done(node, form, request, lot_id, lambda: commands.settle_alone(node, form.business, lot_id))


@router.post("/lots/{lot_id}/shipments")
def ship(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Ships a part of the lot."""

    def act() -> None:
        given = form.read(
            ShipmentGiven, to_business_id=form.get("to_business_id"), quantity=form.amount("quantity")
        )
        commands.ship(node, form.business, lot_id, given)

    return _done(node, form, request, lot_id, act)


@router.post("/lots/{lot_id}/consumptions")
def consume(node: NodeDep, form: DailyForm, request: Request, lot_id: str) -> Response:
    """Uses up a part of the lot."""

    def act() -> None:
        given = form.read(
            ConsumptionGiven, quantity=form.amount("quantity"), purpose=form.get("purpose") or None
        )
        commands.consume(node, form.business, lot_id, given)

    return _done(node, form, request, lot_id, act)


@router.post("/lots/{lot_id}/restatements")
def restate(node: NodeDep, form: BindingForm, request: Request, lot_id: str) -> Response:
    """Says what the lot should have carried."""

    def act() -> None:
        given = form.read(
            RestatementGiven,
            co2=form.amount("co2"),
            primary=form.amount("primary"),
            reason=form.get("reason"),
        )
        commands.restate(node, form.business, lot_id, given)

    return _done(node, form, request, lot_id, act)


def _done(
    node: Node,
    form: Form,
    request: Request,
    lot_id: str,
    act: Callable[[], object],
    path: str | None = None,
) -> Response:
    """Leads to the lot's page, or another path; a refused form comes back on the lot's page."""
    known_id(lot_id)

    def acted() -> str:
        act()
        return path or f"/lots/{lot_id}"

    return form.carry_out(node, acted, lambda typed: lot_shown(node, form.visitor, request, lot_id, typed))


def _zone(node: Node, form: Form) -> str:
    with reading(node.engine) as session:
        return zone_name(session, form.business.business_id)
