"""Pages for people: the start page, a lot's page, its report, the API's routes, signing in with a token.

Signing in puts the token into a cookie that scripts cannot read and other sites' pages cannot send. Every
page but the
sign-in only reads.
"""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.audit.page import Days, business_page, days_of, overview_page
from tanso.platform.auth.models import Role
from tanso.platform.auth.principal import Principal
from tanso.platform.auth.service import authenticate
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import NotAllowed, NotAuthenticated, NotFound, PlatformError
from tanso.platform.indexer.pauses import paused_contracts
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.drafts import LotDraft
from tanso.platform.lots.queries import lots_of, settled_lot
from tanso.platform.lots.schemas import LotShown
from tanso.platform.node import Node
from tanso.platform.reports.page import report_page
from tanso.platform.reports.routes import report_for
from tanso.platform.web.render import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

COOKIE = "tanso_token"
LISTED = 100
"""Most lots on the start page."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Pages run no script and load nothing from anywhere."""

Token = Annotated[str | None, Cookie(alias=COOKIE)]
First = Annotated[str, Query(alias="from", max_length=20)]
After = Annotated[str, Query(alias="to", max_length=20)]


@router.get("/")
def start(node: NodeDep, token: Token = None, lot: str = "") -> Response:
    """Ask for a lot by its ID; signed in, see one's own and held lots."""
    if lot:
        return RedirectResponse(f"/lots/{lot.strip()[:66]}", status_code=303)
    with reading(node.engine) as session:
        reader = _reader(session, token)
        own = _lots(session, reader) if reader and reader.business_id else []
        name = _name(session, reader)
        paused = paused_contracts(session)
    return _page(
        "start.html", name=name, lots=own, status=node.indexer.status(), paused=paused,
        signed_in=reader is not None, audits=reader is not None and reader.role is not Role.OPERATOR,
    )  # fmt: skip


@router.get("/lots/{lot_id}")
def lot_page(node: NodeDep, lot_id: str, token: Token = None) -> Response:
    """What anyone who knows the ID may see, and the report's link for those who may see more."""
    try:
        with reading(node.engine) as session:
            row, batch = settled_lot(session, lot_id)
            shown = LotShown.of(row, batch, restated(session, [lot_id]).get(lot_id))
            reader = _reader(session, token)
            product = _own_product(session, reader, lot_id)
    except NotFound as error:
        return _problem(error)
    return _page("lot.html", lot=shown, product=product, signed_in=reader is not None)


@router.get("/lots/{lot_id}/report")
def lot_report(node: NodeDep, lot_id: str, token: Token = None) -> Response:
    """The report, for those to whom the lot is disclosed."""
    try:
        return HTMLResponse(report_page(_report(node, token, lot_id)), headers=HEADERS)
    except PlatformError as error:
        return _problem(error)


@router.get("/audit")
def audits(node: NodeDep, token: Token = None, first: First = "", after: After = "") -> Response:
    """All businesses at a glance, for an auditor; anybody else is sent to the audit of the own business."""
    with reading(node.engine) as session:
        reader = _reader(session, token)
        if reader is not None and reader.business_id is not None:
            return RedirectResponse(f"/audit/{reader.business_id}", status_code=303)
        return _audit(session, reader, lambda known, days: overview_page(session, known, days), first, after)


@router.get("/audit/{business_id}")
def audit_of(
    node: NodeDep, business_id: str, token: Token = None, first: First = "", after: After = ""
) -> Response:
    """A business's carbon account as a picture, and what an audit finds in it."""
    with reading(node.engine) as session:
        reader = _reader(session, token)

        def page(known: Principal, days: Days) -> str:
            return business_page(session, known, business_id, days)

        return _audit(session, reader, page, first, after)


@router.get("/sign-in")
def sign_in_page() -> Response:
    """The form."""
    return _page("sign_in.html", problem=None)


@router.post("/sign-in")
def sign_in(node: NodeDep, request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Keeps a valid token in the browser's cookie."""
    try:
        with reading(node.engine) as session:
            authenticate(session, token.strip())
    except NotAuthenticated as error:
        return _page("sign_in.html", status_code=401, problem=error.message)
    answer = RedirectResponse("/", status_code=303)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        COOKIE, token.strip(), httponly=True, samesite="strict", secure=secure, max_age=8 * 3600
    )
    return answer


@router.post("/sign-out")
def sign_out() -> Response:
    """Forgets the token."""
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@router.get("/api")
def api_page(request: Request) -> Response:
    """All routes of the API, from its OpenAPI document."""
    document = request.app.openapi()
    routes = [
        {"method": method.upper(), "path": path, "summary": operation["summary"], "tag": operation["tags"][0]}
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    return _page("api.html", tags=document["tags"], routes=routes)


def _audit(
    session: Session, reader: Principal | None, page: Callable[[Principal, Days], str], first: str, after: str
) -> Response:
    try:
        if reader is None:
            raise NotAuthenticated(
                "nobody is signed in", "Sign in as an auditor, or with your business's token."
            )
        return HTMLResponse(page(reader, days_of(session, first, after)), headers=HEADERS)
    except PlatformError as error:
        return _problem(error, hint=error.hint)


def _page(template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(render(template, **values), status_code=status_code, headers=HEADERS)


def _problem(error: PlatformError, hint: str | None = None) -> HTMLResponse:
    signs_in = isinstance(error, NotAuthenticated | NotAllowed) and hint is None
    return _page(
        "problem.html", status_code=error.status, title=error.title, detail=error.message,
        hint="Sign in with a token of a business to which the lot is disclosed."
        if signs_in
        else hint or error.hint,
    )  # fmt: skip


def _reader(session: Session, token: str | None) -> Principal | None:
    try:
        return authenticate(session, token) if token else None
    except NotAuthenticated:
        return None


def _name(session: Session, reader: Principal | None) -> str | None:
    if reader is None:
        return None
    business = session.get(LocalBusiness, reader.business_id) if reader.business_id else None
    return business.name if business else f"the {reader.role}"


def _lots(session: Session, reader: Principal) -> list[dict[str, Any]]:
    assert reader.business_id is not None
    found = lots_of(session, reader.business_id, "", LISTED)
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


def _own_product(session: Session, reader: Principal | None, lot_id: str) -> str | None:
    """The product's name, for the business that makes the lot."""
    draft = session.get(LotDraft, lot_id) if reader else None
    return draft.product if reader and draft and draft.business_id == reader.business_id else None


def _report(node: Node, token: str | None, lot_id: str) -> dict[str, Any]:
    with reading(node.engine) as session:
        reader = _reader(session, token)
    if reader is None:
        raise NotAuthenticated("nobody is signed in", "Sign in with your business's token.")
    return report_for(node, reader.business_id, lot_id)
