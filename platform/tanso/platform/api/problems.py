"""Errors as RFC 9457 problem documents: the one table from Python errors to HTTP, and the handlers.

`type` is `urn:tanso:problem:` and a stable name: a platform error's slug, the custom error's name when a
contract refused, the error class's name otherwise.
"""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError, OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from tanso.contracts.errors import ChainUnreachable, InvalidValue, LedgerError, Reverted, TansoError
from tanso.oracle.errors import (
    DeviceRefused,
    DeviceUnknown,
    EvidenceRefused,
    FactorUnknown,
    FileRefused,
    LayoutRefused,
    OracleError,
    QuantityRefused,
    ReadingRefused,
)
from tanso.oracle.keys import KeyMissing
from tanso.oracle.outbox import KeyReused
from tanso.platform.errors import NotAuthenticated, PlatformError, RateLimited

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
URN = "urn:tanso:problem:"

STATUS_OF: Mapping[type[TansoError], int] = {
    QuantityRefused: 422,
    DeviceRefused: 422,
    DeviceUnknown: 404,
    LayoutRefused: 422,
    FileRefused: 422,
    ReadingRefused: 422,
    OracleError: 409,
    FactorUnknown: 422,
    EvidenceRefused: 422,
    Reverted: 409,
    ChainUnreachable: 503,
    LedgerError: 502,
    InvalidValue: 422,
    KeyReused: 409,
    KeyMissing: 409,
}
"""HTTP status of errors from below the platform; the most special class in an error's ancestry counts."""

PAUSED = "EnforcedPause"
"""Refusal of a contract whose writing is paused: 503, as the same request will be taken later."""

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")

_TITLES: Mapping[int, str] = {
    409: "Not possible in the present state",
    422: "Something in the request does not fit",
    502: "The chain's node gave an answer that cannot be used",
    503: "The chain's node does not answer",
}


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it, and what to do next."""

    type: str = Field(
        max_length=200, description="Stable name of the case, a URN.", examples=[f"{URN}unknown-lot"]
    )
    title: str = Field(max_length=200, description="The kind of problem, the same for every occurrence.")
    status: int = Field(ge=400, le=599, description="HTTP status.")
    detail: str = Field(description="What is wrong with this very request.")
    instance: str = Field(description="Path of the request.")
    hint: str = Field(description="What to do next.")
    values: dict[str, int | str | bool] = Field(
        default_factory=dict, description="The values a contract's error carries; whole numbers, IDs as text."
    )
    fields: list[str] = Field(
        default_factory=list, description="All fields that do not fit, each with the reason."
    )


class Answer(JSONResponse):
    """A problem document."""

    media_type = MEDIA_TYPE


def problem_of(error: TansoError, path: str) -> Problem:
    """The problem document for an error that was raised on purpose."""
    if isinstance(error, PlatformError):
        return Problem(
            type=URN + error.kind,
            title=error.title,
            status=error.status,
            detail=error.message,
            instance=path,
            hint=error.hint,
            fields=error.fields,
        )
    if isinstance(error, Reverted) and error.name == PAUSED:
        return Problem(
            type=URN + PAUSED,
            title="The ledger is paused",
            status=503,
            detail="writing to the ledger is paused; nothing was changed",
            instance=path,
            hint=f"{error.hint} GET /v1/status tells.",
        )
    status = next((STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), 500)
    reverted = isinstance(error, Reverted)
    return Problem(
        type=URN + (error.name if isinstance(error, Reverted) else _kebab(type(error).__name__)),
        title="The ledger refuses this" if reverted else _TITLES.get(status, HTTPStatus(status).phrase),
        status=status,
        detail=error.message,
        instance=path,
        hint=error.hint or "Correct the request and send it again.",
        values=error.values if isinstance(error, Reverted) else {},
    )


def headers_of(error: TansoError) -> dict[str, str]:
    """Headers that an answer with this error has."""
    if isinstance(error, RateLimited):
        return error.headers
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, NotAuthenticated) else {}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route: these problems, and those that every route can give."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*statuses, 413, 422, 429, 500, 503})
    }


PRIVATE = declared(401, 403, 404)
"""Problems of a route that reads and needs a token."""

WRITES = declared(400, 401, 403, 404, 409, 502, 503)
"""Problems of a route that writes and needs a token."""

OPEN = declared(404)
"""Problems of a route that anybody may read."""


def logged_problem_of(error: TansoError, path: str) -> Problem:
    """The same, and a line in the log if it is the node's trouble and not the asker's."""
    problem = problem_of(error, path)
    if problem.status >= 500 and not problem.type.endswith(PAUSED):
        _log.error("%s: %s", path, error, exc_info=error)
    return problem


def add_handlers(app: FastAPI) -> None:
    """Answers every error with a problem document."""

    @app.exception_handler(TansoError)
    def tanso_error(request: Request, error: TansoError) -> Answer:
        return _answer(logged_problem_of(error, request.url.path), headers_of(error))

    @app.exception_handler(RequestValidationError)
    def validation_error(request: Request, error: RequestValidationError) -> Answer:
        fields = [_field_of(item) for item in error.errors()[:20]]
        return _answer(
            Problem(
                type=f"{URN}bad-input",
                title=_TITLES[422],
                status=422,
                detail=fields[0],
                instance=request.url.path,
                hint="Correct the field; GET /openapi.json describes every one.",
                fields=fields,
            )
        )

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> Answer:
        phrase = HTTPStatus(error.status_code).phrase
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_allowed(request))
        return _answer(
            Problem(
                type=URN + phrase.lower().replace(" ", "-"),
                title=phrase,
                status=error.status_code,
                detail=str(error.detail),
                instance=request.url.path,
                hint="GET /openapi.json lists all routes and what they take.",
            ),
            headers,
        )

    @app.exception_handler(OperationalError)
    def database_silent(request: Request, error: OperationalError) -> Answer:
        _log.warning("the database does not answer: %s", type(error.orig).__name__)
        return _answer(
            Problem(
                type=f"{URN}database-silent",
                title="The node's database does not answer",
                status=503,
                detail="the request could not be carried out, nothing was changed",
                instance=request.url.path,
                hint="Try again in a moment; if it lasts, tell the node's operator.",
            )
        )

    @app.exception_handler(IntegrityError)
    def integrity_error(request: Request, _error: IntegrityError) -> Answer:
        return _answer(
            Problem(
                type=f"{URN}already-there",
                title=_TITLES[409],
                status=409,
                detail="another request stored the same thing at the same moment",
                instance=request.url.path,
                hint="Read what is there, then decide whether to send the request again.",
            )
        )

    @app.exception_handler(Exception)
    def any_error(request: Request, error: Exception) -> Answer:
        _log.error("%s failed", request.url.path, exc_info=error)
        return _answer(
            Problem(
                type=f"{URN}internal-error",
                title="The node failed",
                status=500,
                detail="the request failed for a reason the node did not expect",
                instance=request.url.path,
                hint="Tell the node's operator; the log says more.",
            )
        )


def _allowed(request: Request) -> list[str]:
    """The methods that the path of the request knows, over all routes."""
    known = [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]
    return sorted([*known, "HEAD"] if "GET" in known else known)


def _answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(problem.model_dump(mode="json"), status_code=problem.status, headers=headers)


def _field_of(item: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in item["loc"] if part not in ("body", "query", "path", "header"))
    return f"{place or 'body'}: {item['msg']}"


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
