"""What the ledger's behaviours cost, measured on anvil by the command itself."""

import json

import pytest
from typer.testing import CliRunner

from tanso.contracts.cli import app
from tanso.contracts.gas import LIMITS


@pytest.mark.anvil
def test_no_behaviour_costs_more_than_its_limit(anvil_url: str) -> None:
    result = CliRunner().invoke(app, ["gas", "--rpc", anvil_url, "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert {name: figures[name] for name, limit in LIMITS.items() if figures[name] > limit} == {}
    # A lot with CO2, primary data, producer and history costs little more than a token that has none of them.
    plain = figures["openzeppelin_mint_batch_100_per_token"]
    assert plain < figures["settle_100_per_lot"] < plain * 6 // 5
    # Reading a lot costs the same at any depth; only a byte of its ID may be zero and so cheaper.
    assert abs(figures["read_lot_after_20_generations"] - figures["read_lot_of_no_lot"]) < 100
    # Nothing is cheaper than a transaction.
    assert min(figures["settle_1"], figures["ship_new"], figures["ship_held"]) > 21_000
