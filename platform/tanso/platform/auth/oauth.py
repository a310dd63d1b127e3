"""`POST /oauth/token`: OAuth 2.0's client credentials grant (RFC 6749, section 4.4).

Errors have OAuth's own form (section 5.2), as its client libraries expect it.
"""

import base64
import binascii
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from tanso.oracle.store import writing
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.problems import declared
from tanso.platform.api.rates import address_of, refuse_over
from tanso.platform.auth.dependencies import TOKEN_URL, LimitsDep
from tanso.platform.auth.principal import scope_text, scopes_of
from tanso.platform.auth.service import ACCESS_SECONDS, grant_access

router = APIRouter(tags=["access"])

MAX_FORM_BYTES = 4096
FORM = "application/x-www-form-urlencoded"
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class AccessGranted(BaseModel):
    """An access token, to be sent as `Authorization: Bearer …`."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  (a name)
    expires_in: Annotated[
        int, Field(ge=0, le=ACCESS_SECONDS, description="Whole seconds for which it counts.")
    ]
    scope: Annotated[str, Field(description="Its scopes, with spaces between.")]


class OAuthError(BaseModel):
    """Why no token was given."""

    error: Literal["invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"]
    error_description: str


class _Refused(Exception):
    """An answer with an error of section 5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.body = {"error": error, "error_description": description}
        self.status = status


_STRANGER = ("invalid_client", "number or secret of the client is not right, or it counts no longer", 401)


async def _body(request: Request) -> bytes:
    return await request.body()


_FORM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_id": {"type": "string", "description": "Unless HTTP Basic says it."},
        "client_secret": {"type": "string", "format": "password", "description": "As above."},
        "scope": {"type": "string", "description": "`read`, `write` or `read write`; all, if left out."},
    },
}


@router.post(
    TOKEN_URL,
    summary="Get an access token for a client's secret",
    response_model=AccessGranted,
    responses={
        **declared(),
        400: {"model": OAuthError, "description": "Bad Request"},
        401: {"model": OAuthError, "description": "Unauthorized"},
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {FORM: {"schema": _FORM_SCHEMA}}},
        "security": [{}, {"basic": []}],
    },
)
def get_access_token(
    node: NodeDep, limits: LimitsDep, request: Request, body: Annotated[bytes, Depends(_body)]
) -> JSONResponse:
    """OAuth 2.0 with client credentials: number and secret by HTTP Basic or in the form."""
    try:
        form = _form(request.headers.get("content-type", ""), body)
        client_id, secret = _credentials(request.headers.get("authorization"), form)
        if form.get("grant_type") != "client_credentials":
            kind = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
            raise _Refused(kind, "grant_type must be client_credentials")
        try:
            wanted = scopes_of(form["scope"]) if "scope" in form else None
            with writing(node.engine) as session:
                granted = grant_access(session, client_id, secret, wanted)
        except ValueError as error:
            raise _Refused("invalid_scope", "the client does not have this scope") from error
        if granted is None:
            refuse_over(limits.failures.take(address_of(request.scope)))
            raise _Refused(*_STRANGER)
    except _Refused as refused:
        # Section 5.2 asks for the header where the client tried HTTP Basic; elsewhere it does no harm.
        basic = {"WWW-Authenticate": 'Basic realm="tanso"'} if refused.status == 401 else {}
        return JSONResponse(refused.body, refused.status, UNCACHED | basic)
    token, scopes, seconds = granted
    answer = AccessGranted(access_token=token, expires_in=seconds, scope=scope_text(scopes))
    return JSONResponse(answer.model_dump(), headers=UNCACHED)


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """The form's fields, each at most once. Raises `_Refused`."""
    if content_type.partition(";")[0].strip().lower() != FORM or len(body) > MAX_FORM_BYTES:
        raise _Refused("invalid_request", f"the body must be a small form, {FORM}")
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=20)
    except ValueError as error:
        raise _Refused("invalid_request", "the form cannot be read") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise _Refused("invalid_request", "a parameter stands there twice")
    return form


def _credentials(authorization: str | None, form: dict[str, str]) -> tuple[str, str]:
    """The client's number and secret. Raises `_Refused`."""
    if authorization is None:
        if "client_id" in form and "client_secret" in form:
            return form["client_id"], form["client_secret"]
        raise _Refused("invalid_client", "the client's number and secret are missing", 401)
    if "client_secret" in form:
        raise _Refused("invalid_request", "give the secret in one place only")
    scheme, _, coded = authorization.partition(" ")
    try:
        number, colon, secret = base64.b64decode(coded.strip(), validate=True).decode("ascii").partition(":")
    except (binascii.Error, ValueError) as error:
        raise _Refused(*_STRANGER) from error
    if scheme.lower() != "basic" or not colon or form.get("client_id", number) != number:
        raise _Refused(*_STRANGER)
    # Section 2.3.1: both parts are form-encoded inside.
    return unquote_plus(number), unquote_plus(secret)
