"""Reads carry an ETag; who has the answer already is told so without it."""

from typing import Any

import pytest

from tanso.platform.app import create_app

from .conftest import Api, Firm

OPERATIONS = [
    (path, operations["get"])
    for path, operations in create_app(None).openapi()["paths"].items()
    if "get" in operations
]


def test_who_has_the_answer_already_gets_304_until_it_changes(api: Api, maker: Firm) -> None:
    first = api.send("GET", "/v1/lots", maker.token)
    tag = first.headers["ETag"]
    assert tag.startswith('"')
    assert (first.headers["Cache-Control"], first.headers["Vary"]) == ("private, no-cache", "Authorization")
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = api.send("GET", "/v1/lots", maker.token, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["ETag"], again.headers["Vary"]) == (tag, "Authorization")
    api.lot(maker, "new")
    changed = api.send("GET", "/v1/lots", maker.token, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_a_tag_opens_nothing_to_whom_the_answer_is_closed(api: Api, maker: Firm, factory: Firm) -> None:
    tag = api.send("GET", "/v1/lots", maker.token).headers["ETag"]
    for known in (tag, "*"):
        api.refused(401, "not-authenticated", "GET", "/v1/lots", headers={"If-None-Match": known})
    assert api.send("GET", "/v1/lots", factory.token, headers={"If-None-Match": tag}).status_code == 200


def test_an_open_answer_is_not_private_and_a_refusal_has_no_tag(api: Api, maker: Firm) -> None:
    lot_id = api.steel_lot(maker, "L")
    found = api.send("GET", f"/v1/lots/{lot_id}")
    assert found.headers["Cache-Control"] == "no-cache"
    assert "Vary" not in found.headers
    refused = api.send("GET", f"/v1/lots/0x{'ab' * 16}", headers={"If-None-Match": "*"})
    assert refused.status_code == 404
    assert "ETag" not in refused.headers
    health = api.send("GET", "/health", headers={"If-None-Match": "*"})
    assert (health.status_code, health.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize(("path", "operation"), OPERATIONS, ids=[path for path, _ in OPERATIONS])
def test_every_read_declares_its_tag(path: str, operation: dict[str, Any]) -> None:
    assert operation["responses"]["304"]["headers"]["ETag"]
    assert operation["responses"]["200"]["headers"]["ETag"]
    assert "If-None-Match" in [one["name"] for one in operation["parameters"]]
