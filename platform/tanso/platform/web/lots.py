"""Pages of lots: a business's own and bought ones, a draft, a settled lot, and for anyone a lot's figures."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from tanso.contracts.units import Unit
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.auth.dependencies import BINDS_BUSINESS, READS_BUSINESS, WRITES_BUSINESS
from tanso.platform.businesses.local import LocalBusiness, local_business
from tanso.platform.lots import choices
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.allocation import Mass
from tanso.platform.lots.drafts import DraftStatus, LotDraft, LotInput
from tanso.platform.lots.models import LotRow
from tanso.platform.lots.overview import bought_by, consignees, made_by, whereabouts
from tanso.platform.lots.queries import settled_lot
from tanso.platform.lots.schemas import LotShown
from tanso.platform.lots.service import inputs_of
from tanso.platform.lots.so_far import MOST_USES, SoFar, so_far
from tanso.platform.node import Node
from tanso.platform.policies.models import policy_of
from tanso.platform.policies.service import zone_name
from tanso.platform.web.forms import Typed
from tanso.platform.web.pages import PageRoute, ReadsDep, Visitor, VisitorDep, known_id, page
from tanso.platform.web.render import mass, short

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

LISTED = 50
"""Lots on one page of the list."""
PARTS = 6
"""Parts of a picture, the last one for all the rest."""
UNITS = {
    Unit.PIECE: ("pc",),
    Unit.GRAM: ("g", "kg", "t"),
    Unit.MILLILITRE: ("mL", "L", "m3"),
    Unit.WATT_HOUR: ("Wh", "kWh", "MWh"),
    Unit.SECOND: ("s", "min", "h"),
}
"""What forms offer for each base unit; the API takes others, too."""
ALL_UNITS = tuple(unit for units in UNITS.values() for unit in units)


@router.get("/lots")
def lots_page(
    node: NodeDep,
    business: ReadsDep,
    visitor: VisitorDep,
    request: Request,
    of: str = "made",
    after: str = "",
) -> Response:
    """Own lots, or bought ones, the newest first, and a form to register one."""
    return lots_shown(node, business, visitor, request, Typed(), bought=of == "bought", after=after)


@router.get("/lots/{lot_id}")
def lot_page(node: NodeDep, visitor: VisitorDep, request: Request, lot_id: str, find: str = "") -> Response:
    """A lot's figures for whoever knows the ID; for its maker and holders, what they may do with it."""
    return lot_shown(node, visitor, request, lot_id, Typed(), find)


def lots_shown(
    node: Node,
    business: LocalBusiness,
    visitor: Visitor,
    request: Request,
    typed: Typed,
    *,
    bought: bool = False,
    after: str = "",
) -> Response:
    """The list, and the form with what was typed into it."""
    if after:
        known_id(after)
    with reading(node.engine) as session:
        listed = bought_by if bought else made_by
        lots = listed(session, business.business_id, after, LISTED + 1)
        restatements = restated(session, [lot.lot_id for lot in lots])
        zone = zone_name(session, business.business_id)
    return page(
        "lots.html", visitor, request, status_code=typed.status, typed=typed, lots=lots[:LISTED],
        more=len(lots) > LISTED, bought=bought, after=after, restated=restatements, zone=zone,
        writes=visitor.may(WRITES_BUSINESS), units=list(Unit),
    )  # fmt: skip


def lot_shown(
    node: Node, visitor: Visitor, request: Request, lot_id: str, typed: Typed, find: str = ""
) -> Response:
    """A lot's page, and its forms with what was typed into one of them."""
    known_id(lot_id)
    with reading(node.engine) as session:
        business = None
        if visitor.may(READS_BUSINESS) and visitor.business_id:
            business = local_business(session, visitor.business_id)
        draft = session.get(LotDraft, lot_id)
        own = draft if draft and business and draft.business_id == business.business_id else None
        if business and own and session.get(LotRow, lot_id) is None:
            template, shown = "draft.html", _draft(session, business, own, find[:100])
        else:
            template, shown = "lot.html", _settled(session, visitor, business, own, lot_id)
    if business and own and template == "draft.html":
        shown |= _carbon(node, business, own, shown["items"], shown["names"])
        shown["forms"] = _forms_of_draft(own) if visitor.may(WRITES_BUSINESS) else ()
    return page(
        template, visitor, request, status_code=typed.status, typed=typed, visit=visitor.visit, **shown
    )


def _draft(session: Session, business: LocalBusiness, draft: LotDraft, find: str) -> dict[str, Any]:
    items = inputs_of(session, draft.lot_id)
    return {
        "draft": draft,
        "items": items,
        "names": choices.names_of(session, business.business_id, items),
        "lots": choices.held_lots(session, business.business_id, find),
        "factors": choices.held_factors(session, find, draft.started_at),
        "machines": choices.machines(session, business.business_id),
        "find": find,
        "most": choices.MOST_OFFERED,
        "policy": policy_of(session, business.business_id),
        "zone": zone_name(session, business.business_id),
        "unit": Unit(draft.unit),
        "units": UNITS[Unit(draft.unit)],
        "all_units": ALL_UNITS,
        "listed": MOST_USES,
    }


def _forms_of_draft(draft: LotDraft) -> tuple[str, ...]:
    if draft.status == DraftStatus.OPEN:
        return ("material-uses", "equipment-uses", "uses", "completion", "take-back")
    return ("settlement",) if draft.status in (DraftStatus.COMPLETED, DraftStatus.REFUSED) else ()


def _carbon(
    node: Node, business: LocalBusiness, draft: LotDraft, items: Sequence[LotInput], names: dict[str, str]
) -> dict[str, Any]:
    """What the lot's CO2 is so far, or by the batch that is on its way; and the parts of its picture."""
    if draft.status in (DraftStatus.SETTLING, DraftStatus.SETTLED):
        found = SoFar({item.id: Mass(item.co2_ug or 0, item.primary_ug or 0) for item in items})
    else:
        found = so_far(node, business, draft, items)
    sums: dict[str, int] = {}
    for item in items:
        if item.id in found.masses:
            name = names.get(item.ref_id, short(item.ref_id))
            sums[name] = sums.get(name, 0) + found.masses[item.id].co2_ug
    largest = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    picture = largest[: PARTS - 1]
    if rest := largest[PARTS - 1 :]:
        picture.append(("all others", sum(ug for _, ug in rest)))
    parts = [(name, ug, mass(ug)) for name, ug in picture]
    return {"so_far": found, "total": found.total, "picture_parts": parts}


def _settled(
    session: Session, visitor: Visitor, business: LocalBusiness | None, own: LotDraft | None, lot_id: str
) -> dict[str, Any]:
    row, batch = settled_lot(session, lot_id)
    shown: dict[str, Any] = {
        "lot": LotShown.of(row, batch, restated(session, [lot_id]).get(lot_id)),
        "own": own,
        "forms": (),
        "where": None,
    }
    if business is None:
        return shown
    where = whereabouts(session, business, lot_id)
    makes = row.business_id == business.business_id
    if where.held and visitor.may(WRITES_BUSINESS):
        shown["forms"] += ("shipments", "consumptions")
    if makes and visitor.may(BINDS_BUSINESS):
        shown["forms"] += ("restatements",)
    if makes or where.had:
        shown |= {
            "where": where,
            "consignees": consignees(session, business.business_id),
            "zone": zone_name(session, business.business_id),
            "units": UNITS[Unit(row.unit)],
        }
    return shown
