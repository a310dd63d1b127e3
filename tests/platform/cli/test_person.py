"""`tanso person`: the first people of a node."""

import json
from pathlib import Path
from typing import Any

import pytest

from tanso.oracle.store import open_store, reading, writing
from tanso.platform.people.passwords import hash_of
from tanso.platform.people.service import places_of, use_link
from tanso.platform.people.sessions import person_with

PASSWORD = "four quiet green doors"


def test_the_first_operator_is_let_in_gets_another_link_and_is_put_out(tanso: Any, one_url: str) -> None:
    assert "Nobody yet" in tanso("person", "list", "--store", one_url).stdout
    added = tanso("person", "add", "Ada Ito", "Ada@Example.org", "--role", "operator", "--store", one_url)
    path = added.stdout.strip()
    assert path.startswith("/join/")
    listed = tanso("person", "list", "--store", one_url).stdout
    assert listed == "operator  Ada Ito <ada@example.org>, invited\n"
    engine = open_store(one_url)
    with writing(engine) as session:
        person_id = use_link(session, path.removeprefix("/join/"), hash_of(PASSWORD))
    assert person_with(engine, " ada@example.org", PASSWORD) == person_id
    listed = json.loads(tanso("person", "list", "--json", "--store", one_url).stdout)
    assert [item["role"] for item in listed["people"]] == ["operator"]
    assert listed["invited"] == []
    made = json.loads(tanso("person", "link", "ada@example.org", "--json", "--store", one_url).stdout)
    with writing(engine) as session:
        use_link(session, made["path"].removeprefix("/join/"), hash_of("another good password"))
    assert person_with(engine, "ada@example.org", "another good password") == person_id
    tanso("person", "remove", "ada@example.org", "--store", one_url)
    with reading(engine) as session:
        assert places_of(session, person_id) == []
    engine.dispose()
    assert "nobody has the address" in tanso("person", "link", "ada@example.org", "--store", one_url).stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Ada", "no address", "--role", "operator"), "no e-mail address"),
        (("Ada", "ada@example.org", "--role", "clerk"), "needs a business"),
        (("Ada", "ada@example.org", "--role", "clerk", "--business", "0x12"), "--business"),
        (("Ada", "ada@example.org", "--role", "clerk", "--business", "0x" + "5" * 32), "not served"),
        (("\x1b[1m", "ada@example.org", "--role", "operator"), "NAME"),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    tanso: Any, home: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = tanso("person", "add", *arguments, "--folder", home)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert ran.stderr.startswith("Error: ")
