"""Asking other businesses' servers: signed, bounded in time and bytes, and nothing unsigned is believed.

A request goes to the address whose hash the ledger holds, or nowhere; `connecting` says how.

    PlatformError
    ├── Unreachable        no answer of the business: none in time, too long a one, or one not signed
    ├── Refused            the business says no, signed, with the reason
    └── FalselyAnswered    the business signed what does not fit the ledger; that is kept
"""

import asyncio
import json
import re
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpcore
from pydantic import BaseModel

from tanso.oracle.store import reading, utc_now
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import PlatformError
from tanso.platform.federation import signing
from tanso.platform.federation.addresses import Server, servers_of
from tanso.platform.federation.connecting import Connections, Unreachable, reason_of
from tanso.platform.federation.inbound import (
    ADDRESSEE,
    ASKER,
    AUDIENCE,
    FRESH_SECONDS,
    NONCE,
    SIGNATURE,
    TIME,
)
from tanso.platform.node import Node

SERVER_SECONDS = 5
"""A server that has not answered whole by then counts as unreachable."""
MAX_ANSWER_BYTES = 8 * 2**20
SHOWN = 300
"""Characters of another server's own words that are shown."""
_TROUBLE = (
    TimeoutError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ConnectionNotAvailable,
)
_STEERING = re.compile(r"[^\x20-\x7e\xa0-\ud7ff]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f]")


class Refused(PlatformError):
    """The business says no, signed, with the reason."""

    status = 409
    slug = "server-refused"
    title = "Another business's server refuses"


class FalselyAnswered(PlatformError):
    """The business signed what does not fit the ledger; what it signed is kept."""

    status = 502
    slug = "server-false-answer"
    title = "Another business's server says what the ledger does not bear out"

    def __init__(self, message: str) -> None:
        super().__init__(message, "GET /v1/false-answers has the record, which proves it to others.")


@dataclass(frozen=True, slots=True)
class Reply:
    """A signed answer, and what shows later that it was given."""

    body: bytes
    request: signing.Request
    request_signature: str
    time: int
    signature: str


class OverBudget(Exception):
    """The answers of a search came to more bytes than it may cost; that is no fault of the server's."""


@dataclass(slots=True)
class Budget:
    """Bytes that the answers to several questions may still come to, counted as they arrive."""

    left: int

    def take(self, count: int) -> None:
        """Raises `OverBudget` when fewer are left."""
        self.left -= count
        if self.left < 0:
            raise OverBudget


async def ask(
    node: Node,
    connections: Connections,
    asker: LocalBusiness,
    server: Server,
    route: str,
    question: bytes,
    *,
    seconds: float = SERVER_SECONDS,
    budget: Budget | None = None,
) -> Reply:
    """The business's signed answer to a JSON question. Raises `Unreachable` or `Refused`.

    :param seconds: for all of it. :param budget: for all answers of a search; raises `OverBudget`.
    """
    if server.url is None:
        raise Unreachable("the address book has no address of it that the ledger confirms")
    ledger = node.ledger.deployment
    request = signing.Request(
        asker=asker.business_id,
        addressee=server.business_id,
        audience=server.endpoint_hash,
        route=route,
        body=question,
        time=utc_now(),
        nonce="0x" + secrets.token_hex(16),
    )
    typed_data = request.typed_data(ledger)
    # In a thread: an external signer may take its time.
    request_signature = await asyncio.to_thread(signing.sign, typed_data, node.signer.account(asker.account))
    headers = {
        "Content-Type": "application/json",
        ASKER: request.asker,
        ADDRESSEE: request.addressee,
        AUDIENCE: request.audience,
        TIME: str(request.time),
        NONCE: request.nonce,
        SIGNATURE: request_signature,
    }
    status, answered, body = await _post(
        connections.to(private=server.private), server.url + route, headers, question, seconds, budget
    )
    answer = signing.Answer(
        answerer=server.business_id,
        request=signing.hash_of(typed_data),
        status=status,
        body=body,
        time=int(told) if re.fullmatch(r"\d{1,12}", told := answered.get(TIME.lower(), "")) else 0,
    )
    signature = answered.get(SIGNATURE.lower(), "")
    if (
        not 0 < answer.time < 2**40
        or signing.signer_of(answer.typed_data(ledger), signature) != server.account
    ):
        said = _unsigned(body)
        raise Unreachable(
            f"its server answered with status {status}{said} and without the business's signature"
        )
    if abs(answer.time - utc_now()) > FRESH_SECONDS:
        raise Unreachable(f"its server's clock is more than {FRESH_SECONDS} s from this one's")
    if status != HTTPStatus.OK:
        raise _refusal(body)
    return Reply(body, request, request_signature, answer.time, signature)


async def _post(
    pool: httpcore.AsyncConnectionPool,
    url: str,
    headers: dict[str, str],
    body: bytes,
    seconds: float,
    budget: Budget | None,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by their names in small letters, and the bytes as they came: nothing is unpacked."""
    try:
        # One limit for all of it: a server that sends a byte now and then never ends a limit per read.
        async with (
            asyncio.timeout(seconds),
            pool.stream("POST", url, headers=[*headers.items()], content=body) as response,
        ):
            content = bytearray()
            async for part in response.aiter_stream():
                content += part
                if budget is not None:
                    budget.take(len(part))
                if len(content) > MAX_ANSWER_BYTES:
                    raise Unreachable(f"its server sent more than {MAX_ANSWER_BYTES} bytes")
            answered = {
                name.lower().decode("latin-1"): value.decode("latin-1") for name, value in response.headers
            }
            return response.status, answered, bytes(content)
    except _TROUBLE as error:
        raise Unreachable(reason_of(error)) from None


def plain(text: str) -> str:
    """Another server's own words as they are shown: of one line, bounded, and without signs that steer."""
    return _STEERING.sub(" ", text)[:SHOWN]


def _unsigned(body: bytes) -> str:
    """The kind of problem that an unsigned answer names, such as a wrong clock; it is only a hint."""
    found = re.search(rb'"type":\s*"urn:tanso:problem:([a-z-]{1,60})"', body[:1000])
    return f" ({found[1].decode()})" if found else ""


def _refusal(body: bytes) -> Refused:
    try:
        problem: dict[str, Any] = json.loads(body)
        detail, hint = (problem[name] for name in ("detail", "hint"))
        told = [plain(text) for text in (detail, hint)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Refused("its server refused without a reason", "Ask the business itself.")
    return Refused(*told)


def ask_once(node: Node, asker: LocalBusiness, business_id: str, route: str, question: BaseModel) -> bytes:
    """One question to the server of a business, and its signed answer. Raises as `ask` does."""
    return reply_once(node, asker, business_id, route, question)[1].body


def reply_once(
    node: Node, asker: LocalBusiness, business_id: str, route: str, question: BaseModel
) -> tuple[Server, Reply]:
    """As `ask_once`, with what shows later that the server gave the answer."""
    with reading(node.engine) as session:
        server = servers_of(session, [business_id])[business_id]

    async def asked() -> Reply:
        async with Connections.open(node.settings) as connections:
            return await ask(node, connections, asker, server, route, question.model_dump_json().encode())

    return server, asyncio.run(asked())
