"""Asking other businesses' servers: signed, bounded in time and bytes, and nothing unsigned is believed.

No proxy or other setting is taken from the environment and no redirect is followed: a request goes to the
address whose hash the ledger holds, or nowhere.

    PlatformError
    ├── Unreachable    no answer of the business: none in time, too long a one, or one that it did not sign
    └── Refused        the business says no, signed, with the reason
"""

import asyncio
import json
import re
import secrets
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx
from pydantic import BaseModel

from tanso.oracle.store import reading, utc_now
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import PlatformError
from tanso.platform.federation import signing
from tanso.platform.federation.addresses import Server, servers_of
from tanso.platform.federation.inbound import ADDRESSEE, ASKER, AUDIENCE, NONCE, SIGNATURE, TIME
from tanso.platform.node import Node

SERVER_SECONDS = 5
"""A server that has not answered whole by then counts as unreachable."""
MAX_ANSWER_BYTES = 8 * 2**20
SHOWN = 300
"""Characters of another server's own words that are shown."""
_PLAIN = re.compile(r"[^\x20-\x7e\xa0-\ud7ff]")


class Unreachable(PlatformError):
    """No answer of the business: none in time, too long a one, or one that it did not sign."""

    status = 502
    slug = "server-unreachable"
    title = "Another business's server gave no answer"

    def __init__(self, message: str) -> None:
        super().__init__(message, "Try again later, or ask the business whether its server runs.")


class Refused(PlatformError):
    """The business says no, signed, with the reason."""

    status = 409
    slug = "server-refused"
    title = "Another business's server refuses"


@dataclass(frozen=True, slots=True)
class Reply:
    """A signed answer, and what shows later that it was given."""

    body: bytes
    request_hash: str
    time: int
    signature: str


def client() -> httpx.AsyncClient:
    """A client for one round of questions; use it as a context manager."""
    return httpx.AsyncClient(
        verify=_tls(), trust_env=False, follow_redirects=False, timeout=SERVER_SECONDS,
        limits=httpx.Limits(max_connections=32),
    )  # fmt: skip


async def ask(
    node: Node,
    connection: httpx.AsyncClient,
    asker: LocalBusiness,
    server: Server,
    route: str,
    question: bytes,
    *,
    seconds: float = SERVER_SECONDS,
    most: int = MAX_ANSWER_BYTES,
) -> Reply:
    """The business's signed answer to a JSON question. Raises `Unreachable` or `Refused`.

    :param seconds: for all of it. :param most: bytes of the answer.
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
    signature = await asyncio.to_thread(signing.sign, typed_data, node.signer.account(asker.account))
    headers = {
        "Content-Type": "application/json",
        ASKER: request.asker,
        ADDRESSEE: request.addressee,
        AUDIENCE: request.audience,
        TIME: str(request.time),
        NONCE: request.nonce,
        SIGNATURE: signature,
    }
    status, answered, body = await _post(connection, server.url + route, headers, question, seconds, most)
    answer = signing.Answer(
        answerer=server.business_id,
        request=signing.hash_of(typed_data),
        status=status,
        body=body,
        time=int(answered.get(TIME, "")) if answered.get(TIME, "").isdecimal() else 0,
    )
    signature = answered.get(SIGNATURE, "")
    if (
        not 0 < answer.time < 2**40
        or signing.signer_of(answer.typed_data(ledger), signature) != server.account
    ):
        raise Unreachable(f"its server answered with status {status} and without the business's signature")
    if status != httpx.codes.OK:
        raise _refusal(body)
    return Reply(body, answer.request, answer.time, signature)


async def _post(
    connection: httpx.AsyncClient, url: str, headers: dict[str, str], body: bytes, seconds: float, most: int
) -> tuple[int, httpx.Headers, bytes]:
    try:
        # One limit for all of it: a server that sends a byte now and then never ends a limit per read.
        async with (
            asyncio.timeout(seconds),
            connection.stream("POST", url, content=body, headers=headers) as response,
        ):
            content = bytearray()
            # Raw: what is compressed may unpack to any size.
            async for part in response.aiter_raw():
                content += part
                if len(content) > most:
                    raise Unreachable(f"its server sent more than {most} bytes")
            return response.status_code, response.headers, bytes(content)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        kind = "in time" if isinstance(error, TimeoutError | httpx.TimeoutException) else "at its address"
        raise Unreachable(f"its server gave no answer {kind}") from None


def _refusal(body: bytes) -> Refused:
    try:
        problem: dict[str, Any] = json.loads(body)
        detail, hint = (problem[name] for name in ("detail", "hint"))
        told = [_PLAIN.sub(" ", text)[:SHOWN] for text in (detail, hint)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Refused("its server refused without a reason", "Ask the business itself.")
    return Refused(*told)


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def ask_once(node: Node, asker: LocalBusiness, business_id: str, route: str, question: BaseModel) -> bytes:
    """One question to the server of a business, and its signed answer. Raises as `ask` does."""
    with reading(node.engine) as session:
        server = servers_of(session, [business_id])[business_id]

    async def asked() -> Reply:
        async with client() as connection:
            return await ask(node, connection, asker, server, route, question.model_dump_json().encode())

    return asyncio.run(asked()).body
