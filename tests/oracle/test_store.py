"""The store behaves alike on SQLite and PostgreSQL."""

import sqlite3
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Field, SQLModel, col, select

from tanso.oracle.store import (
    BigUint,
    StoreError,
    create_tables,
    exact_sum,
    open_store,
    reading,
    together,
    utc_now,
    writing,
)

LARGEST = 10**39 - 1


class Shelf(SQLModel, table=True):
    __tablename__ = "test_shelf"
    id: int | None = Field(default=None, primary_key=True)
    amount: int = Field(default=0, sa_type=BigUint)


class Book(SQLModel, table=True):
    __tablename__ = "test_book"
    id: int | None = Field(default=None, primary_key=True)
    shelf_id: int = Field(foreign_key="test_shelf.id")


def amounts(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return list(session.exec(select(Shelf.amount).order_by(col(Shelf.amount))))


@pytest.mark.parametrize("amount", [0, 1, 2**63 - 1, 2**63, 2**64, 2**128 - 1, LARGEST])
def test_a_big_integer_comes_back_exactly(store: Engine, amount: int) -> None:
    with writing(store) as session:
        session.add(Shelf(amount=amount))
    assert amounts(store) == [amount]


def test_big_integers_sort_and_compare_as_numbers(store: Engine) -> None:
    given_amounts = [2**128, 9, 10, 2**63, 0, 2**64 - 1]
    with writing(store) as session:
        session.add_all(Shelf(amount=amount) for amount in given_amounts)
    assert amounts(store) == sorted(given_amounts)
    with reading(store) as session:
        found = session.exec(select(Shelf.amount).where(col(Shelf.amount) > 2**63)).all()
    assert sorted(found) == [2**64 - 1, 2**128]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_amounts=st.lists(st.integers(0, LARGEST), max_size=8))
def test_a_sum_of_big_integers_is_exact(store: Engine, given_amounts: list[int]) -> None:
    with writing(store) as session:
        session.exec(delete(Shelf))
        session.add_all(Shelf(amount=amount) for amount in given_amounts)
    with reading(store) as session:
        (found,) = session.exec(select(exact_sum(col(Shelf.amount)))).all()
    assert found == (sum(given_amounts) if given_amounts else None)


@pytest.mark.parametrize("amount", [-1, LARGEST + 1, 1.0, "7", True])
def test_what_is_no_big_unsigned_integer_is_refused(sqlite_store: Engine, amount: object) -> None:
    with (
        pytest.raises(StatementError, match=r"whole number|between 0") as caught,
        writing(sqlite_store) as session,
    ):
        session.add(Shelf(amount=amount))
    assert isinstance(caught.value.orig, StoreError)
    assert amounts(sqlite_store) == []


@given(st.integers(0, LARGEST))
def test_binding_and_reading_a_big_integer_are_inverse_on_both_dialects(amount: int) -> None:
    column = BigUint()
    for dialect, kind in ((sqlite.dialect(), str), (postgresql.dialect(), Decimal)):
        bound = column.process_bind_param(amount, dialect)
        assert isinstance(bound, kind)
        assert column.process_result_value(bound, dialect) == amount


def test_an_absent_big_integer_stays_absent() -> None:
    assert BigUint().process_bind_param(None, sqlite.dialect()) is None
    assert BigUint().process_result_value(None, sqlite.dialect()) is None


def put(engine: Engine, amount: int, *, fail: bool = False) -> None:
    with writing(engine) as session:
        session.add(Shelf(amount=amount))
        session.flush()
        if fail:
            raise KeyError(amount)


def put_together(around: Engine, *steps: tuple[Engine, int, bool]) -> None:
    with together(around):
        for engine, amount, fail in steps:
            put(engine, amount, fail=fail)


def test_what_is_done_together_is_there_as_a_whole_or_not_at_all(store: Engine) -> None:
    with together(store):
        put(store, 1)
        assert amounts(store) == [1]
        with pytest.raises(KeyError):
            put(store, 2, fail=True)
        put(store, 3)
    assert amounts(store) == [1, 3]
    with pytest.raises(KeyError):
        put_together(store, (store, 4, False), (store, 5, True))
    assert amounts(store) == [1, 3]


def test_another_store_is_not_drawn_into_what_is_done_together(store: Engine, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    create_tables(other)
    with pytest.raises(KeyError):
        put_together(store, (other, 5, False), (store, 6, True))
    assert (amounts(store), amounts(other)) == ([], [5])
    other.dispose()


def test_a_block_that_raises_leaves_nothing_behind(store: Engine) -> None:
    def fail_halfway() -> None:
        with writing(store) as session:
            session.add(Shelf(amount=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert amounts(store) == []


def test_foreign_keys_are_enforced(store: Engine) -> None:
    with pytest.raises(IntegrityError), writing(store) as session:
        session.add(Book(shelf_id=12345))


def test_a_reading_session_refuses_to_write(store: Engine) -> None:
    with reading(store) as session:
        session.add(Shelf(amount=1))
        with pytest.raises(DBAPIError):
            session.flush()
    with writing(store) as session:
        session.add(Shelf(amount=2))
    assert amounts(store) == [2]


def test_a_reading_session_sees_one_snapshot(store: Engine) -> None:
    with reading(store) as session:
        assert session.exec(select(Shelf.amount)).all() == []
        with writing(store) as writer:
            writer.add(Shelf(amount=1))
        assert session.exec(select(Shelf.amount)).all() == []
    assert amounts(store) == [1]


def test_objects_stay_readable_after_the_commit(store: Engine) -> None:
    with writing(store) as session:
        shelf = Shelf(amount=3)
        session.add(shelf)
    assert shelf.amount == 3
    assert shelf.id is not None


def test_no_addition_is_lost_between_writers_that_lock(store: Engine) -> None:
    with writing(store) as session:
        session.add(Shelf(id=1, amount=0))

    def add_ten_times() -> None:
        for _ in range(10):
            with writing(store) as session:
                session.exec(select(Shelf).with_for_update()).one().amount += 1

    threads = [threading.Thread(target=add_ten_times) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert amounts(store) == [40]


def test_creating_tables_twice_and_at_once_does_no_harm(store_url: str) -> None:
    engines = [open_store(store_url) for _ in range(3)]
    threads = [threading.Thread(target=create_tables, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    create_tables(engines[0])
    with writing(engines[1]) as session:
        session.add(Shelf(amount=1))
    assert amounts(engines[2]) == [1]
    for engine in engines:
        engine.dispose()


def test_sqlite_commits_survive_a_power_cut_and_readers_do_not_block_writers(sqlite_store: Engine) -> None:
    with reading(sqlite_store) as session:
        assert session.exec(text("PRAGMA journal_mode")).scalar() == "wal"  # type: ignore[call-overload]
        assert session.exec(text("PRAGMA synchronous")).scalar() == 2  # type: ignore[call-overload]


def test_a_sqlite_writer_holds_off_others_from_its_first_moment(sqlite_store: Engine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.db", timeout=0)
    with writing(sqlite_store), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


@pytest.mark.postgres
def test_postgresql_sessions_run_in_utc(postgres: str) -> None:
    engine = open_store(postgres)
    with reading(engine) as session:
        assert session.exec(text("SHOW timezone")).scalar() == "UTC"  # type: ignore[call-overload]
    engine.dispose()


def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    engine = open_store(f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.db'}")
    create_tables(engine)
    engine.dispose()
    assert (tmp_path / "new" / "folder" / "store.db").is_file()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "not a url", ""])
def test_other_databases_are_refused_with_what_to_give_instead(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///FILE"):
        open_store(url)


def test_the_time_is_whole_seconds() -> None:
    assert isinstance(utc_now(), int)
    assert utc_now() > 1_700_000_000
