"""`tanso index`: how far the read model is, and filling it anew from a chain that runs."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text

from tanso.oracle.store import open_store, writing
from tanso.platform.settings import Settings


def rows(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table, private ones too."""
    with engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all()))
            for name in inspect(engine).get_table_names()
        }


def test_rebuilding_gives_row_by_row_what_was_there(tanso: Any, start: Any, told_copy: Path) -> None:
    chain = start("chain", "--state", told_copy / "chain", "--port", "0")
    where = {"TANSO_DATA_DIR": str(told_copy), "TANSO_RPC_URL": chain.url}
    engine = open_store(Settings(data_dir=told_copy).database)
    before = rows(engine)
    assert len(before["chain_lot"]) > 2

    told = tanso("index", "status", "--json", **where)
    assert told.returncode == 0, told.stderr
    status = json.loads(told.stdout)
    assert status["in_sync"]
    assert status["indexed_block"] == status["head_block"] == int(str(chain.post("", "eth_blockNumber")), 16)

    with writing(engine) as session:
        session.connection().execute(text("DELETE FROM chain_lot"))
        session.connection().execute(text("UPDATE chain_shipment SET quantity = '1'"))
    assert rows(engine) != before
    rebuilt = tanso("index", "rebuild", **where)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "that is all" in rebuilt.stdout
    assert rows(engine) == before

    chain.post("", "evm_mine")
    behind = tanso("index", "status", **where)
    assert behind.returncode == 1
    assert f"the chain is at block {status['head_block'] + 1}" in behind.stdout

    chain.stop()
    silent = tanso("index", "status", "--json", **where)
    assert silent.returncode == 1
    assert json.loads(silent.stdout)["head_block"] is None
    assert tanso("index", "rebuild", **where).returncode == 1
    assert rows(engine) == before, "without a chain nothing is emptied"
    engine.dispose()
