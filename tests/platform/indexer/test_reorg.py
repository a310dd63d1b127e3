"""When the chain replaces blocks, the tables follow: rows as from an indexer that saw only the new chain."""

from typing import Any

import pytest
from sqlmodel import select

from tanso.contracts.identity import content_hash
from tanso.oracle.store import reading
from tanso.platform.indexer.errors import ForeignDatabase, ReorgTooDeep
from tanso.platform.indexer.models import IndexedBlock
from tanso.platform.indexer.service import Indexer
from tanso.platform.lots.models import BatchRow, LotPositionRow, ShipmentRow


def test_rows_of_replaced_blocks_are_replaced(world: Any, store: Any, dump: Any, clean: Any) -> None:
    world.settle(0, {"steel": 100}, resin=1000, seconds=500)
    indexer = world.indexer(store)
    indexer.run()
    snapshot = world.chain.rpc("evm_snapshot")
    world.ship("steel", 0, 1, 40)
    world.settle(1, {"part": 9}, materials={"steel": 30})
    indexer.run()
    assert world.chain.rpc("evm_revert", snapshot)
    world.ship("steel", 0, 2, 7)
    world.pass_time(1)
    world.pass_time(1)
    assert not indexer.status().in_sync
    indexer.run()
    assert indexer.status().in_sync
    assert dump(store) == clean()
    with reading(store) as session:
        held = {row.business_id: row.quantity for row in session.exec(select(LotPositionRow))}
    assert held == {world.businesses[0].business_id: 93, world.businesses[2].business_id: 7}


def test_replaced_blocks_without_rows_change_nothing_but_the_cursor(
    world: Any, one_store: Any, dump: Any, clean: Any
) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    snapshot = world.chain.rpc("evm_snapshot")
    world.pass_time(5)
    indexer = world.indexer(one_store)
    indexer.run()
    assert world.chain.rpc("evm_revert", snapshot)
    world.pass_time(9)
    world.pass_time(9)
    indexer.run()
    assert indexer.status().in_sync
    assert dump(one_store) == clean()


def test_a_transaction_mined_again_in_another_block_makes_one_row_of_that_block(
    world: Any, one_store: Any, dump: Any, clean: Any
) -> None:
    world.settle(0, {"steel": 100}, resin=1000)
    seller, buyer, _ = (business.account for business in world.businesses)
    w3, call = (
        world.chain.w3,
        world.chain.ledger.lots.ship(world.lot("steel"), seller.address, buyer.address, 3),
    )
    signed = seller.sign_transaction(
        {
            "chainId": world.chain.deployment.chain_id,
            "to": call.to,
            "data": call.data,
            "nonce": w3.eth.get_transaction_count(seller.address),
            "gas": 10**6,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
        }
    )
    snapshot = world.chain.rpc("evm_snapshot")
    w3.eth.send_raw_transaction(signed.raw_transaction)
    first = w3.eth.get_block("latest")
    indexer = world.indexer(one_store)
    indexer.run()
    assert world.chain.rpc("evm_revert", snapshot)
    world.pass_time(30)
    w3.eth.send_raw_transaction(signed.raw_transaction)
    again = w3.eth.get_block("latest")
    assert first["transactions"] == again["transactions"]
    assert again["number"] == first["number"] + 1
    indexer.run()
    with reading(one_store) as session:
        row = session.exec(select(ShipmentRow)).one()
        block = session.get(IndexedBlock, row.block_number)
    assert row.transaction_hash == "0x" + bytes(signed.hash).hex()
    assert (row.block_number, row.block_time) == (again["number"], again["timestamp"])
    assert block is not None
    assert block.block_hash == "0x" + bytes(again["hash"]).hex()
    assert dump(one_store) == clean()


def test_a_head_below_the_cursor_is_waited_for_as_long_as_known_blocks_stand(
    world: Any, one_store: Any, dump: Any
) -> None:
    snapshot = world.chain.rpc("evm_snapshot")
    world.settle(0, {"steel": 100}, resin=1000)
    world.pass_time(1)
    indexer = world.indexer(one_store)
    indexer.run()
    before = dump(one_store)
    # As seen from a node that lags: it knows an older head, and nothing that contradicts our rows.
    assert world.chain.rpc("evm_revert", snapshot)
    assert indexer.run() == 0
    assert dump(one_store) == before
    status = indexer.status()
    assert status.indexed_block == status.head_block + 2
    assert not status.in_sync


def test_a_shorter_chain_that_contradicts_known_blocks_is_followed(
    world: Any, store: Any, dump: Any, clean: Any
) -> None:
    world.settle(0, {"iron": 5}, resin=5)
    snapshot = world.chain.rpc("evm_snapshot")
    world.settle(0, {"steel": 100}, resin=1000)
    world.settle(0, {"more steel": 100}, resin=1000)
    world.settle(0, {"even more steel": 100}, resin=1000)
    indexer = world.indexer(store)
    indexer.run()
    assert world.chain.rpc("evm_revert", snapshot)
    world.pass_time(3)
    world.settle(1, {"ore": 1}, resin=1)
    indexer.run()
    assert dump(store) == clean()
    with reading(store) as session:
        assert len(session.exec(select(BatchRow)).all()) == 2


def test_a_reorganisation_below_finality_stops_the_indexer_and_says_so(
    world: Any, one_store: Any, dump: Any, clean: Any
) -> None:
    snapshot = world.chain.rpc("evm_snapshot")
    world.settle(0, {"steel": 100}, resin=1000)
    world.pass_time(1)
    world.pass_time(1)
    strict = world.indexer(one_store, finality_blocks=2)
    strict.run()
    before = dump(one_store)
    assert world.chain.rpc("evm_revert", snapshot)
    for _ in range(4):
        world.pass_time(2)
    for _ in range(2):
        with pytest.raises(ReorgTooDeep, match=r"rebuild"):
            strict.run()
    assert dump(one_store) == before
    status = strict.status()
    assert not status.in_sync
    assert status.problem is not None
    assert "gone from the chain" in status.problem
    # The way out that the error names.
    strict.rebuild()
    assert strict.status().in_sync
    assert dump(one_store) == clean()


def test_a_reorganisation_within_finality_is_followed(
    world: Any, one_store: Any, dump: Any, clean: Any
) -> None:
    snapshot = world.chain.rpc("evm_snapshot")
    world.settle(0, {"steel": 100}, resin=1000)
    world.pass_time(1)
    indexer = world.indexer(one_store, finality_blocks=2)
    indexer.run()
    assert world.chain.rpc("evm_revert", snapshot)
    for _ in range(4):
        world.pass_time(2)
    indexer.run()
    assert dump(one_store) == clean()


def test_a_database_of_other_contracts_is_refused(world: Any, one_store: Any) -> None:
    world.indexer(one_store).run()
    other = Indexer(
        one_store,
        world.chain.ledger,
        world.chain.w3,
        deployment=content_hash(b"another deployment"),
        start_block=world.chain.deployment.block,
    )
    with pytest.raises(ForeignDatabase, match="other contracts"):
        other.run()
    with pytest.raises(ForeignDatabase, match="other contracts"):
        other.status()
