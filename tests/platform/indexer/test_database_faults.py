"""Fault case 18: the disk is full, or the database locked, in the middle: cursor and rows move together."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tanso.oracle.store import create_tables, open_store, reading
from tanso.platform.indexer.models import IndexCursor, IndexedBlock
from tanso.platform.indexer.tables import EVENT_TABLES


@pytest.fixture
def busy(world: Any) -> Any:
    for number in range(4):
        world.settle(0, {f"steel {number}": 100}, resin=1000, seconds=500, left_over=17)
        world.ship(f"steel {number}", 0, 1, 33)
    return world


def check_together(engine: Any, dump: Any, whole: Any) -> int:
    """The event rows are those of a clean index up to the cursor's block, no more and no fewer; how many."""
    with reading(engine) as session:
        cursor = session.exec(select(IndexCursor)).one().block_number
    tables = [table.__name__ for table in (*EVENT_TABLES, IndexedBlock)]
    expected = [row for name in tables for row in whole[name] if dict(row)["block_number"] <= cursor]
    found = dump(engine)
    assert sorted([row for name in tables for row in found[name]], key=str) == sorted(expected, key=str)
    return len(expected)


def test_a_full_disk_leaves_cursor_and_rows_together(
    busy: Any, tmp_path: Path, dump: Any, clean: Any
) -> None:
    """The file may not grow beyond so many pages: SQLite then fails as on a full disk."""
    small = sqlite3.connect(tmp_path / "full.db")
    small.execute("PRAGMA page_size = 512")  # so that few rows need new pages
    small.execute("VACUUM")
    small.close()
    engine = open_store(f"sqlite:///{tmp_path / 'full.db'}")
    create_tables(engine)
    with engine.connect() as connection:
        room = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    engine.dispose()

    @event.listens_for(engine, "connect")
    def limit(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {room}")

    indexer, whole = busy.indexer(engine, max_range=3), clean()
    moved: set[int] = set()
    reasons: set[str] = set()
    for _ in range(200):
        try:
            indexer.run()
        except OperationalError as error:
            reasons.add(str(error.orig))
            moved.add(check_together(engine, dump, whole))
            room += 1
            engine.dispose()  # the next connection has a page more
        else:
            break
    assert reasons == {"database or disk is full"}
    assert len(moved) > 3, "it was full at several places"
    assert dump(engine) == whole
    engine.dispose()


def test_a_locked_database_leaves_cursor_and_rows_together(
    busy: Any, tmp_path: Path, dump: Any, clean: Any
) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'locked.db'}")
    # Before the first connection: a pooled one would wait its half minute each time.
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 10"))
    create_tables(engine)
    indexer = busy.indexer(engine, max_range=3)
    for _ in range(8):
        indexer.step()
    whole = clean()
    before, rows = dump(engine), check_together(engine, dump, whole)
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(3):
        with pytest.raises(OperationalError, match="locked"):
            indexer.run()
        assert dump(engine) == before
    other.execute("ROLLBACK")
    other.close()
    indexer.run()
    assert check_together(engine, dump, whole) > rows
    assert dump(engine) == whole
    engine.dispose()
