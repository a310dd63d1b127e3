"""Nodes that refuse, fail or contradict themselves: the real ledger behind a source with such faults."""

from dataclasses import replace
from typing import Any

import pytest
from web3.exceptions import Web3RPCError

from tanso.contracts.errors import ChainUnreachable, LedgerError
from tanso.platform.indexer.errors import BrokenLedger, IndexerError
from tanso.platform.indexer.models import IndexCursor


class Faulty:
    """The ledger's events, as a node gives them that takes at most `most` blocks at once."""

    def __init__(self, ledger: Any, most: int, error: Exception) -> None:
        self.ledger, self.most, self.error = ledger, most, error
        self.asked: list[int] = []

    def events(self, from_block: int, to_block: int) -> Any:
        self.asked.append(to_block - from_block + 1)
        if self.asked[-1] > self.most:
            raise self.error
        return self.ledger.events(from_block, to_block)

    def wrote_in(self, block_hash: str, bloom: bytes) -> bool:
        return bool(self.ledger.wrote_in(block_hash, bloom))


@pytest.fixture
def busy(world: Any) -> Any:
    world.settle(0, {"steel": 100}, resin=1000, seconds=500)
    world.ship("steel", 0, 1, 40)
    return world


@pytest.mark.parametrize(
    "error",
    [
        LedgerError("query returned more than 10000 results"),
        Web3RPCError("429 Too Many Requests"),
        TimeoutError("read timed out"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_refused_range_is_halved_until_it_is_taken_and_nothing_is_lost(
    busy: Any, clean: Any, one_store: Any, dump: Any, error: Exception
) -> None:
    rows = clean()
    source = Faulty(busy.chain.ledger, 3, error)
    busy.indexer(one_store, source=source, max_range=16).run()
    assert dump(one_store) == rows
    assert source.asked[:4] == [16, 8, 4, 2]
    # It tries larger ranges again, but never more than double what went well.
    assert all(
        size <= 2 * max(2, before) for before, size in zip(source.asked[3:], source.asked[4:], strict=False)
    )


def test_a_node_that_refuses_a_single_block_is_an_error_and_the_tables_stay(
    world: Any, one_store: Any, dump: Any
) -> None:
    source = Faulty(world.chain.ledger, 0, LedgerError("out of order"))
    with pytest.raises(LedgerError, match="out of order"):
        world.indexer(one_store, source=source, max_range=16).run()
    assert source.asked == [16, 8, 4, 2, 1]
    rows = dump(one_store)
    assert len(rows.pop(IndexCursor.__name__)) == 1
    assert not any(rows.values())


def test_an_unreachable_node_is_not_asked_for_smaller_ranges(world: Any, one_store: Any) -> None:
    source = Faulty(world.chain.ledger, 0, ChainUnreachable("no answer"))
    with pytest.raises(ChainUnreachable):
        world.indexer(one_store, source=source).run()
    assert len(source.asked) == 1


def test_events_of_a_block_that_the_chain_does_not_have_are_not_believed(
    busy: Any, clean: Any, one_store: Any, dump: Any
) -> None:
    """A node behind the same address still shows a replaced block, then comes round."""
    rows = clean()

    class Stale(Faulty):
        lies = 2

        def events(self, from_block: int, to_block: int) -> Any:
            found = super().events(from_block, to_block)
            self.lies -= 1
            return (
                [replace(event, block_hash="0x" + "ab" * 32) for event in found] if self.lies >= 0 else found
            )

    source = Stale(busy.chain.ledger, 10**9, LedgerError(""))
    busy.indexer(one_store, source=source).run()
    assert len(source.asked) == 3
    assert dump(one_store) == rows

    source.lies = 10**9
    busy.settle(0, {"more": 1}, resin=1)
    stubborn = busy.indexer(one_store, source=source)
    with pytest.raises(IndexerError, match="contradicted itself"):
        stubborn.run()
    assert dump(one_store) == rows
    assert not stubborn.status().in_sync


def test_an_event_with_other_fields_than_its_table_stops_the_indexer(world: Any, one_store: Any) -> None:
    class Foreign(Faulty):
        def events(self, from_block: int, to_block: int) -> Any:
            found = super().events(from_block, to_block)
            return [replace(event, args={**event.args, "colour": 7}) for event in found]

    source = Foreign(world.chain.ledger, 10**9, LedgerError(""))
    indexer = world.indexer(one_store, source=source)
    with pytest.raises(BrokenLedger, match="colour"):
        indexer.run()
    assert indexer.status().problem is not None
