"""The start page, a lot's report, the API's routes. All of them only read."""

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
from tanso.platform.lots.overview import OwnLot, bought_by, made_by
from tanso.platform.reports.page import report_page
from tanso.platform.reports.routes import report_for
from tanso.platform.web.pages import HEADERS, PageRoute, VisitorDep, go, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

LISTED = 10
"""Most own lots, and bought ones, on the start page."""


@router.get("/")
def start(node: NodeDep, visitor: VisitorDep, request: Request, lot: str = "") -> Response:
    """Ask for a lot by its ID; signed in, see one's own and held lots."""
    if lot:
        return go(f"/lots/{lot.strip()[:66]}")
    if visitor.visit is not None and visitor.principal is None:
        return go("/choose")
    with reading(node.engine) as session:
        lots: list[OwnLot] = []
        if (me := visitor.business_id) is not None:
            lots = [*made_by(session, me, "", LISTED), *bought_by(session, me, "", LISTED)]
        restatements = restated(session, [lot.lot_id for lot in lots])
        name = _name(session, visitor.principal)
        paused = paused_contracts(session)
    return page(
        "start.html", visitor, request, name=name, lots=lots, restated=restatements,
        status=node.indexer.status(), paused=paused, visit=visitor.visit,
    )  # fmt: skip


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
