"""A database's tables: new ones, those of other versions, and the revisions between them."""

import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import IntegrityError

from tanso.oracle.store import open_store, reading, writing
from tanso.platform.database import State, prepare, status_of, upgrade
from tanso.platform.database.errors import DatabaseIncomplete, DatabaseOutdated, DatabaseTooNew
from tanso.platform.database.revisions import differences, go_through
from tanso.platform.database.schema import MIGRATIONS, REVISIONS
from tanso.platform.database.tables import METADATA

ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine(store_url: str) -> Any:
    made = open_store(store_url)
    yield made
    made.dispose()


@pytest.fixture
def one(one_url: str) -> Any:
    """Where both databases take the same way through our code, the one that --database names is enough."""
    made = open_store(one_url)
    yield made
    made.dispose()


def described(engine: Engine) -> dict[str, Any]:
    """All that the database knows of its tables."""
    found = inspect(engine)
    return {
        name: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(name)
            ],
            "key": found.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(sorted(u["column_names"]) for u in found.get_unique_constraints(name)),
            "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in found.get_indexes(name)),
            "references": sorted(
                (f["constrained_columns"], f["referred_table"], f["referred_columns"])
                for f in found.get_foreign_keys(name)
            ),
        }
        for name in found.get_table_names()
    }


def run(engine: Engine, *statements: str) -> None:
    with writing(engine) as session:
        for statement in statements:
            session.connection().execute(text(statement))


def through_all_revisions(engine: Engine) -> None:
    with writing(engine) as session:
        go_through(session.connection())


def test_a_new_database_has_the_tables_that_all_revisions_lead_to(engine: Engine) -> None:
    prepare(engine)
    made = described(engine)
    assert status_of(engine).state is State.CURRENT
    with writing(engine) as session:
        for table in reversed(METADATA.sorted_tables):
            table.drop(session.connection())
        session.connection().execute(text("DELETE FROM alembic_version"))
    through_all_revisions(engine)
    assert described(engine) == made
    assert set(made) == {*METADATA.tables, "alembic_version"}
    with reading(engine) as session:
        assert differences(session.connection()) == []
    prepare(engine)


def test_a_changed_table_is_found(one: Engine) -> None:
    prepare(one)
    run(one, "DROP INDEX ix_chain_lot_batch_id", "ALTER TABLE lot_draft ADD COLUMN colour TEXT")
    with reading(one) as session:
        assert differences(session.connection()) == ["chain_lot", "lot_draft"]


def test_revisions_form_one_line_in_the_order_of_their_files() -> None:
    script = ScriptDirectory(MIGRATIONS)
    assert [one.revision for one in script.walk_revisions()] == list(reversed(REVISIONS))


def test_every_table_that_the_sources_name_is_known_without_other_imports() -> None:
    code = "from tanso.platform.database.tables import METADATA; print(*METADATA.tables)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    sources = [
        file.read_text() for folder in ("oracle", "platform") for file in (ROOT / folder).rglob("*.py")
    ]
    named = {name for source in sources for name in re.findall(r'__tablename__ = "(\w+)"', source)}
    assert named == set(ran.stdout.split())


def test_an_earlier_versions_database_is_refused_until_it_is_upgraded(one: Engine) -> None:
    with writing(one) as session:
        go_through(session.connection(), to=REVISIONS[-2])
    before = described(one)
    with pytest.raises(DatabaseOutdated, match="tanso database upgrade"):
        prepare(one)
    assert described(one) == before
    told: list[str] = []
    assert upgrade(one, told.append).revision == REVISIONS[-2]
    assert told == [REVISIONS[-1]]
    prepare(one)


def test_an_upgrade_that_fails_half_way_changes_nothing(one: Engine) -> None:
    """The second of two revisions finds a table of its name there."""
    with writing(one) as session:
        go_through(session.connection(), to=REVISIONS[-3])
    run(one, "CREATE TABLE chain_shipment (id INTEGER)")
    before = described(one)
    with pytest.raises(Exception, match="chain_shipment"):
        upgrade(one)
    assert described(one) == before
    assert status_of(one).revision == REVISIONS[-3]


def test_a_later_versions_database_is_refused(one: Engine) -> None:
    prepare(one)
    run(one, "UPDATE alembic_version SET version_num = '9999'")
    for use in (prepare, upgrade):
        with pytest.raises(DatabaseTooNew, match="9999"):
            use(one)


def test_a_database_from_before_revisions_is_recognised_and_marked_if_its_tables_fit(one: Engine) -> None:
    prepare(one)
    run(one, "DROP TABLE alembic_version")
    with pytest.raises(DatabaseIncomplete, match="before its tables had versions"):
        prepare(one)
    assert upgrade(one).state is State.UNMARKED
    prepare(one)
    run(one, "DROP TABLE alembic_version", "DROP TABLE outbox_watch")
    with pytest.raises(DatabaseIncomplete, match=r"differs from this one's in: outbox_watch\."):
        upgrade(one)
    assert status_of(one).state is State.UNMARKED


def test_a_database_that_lacks_a_table_is_refused_by_name(one: Engine) -> None:
    prepare(one)
    run(one, "DROP TABLE outbox_watch")
    with pytest.raises(DatabaseIncomplete, match="outbox_watch"):
        prepare(one)


def test_other_programs_tables_are_left_alone(one: Engine) -> None:
    run(one, "CREATE TABLE theirs (id INTEGER)")
    assert status_of(one).state is State.EMPTY
    prepare(one)
    run(one, "DROP TABLE alembic_version")
    upgrade(one)
    assert "theirs" in inspect(one).get_table_names()


def test_several_processes_may_prepare_one_database_at_a_time(store_url: str) -> None:
    engines = [open_store(store_url) for _ in range(3)]
    errors: list[Exception] = []

    def run(one: Engine) -> None:
        try:
            prepare(one)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert status_of(engines[0]).state is State.CURRENT
    for one in engines:
        one.dispose()


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_an_upgrade_is_refused_where_rows_name_rows_that_are_not_there(engine: Engine) -> None:
    """SQLite does not check foreign keys while tables are made anew: it is done at the end."""
    with writing(engine) as session:
        go_through(session.connection(), to=REVISIONS[-2])
    with engine.connect() as plain:
        driver = plain.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("INSERT INTO oracle_evidence_leaf (evidence_id, position, leaf) VALUES (7, 0, '')")
        driver.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(Exception, match="oracle_evidence"):
        upgrade(engine)
    assert status_of(engine).revision == REVISIONS[-2]
    with engine.connect() as plain:
        assert plain.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


@pytest.mark.postgres
@pytest.mark.parametrize("store_url", ["postgres"], indirect=True)
def test_postgresql_has_no_row_that_names_one_that_is_not_there(engine: Engine) -> None:
    """It makes no table anew, so its check of foreign keys is never off."""
    prepare(engine)
    with pytest.raises(IntegrityError, match="oracle_evidence"):
        run(engine, "INSERT INTO oracle_evidence_leaf (evidence_id, position, leaf) VALUES (7, 0, '')")
