"""The OpenAPI document is complete, bounded and the same every time."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tanso.platform.api.openapi import openapi_json
from tanso.platform.app import create_app

DOCUMENT = create_app(None).openapi()
OPERATIONS = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def schemas(value: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document with its place."""
    if isinstance(value, dict):
        yield place, value
        for key, part in value.items():
            yield from schemas(part, f"{place}/{key}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from schemas(part, f"{place}/{number}")


def test_every_integer_has_bounds() -> None:
    integers = [(place, part) for place, part in schemas(DOCUMENT) if part.get("type") == "integer"]
    assert len(integers) > 100
    for place, part in integers:
        assert isinstance(part.get("minimum"), int), place
        assert isinstance(part.get("maximum"), int), place


def test_bounds_are_exact_beyond_what_a_float_holds() -> None:
    lot = DOCUMENT["components"]["schemas"]["LotShown"]["properties"]
    assert lot["co2_ug"]["maximum"] == 2**96 - 1
    assert lot["good"]["maximum"] == 2**64 - 1
    account = DOCUMENT["components"]["schemas"]["AccountShown"]["properties"]
    assert (account["net_ug"]["minimum"], account["net_ug"]["maximum"]) == (1 - 2**128, 2**128 - 1)


def test_there_is_no_float() -> None:
    assert [place for place, part in schemas(DOCUMENT) if part.get("type") == "number"] == []


def test_every_number_and_amount_says_its_unit() -> None:
    words = ("µg", "pg", "base units", "number", "tonnes", "index", "status", "gas", "seconds", "series")
    for place, part in schemas(DOCUMENT["components"]["schemas"]):
        if part.get("type") != "integer" or "/values/" in place or "/leaf/" in place:
            continue
        said = part.get("description", "") or _said_above(place)
        assert any(word in said.lower() for word in words), (place, said)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=lambda value: str(value)[:60])
def test_every_operation_has_a_summary_and_declares_its_errors(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    assert operation["summary"]
    assert operation["tags"]
    errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    expected = {"413", "422", "429", "500", "503"}
    if "x-roles" in operation:
        expected |= {"401", "403"}
        if method in ("post", "put"):
            expected |= {"409"}
    assert expected <= set(errors)
    if path == "/oauth/token":
        # RFC 6749 has a form of its own for these two.
        assert [set(errors.pop(status)["content"]) for status in ("400", "401")] == [{"application/json"}] * 2
    for answer in errors.values():
        assert answer["content"] == {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }
    for parameter in operation.get("parameters", []):
        assert parameter["description"], parameter["name"]


def test_every_reference_leads_somewhere() -> None:
    for place, part in schemas(DOCUMENT):
        if "$ref" in part:
            name = part["$ref"].removeprefix("#/components/schemas/")
            assert name in DOCUMENT["components"]["schemas"], place


def test_the_eleven_transactions_are_there() -> None:
    eleven = {
        ("post", "/v1/lots"),
        ("post", "/v1/lots/{lot_id}/material-uses"),
        ("post", "/v1/lots/{lot_id}/equipment-uses"),
        ("post", "/v1/lots/{lot_id}/completion"),
        ("post", "/v1/lots/{lot_id}/shipments"),
        ("get", "/v1/lots/{lot_id}"),
        ("get", "/v1/lots/{lot_id}/material-uses"),
        ("get", "/v1/lots/{lot_id}/equipment-uses"),
        ("post", "/v1/equipment"),
        ("post", "/v1/equipment-intensities"),
        ("get", "/v1/equipment"),
    }
    told = {
        (method, path)
        for method, path, operation in OPERATIONS
        if operation.get("description", "").startswith("Table 11")
    }
    assert told == eleven


def test_the_document_is_the_same_every_time_and_served() -> None:
    text = openapi_json(create_app(None))
    assert text == openapi_json(create_app(None))
    assert json.loads(text) == DOCUMENT


def _said_above(place: str) -> str:
    """The description of the nearest property around a schema."""
    parts = place.split("/")
    for length in range(len(parts), 1, -1):
        found: Any = DOCUMENT["components"]["schemas"]
        for part in parts[1:length]:
            found = found[int(part)] if isinstance(found, list) else found[part]
        if isinstance(found, dict) and isinstance(found.get("description"), str):
            return str(found["description"])
    return ""
