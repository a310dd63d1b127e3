"""What every route of the API does alike, whatever it is about.

    router = Router(prefix="/v1", tags=["lots"])

A read answers with an ETag and 304 to who has it already. A write that a known party asks for is carried out
once per `Idempotency-Key`. A body in another form than the route reads, and a header that must stand once and
stands twice, are refused by name.

Two marks say what is special about a write: `@shown_once` (its answer shows a secret and is not kept) and
`@apart` (it asks others in between, so it is no single transaction; it has a natural key of its own).
"""

import hashlib
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_type_hints

from fastapi import APIRouter, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel

from tanso.platform.api.dependencies import IdempotencyKey
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadRequest, WrongMedia
from tanso.platform.idempotency.service import Kept, Keyed, once

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SINGLE = (b"authorization", b"idempotency-key", b"content-type", b"content-length", b"host")
"""Headers that mean something else to whoever reads the other one, if they stand twice."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def shown_once(endpoint: Endpoint) -> Endpoint:
    """Marks a write whose answer shows a secret: it is not kept, and not given again."""
    endpoint.__dict__["shown_once"] = True
    return endpoint


def apart(endpoint: Endpoint) -> Endpoint:
    """Marks a write of several transactions, which asked for again comes to the same by a natural key."""
    endpoint.__dict__["apart"] = True
    return endpoint


class Route(APIRoute):
    """A route of the API."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.needs_token = bool(_askers(endpoint))
        self.keyed = self.needs_token and bool(WRITING & set(options.get("methods") or ()))
        if self.keyed:
            endpoint = _once(endpoint, options.get("status_code") or 200)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """FastAPI's, with what all routes do alike around it."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            for name in SINGLE:
                if sum(given == name for given, _ in request.scope["headers"]) > 1:
                    raise BadRequest(
                        f"{name.decode().title()}: stands twice", "Send it once.", slug="header-twice"
                    )
            if self.body_field is not None:
                await self._check_media(request)
            if self.keyed and "idempotency-key" in request.headers:
                request.state.fingerprint = fingerprint(request, await request.body())
            response = await handler(request)
            return self._tagged(request, response) if request.method == "GET" else response

        return handle

    async def _check_media(self, request: Request) -> None:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        assert self.body_field is not None
        if isinstance(self.body_field.field_info, Form):
            fits, wanted = media in FORMS, " or ".join(FORMS)
        else:
            fits = media == "application/json" or (
                media.startswith("application/") and media.endswith("+json")
            )
            wanted = "application/json"
        if not fits and (media or await request.body()):
            raise WrongMedia(
                f"Content-Type: {media[:80] or 'is missing'}; this route reads {wanted}",
                f"Send the body as {wanted} and say so in the header Content-Type.",
            )

    def _tagged(self, request: Request, response: Response) -> Response:
        """The answer with its ETag, or 304 if the client has it."""
        if response.status_code != 200 or "no-store" in response.headers.get("cache-control", ""):
            return response
        tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
        response.headers.update({"ETag": tag, "Cache-Control": "no-cache"})
        if self.needs_token:
            response.headers.update({"Cache-Control": "private, no-cache", "Vary": "Authorization"})
        known = request.headers.get("if-none-match", "").split(",")
        if {tag, f"W/{tag}", "*"} & {one.strip() for one in known}:
            ours = {
                name: value for name, value in response.headers.items() if not name.startswith("content-")
            }
            return Response(status_code=304, headers=ours)
        return response


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class Router(APIRouter):
    """A router whose routes are `Route`s."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Route, **options)


def fingerprint(request: Request, body: bytes) -> str:
    """SHA-256 of method, path, query, media type and body, in hexadecimal.

    The line between the parts of a form is new each time it is sent, so it is left out.
    """
    media, _, parameters = request.headers.get("content-type", "").partition(";")
    name, _, boundary = parameters.strip().partition("=")
    if name.lower() == "boundary" and boundary:
        body = body.replace(boundary.strip('"').encode("latin-1"), b"")
    found = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query, media.strip().lower()):
        found.update(part.encode() + b"\x00")
    found.update(body)
    return found.hexdigest()


def _askers(endpoint: Callable[..., Any]) -> list[str]:
    """The endpoint's parameters that say who asks."""
    hints = get_type_hints(endpoint)
    return [name for name, hint in hints.items() if name != "return" and hint in (Principal, LocalBusiness)]


def _asker(who: Principal | LocalBusiness) -> str:
    """Whose keys are one set: a business's, whichever token it uses, or a role's."""
    return who.business_id or f"role {who.role}" if isinstance(who, Principal) else who.business_id


def _once(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    """The endpoint, carried out once per key, all of it in the thread that it runs in."""
    if inspect.iscoroutinefunction(endpoint):
        raise TypeError(f"{endpoint.__name__}: a write keeps a thread, so it is a plain function")
    who = _askers(endpoint)[0]

    def carry_out(
        *,
        http_request: Request,
        http_response: Response,
        idempotency_key: IdempotencyKey = None,
        **values: Any,
    ) -> Any:
        if idempotency_key is None:
            return endpoint(**values)
        kept = once(
            http_request.app.state.node.engine,
            Keyed(
                _asker(values[who]),
                idempotency_key,
                f"{http_request.method} {http_request.url.path}",
                http_request.state.fingerprint,
            ),
            lambda: _kept(endpoint(**values), status),
            shown_once=getattr(endpoint, "shown_once", False),
            apart=getattr(endpoint, "apart", False),
        )
        headers = dict(http_response.headers)
        if kept.again:
            headers["Idempotent-Replayed"] = "true"
        return Response(kept.body, kept.status, headers, media_type=kept.media_type)

    own = inspect.signature(carry_out).parameters
    theirs = inspect.signature(endpoint)
    carry_out.__signature__ = theirs.replace(  # type: ignore[attr-defined]
        parameters=[
            *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in theirs.parameters.values()),
            own["http_request"],
            own["http_response"],
            own["idempotency_key"],
        ]
    )
    carry_out.__name__, carry_out.__doc__ = endpoint.__name__, endpoint.__doc__
    carry_out.__annotations__ = endpoint.__annotations__ | carry_out.__annotations__
    return carry_out


def _kept(result: Any, status: int) -> Kept:
    """The answer that FastAPI would make of the result."""
    if isinstance(result, Response):
        return Kept(result.status_code, result.media_type, bytes(result.body))
    if result is None:
        return Kept(status, None, b"")
    assert isinstance(result, BaseModel)
    return Kept(status, "application/json", result.model_dump_json().encode())
