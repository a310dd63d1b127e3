"""What the node says of itself while it can't follow the chain."""

from typing import Any

import pytest

from tanso.platform.indexer.errors import ReorgTooDeep


def mine(api: Any, blocks: int, seconds: int) -> None:
    for _ in range(blocks):
        api.node.w3.provider.make_request("evm_increaseTime", [seconds])
        api.node.w3.provider.make_request("evm_mine", [])


def test_a_reorganisation_below_finality_stops_the_node_loudly_until_the_tables_are_filled_anew(
    api: Any, maker: Any
) -> None:
    """Fault case 16."""
    node = api.node
    api.steel_lot(maker, "before")
    assert api.call("GET", "/ready") == {"status": "ready", "indexed_block": node.w3.eth.block_number}
    snapshot = node.w3.provider.make_request("evm_snapshot", [])["result"]
    lost = api.steel_lot(maker, "lost")
    mine(api, node.settings.finality_blocks + 1, 1)
    node.indexer.run()
    assert api.call("GET", "/v1/status")["in_sync"]

    assert node.w3.provider.make_request("evm_revert", [snapshot])["result"]
    mine(api, node.settings.finality_blocks + 10, 2)
    with pytest.raises(ReorgTooDeep):
        node.indexer.run()
    status = api.call("GET", "/v1/status")
    assert not status["in_sync"]
    assert "gone from the chain" in status["problem"]
    assert "gone from the chain" in api.refused(503, "not-ready", "GET", "/ready")["detail"]
    assert api.call("GET", "/health") == {"status": "ok"}
    assert api.call("GET", f"/v1/lots/{lost}")["lot_id"] == lost, "no row is given up before somebody looked"

    node.indexer.rebuild()
    assert api.call("GET", "/v1/status")["in_sync"]
    assert api.call("GET", "/ready")["status"] == "ready"
    api.refused(404, "unknown-lot", "GET", f"/v1/lots/{lost}")


def test_a_node_that_is_too_far_behind_is_not_ready(api: Any) -> None:
    mine(api, 20, 1)
    assert api.call("GET", "/ready")["status"] == "ready"
    mine(api, 1, 1)
    assert "read up to block" in api.refused(503, "not-ready", "GET", "/ready")["detail"]
    assert not api.call("GET", "/v1/status")["in_sync"]
    api.node.indexer.run()
    assert api.call("GET", "/ready")["status"] == "ready"
