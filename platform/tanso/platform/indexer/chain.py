"""Reading ranges of the chain so that what comes back belongs together.

A node may refuse a range as too large, and the chain may change between two requests. A range is halved
until the node answers; and it counts only if it begins on the block last indexed and its blocks are the
same before and after its events were read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from web3 import Web3
from web3.exceptions import BlockNotFound, Web3Exception
from web3.types import BlockIdentifier

from tanso.contracts.errors import ChainUnreachable, LedgerError
from tanso.contracts.ledger import LedgerEvent

PROVIDER_ERRORS: Final = (Web3Exception, LedgerError, OSError)
"""What a node's refusal or silence looks like here; the HTTP client's errors are OSErrors."""


class EventSource(Protocol):
    """The part of `tanso.contracts.ledger.Ledger` that the indexer needs."""

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        """All events of the deployment's contracts in these blocks, both included."""


class ChainMoved(Exception):
    """The chain changed while a range was read."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block's header, as far as it matters here; `time` in Unix seconds."""

    number: int
    hash: str
    parent_hash: str
    time: int


@dataclass(frozen=True, slots=True)
class Span:
    """A range of blocks read as one: its `last` block, its events in order, and the blocks that hold them."""

    last: Block
    events: list[LedgerEvent]
    blocks: dict[int, Block]


class ChainReader:
    """Blocks and events of one deployment on one chain."""

    def __init__(self, source: EventSource, w3: Web3, *, max_range: int) -> None:
        self._source = source
        self._w3 = w3
        self._max_range = max_range
        self._range = max_range

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
        span = self._halving(lambda size: self._read(first, min(after + size, head)))
        start = span.last if span.last.number == first else self.block(first)
        if start is None or start.parent_hash != after_hash:
            raise ChainMoved
        return span

    def _halving(self, read: Callable[[int], Span]) -> Span:
        while True:
            try:
                span = read(self._range)
            except ChainUnreachable:
                raise
            except PROVIDER_ERRORS:
                if self._range == 1:
                    raise
                self._range //= 2
            else:
                self._range = min(self._range * 2, self._max_range)
                return span

    def _read(self, first: int, last: int) -> Span:
        end = self._get(last)
        if end is None:
            raise ChainMoved
        events = sorted(self._source.events(first, last), key=lambda e: (e.block_number, e.log_index))
        blocks: dict[int, Block] = {}
        for event in events:
            block = blocks.get(event.block_number) or self._get(event.block_number)
            if block is None or block.hash != event.block_hash:
                raise ChainMoved
            blocks[block.number] = block
        if self._get(last) != end:
            raise ChainMoved
        return Span(end, events, blocks)

    def _get(self, which: BlockIdentifier) -> Block | None:
        try:
            found: Any = self._w3.eth.get_block(which)
        except BlockNotFound:
            return None
        return Block(
            number=int(found["number"]),
            hash="0x" + bytes(found["hash"]).hex(),
            parent_hash="0x" + bytes(found["parentHash"]).hex(),
            time=int(found["timestamp"]),
        )
