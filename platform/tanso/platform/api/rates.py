"""How many requests the node takes: from an address, of a principal, and with a false proof of who asks.

Each kind is a token bucket per key: `per_second` requests a second in the long run, `burst` at once. A bucket
is one number (the generic cell rate algorithm), at most `MAX_KEYS` are kept, and the one that was touched
longest ago goes first: memory is bounded whoever asks. Buckets are the process's own and start full.
"""

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tanso.platform.api.problems import MEDIA_TYPE, headers_of, problem_of
from tanso.platform.errors import RateLimited
from tanso.platform.settings import Settings

MAX_KEYS = 20_000
BURST_SECONDS = 5
"""So many seconds' requests may come at once."""

_HOURS = 3600


@dataclass(frozen=True, slots=True)
class Grant:
    """What a bucket says to one request."""

    policy: str
    limit: int
    """Requests of a full bucket."""
    seconds: int
    """In which an empty bucket fills."""
    left: int
    wait: int
    """Seconds until the next request is taken; 0: this one is."""

    @property
    def headers(self) -> dict[str, str]:
        """RateLimit headers as the IETF's draft has them."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={self.seconds}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.wait}',
        }


class Buckets:
    """Token buckets of one kind."""

    def __init__(
        self,
        policy: str,
        per_second: float,
        burst: int,
        *,
        most: int = MAX_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy, self._step, self._limit = policy, 1 / per_second, burst
        self._most, self._clock = most, clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When each bucket will be full again."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str) -> Grant:
        """Takes one request out of the key's bucket, if one is in it."""
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.pop(key, now), now)
            over = full_at + self._step - now - self._window
            # A hair's breadth is what sums of floats are off by.
            taken = over <= self._step / 1000
            self._full_at[key] = full_at + self._step if taken else full_at
            if len(self._full_at) > self._most:
                self._full_at.popitem(last=False)
            return self._grant(self._full_at[key] - now, 0 if taken else math.ceil(over))

    def look(self, key: str) -> Grant:
        """What `take` would say, taking nothing."""
        with self._lock:
            now = self._clock()
            owed = max(self._full_at.get(key, now) - now, 0)
        over = owed + self._step - self._window
        return self._grant(owed, 0 if over <= self._step / 1000 else math.ceil(over))

    def forget(self, key: str) -> None:
        """Fills the key's bucket."""
        with self._lock:
            self._full_at.pop(key, None)

    @property
    def _window(self) -> float:
        return self._limit * self._step

    def _grant(self, owed: float, wait: int) -> Grant:
        left = max(int((self._window - owed) / self._step + 0.001), 0)
        return Grant(self._policy, self._limit, math.ceil(self._window), left, wait)


class Limits:
    """The buckets of a node."""

    def __init__(self, settings: Settings) -> None:
        self.addresses = Buckets(
            "address", settings.rate_per_address, settings.rate_per_address * BURST_SECONDS
        )
        self.principals = Buckets(
            "principal", settings.rate_per_principal, settings.rate_per_principal * BURST_SECONDS
        )
        self.failures = Buckets("failure", settings.rate_failures / _HOURS, settings.rate_failures)
        """Wrong proofs from one address."""
        self.guesses = Buckets("guess", settings.rate_guesses / _HOURS, settings.rate_guesses)
        """Wrong passwords for one person, from wherever."""


def refuse_over(grant: Grant) -> Grant:
    """The grant, if it is one. Raises `RateLimited`."""
    if grant.wait:
        raise RateLimited(
            f"more requests than the node takes ({grant.policy})",
            f"Send the next one in {grant.wait} s, and fewer at a time.",
            headers={"Retry-After": str(grant.wait), **grant.headers},
        )
    return grant


def address_of(scope: Scope) -> str:
    """Where a request comes from. An IPv6 subscriber has a whole /64, which counts as one address."""
    host = (scope.get("client") or ("unknown",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


class RateLimit:
    """ASGI middleware that refuses what an address sends too much, before anything is read or looked up."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        grant = self._limits.addresses.take(address_of(scope))
        try:
            refuse_over(grant)
        except RateLimited as error:
            problem = problem_of(error, scope["path"])
            answer = JSONResponse(
                problem.model_dump(mode="json"), problem.status, headers_of(error), media_type=MEDIA_TYPE
            )
            await answer(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "RateLimit" not in headers:
                    headers.update(grant.headers)
            await send(message)

        await self._app(scope, receive, told)
