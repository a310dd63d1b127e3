"""An indexer that dies anywhere leaves tables that the next one completes to the same rows."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event

from tanso.oracle.store import open_store
from tanso.platform.indexer import derive


class Died(BaseException):
    """The process is gone: no handler of the code under test may catch it."""


@pytest.fixture
def busy(world: Any) -> Any:
    """Three batches and two shipments, in as many blocks."""
    world.settle(0, {"steel": 100}, resin=1000, seconds=500, left_over=17)
    world.ship("steel", 0, 1, 33)
    world.settle(1, {"A": 7, "B": 3}, materials={"steel": 11}, seconds=77)
    world.ship("A", 1, 2, 5)
    world.settle(2, {}, materials={"A": 2})
    return world


def test_dying_at_each_statement_in_turn_ends_in_the_rows_of_a_clean_run(
    busy: Any, store: Any, dump: Any, clean: Any
) -> None:
    patience = [0]

    @event.listens_for(store, "before_cursor_execute")
    def die(*_: Any) -> None:
        patience[0] -= 1
        if patience[0] == 0:
            raise Died

    deaths = 0
    while True:
        patience[0] = deaths + 1
        try:
            busy.indexer(store, max_range=5).run()
        except Died:
            deaths += 1
        else:
            break
    event.remove(store, "before_cursor_execute", die)
    assert deaths > 10  # bulk copies into PostgreSQL are no statements to this listener
    assert dump(store) == clean()


def test_processes_killed_one_after_the_other_are_taken_up_by_the_next(
    busy: Any, store: Any, store_url: str, dump: Any, clean: Any
) -> None:
    store.dispose()
    kills = 0
    while _is_killed_at(4 + 6 * kills, busy, store_url):
        kills += 1
    assert kills > 2
    assert dump(store) == clean()


def _is_killed_at(statement: int, busy: Any, store_url: str) -> bool:
    """Indexes in a process of its own, to be killed after this statement. False if its end came before."""
    child = os.fork()
    if child == 0:
        engine = open_store(store_url)
        left = [statement]

        @event.listens_for(engine, "after_cursor_execute")
        def die(*_: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            busy.indexer(engine, max_range=8).run()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_rebuilding_gives_the_same_rows(busy: Any, store: Any, dump: Any, clean: Any) -> None:
    indexer = busy.indexer(store, max_range=3)
    indexer.run()
    indexer.rebuild()
    assert dump(store) == clean()


def test_keys_beyond_one_query_are_derived_in_several(
    busy: Any, one_store: Any, dump: Any, clean: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = clean()
    monkeypatch.setattr(derive, "KEYS_AT_ONCE", 1)
    busy.indexer(one_store).run()
    assert dump(one_store) == rows


def test_indexers_in_several_threads_write_each_row_once(
    busy: Any, store: Any, dump: Any, clean: Any
) -> None:
    indexers = [busy.indexer(store, max_range=1) for _ in range(3)]
    ready = Barrier(len(indexers))

    def run(indexer: Any) -> int:
        ready.wait()
        return int(indexer.run())

    with ThreadPoolExecutor(len(indexers)) as pool:
        steps = list(pool.map(run, indexers))
    assert max(steps) > 10
    assert dump(store) == clean()


def test_two_indexers_of_one_database_write_each_row_once(
    busy: Any, store: Any, dump: Any, clean: Any
) -> None:
    first, second = (busy.indexer(store, max_range=2) for _ in range(2))
    turns = 0
    while first.step() | second.step():
        turns += 1
    assert turns > 3
    assert dump(store) == clean()
