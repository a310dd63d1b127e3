"""Reading ranges of the chain so that what comes back belongs together.

A node may refuse a range as too large, and the chain may change between two requests. A range is halved
until the node answers; and it counts only if it begins on the block last indexed and its blocks are the
same before and after its events were read. A node that asks for patience (429) gets it.

Behind one address there may be several nodes, and one that lags has no events to show of blocks it does not
have yet. So of the newest blocks each is looked at: where none of our events came, its header must exclude
them, or a node that has the block must say that there are none.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from web3 import Web3
from web3.exceptions import BlockNotFound, Web3Exception
from web3.types import BlockIdentifier

from tanso.contracts.errors import ChainUnreachable, LedgerError
from tanso.contracts.ledger import LedgerEvent

PROVIDER_ERRORS: Final = (Web3Exception, LedgerError, OSError)
"""What a node's refusal or silence looks like here; the HTTP client's errors are OSErrors."""

TOO_MANY_REQUESTS: Final = 429

PATIENCE_S: Final = 30.0
"""Longest wait that a node may ask for at a time, in seconds."""

PATIENCE: Final = 6
"""Times in a row that a node may ask for patience before that counts as a refusal."""

EVENTS_AT_ONCE: Final = 50_000
"""Events of one range after which the next is smaller: they lie in memory, and in one transaction."""

Answer = TypeVar("Answer")


class EventSource(Protocol):
    """The part of `tanso.contracts.ledger.Ledger` that the indexer needs."""

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        """All events of the deployment's contracts in these blocks, both included."""

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:
        """Whether there is any in this block; a LedgerError where the node does not have it."""


class ChainMoved(Exception):
    """The chain changed while a range was read."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block's header, as far as it matters here; `time` in Unix seconds, `bloom` of its logs."""

    number: int
    hash: str
    parent_hash: str
    time: int
    bloom: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """A range of blocks read as one: its `last` block, its events in order, and the blocks that hold them."""

    last: Block
    events: list[LedgerEvent]
    blocks: dict[int, Block]


class ChainReader:
    """Blocks and events of one deployment on one chain."""

    def __init__(
        self,
        source: EventSource,
        w3: Web3,
        *,
        max_range: int,
        newest: int,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        """:param newest: blocks below the head, each of which is looked at. :param wait: waits seconds."""
        self._source = source
        self._w3 = w3
        self._max_range = max_range
        self._range = max_range
        self._newest = newest
        self._wait = wait

    def head(self) -> Block:
        """The newest block."""
        block = self._get("latest")
        if block is None:
            raise ChainUnreachable(
                "The chain's node knows no newest block.", hint="Wait until it has started."
            )
        return block

    def block(self, number: int) -> Block | None:
        """The block of this number, if the node knows one."""
        return self._get(number)

    def read(self, after: int, after_hash: str, head: int) -> Span:
        """Events from the block after `after` on, as far as the node gives them at once, not beyond `head`.

        Raises ChainMoved when they don't belong together, or the node's own error when it refuses a single
        block.
        """
        first = after + 1
        span = self._halving(lambda size: self._read(first, min(after + size, head), head))
        start = span.last if span.last.number == first else self.block(first)
        if start is None or start.parent_hash != after_hash:
            raise ChainMoved
        return span

    def _halving(self, read: Callable[[int], Span]) -> Span:
        while True:
            try:
                span = read(self._range)
            except PROVIDER_ERRORS as error:
                silent = isinstance(error, ChainUnreachable) and not _answered(error)
                if silent or self._range == 1:
                    raise
                self._range //= 2
            else:
                if len(span.events) > EVENTS_AT_ONCE:
                    self._range = max(self._range // 2, 1)
                elif 2 * len(span.events) < EVENTS_AT_ONCE:
                    self._range = min(self._range * 2, self._max_range)
                return span

    def _read(self, first: int, last: int, head: int) -> Span:
        end = self._get(last)
        if end is None:
            raise ChainMoved
        found = self._patiently(lambda: self._source.events(first, last))
        events = sorted(found, key=lambda e: (e.block_number, e.log_index))
        blocks: dict[int, Block] = {}
        for event in events:
            block = blocks.get(event.block_number) or self._get(event.block_number)
            if block is None or block.hash != event.block_hash:
                raise ChainMoved
            blocks[block.number] = block
        for number in range(max(first, head - self._newest + 1), last + 1):
            if number not in blocks:
                self._check_empty(end if number == last else self._get(number))
        if self._get(last) != end:
            raise ChainMoved
        return Span(end, events, blocks)

    def _check_empty(self, block: Block | None) -> None:
        """Raises ChainMoved unless it is certain that a block holds none of our events."""
        if block is None:
            raise ChainMoved
        try:
            wrote = self._patiently(lambda: self._source.wrote_in(block.hash, block.bloom))
        except ChainUnreachable:
            raise
        except LedgerError as error:
            raise ChainMoved from error
        if wrote:
            raise ChainMoved

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Asks again after the time for which the node asks."""
        for _ in range(PATIENCE):
            try:
                return ask()
            except PROVIDER_ERRORS as error:
                seconds = wait_asked_for(error)
                if seconds is None:
                    raise
                self._wait(min(seconds, PATIENCE_S))
        return ask()

    def _get(self, which: BlockIdentifier) -> Block | None:
        try:
            found: Any = self._patiently(lambda: self._w3.eth.get_block(which))
        except BlockNotFound:
            return None
        return Block(
            number=int(found["number"]),
            hash="0x" + bytes(found["hash"]).hex(),
            parent_hash="0x" + bytes(found["parentHash"]).hex(),
            time=int(found["timestamp"]),
            bloom=bytes(found["logsBloom"]),
        )


def wait_asked_for(error: BaseException) -> float | None:
    """Seconds for which a node that gets too many requests wants to be left alone; 1 if it does not say.

    None when that is not what the error says: HTTP 429, or a JSON-RPC error of that code.
    """
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if getattr(response, "status_code", None) == TOO_MANY_REQUESTS:
            said = str(response.headers.get("Retry-After", "")) if response is not None else ""
            return float(said) if said.isdecimal() and len(said) < 6 else 1.0
        refused = (getattr(cause, "rpc_response", None) or {}).get("error")
        if isinstance(refused, dict) and refused.get("code") == TOO_MANY_REQUESTS:
            return 1.0
    return None


def _answered(error: BaseException) -> bool:
    """Whether the node did answer, by refusing with an HTTP status."""
    return any(getattr(cause, "response", None) is not None for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__
