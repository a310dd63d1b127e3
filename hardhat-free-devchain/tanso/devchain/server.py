"""JSON-RPC over HTTP: `POST /`, one request or a batch, as any Ethereum client sends it.

A local chain must not be driven by a web page that its user happens to open. So: only JSON bodies (a page
of another origin can't send those without asking first, and nothing here answers such a question), no CORS,
and only host names that no foreign DNS server can hand out: IP addresses, localhost, names that the operator
gives.
"""

import ipaddress
import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from .chain import Devchain
from .errors import EngineError

MAX_BODY_BYTES = 5 * 1024 * 1024
_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?")

_ABOUT = """This is a local Ethereum chain of Tanso (chain id {chain_id}).

It speaks JSON-RPC 2.0. Send POST requests with Content-Type application/json to this address, e.g.

  {{"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}}

Each transaction is mined at once in a block of its own. The accounts and their keys are public:
use them for development and nothing else.
"""


def asgi_app(devchain: Devchain, allowed_hosts: Sequence[str] = ()) -> Starlette:
    """The chain as an ASGI application; it answers to localhost, IP addresses and `allowed_hosts`."""
    names = {"localhost", *(name.lower() for name in allowed_hosts)}

    async def about(request: Request) -> Response:
        if not _is_allowed(request, names):
            return _wrong_host()
        return PlainTextResponse(_ABOUT.format(chain_id=devchain.chain_id))

    async def rpc(request: Request) -> Response:
        if not _is_allowed(request, names):
            return _wrong_host()
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return PlainTextResponse("Send JSON, with Content-Type: application/json.\n", 415)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                return PlainTextResponse(f"The body is larger than {MAX_BODY_BYTES} bytes.\n", 413)
        answer = await run_in_threadpool(devchain.handle_text, bytes(body))
        if answer is None:
            return Response(status_code=204)
        return Response(answer, media_type="application/json")

    return Starlette(routes=[Route("/", about, methods=["GET"]), Route("/", rpc, methods=["POST"])])


def listen(host: str, port: int) -> socket.socket:
    """A socket that already queues connections; port 0 picks a free one. Raises EngineError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only then; without, each answer takes 40 ms more.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(256)
    except (OSError, OverflowError) as error:
        sock.close()
        raise EngineError(
            f"Can't listen on {host} port {port}: {error}. Choose another port (0 picks a free one)."
        ) from error
    return sock


def url_of(listening: socket.socket) -> str:
    """The address that clients on this machine use."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    devchain: Devchain,
    host: str = "127.0.0.1",
    port: int = 8545,
    *,
    allowed_hosts: Sequence[str] = (),
    on_listening: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then finish the running requests and return.

    `on_listening` is called with the URL when connections are taken. Raises EngineError if the port is taken.
    """
    with listen(host, port) as sock:
        server = _server(devchain, allowed_hosts)

        def stop(*_: object) -> None:
            # Before uvicorn has its own handlers; and afterwards, when it raises the signal again.
            server.should_exit = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            if on_listening is not None:
                on_listening(url_of(sock))
            server.run(sockets=[sock])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def serving(
    devchain: Devchain, host: str = "127.0.0.1", port: int = 0, *, allowed_hosts: Sequence[str] = ()
) -> Iterator[str]:
    """Serve from a thread while the block runs; yields the URL."""
    with listen(host, port) as sock:
        server = _server(devchain, allowed_hosts)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="devchain", daemon=True)
        thread.start()
        try:
            yield url_of(sock)
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def _server(devchain: Devchain, allowed_hosts: Sequence[str]) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            asgi_app(devchain, allowed_hosts),
            log_level="warning",
            access_log=False,
            lifespan="off",
            loop="asyncio",
            http="h11",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )


def _is_allowed(request: Request, names: set[str]) -> bool:
    match = _HOST.fullmatch(request.headers.get("host", "").lower())
    if match is None:
        return False
    name = match["v6"] or match["name"]
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _wrong_host() -> Response:
    return PlainTextResponse("This host name is not one that the chain answers to.\n", 403)
