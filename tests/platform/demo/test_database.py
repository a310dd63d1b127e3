"""A demo with a database that is named, and not a file in its folder."""

from pathlib import Path

import pytest
from sqlalchemy import inspect

from tanso.oracle.store import open_store
from tanso.platform.database import prepare
from tanso.platform.demo.database import DatabaseInUse, check_kept, keep, one_each
from tanso.platform.demo.federation import serve_firms
from tanso.platform.demo.run import run_demo
from tanso.platform.demo.up import serve_world
from tanso.platform.settings import Settings


def test_a_database_that_a_node_has_is_refused_and_the_folder_stays_as_it_is(
    one_url: str, tmp_path: Path
) -> None:
    engine = open_store(one_url)
    prepare(engine)
    out = tmp_path / "out"
    with pytest.raises(DatabaseInUse, match="holds a node's tables"):
        run_demo(out, one_url, as_json=True)
    with pytest.raises(DatabaseInUse, match="holds a node's tables"):
        serve_world(out, one_url, "127.0.0.1", 0)
    with pytest.raises(DatabaseInUse, match="of its own"):
        serve_firms(out, one_url, "127.0.0.1", 0)
    assert not out.exists()
    assert "chain_lot" in inspect(engine).get_table_names()
    engine.dispose()


def test_a_world_keeps_the_database_that_it_was_told_with(told_copy: Path, tmp_path: Path) -> None:
    keep(told_copy, f"sqlite:///{tmp_path / 'kept.db'}")
    assert (told_copy / "database-url").stat().st_mode & 0o077 == 0
    kept = Settings(data_dir=told_copy).database
    check_kept(told_copy, "")
    check_kept(told_copy, kept)
    with pytest.raises(DatabaseInUse, match="another database"):
        serve_world(told_copy, f"sqlite:///{tmp_path / 'other.db'}", "127.0.0.1", 0)
    assert not (tmp_path / "other.db").exists()


def test_each_firm_has_the_database_of_its_name(tmp_path: Path) -> None:
    urls = one_each(f"sqlite:///{tmp_path}/{{firm}}.db", ["steel", "parts"])
    assert urls == {firm: f"sqlite:///{tmp_path / firm}.db" for firm in ("steel", "parts")}
    assert one_each("", ["steel"]) == {"steel": ""}
