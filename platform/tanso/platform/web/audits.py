"""The auditor's pages, and a business's own: carbon accounts as a picture, and what an audit finds."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from tanso.oracle.store import reading
from tanso.platform.agreements.service import asking
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.audit.page import business_view, days_of, overview
from tanso.platform.auth.principal import Principal
from tanso.platform.errors import NotAuthenticated
from tanso.platform.web.pages import PageRoute, Visitor, VisitorDep, go, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

First = Annotated[str, Query(alias="from", max_length=20)]
After = Annotated[str, Query(alias="to", max_length=20)]


@router.get("/audit")
def overview_page(
    node: NodeDep, visitor: VisitorDep, request: Request, first: First = "", after: After = ""
) -> Response:
    """All businesses at a glance, for an auditor; anybody else is sent to the audit of the own business."""
    principal = _principal(visitor)
    if principal.business_id is not None:
        return go(f"/audit/{principal.business_id}")
    with reading(node.engine) as session:
        shown = overview(session, principal, days_of(session, first, after))
    return page("audits.html", visitor, request, **shown)


@router.get("/audit/{business_id}")
def business_page(
    node: NodeDep,
    visitor: VisitorDep,
    request: Request,
    business_id: str,
    first: First = "",
    after: After = "",
) -> Response:
    """A business's carbon account as a picture, and what an audit finds in it."""
    principal = _principal(visitor)
    with asking(node.engine, principal.business_id) as reader:
        days = days_of(reader.session, first, after)
        shown = business_view(reader, principal, business_id, days)
    return page("audit.html", visitor, request, **shown)


def _principal(visitor: Visitor) -> Principal:
    if visitor.principal is None:
        raise NotAuthenticated("nobody is signed in", "Sign in as an auditor, or for your business.")
    return visitor.principal
