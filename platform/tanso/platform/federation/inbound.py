"""Requests that come from other servers: who asks is who the ledger says, and each counts once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response, Security
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col
from starlette.concurrency import run_in_threadpool

from tanso.contracts.errors import TansoError
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.api.dependencies import NodeDep
from tanso.platform.api.fields import HASH_PATTERN, ID_PATTERN
from tanso.platform.api.problems import MEDIA_TYPE, problem_of
from tanso.platform.api.rates import address_of, refuse_over
from tanso.platform.auth.dependencies import LimitsDep
from tanso.platform.businesses.local import LocalBusiness, local_business
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import NotAllowed, NotAuthenticated, TooLarge
from tanso.platform.federation import signing
from tanso.platform.federation.local import SpentNonce
from tanso.platform.node import Node

FRESH_SECONDS = 120
"""How far a request's time may be from this server's own, either way."""
MAX_REQUEST_BYTES = 2**20

ASKER, ADDRESSEE, AUDIENCE = "Tanso-Asker", "Tanso-Addressee", "Tanso-Audience"
TIME, NONCE, SIGNATURE = "Tanso-Time", "Tanso-Nonce", "Tanso-Signature"
"""Headers of a request. An answer has the last and `Tanso-Time`."""
SIGNATURE_PATTERN = r"^0x[0-9a-f]{130}$"

_signature = APIKeyHeader(
    name=SIGNATURE,
    auto_error=False,
    scheme_name="server signature",
    description="Signature of the request (EIP-712, `Request`) by the account that the ledger names for the "
    "asking business, 65 bytes in hexadecimal. Servers sign; people and machines use a token.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was taken: by whom, of whom, and the hash that its answer is bound to."""

    asker_id: str
    business: LocalBusiness
    request_hash: str


class RequestRefused(NotAllowed):
    """The signature is right, but the request is not for this server, not of this time, or was taken."""

    title = "This request of another server is not taken"


class RequestHeaders(BaseModel):
    """Who asks whom, where, when; the signature is over these, the route and the body."""

    asker: Annotated[
        str | None, Field(alias=ASKER, pattern=ID_PATTERN, description="The business that asks.")
    ] = None
    addressee: Annotated[
        str | None, Field(alias=ADDRESSEE, pattern=ID_PATTERN, description="The business that is asked.")
    ] = None
    audience: Annotated[
        str | None,
        Field(alias=AUDIENCE, pattern=HASH_PATTERN, description="keccak256 of the asked server's URL."),
    ] = None
    time: Annotated[int | None, Field(alias=TIME, ge=0, le=2**40 - 1, description="Unix seconds, UTC.")] = (
        None
    )
    nonce: Annotated[
        str | None, Field(alias=NONCE, pattern=ID_PATTERN, description="128 random bits, used once.")
    ] = None


async def _asked(
    node: NodeDep,
    limits: LimitsDep,
    request: Request,
    given: Annotated[RequestHeaders, Header(convert_underscores=False)],
    signature: Annotated[str | None, Depends(_signature)],
) -> Asked:
    if int(request.headers.get("content-length", MAX_REQUEST_BYTES + 1)) > MAX_REQUEST_BYTES:
        raise TooLarge(
            f"the body of another server's request is above {MAX_REQUEST_BYTES} bytes, or of no known length",
            "Ask for less at once.",
        )
    body = await request.body()
    try:
        asked = await run_in_threadpool(
            check, node, given, signature or "", request.url.path, body, utc_now()
        )
    except NotAuthenticated:
        if signature:
            refuse_over(limits.failures.take(address_of(request.scope)))
        raise
    refuse_over(limits.principals.take(f"business {asked.asker_id}"))
    return asked


AskedDep = Annotated[Asked, Security(_asked, scopes=["signature"])]
"""A request that a business's server signed for this one."""


def check(node: Node, given: RequestHeaders, signature: str, route: str, body: bytes, now: int) -> Asked:
    """The request, if it is to be answered; it is taken this once.

    Raises `NotAuthenticated` unless the account that the ledger names for the asker signed it, and
    `RequestRefused` when it is for another server, of another time, or was taken before.
    """
    asker, addressee, nonce = given.asker, given.addressee, given.nonce
    if asker is None or addressee is None or given.audience is None or given.time is None or nonce is None:
        raise NotAuthenticated(
            "the request is not signed by a business's server",
            f"Send {ASKER}, {ADDRESSEE}, {AUDIENCE}, {TIME}, {NONCE} and {SIGNATURE}.",
        )
    signed = signing.Request(asker, addressee, given.audience, route, body, given.time, nonce)
    typed_data = signed.typed_data(node.ledger.deployment)
    with reading(node.engine) as session:
        row, addressed = session.get(BusinessRow, asker), session.get(BusinessRow, addressee)
        if row is None or signing.signer_of(typed_data, signature) != row.account:
            raise NotAuthenticated(
                f"the request is not signed by the account that the ledger names for business {asker}",
                "Sign route, body and headers exactly as they are sent, with the business's own key.",
                slug="wrong-signature",
            )
        business = local_business(session, addressee)
        if addressed is None or addressed.endpoint_hash != given.audience:
            raise RequestRefused(
                f"the request is for another server than that of business {addressee}",
                "Ask at the URL whose hash the ledger holds for it.",
                slug="wrong-audience",
            )
    if abs(now - given.time) > FRESH_SECONDS:
        raise RequestRefused(
            f"the request's time is more than {FRESH_SECONDS} s from this server's, {now}",
            "Set the clock, and sign the request anew.",
            slug="stale-request",
        )
    with writing(node.engine) as session:
        _take(session, asker, nonce, given.time + FRESH_SECONDS, now)
    return Asked(asker, business, signing.hash_of(typed_data))


def _take(session: Session, asker: str, nonce: str, until: int, now: int) -> None:
    """Raises `RequestRefused` for a number that was used."""
    session.execute(delete(SpentNonce).where(col(SpentNonce.until) < now))
    session.add(SpentNonce(asker_id=asker, nonce=nonce, until=until))
    try:
        session.flush()
    except IntegrityError:
        raise RequestRefused(
            "this very request was taken before", "Sign a new one.", slug="replayed-request"
        ) from None


def signed_answer(node: Node, asked: Asked, route: str, work: Callable[[], BaseModel]) -> Response:
    """What `work` gives, or the problem it raises, signed by the business that was asked."""
    try:
        status, content, kind = 200, work().model_dump_json().encode(), "application/json"
    except TansoError as error:
        problem = problem_of(error, route)
        status, content, kind = problem.status, problem.model_dump_json().encode(), MEDIA_TYPE
    answer = signing.Answer(asked.business.business_id, asked.request_hash, status, content, utc_now())
    signature = signing.sign(
        answer.typed_data(node.ledger.deployment), node.signer.account(asked.business.account)
    )
    headers = {TIME: str(answer.time), SIGNATURE: signature}
    return Response(content, status_code=status, media_type=kind, headers=headers)
