"""OAuth 2.0 client credentials: RFC 6749, sections 2.3.1, 4.4 and 5.2."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Response
from sqlmodel import Session, select

from tanso.oracle.store import reading, writing
from tanso.platform.auth.models import AccessToken, Client
from tanso.platform.auth.service import MAX_ACCESS_TOKENS

from .conftest import Api, Firm

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def client(api: Api, maker: Firm) -> dict[str, str]:
    body = {"role": "clerk", "label": "the shop floor", "days": 30}
    issued: dict[str, str] = api.call("POST", "/v1/clients", maker.token, json=body)
    return issued


def basic(number: str, secret: str) -> dict[str, str]:
    coded = base64.b64encode(f"{quote(number)}:{quote(secret)}".encode()).decode()
    return {"Authorization": f"Basic {coded}"}


def ask(api: Api, client: dict[str, str], *, in_form: bool = False, **form: str) -> Response:
    number, secret = client["client_id"], client["client_secret"]
    if in_form:
        form |= {"client_id": number, "client_secret": secret}
        return api.send("POST", "/oauth/token", data=GRANT | form)
    return api.send("POST", "/oauth/token", data=GRANT | form, headers=basic(number, secret))


@pytest.mark.parametrize("in_form", [False, True])
def test_a_secret_gives_an_access_token_that_the_api_takes(
    api: Api, maker: Firm, client: dict[str, str], in_form: bool
) -> None:
    response = ask(api, client, in_form=in_form)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    given = response.json()
    assert set(given) == {"access_token", "token_type", "expires_in", "scope"}
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("Bearer", 3600, "read write")
    body = {"name": f"by token {in_form}", "product": "x", "unit": "pc", "started_at": "2020-01-01T00:00:00Z"}
    lot = api.call("POST", "/v1/lots", given["access_token"], json=body)["lot_id"]
    assert lot in {item["lot_id"] for item in api.call("GET", "/v1/lots", maker.token)["items"]}
    assert given["access_token"] not in repr(api.state()[0])


def test_a_scope_narrows_what_the_token_does(api: Api, client: dict[str, str]) -> None:
    given = ask(api, client, scope="read").json()
    assert given["scope"] == "read"
    api.call("GET", "/v1/lots", given["access_token"])
    body = {"name": "a", "product": "b"}
    api.refused(403, "scope-missing", "POST", "/v1/lots", given["access_token"], json=body)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "read admin"}, "invalid_scope"),
        ({"client_secret": "0"}, "invalid_request"),
        ({"scope": "x" * 5000}, "invalid_request"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_in_oauth_s_own_form(
    api: Api, client: dict[str, str], form: dict[str, str], error: str
) -> None:
    response = ask(api, client, **form)
    assert response.status_code == 400
    assert response.json()["error"] == error
    assert set(response.json()) == {"error", "error_description"}
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "request_",
    [
        {"content": b"{}", "headers": {"Content-Type": "application/json"}},
        {"content": b""},
        {"content": b"\xff\x00", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {
            "content": b"grant_type=client_credentials&grant_type=x",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        },
        {"files": {"grant_type": b"client_credentials"}},
    ],
)
def test_what_is_no_form_is_refused(api: Api, request_: dict[str, Any]) -> None:
    response = api.send("POST", "/oauth/token", **request_)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_strangers_are_told_nothing_apart(api: Api, client: dict[str, str]) -> None:
    number, secret = client["client_id"], client["client_secret"]
    wrong = [
        {"client_id": number, "client_secret": "0" * 64},
        {"client_id": "0" * 16, "client_secret": secret},
        {"client_id": "'; --\x00", "client_secret": "é"},
        {"client_id": "", "client_secret": ""},
    ]
    answers = [ask(api, one) for one in wrong] + [ask(api, one, in_form=True) for one in wrong[:3]]
    answers += [
        api.send("POST", "/oauth/token", data=GRANT, headers={"Authorization": text})
        for text in ("Basic !!!", "Basic " + base64.b64encode(b"no colon").decode(), "Bearer x", "Basic")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Basic realm="tanso"'}
    assert api.send("POST", "/oauth/token", data=GRANT).json()["error"] == "invalid_client"


def test_a_new_secret_ends_the_old_one_and_what_was_got_with_it(api: Api, maker: Firm) -> None:
    first = api.call("POST", "/v1/clients", maker.token, json={"role": "reader", "label": "to be renewed"})
    access = ask(api, first).json()["access_token"]
    api.call("GET", "/v1/lots", access)
    second = api.call("POST", f"/v1/clients/{first['client_id']}/secret", maker.token)
    assert second["client_id"] == first["client_id"]
    for old in (access, first["token"]):
        api.refused(401, "not-authenticated", "GET", "/v1/lots", old)
    assert ask(api, first).status_code == 401
    api.call("GET", "/v1/lots", ask(api, second).json()["access_token"])
    api.call("DELETE", f"/v1/clients/{first['client_id']}", maker.token)
    assert ask(api, second).status_code == 401
    api.refused(404, "unknown-client", "POST", f"/v1/clients/{first['client_id']}/secret", maker.token)
    (shown,) = (
        item
        for item in api.call("GET", "/v1/clients", maker.token)["items"]
        if item["client_id"] == first["client_id"]
    )
    assert (shown["revoked"], shown["role"], shown["business_id"]) == (True, "reader", maker.id)


def test_a_token_ends_with_its_hour_and_with_its_client(api: Api, maker: Firm) -> None:
    issued = api.call("POST", "/v1/clients", maker.token, json={"role": "reader", "label": "short"})
    access = ask(api, issued).json()["access_token"]
    with writing(api.node.engine) as session:
        client = session.get_one(Client, issued["client_id"])
        client.expires_at, was = client.created_at, client.expires_at
    api.refused(401, "not-authenticated", "GET", "/v1/lots", access)
    assert ask(api, issued).status_code == 401
    with writing(api.node.engine) as session:
        session.get_one(Client, issued["client_id"]).expires_at = was
        for token in _tokens_of(session, issued["client_id"]):
            token.expires_at = token.created_at
    api.refused(401, "not-authenticated", "GET", "/v1/lots", access)
    assert ask(api, issued).status_code == 200
    with reading(api.node.engine) as session:
        assert len(_tokens_of(session, issued["client_id"])) == 1, "what has ended is cleared away"


def test_a_client_has_so_many_access_tokens_and_no_more(api: Api, maker: Firm) -> None:
    issued = api.call("POST", "/v1/clients", maker.token, json={"role": "reader", "label": "greedy"})
    for _ in range(MAX_ACCESS_TOKENS + 3):
        newest = ask(api, issued).json()["access_token"]
    api.call("GET", "/v1/lots", newest)
    with reading(api.node.engine) as session:
        assert len(_tokens_of(session, issued["client_id"])) == MAX_ACCESS_TOKENS


def test_a_manager_lets_nobody_into_another_business_or_the_node(api: Api, maker: Firm, second: Firm) -> None:
    for body, status, kind in (
        ({"role": "clerk", "business_id": second.id}, 403, "not-own-business"),
        ({"role": "operator"}, 422, "bad-input"),
        ({"role": "auditor"}, 422, "bad-input"),
        ({"role": "business"}, 422, "bad-input"),
        ({"role": "clerk", "scopes": []}, 422, "bad-input"),
        ({"role": "clerk", "days": 0}, 422, "bad-input"),
        ({"role": "clerk", "days": 2**63}, 422, "bad-input"),
    ):
        api.refused(status, kind, "POST", "/v1/clients", maker.token, json={"label": "x", **body})
    api.refused(
        422, "bad-input", "POST", "/v1/clients", api.operator, json={"role": "clerk", "label": "of nobody"}
    )
    auditor = api.call("POST", "/v1/clients", api.operator, json={"role": "auditor", "label": "outside"})
    of_node = api.call("GET", "/v1/clients", api.operator)["items"]
    assert auditor["client_id"] in {item["client_id"] for item in of_node}
    assert {item["business_id"] for item in of_node} == {None}
    own = {item["business_id"] for item in api.call("GET", "/v1/clients", maker.token)["items"]}
    assert own == {maker.id}


def test_clients_are_listed_by_pages(api: Api, second: Firm) -> None:
    for number in range(3):
        api.call("POST", "/v1/clients", second.token, json={"role": "reader", "label": f"page {number}"})
    whole = api.call("GET", "/v1/clients", second.token)["items"]
    assert len(whole) == 4
    assert "client_secret" not in whole[0]
    first = api.call("GET", "/v1/clients", second.token, params={"limit": 3})
    rest = api.call("GET", "/v1/clients", second.token, params={"limit": 3, "after": first["next"]})
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None


def _tokens_of(session: Session, client_id: str) -> list[AccessToken]:
    return list(session.exec(select(AccessToken).where(AccessToken.client_id == client_id)))
