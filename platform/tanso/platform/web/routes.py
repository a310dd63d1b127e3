"""Pages for people: the start page, a lot's page, its report, the API's routes. All of them only read."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import NotAuthenticated
from tanso.platform.indexer.pauses import paused_contracts
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.lots.queries import lots_of, settled_lot
from tanso.platform.lots.schemas import LotShown
from tanso.platform.reports.page import report_page
from tanso.platform.reports.routes import report_for
from tanso.platform.web.pages import HEADERS, PageRoute, VisitorDep, go, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

LISTED = 100
"""Most lots on the start page."""


@router.get("/")
def start(node: NodeDep, visitor: VisitorDep, request: Request, lot: str = "") -> Response:
    """Ask for a lot by its ID; signed in, see one's own and held lots."""
    if lot:
        return go(f"/lots/{lot.strip()[:66]}")
    if visitor.visit is not None and visitor.principal is None:
        return go("/choose")
    with reading(node.engine) as session:
        own = _lots(session, visitor.business_id) if visitor.business_id else []
        name = _name(session, visitor.principal)
        paused = paused_contracts(session)
    return page(
        "start.html", visitor, request, name=name, lots=own, status=node.indexer.status(), paused=paused,
        visit=visitor.visit,
    )  # fmt: skip


@router.get("/lots/{lot_id}")
def lot_page(node: NodeDep, visitor: VisitorDep, request: Request, lot_id: str) -> Response:
    """What anyone who knows the ID may see, and the report's link for those who may see more."""
    with reading(node.engine) as session:
        row, batch = settled_lot(session, lot_id)
        shown = LotShown.of(row, batch, restated(session, [lot_id]).get(lot_id))
        product = _own_product(session, visitor.business_id, lot_id)
    return page(
        "lot.html", visitor, request, lot=shown, product=product, signed_in=visitor.principal is not None
    )


@router.get("/lots/{lot_id}/report")
def lot_report(node: NodeDep, visitor: VisitorDep, lot_id: str) -> Response:
    """The report, for those to whom the lot is disclosed."""
    if visitor.principal is None:
        raise NotAuthenticated("nobody is signed in", "Sign in for a business to which the lot is disclosed.")
    return HTMLResponse(report_page(report_for(node, visitor.business_id, lot_id)), headers=HEADERS)


@router.get("/api")
def api_page(request: Request, visitor: VisitorDep) -> Response:
    """All routes of the API, from its OpenAPI document."""
    document = request.app.openapi()
    routes = [
        {"method": method.upper(), "path": path, "summary": operation["summary"], "tag": operation["tags"][0]}
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return page("api.html", visitor, request, tags=document["tags"], routes=routes)


def _name(session: Session, principal: Principal | None) -> str | None:
    """For whom the visitor acts."""
    if principal is None:
        return None
    business = session.get(LocalBusiness, principal.business_id) if principal.business_id else None
    return business.name if business else f"the {principal.role}"


def _lots(session: Session, business_id: str) -> list[dict[str, Any]]:
    found = lots_of(session, business_id, "", LISTED)
    restatements = restated(session, [item.lot_id for item in found])
    return [
        {
            "id": item.lot_id,
            "name": item.draft.product if item.draft else None,
            "co2_ug": item.row.co2_ug if item.row else None,
            "restated_ug": restatements[item.lot_id].co2_ug if item.lot_id in restatements else None,
            "held": item.position.quantity if item.position else 0,
            "unit": item.unit.symbol,
        }
        for item in found
    ]


def _own_product(session: Session, business_id: str | None, lot_id: str) -> str | None:
    """The product's name, for the business that makes the lot."""
    draft = session.get(LotDraft, lot_id) if business_id else None
    return draft.product if draft and draft.business_id == business_id else None
