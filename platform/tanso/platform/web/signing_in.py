"""Pages to sign in and out, to choose a business, and to open a link that somebody sent."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from tanso.oracle.store import reading, writing
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.rates import Limits, address_of, refuse_over
from tanso.platform.auth.dependencies import LimitsDep
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, NotAuthenticated, PlatformError
from tanso.platform.node import Node
from tanso.platform.people.service import (
    digest_of,
    link_of,
    new_password_hash,
    person_by_email,
    places_of,
    use_link,
)
from tanso.platform.people.sessions import (
    close_session,
    open_session,
    open_session_for_token,
    person_with,
)
from tanso.platform.web.pages import PageRoute, SenderDep, Visitor, VisitorDep, go, keep, page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, route_class=PageRoute)

Field = Annotated[str, Form(max_length=300)]


@router.get("/sign-in")
def sign_in_page(visitor: VisitorDep, request: Request) -> Response:
    """The forms: address and password, or a token."""
    return page("sign_in.html", visitor, request, problem=None)


@router.post("/sign-in")
def sign_in(
    node: NodeDep,
    limits: LimitsDep,
    sender: SenderDep,
    request: Request,
    email: Field = "",
    password: Field = "",
) -> Response:
    """Opens a session for the right password."""
    try:
        person_id = prove(node, limits, request, email, password)
    except NotAuthenticated as error:
        return page("sign_in.html", sender, request, status_code=error.status, problem=error.message)
    return _enter(node, sender, request, person_id)


@router.post("/sign-in/token")
def sign_in_with_token(
    node: NodeDep, limits: LimitsDep, sender: SenderDep, request: Request, token: Field = ""
) -> Response:
    """Opens a session for whoever has a token, which then stays out of the browser."""
    try:
        with writing(node.engine) as session:
            cookie = open_session_for_token(session, token.strip())
            close_session(session, digest_of(sender.cookie))
    except NotAuthenticated as error:
        refuse_over(limits.failures.take(address_of(request.scope)))
        return page("sign_in.html", sender, request, status_code=error.status, problem=error.message)
    answer = go("/")
    keep(answer, cookie, request)
    return answer


@router.post("/sign-out")
def sign_out(node: NodeDep, sender: SenderDep) -> Response:
    """Ends the session."""
    with writing(node.engine) as session:
        close_session(session, digest_of(sender.cookie))
    return go("/")


@router.get("/choose")
def choose_page(node: NodeDep, visitor: VisitorDep, request: Request) -> Response:
    """Of what the person is part, to choose from."""
    _, person_id = visitor.person()
    with reading(node.engine) as session:
        places = [
            (member.place, _name_of(session, member.place), member.role)
            for member in places_of(session, person_id)
        ]
    return page("choose.html", visitor, request, places=places)


@router.post("/choose")
def choose(node: NodeDep, sender: SenderDep, request: Request, place: Field = "") -> Response:
    """Acts for the chosen business from now on, in a new session."""
    _, person_id = sender.person()
    return _enter(node, sender, request, person_id, place)


@router.get("/join/{secret}")
def join_page(node: NodeDep, visitor: VisitorDep, request: Request, secret: str) -> Response:
    """What the link is for, and the form for it."""
    return _join_page(node, visitor, request, secret, None)


@router.post("/join/{secret}")
def join(
    node: NodeDep,
    limits: LimitsDep,
    sender: SenderDep,
    request: Request,
    secret: str,
    password: Field = "",
    again: Field = "",
) -> Response:
    """Accepts an invitation, or sets a new password."""
    with reading(node.engine) as session:
        link = link_of(session, secret)
        proves = link.role is not None and person_by_email(session, link.email) is not None
    try:
        chosen = None
        if proves:
            prove(node, limits, request, link.email, password)
        else:
            chosen = chosen_hash(link.email, link.name, password, again)
    except (BadInput, NotAuthenticated) as error:
        return _join_page(node, sender, request, secret, error)
    with writing(node.engine) as session:
        person_id = use_link(session, secret, chosen)
    return _enter(node, sender, request, person_id, link.place)


def prove(node: Node, limits: Limits, request: Request, email: str, password: str) -> str:
    """The number of the person with this address and password.

    :raises NotAuthenticated: when both do not fit together.
    :raises RateLimited: when that was tried too often, for the person or from the address.
    """
    address, person = address_of(request.scope), email.strip().casefold()
    refuse_over(limits.failures.look(address))
    refuse_over(limits.guesses.take(person))
    try:
        person_id = person_with(node.engine, email, password)
    except NotAuthenticated:
        limits.failures.take(address)
        raise
    limits.guesses.forget(person)
    return person_id


def chosen_hash(email: str, name: str, password: str, again: str) -> str:
    """The hash of a password that was written twice. Raises `BadInput`."""
    if password != again:
        raise BadInput("password: the two do not agree", "Write the same twice.", slug="bad-password")
    return new_password_hash(email, name, password)


def _name_of(session: Session, place: str) -> str:
    """What to call a business, or the node."""
    business = session.get(LocalBusiness, place)
    return business.name if business else "the node"


def _enter(
    node: Node, visitor: Visitor, request: Request, person_id: str, place: str | None = None
) -> Response:
    """A new session instead of the one before."""
    with writing(node.engine) as session:
        cookie = open_session(session, person_id, place)
        close_session(session, digest_of(visitor.cookie))
    answer = go("/")
    keep(answer, cookie, request)
    return answer


def _join_page(
    node: Node, visitor: Visitor, request: Request, secret: str, error: PlatformError | None
) -> Response:
    with reading(node.engine) as session:
        link = link_of(session, secret)
        known = person_by_email(session, link.email) is not None
        place = _name_of(session, link.place)
    return page(
        "join.html", visitor, request, status_code=error.status if error else 200,
        problem=error.message if error else None, link=link, secret=secret,
        place=place, proves=known and link.role is not None,
    )  # fmt: skip
