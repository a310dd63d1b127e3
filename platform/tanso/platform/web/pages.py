"""What all pages share: headers, errors, who looks at them, and forms that no other site can send."""

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute

from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.problems import headers_of
from tanso.platform.auth.principal import Principal
from tanso.platform.errors import NotAllowed, NotAuthenticated, PlatformError
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


def _sender(visitor: VisitorDep, sent: Sent = "") -> Visitor:
    if not visitor.known or not hmac.compare_digest(sent.encode(), form_token(visitor.cookie).encode()):
        raise NotAllowed(
            "this form was not made for this browser, or is too old",
            "Go back, load the page once more and send the form again.",
            slug="form-token-missing",
        )
    return visitor


SenderDep = Annotated[Visitor, Depends(_sender)]
"""Who sends a form of ours: the form's hidden field proves that the page came from here."""


class PageRoute(APIRoute):
    """A route whose errors are pages, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except PlatformError as error:
                return problem(error)

        return handled


def page(
    template: str, visitor: Visitor, request: Request, *, status_code: int = 200, **values: Any
) -> Response:
    """The page of a template. One with a form gives the browser the cookie that the form goes with."""
    text = render(template, form_token=form_token(visitor.cookie), **values)
    answer = HTMLResponse(text, status_code, HEADERS)
    if not visitor.known and form_token(visitor.cookie) in text:
        keep(answer, visitor.cookie, request)
    return answer


def problem(error: PlatformError) -> HTMLResponse:
    """The page of an error."""
    text = render("problem.html", title=error.title, detail=error.message, hint=error.hint)
    return HTMLResponse(text, error.status, HEADERS | headers_of(error))


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
