"""Fault case 18: the disk is full, or the database locked, in the middle: cursor and rows move together."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from tanso.oracle.store import create_tables, open_store, reading, writing
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


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_full_disk_leaves_cursor_and_rows_together(
    busy: Any, store_url: str, tmp_path: Path, dump: Any, clean: Any
) -> None:
    """The file may not grow beyond so many pages: SQLite then fails as on a full disk."""
    small = sqlite3.connect(tmp_path / "store.db")
    small.execute("PRAGMA page_size = 512")  # so that few rows need new pages
    small.execute("VACUUM")
    small.close()
    engine = open_store(store_url)
    create_tables(engine)
    with engine.connect() as connection:
        room = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    engine.dispose()

    @event.listens_for(engine, "connect")
    def limit(connection: sqlite3.Connection, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {room}")

    def give_room() -> None:
        nonlocal room
        room += 1
        engine.dispose()  # the next connection has a page more

    assert fill_up(busy, engine, dump, clean(), give_room) == {"database or disk is full"}
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_a_full_disk_of_the_server_leaves_cursor_and_rows_together(
    busy: Any, store: Any, dump: Any, clean: Any
) -> None:
    """Again and again PostgreSQL fails with the error that it has for a full disk."""
    with writing(store) as session:
        session.connection().exec_driver_sql(RUNS_FULL)
        for table in EVENT_TABLES:
            session.connection().exec_driver_sql(
                f"CREATE TRIGGER full_disk BEFORE INSERT ON {table.__tablename__} "
                "FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
    (reason,) = fill_up(busy, store, dump, clean(), lambda: None)
    assert reason.startswith("could not extend file")


RUNS_FULL = """
CREATE SEQUENCE rows_written;
CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN
  -- It counts on though the transaction is rolled back. At squares: each step succeeds at last.
  IF sqrt(nextval('rows_written')) = round(sqrt(currval('rows_written'))) THEN
    RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NEW;
END $$ LANGUAGE plpgsql
"""


def fill_up(busy: Any, engine: Any, dump: Any, whole: Any, give_room: Callable[[], None]) -> set[str]:
    """Indexes to the end on a disk that is full again and again; what the database said of it."""
    indexer = busy.indexer(engine, max_range=3)
    moved: set[int] = set()
    reasons: set[str] = set()
    for _ in range(200):
        try:
            indexer.run()
        except OperationalError as error:
            reasons.add(str(error.orig).splitlines()[0])
            moved.add(check_together(engine, dump, whole))
            give_room()
        else:
            break
    assert len(moved) > 3, "it was full at several places"
    assert dump(engine) == whole
    return reasons


def test_a_locked_database_leaves_cursor_and_rows_together(
    busy: Any, store_url: str, dump: Any, clean: Any
) -> None:
    on_sqlite = store_url.startswith("sqlite")
    engine = open_store(store_url)
    # Before the first connection: a pooled one would wait its half minute each time, or for ever.
    soon = "PRAGMA busy_timeout = 10" if on_sqlite else "SET SESSION lock_timeout = 10"

    @event.listens_for(engine, "connect")
    def do_not_wait(connection: Any, _: Any) -> None:
        connection.execute(soon)
        if not on_sqlite:
            connection.commit()

    create_tables(engine)
    indexer = busy.indexer(engine, max_range=3)
    for _ in range(8):
        indexer.step()
    whole = clean()
    before, rows = dump(engine), check_together(engine, dump, whole)
    other = open_store(store_url)
    with writing(other) as session:
        # Of SQLite that locks the whole file for writers; of PostgreSQL the one table that every step writes.
        if not on_sqlite:
            lock = f"LOCK TABLE {IndexCursor.__tablename__} IN EXCLUSIVE MODE"
            session.connection().exec_driver_sql(lock)
        for _ in range(3):
            with pytest.raises(OperationalError, match=r"locked|lock timeout"):
                indexer.run()
            assert dump(engine) == before
    indexer.run()
    assert check_together(engine, dump, whole) > rows
    assert dump(engine) == whole
    for one in (engine, other):
        one.dispose()
