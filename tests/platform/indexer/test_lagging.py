"""Several nodes behind one address, of which some lag: of blocks they don't have they show no events."""

from typing import Any

import pytest
from sqlmodel import select

from tanso.contracts.errors import ChainUnreachable, LedgerError
from tanso.oracle.store import reading
from tanso.platform.indexer.chain import PATIENCE, PATIENCE_S, ChainReader, wait_asked_for
from tanso.platform.indexer.errors import IndexerError
from tanso.platform.indexer.models import IndexCursor


class Lagging:
    """The ledger's events; the next `turns` requests go to a node that has the blocks up to `height`."""

    def __init__(self, ledger: Any, height: int, turns: int) -> None:
        self.ledger, self.height, self.turns = ledger, height, turns

    def _answers(self) -> bool:
        self.turns -= 1
        return self.turns >= 0

    def events(self, from_block: int, to_block: int) -> Any:
        last = min(to_block, self.height) if self._answers() else to_block
        return self.ledger.events(from_block, last) if last >= from_block else []

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:
        number = self.ledger.w3.eth.get_block(block_hash)["number"]
        if number > self.height and self._answers():
            raise LedgerError("unknown block")
        return bool(self.ledger.wrote_in(block_hash, bloom))


@pytest.mark.parametrize("turns", [1, 2, 5])
def test_events_that_a_lagging_node_does_not_show_are_asked_for_again(
    world: Any, one_store: Any, dump: Any, clean: Any, turns: int
) -> None:
    height = world.chain.w3.eth.block_number
    world.settle(0, {"steel": 100}, resin=1000)
    world.pass_time(5)
    world.settle(0, {"iron": 100}, resin=1000)
    world.pass_time(5)
    lagging = Lagging(world.chain.ledger, height, turns)
    world.indexer(one_store, source=lagging).run()
    assert lagging.turns < 0
    assert dump(one_store) == clean()


def test_the_cursor_stays_as_long_as_no_node_shows_the_newest_blocks_events(
    world: Any, one_store: Any
) -> None:
    height = world.chain.w3.eth.block_number
    world.settle(0, {"steel": 100}, resin=1000)
    indexer = world.indexer(one_store, source=Lagging(world.chain.ledger, height, 10**9), max_range=4)
    with pytest.raises(IndexerError, match="contradicted itself"):
        indexer.run()
    with reading(one_store) as session:
        assert session.exec(select(IndexCursor)).one().block_number <= height
    status = indexer.status()
    assert not status.in_sync
    assert status.problem is not None


def test_blocks_without_our_events_are_told_by_their_header_alone(world: Any) -> None:
    """No node is asked for the logs of a block whose header excludes them."""
    ledger, w3 = world.chain.ledger, world.chain.w3
    world.pass_time(5)
    empty = w3.eth.get_block("latest")
    world.settle(0, {"steel": 100}, resin=1000)
    full = w3.eth.get_block("latest")
    nowhere = "0x" + "12" * 32
    assert not ledger.wrote_in(nowhere, bytes(empty["logsBloom"]))
    assert ledger.wrote_in("0x" + bytes(full["hash"]).hex(), bytes(full["logsBloom"]))
    assert not ledger.wrote_in("0x" + bytes(empty["hash"]).hex(), b"\xff" * 256)
    with pytest.raises(LedgerError, match="unknown block"):
        ledger.wrote_in(nowhere, bytes(full["logsBloom"]))


class Answer:
    """An HTTP answer, as the exceptions of the HTTP client carry it."""

    def __init__(self, status_code: int, **headers: str) -> None:
        self.status_code = status_code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def refused(status: int, **headers: str) -> ChainUnreachable:
    """As the ledger's reads raise it."""
    error, cause = ChainUnreachable("The node does not answer."), OSError(f"{status} Error")
    cause.response = Answer(status, **headers)  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


class Busy:
    """The ledger's events, from a node that refuses the first requests."""

    def __init__(self, ledger: Any, *errors: Exception) -> None:
        self.ledger, self.errors = ledger, list(errors)
        self.asked: list[int] = []

    def events(self, from_block: int, to_block: int) -> Any:
        self.asked.append(to_block - from_block + 1)
        if self.errors:
            raise self.errors.pop(0)
        return self.ledger.events(from_block, to_block)

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:
        return bool(self.ledger.wrote_in(block_hash, bloom))


def read(world: Any, source: Any) -> tuple[Any, list[float]]:
    """One range, and the waits in it."""
    waits: list[float] = []
    reader = ChainReader(source, world.chain.w3, max_range=8, newest=64, wait=waits.append)
    before = world.chain.w3.eth.get_block(world.chain.deployment.block - 1)
    span = reader.read(before["number"], "0x" + bytes(before["hash"]).hex(), world.chain.w3.eth.block_number)
    return span, waits


def test_a_node_that_asks_for_patience_gets_it_and_is_asked_for_the_same_range(world: Any) -> None:
    source = Busy(
        world.chain.ledger, refused(429, Retry_After="7"), refused(429), refused(429, Retry_After="9999")
    )
    span, waits = read(world, source)
    assert waits == [7.0, 1.0, PATIENCE_S]
    assert source.asked == [8] * 4
    assert span.events == read(world, Busy(world.chain.ledger))[0].events


def test_a_node_that_asks_for_patience_for_ever_is_given_up(world: Any) -> None:
    source = Busy(world.chain.ledger, *(refused(429) for _ in range(10 * PATIENCE)))
    with pytest.raises(ChainUnreachable):
        read(world, source)
    assert len(set(source.asked)) > 1, "smaller ranges are tried, too"


def test_a_range_that_is_refused_by_http_status_is_halved(world: Any) -> None:
    source = Busy(world.chain.ledger, refused(413), refused(400))
    _, waits = read(world, source)
    assert (source.asked, waits) == ([8, 4, 2], [])


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (refused(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"), 1.0),
        (refused(429, Retry_After="-1"), 1.0),
        (refused(429, Retry_After="0"), 0.0),
        (refused(503, Retry_After="7"), None),
        (LedgerError("429"), None),
    ],
)
def test_how_long_a_node_wants_to_be_left_alone(error: Exception, seconds: float | None) -> None:
    assert wait_asked_for(error) == seconds
