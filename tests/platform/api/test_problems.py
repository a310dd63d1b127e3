"""Whatever goes wrong is told by a problem document: over every route and every way to ask wrongly."""

from typing import Any

import pytest

from tanso.platform.app import create_app

from .conftest import Api, Firm

PATHS = create_app(None).openapi()["paths"]
METHODS = ("get", "post", "put", "patch", "delete", "options", "trace", "brew")
GETS = [path for path, operations in PATHS.items() if "get" in operations]
BODIES = [
    (method, path, *operation["requestBody"]["content"])
    for path, operations in PATHS.items()
    for method, operation in operations.items()
    if "requestBody" in operation and path != "/oauth/token"  # RFC 6749 has errors of its own form
]
ANY = {
    "lot_id": "0x" + "ab" * 16, "equipment_id": "0x" + "ab" * 16, "business_id": "0x" + "ab" * 16,
    "programme_id": "0x" + "ab" * 16, "key": "nothing", "row_id": "1", "token_id": "0" * 16,
    "calibration_id": "1", "use_id": "1",
}  # fmt: skip


def place(path: str) -> str:
    return path.format_map(_Any(ANY))


class _Any(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "0x" + "ab" * 16


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_a_route_does_not_know_is_refused_and_told_which_it_does(api: Api, path: str) -> None:
    for method in METHODS:
        if method not in PATHS[path]:
            problem = api.refused(405, "method-not-allowed", method.upper(), place(path))
            assert problem["detail"]


def test_what_a_route_allows_stands_in_the_answer(api: Api) -> None:
    answer = api.send("PATCH", "/v1/lots")
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert api.send("PATCH", "/v1/site").headers["Allow"] == "PUT"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/lots/", "/v1//lots", "/v2/lots", "/%00", "/v1/a%2f1"])
def test_a_place_where_nothing_is_is_not_found(api: Api, path: str) -> None:
    response = api.send("GET", path)
    assert response.status_code == 404
    assert response.json()["type"] == "urn:tanso:problem:not-found"


@pytest.mark.parametrize("path", GETS)
def test_head_is_get_without_the_body(api: Api, maker: Firm, path: str) -> None:
    got, asked = (api.send(method, place(path), maker.token) for method in ("GET", "HEAD"))
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    for name in ("Content-Type", "Content-Length", "Cache-Control"):
        assert asked.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize(("method", "path", "media"), BODIES)
def test_a_body_that_is_broken_or_in_another_form_is_refused_by_name(
    api: Api, maker: Firm, method: str, path: str, media: str
) -> None:
    where = (method.upper(), place(path), api.operator)
    if path != "/v1/readings/batches":  # takes the text as it is
        for other in ("text/plain", "application/xml", "", "application/jsonx"):
            api.refused(415, "wrong-media", *where, content=b"x", headers={"Content-Type": other})
    if media == "application/json":
        for content in (b"{", b"[" * 100_000, b"\xff\xfe", b"\x00", b'{"a": NaN}', b"1e400"):
            response = api.send(*where, content=content, headers={"Content-Type": media})
            # Who signs nothing is told so before the body is looked at.
            unsigned = (401,) if path.startswith("/v1/federation/") else ()
            assert response.status_code in (400, 403, 422, *unsigned), response.text
            assert response.headers["Content-Type"] == "application/problem+json"
    else:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        for content in (b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n1\r\n--x--'):
            response = api.send(*where, content=content, headers=headers)
            assert response.status_code in (400, 403, 422), response.text
            assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", ["Authorization", "Idempotency-Key", "Content-Type"])
def test_a_header_that_means_one_thing_stands_once(api: Api, maker: Firm, name: str) -> None:
    headers: Any = [
        ("Authorization", f"Bearer {maker.token}"),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "k"),
        (name, "application/json"),
    ]
    before = api.state()
    response = api.runner.run(
        api.client.post("/v1/lots", headers=headers, content=b'{"name":"n","product":"p"}')
    )
    assert (response.status_code, response.json()["type"]) == (400, "urn:tanso:problem:header-twice")
    assert name.title() in response.json()["detail"]
    assert api.state() == before


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1", "limit=0", "limit=1000000000", "limit=9223372036854775808", "limit=1e3", "limit=",
        "limit=%00", "after=-1", "after=9223372036854775808", "after='; DROP TABLE lot_draft; --",
        "after=%00", "after=%ED%A0%80", "after=%F0%9F%92%A3", "after=" + "x" * 5000,
        "after=0x" + "zz" * 16,
    ],
)  # fmt: skip
def test_a_page_out_of_bounds_or_of_another_kind_is_refused(api: Api, maker: Firm, query: str) -> None:
    before = api.state()
    for path in ("/v1/lots", "/v1/equipment", "/v1/businesses", "/v1/programmes"):
        api.refused(422, "bad-input", "GET", f"{path}?{query}", maker.token)
    assert api.state() == before


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE lot_draft; --", '"', "%_\\", "\u202e\u0000"[:1], "<b>", "💣" * 50]
)
def test_text_that_means_something_elsewhere_is_only_text(api: Api, maker: Firm, text: str) -> None:
    name = f"{text} {next(api.numbers)}"
    given = api.call("POST", "/v1/lots", maker.token, json={"name": name, "product": text})
    assert (given["name"], given["product"]) == (name, text)
    shown = api.call("GET", "/v1/lots", maker.token, params={"limit": 200})["items"]
    assert name in [item["own"]["name"] for item in shown]
