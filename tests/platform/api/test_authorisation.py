"""Who may do what, over every route of the OpenAPI document, against one table of rules.

A stranger is somebody without a token, with a false one, with a revoked one, or with one that has expired.
The other business has a valid token and knows every ID of the first.
"""

from typing import Any

import pytest

from tanso.oracle.store import writing
from tanso.platform.app import create_app
from tanso.platform.auth.models import Client, Role, Scope
from tanso.platform.auth.service import issue_token, revoke_token
from tanso.platform.people.passwords import hash_of
from tanso.platform.people.service import invite, use_link

from .conftest import Api, Firm
from .rules import ALL_ROLES, FOREIGN_IN_BODY, LEDGER, NOTHING, OPEN, OWN, RULES, SIGNED, Rule, request_of

OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in create_app(None).openapi()["paths"].items()
    for method, operation in methods.items()
}
ROUTES = sorted(OPERATIONS)
ID = "0x" + "cd" * 16
UNKNOWN = {
    "agreement_id": ID,
    "lot_id": ID,
    "equipment_id": ID,
    "business_id": ID,
    "programme_id": ID,
    "key": "none",
    "row_id": "99",
    "use_id": "99",
    "client_id": "f" * 16,
    "link_id": "f" * 16,
    "person_id": "f" * 16,
    "calibration_id": "99",
    "factor_id": ID,
    "community_id": ID,
    "member_id": ID,
    "term_id": ID,
    "mapping_id": ID,
    "release_id": ID,
    "import_id": ID,
    "answer_id": "99",
}
"""IDs of nothing, so that who may do something does no harm here."""

Tokens = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def known(api: Api, factory: Firm) -> dict[str, str]:
    """IDs of the factory's things, as somebody may have come to know them."""
    api.equip(factory, roof="Wh")
    lot_id = api.steel_lot(factory, "known", "10")
    party = api.firm("a party")
    api.work()
    client = {"role": "clerk", "label": "known"}
    with writing(api.node.engine) as session:
        invited = invite(session, Role.READER, factory.id, name="Ada", email="ada@example.org")
        person_id = use_link(session, invited.secret, hash_of("four quiet green doors"))
        open_link = invite(session, Role.CLERK, factory.id, name="Bea", email="bea@example.org")
    return (
        UNKNOWN
        | dictionary(api, factory)
        | {
            "agreement_id": api.agree(factory, party),
            "lot_id": lot_id,
            "equipment_id": factory.machines["roof"],
            "machine": factory.machines["nc"],
            "business_id": factory.id,
            "key": f"equipment:{factory.machines['nc']}",
            "row_id": "1",
            "use_id": "1",
            "client_id": api.call("POST", "/v1/clients", factory.token, json=client)["client_id"],
            "link_id": open_link.link_id,
            "person_id": person_id,
            "calibration_id": "1",
            "factor_id": api.steel,
        }
    )


def dictionary(api: Api, factory: Firm) -> dict[str, str]:
    """IDs of a community of the factory, and of a term in it."""
    body = {"name": "makers", "description": "of parts"}
    community_id = api.call("POST", "/v1/communities", factory.token, json=body)["community_id"]
    given = {"label": "parts", "definition": "all", "unit": "pc", "community_ids": [community_id]}
    term_id = api.call("POST", "/v1/terms", factory.token, json=given)["term_id"]
    body = {"relation": "exact", "code_system": "HS", "code": "7326"}
    mapped = api.call("POST", f"/v1/terms/{term_id}/mappings", factory.token, json=body)
    return {
        "community_id": community_id,
        "member_id": factory.id,
        "term_id": term_id,
        "mapping_id": mapped["mapping_id"],
    }


@pytest.fixture(scope="module")
def other(api: Api) -> Firm:
    firm = api.firm("other business")
    api.work()
    return firm


@pytest.fixture(scope="module")
def tokens(api: Api, factory: Firm) -> Tokens:
    """A token of the factory, or of the node, for each role and scope."""
    return {
        (role, scope): api.token(
            Role(role), factory if Role(role).of_business else None, scopes=frozenset({Scope(scope)})
        )
        for role in ALL_ROLES
        for scope in Scope
    }


@pytest.fixture(scope="module")
def worthless(api: Api) -> list[str]:
    """What a stranger may come with."""
    with writing(api.node.engine) as session:
        revoked, expired = (issue_token(session, Role.OPERATOR, label="old") for _ in range(2))
        revoke_token(session, revoked.client_id)
        session.get_one(Client, expired.client_id).expires_at = 1
    changed = api.operator[:-1] + ("0" if api.operator[-1] != "0" else "1")
    return ["nonsense", "tansoat_" + "0" * 64, changed, revoked.token, expired.token]


def allowed(rule: Rule, role: str, scope: str) -> bool:
    return rule == OPEN or (role in rule[0] and scope == rule[1])


def test_each_route_has_a_rule_and_the_document_states_it() -> None:
    stated = {
        route: (frozenset(operation.get("x-roles", ())), _scopes(operation))
        for route, operation in OPERATIONS.items()
    }
    wanted = {
        route: (frozenset(roles), {scope} if scope else set()) for route, ((roles, scope), _) in RULES.items()
    }
    assert stated == wanted


def _scopes(operation: dict[str, Any]) -> set[str]:
    return {scope for way in operation.get("security", ()) for scopes in way.values() for scope in scopes}


@pytest.mark.parametrize("route", [route for route in ROUTES if RULES[route][0] != OPEN])
def test_who_may_not_is_refused_and_changes_nothing(
    api: Api, known: dict[str, str], tokens: Tokens, worthless: list[str], factory: Firm, route: str
) -> None:
    method, path = route.split()
    rule, _ = RULES[route]
    before = api.state()
    request = request_of(route, known)
    for token in (None, worthless[ROUTES.index(route) % len(worthless)]):
        problem = api.refused(401, "not-authenticated", method, path.format(**known), token, **request)
        assert factory.id not in problem["detail"]
    for (role, scope), token in tokens.items():
        if rule == SIGNED:
            api.refused(401, "not-authenticated", method, path.format(**known), token, **request)
        elif not allowed(rule, role, scope):
            kind = "scope-missing" if role in rule[0] else "not-allowed"
            api.refused(403, kind, method, path.format(**known), token, **request)
    assert api.state() == before


@pytest.mark.parametrize("route", ROUTES)
def test_who_may_is_let_in(api: Api, known: dict[str, str], tokens: Tokens, route: str) -> None:
    method, path = route.split()
    rule, _ = RULES[route]
    request = request_of(route, known)
    for (role, scope), token in tokens.items():
        if allowed(rule, role, scope):
            response = api.send(method, path.format(**UNKNOWN), token, **request)
            refused = response.headers["content-type"] == "application/problem+json"
            kind = response.json()["type"].rpartition(":")[2] if refused else ""
            assert kind not in ("not-authenticated", "not-allowed", "scope-missing"), (role, scope)


@pytest.mark.parametrize("route", ROUTES)
def test_another_business_neither_sees_nor_changes_what_is_not_its_own(
    api: Api, other: Firm, known: dict[str, str], route: str
) -> None:
    method, path = route.split()
    rule, shown = RULES[route]
    before = api.state()
    response = api.send(method, path.format(**known), other.token, **request_of(route, known))
    if path == "/v1/lots/{lot_id}/trace":
        (lot,) = response.json()["lots"]
        assert (lot["disclosure"], lot["inputs"]) == ("not disclosed", [])
    elif shown is LEDGER:
        assert response.status_code in (200, 404), response.text
    elif (method, shown) == ("GET", OWN):
        assert not response.json().get("items")
    elif rule == SIGNED:
        assert response.status_code == 401, response.text
    elif shown is NOTHING and path != "/oauth/token":
        # 422 and 409 where a lot, machine or credit in the body is not the asker's: no data either.
        in_body = method in ("POST", "PUT") and path not in FOREIGN_IN_BODY
        assert response.status_code in ((403, 404, 409, 422) if in_body else (403, 404)), response.text
        assert set(response.json()) == {
            "type", "title", "status", "detail", "instance", "hint", "values", "fields",
        }  # fmt: skip
    assert "steel S45C" not in response.text or path.startswith("/v1/factors")
    assert "furnace" not in response.text
    if (method, shown) == ("GET", OWN) or shown is not OWN:
        assert api.node.work() == []
        assert api.state() == before
    else:
        # Something of its own may be there now; of what was there nothing is gone or changed.
        after = api.state()[0]
        assert all(set(rows) <= set(after[name]) for name, rows in before[0].items())
        api.work()


@pytest.mark.parametrize("route", [route for route in ROUTES if RULES[route][0][1] == "read"])
def test_the_operator_and_an_auditor_read_nothing_private_of_a_business(
    api: Api, known: dict[str, str], tokens: Tokens, route: str
) -> None:
    method, path = route.split()
    for role in ("operator", "auditor"):
        response = api.send(method, path.format(**known), tokens[role, "read"], **request_of(route, known))
        if RULES[route][1] is NOTHING and (role, path) not in (
            ("auditor", "/v1/accounts/{business_id}"),
            ("auditor", "/v1/audit"),
            ("auditor", "/v1/audit/{business_id}"),
            ("operator", "/v1/clients"),
            ("operator", "/v1/people"),
            ("operator", "/v1/invitations"),
        ):
            assert response.status_code in (403, 404), response.text
        assert "furnace" not in response.text


def test_an_unsettled_lot_is_nobodys_but_its_makers(api: Api, factory: Firm, other: Firm) -> None:
    lot_id = api.lot(factory, "secret")
    api.use_steel(factory, lot_id)
    agreement_id = api.agree(factory, other)
    path = f"/v1/lots/{lot_id}"
    api.refused(404, "unknown-lot", "GET", path)
    for end in ("/material-uses", "/equipment-uses"):
        api.refused(404, "unknown-lot", "GET", path + end, other.token)
    (use,) = api.call("GET", f"{path}/material-uses", factory.token)["uses"]
    assert (use["co2_ug"], use["leaf"], use["proof"]) == (None, None, None)
    api.step(factory, agreement_id, "withdrawal")


def test_secrets_are_stored_as_hashes_and_shown_once(api: Api, factory: Firm) -> None:
    body = {"role": "clerk", "label": "second"}
    issued = api.call("POST", "/v1/clients", factory.token, json=body)
    assert issued["token"] == f"tanso_{issued['client_id']}_{issued['client_secret']}"
    assert len(issued["client_secret"]) == 64
    assert api.call("GET", "/v1/equipment", issued["token"])["items"]
    rows = repr(api.state()[0])
    assert issued["client_id"] in rows
    assert issued["client_secret"] not in rows
