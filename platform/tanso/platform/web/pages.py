"""What all pages share: headers, errors, who looks at them, and forms that no other site can send."""

import hmac
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from tanso.contracts.errors import TansoError
from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import ID_PATTERN
from tanso.platform.api.problems import headers_of, logged_problem_of
from tanso.platform.auth.dependencies import READS_BUSINESS, Rule
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.local import LocalBusiness, local_business
from tanso.platform.errors import NotAllowed, NotAuthenticated, NotFound
from tanso.platform.node import Node
from tanso.platform.people.sessions import (
    COOKIE,
    LONGEST_SECONDS,
    Visit,
    form_token,
    is_cookie,
    new_cookie,
    visit_of,
)
from tanso.platform.web.render import render

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Pages run no script and load nothing from anywhere."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page."""

    cookie: str
    """The browser's, or a new one that it gets with a form."""
    known: bool
    """Whether the browser has it already."""
    visit: Visit | None
    """Who is signed in."""

    @property
    def principal(self) -> Principal | None:
        """As whom the visitor acts; None for a stranger, and until one of several businesses is chosen."""
        return self.visit.principal if self.visit else None

    @property
    def business_id(self) -> str | None:
        """The business for which the visitor acts."""
        return self.principal.business_id if self.principal else None

    def may(self, rule: Rule) -> bool:
        """Whether the visitor acts in a role, and with a scope, that fits the rule."""
        return self.principal is not None and rule.fits(self.principal)

    def person(self) -> tuple[Visit, str]:
        """The visit, and the number of the person who is signed in. Raises `NotAuthenticated`."""
        if self.visit is None or self.visit.person_id is None:
            raise NotAuthenticated("no person is signed in", "Sign in with your e-mail address and password.")
        return self.visit, self.visit.person_id


def _visitor(node: NodeDep, request: Request) -> Visitor:
    cookie = request.cookies.get(COOKIE, "")
    if not is_cookie(cookie):
        return Visitor(new_cookie(), False, None)
    return Visitor(cookie, True, visit_of(node.engine, cookie))


VisitorDep = Annotated[Visitor, Depends(_visitor)]


Sent = Annotated[str, Form(alias="form_token", max_length=64)]


class Elsewhere(NotAuthenticated):
    """Nobody is signed in, or not for a business yet: another page comes first."""

    def __init__(self, path: str) -> None:
        super().__init__("nobody is signed in", "Sign in, and choose for whom you act.")
        self.path = path


def acting(node: Node, visitor: Visitor, rule: Rule) -> LocalBusiness:
    """The business for which the visitor acts by a rule. Raises `Elsewhere` and `NotAllowed`."""
    if visitor.visit is None:
        raise Elsewhere("/sign-in")
    if visitor.principal is None:
        raise Elsewhere("/choose")
    rule.check(visitor.principal)
    assert visitor.business_id is not None
    with reading(node.engine) as session:
        return local_business(session, visitor.business_id)


def _reading(node: NodeDep, visitor: VisitorDep) -> LocalBusiness:
    return acting(node, visitor, READS_BUSINESS)


ReadsDep = Annotated[LocalBusiness, Depends(_reading)]
"""The business whose pages somebody of it reads; whoever is not signed in is sent to do so."""


def proven(visitor: VisitorDep, sent: Sent = "") -> Visitor:
    """The visitor, whose form comes from a page of ours. Raises `NotAllowed`."""
    if not visitor.known or not hmac.compare_digest(sent.encode(), form_token(visitor.cookie).encode()):
        raise NotAllowed(
            "this form was not made for this browser, or is too old",
            "Go back, load the page once more and send the form again.",
            slug="form-token-missing",
        )
    return visitor


SenderDep = Annotated[Visitor, Depends(proven)]
"""Who sends a form of ours: the form's hidden field proves that the page came from here."""


class PageRoute(APIRoute):
    """A route whose errors are pages, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Elsewhere as error:
                return go(error.path)
            except TansoError as error:
                return problem(error, request.url.path)

        return handled


def page(
    template: str, visitor: Visitor, request: Request, *, status_code: int = 200, **values: Any
) -> Response:
    """The page of a template. One with a form gives the browser the cookie that the form goes with."""
    text = render(
        template,
        form_token=form_token(visitor.cookie),
        menu=visitor.may(READS_BUSINESS),
        here=request.url.path,
        **values,
    )
    answer = HTMLResponse(text, status_code, HEADERS)
    if not visitor.known and form_token(visitor.cookie) in text:
        keep(answer, visitor.cookie, request)
    return answer


def problem(error: TansoError, path: str) -> HTMLResponse:
    """The page of an error."""
    told = logged_problem_of(error, path)
    text = render("problem.html", title=told.title, detail=told.detail, hint=told.hint)
    return HTMLResponse(text, told.status, HEADERS | headers_of(error))


def known_id(text: str) -> str:
    """An ID out of an address; `NotFound` for what is none."""
    if not re.fullmatch(ID_PATTERN, text):
        raise NotFound(f"{text[:80]!r} is no ID", "An ID is 0x and 32 of the digits 0-9 and a-f.")
    return text


def go(path: str) -> Response:
    """Leads to another page."""
    return RedirectResponse(path, status_code=303)


def keep(answer: Response, cookie: str, request: Request) -> None:
    """Gives the browser a cookie that no script reads and no other site's page sends."""
    answer.set_cookie(
        COOKIE,
        cookie,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=LONGEST_SECONDS,
    )
