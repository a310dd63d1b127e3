"""`tanso database`: what it says of the tables, and bringing them up to date."""

import json
from typing import Any

import pytest

from tanso.oracle.store import open_store, writing
from tanso.platform.database.revisions import go_through
from tanso.platform.database.schema import REVISIONS


@pytest.fixture
def url(one_url: str) -> str:
    """A database of the revision before the newest."""
    engine = open_store(one_url)
    with writing(engine) as session:
        go_through(session.connection(), to=REVISIONS[-2])
    engine.dispose()
    return one_url


def test_an_outdated_database_is_told_with_what_to_do_and_upgraded(tanso: Any, url: str) -> None:
    told = tanso("database", "status", "--store", url)
    assert told.returncode == 1
    assert f"Outdated: revision {REVISIONS[-2]}, this version's {REVISIONS[-1]}." in told.stdout
    assert "tanso database upgrade" in told.stdout
    refused = tanso("outbox", "status", TANSO_DATABASE_URL=url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "tanso database upgrade" in refused.stderr

    done = tanso("database", "upgrade", "--store", url, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["before"]["state"] == "outdated"
    assert json.loads(done.stdout)["after"]["state"] == "current"
    assert done.stderr.strip() == f"revision {REVISIONS[-1]}"

    found = tanso("database", "status", "--json", TANSO_DATABASE_URL=url)
    assert found.returncode == 0
    assert json.loads(found.stdout) == {
        "state": "current",
        "revision": REVISIONS[-1],
        "newest": REVISIONS[-1],
        "missing": [],
    }
    assert tanso("outbox", "status", TANSO_DATABASE_URL=url).returncode == 0


def test_a_database_that_is_not_there_yet_is_empty(tanso: Any, one_url: str) -> None:
    told = tanso("database", "status", "--store", one_url)
    assert told.returncode == 0
    assert told.stdout.startswith("Empty: revision none")
