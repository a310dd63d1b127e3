"""Connections to other businesses' servers: to checked addresses alone, by TLS with trusted authorities.

A name is resolved here, all its addresses are checked, and the connection goes to one of these very
addresses: between check and connection no name can come to lead elsewhere. Host and certificate stay those of
the name. Nothing is taken from the environment, no proxy is used and no redirect followed.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpcore
import httpx

from tanso.platform.errors import PlatformError
from tanso.platform.settings import Settings, SettingsError

CONNECT_SECONDS = 1.5
"""For each address of a server but the last."""
MAX_ADDRESSES = 4
"""Of a server that are tried."""

_RESOLVERS = ThreadPoolExecutor(32, "tanso-resolver")
"""Threads of their own: looking up a name cannot be broken off, and must neither hold up a search's end nor
its other work."""
_CERTIFICATE = {
    10: "its server's certificate is out of date",
    62: "its server's certificate is for another name than that of its address",
    64: "its server's certificate is for another name than that of its address",
}
"""By OpenSSL's number of what does not hold."""


class Unreachable(PlatformError):
    """No answer of the business: none in time, too long a one, or one that it did not sign."""

    status = 502
    slug = "server-unreachable"
    title = "Another business's server gave no answer"

    def __init__(self, message: str) -> None:
        super().__init__(message, "Try again later, or ask the business whether its server runs.")


@dataclass(frozen=True, slots=True)
class Connections:
    """Connections of one round of questions, kept open from one to the next. Make them with `open`."""

    _public: httpcore.AsyncConnectionPool
    _any: httpcore.AsyncConnectionPool

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["Connections"]:
        """Connections by the node's settings. :raises SettingsError: as `trusted` does."""
        tls = trusted(settings)
        async with _pool(tls, private=False) as public, _pool(tls, private=True) as anywhere:
            yield cls(public, anywhere)

    def to(self, *, private: bool) -> httpcore.AsyncConnectionPool:
        """For servers that may be in a private network, or for others: these never share a connection."""
        return self._any if private else self._public


def trusted(settings: Settings) -> ssl.SSLContext:
    """TLS with the authorities of `TANSO_SERVERS_CA_FILE`, or else the usual public ones.

    :raises SettingsError: when the file holds no certificates.
    """
    file = settings.servers_ca_file
    return _context(settings.path_of(Path(file)) if file else None)


@cache
def _context(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"TANSO_SERVERS_CA_FILE names {ca_file}, whose certificates can't be read: {error}.",
            hint="Give a PEM file of certificates.",
        ) from error


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, which any host there reaches."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and (found.is_site_local or found.sixtofour):
        return False
    # Reserved: among them other addresses in which IPv6 wraps one of IPv4, a private one perhaps.
    return found.is_global and not (found.is_multicast or found.is_reserved)


def reason_of(error: Exception) -> str:
    """Why a connection came to nothing, in words for whoever asked."""
    if isinstance(error, TimeoutError | httpcore.TimeoutException):
        return "its server gave no answer in time"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            unknown = "its server's certificate is of no authority that this node trusts"
            return _CERTIFICATE.get(cause.verify_code, unknown)
        if isinstance(cause, ssl.SSLError):
            return "its server does not speak TLS as this node does"
        cause = cause.__cause__ or cause.__context__
    return "its server gave no answer at its address"


def _pool(tls: ssl.SSLContext, *, private: bool) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=tls, max_connections=32, network_backend=_Checking(private=private)
    )


class _Checking(httpcore.AnyIOBackend):
    def __init__(self, *, private: bool) -> None:
        self._private = private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await _resolved(host, port)
        if not self._private and not all(is_public(address) for address in addresses):
            raise Unreachable(
                "its server's name leads into a private network, which the operator alone may allow"
            )
        *others, last = addresses[:MAX_ADDRESSES]
        for address in others:
            try:
                return await super().connect_tcp(
                    address, port, CONNECT_SECONDS, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await super().connect_tcp(last, port, timeout, local_address, socket_options)


async def _resolved(host: str, port: int) -> list[str]:
    """The IP addresses of a name, each once."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(
            _RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError):  # the latter for a part of a name that is too long
        raise Unreachable("its server's name leads to no address") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
