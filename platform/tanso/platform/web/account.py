"""Pages of one's own account, and of the people of a business."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.auth.dependencies import LimitsDep, Rule
from tanso.platform.auth.models import OF_BUSINESS, Role, Scope
from tanso.platform.auth.principal import Principal
from tanso.platform.errors import BadInput, NotAuthenticated, PlatformError
from tanso.platform.people import service
from tanso.platform.people.models import Person
from tanso.platform.people.sessions import close_all, open_session
from tanso.platform.web.pages import PageRoute, SenderDep, Visitor, VisitorDep, go, keep, page
from tanso.platform.web.signing_in import Field, chosen_hash, prove

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

LISTED = 200
"""Most people on the page; the API lists all."""

MANAGES = Rule((Role.MANAGER, Role.OPERATOR), Scope.WRITE)


@router.get("/account")
def account_page(node: NodeDep, visitor: VisitorDep, request: Request) -> Response:
    """Change the password, sign out everywhere, act for another business."""
    return _account(node, visitor, request)


@router.post("/account/password")
def change_password(
    node: NodeDep,
    limits: LimitsDep,
    sender: SenderDep,
    request: Request,
    old: Field = "",
    password: Field = "",
    again: Field = "",
) -> Response:
    """Sets another password and signs out everywhere else."""
    visit, person_id = sender.person()
    with reading(node.engine) as session:
        person = session.get_one(Person, person_id)
    try:
        prove(node, limits, request, person.email, old)
        chosen = chosen_hash(person.email, person.name, password, again)
    except (BadInput, NotAuthenticated) as error:
        return _account(node, sender, request, error)
    with writing(node.engine) as session:
        service.set_password(session, session.get_one(Person, person_id), chosen)
        place = (visit.principal.business_id or "") if visit.principal else None
        cookie = open_session(session, person_id, place)
    answer = go("/account")
    keep(answer, cookie, request)
    return answer


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(node: NodeDep, sender: SenderDep) -> Response:
    """Ends all sessions of the person."""
    _, person_id = sender.person()
    with writing(node.engine) as session:
        close_all(session, person_id)
    return go("/sign-in")


@router.get("/people")
def people_page(node: NodeDep, visitor: VisitorDep, request: Request) -> Response:
    """Who is what in the business, and a form to invite somebody."""
    return _people(node, visitor, request)


@router.post("/people/invite")
def invite(
    node: NodeDep,
    sender: SenderDep,
    request: Request,
    name: Annotated[str, Form(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")],
    email: Field,
    role: Annotated[Role, Form()],
) -> Response:
    """Shows the link to send, this once."""
    principal = _manager(sender)
    try:
        with writing(node.engine) as session:
            link = service.invite(session, role, principal.business_id, name=name, email=email)
    except PlatformError as error:
        return _people(node, sender, request, error=error)
    return _people(node, sender, request, link=str(request.base_url).rstrip("/") + link.path)


@router.post("/people/remove")
def remove(node: NodeDep, sender: SenderDep, person_id: Field = "", link_id: Field = "") -> Response:
    """Puts somebody out, or withdraws an invitation."""
    principal = _manager(sender)
    with writing(node.engine) as session:
        if link_id:
            service.withdraw_invitation(session, link_id, principal.business_id, anywhere=False)
        else:
            service.remove_member(session, person_id, principal.business_id)
    return go("/people")


def _manager(visitor: Visitor) -> Principal:
    """Whoever manages people here. Raises `NotAuthenticated` or `NotAllowed`."""
    if visitor.principal is None:
        raise NotAuthenticated("nobody is signed in", "Sign in as a manager or operator.")
    MANAGES.check(visitor.principal)
    return visitor.principal


def _account(
    node: NodeDep, visitor: Visitor, request: Request, error: PlatformError | None = None
) -> Response:
    visit, person_id = visitor.person()
    with reading(node.engine) as session:
        person = session.get_one(Person, person_id)
        places = len(service.places_of(session, person_id))
    return page(
        "account.html", visitor, request, status_code=error.status if error else 200,
        problem=error.message if error else None, visit=visit, email=person.email, places=places,
    )  # fmt: skip


def _people(
    node: NodeDep,
    visitor: Visitor,
    request: Request,
    *,
    link: str | None = None,
    error: PlatformError | None = None,
) -> Response:
    principal = _manager(visitor)
    with reading(node.engine) as session:
        members = service.members(session, principal.business_id, "", LISTED)
        open_ = service.invitations(session, principal.business_id, "", LISTED)
    roles = [role for role in Role if (role in OF_BUSINESS) == (principal.business_id is not None)]
    return page(
        "people.html", visitor, request, status_code=error.status if error else 200,
        problem=error.message if error else None, members=members, invited=open_, link=link, roles=roles,
    )  # fmt: skip
