"""Who may do what, over every route of the OpenAPI document.

A stranger is somebody without a token, with a false one, or with a revoked one. The other business has a
valid token and knows every ID of the first.
"""

from typing import Any

import pytest

from tanso.oracle.intake.messages import READING_EXAMPLE
from tanso.oracle.store import writing
from tanso.platform.app import create_app
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token, revoke_token

from .conftest import DAY, NOON, SAMPLES, STEEL, Api, Firm, amount

OPEN = {("GET", "/v1/lots/{lot_id}"), ("GET", "/v1/status"), ("GET", "/health")}
"""Routes that ask for no token: the lot enquiry is open to whoever knows the ID."""

OPERATORS = {
    ("POST", "/v1/businesses"),
    ("POST", "/v1/factors"),
    ("POST", "/v1/formulas"),
    ("POST", "/v1/tokens"),
    ("DELETE", "/v1/tokens/{token_id}"),
}

LISTS_OF_ALL = {
    ("GET", "/v1/businesses"),
    ("GET", "/v1/factors"),
    ("GET", "/v1/formulas"),
    ("GET", "/v1/lots/{lot_id}/restatements"),
    ("GET", "/v1/programmes"),
    ("GET", "/v1/programmes/{programme_id}"),
    ("GET", "/v1/programmes/{programme_id}/reductions"),
}
"""What every member of the network sees on the ledger anyway."""

OWN = {
    ("GET", "/v1/lots"),
    ("GET", "/v1/equipment"),
    ("GET", "/v1/disclosures"),
    ("GET", "/v1/devices"),
    ("GET", "/v1/refused-readings"),
}
"""Lists that show the asker's own things, without naming them."""

CREATES = {
    ("POST", "/v1/lots"),
    ("POST", "/v1/equipment"),
    ("POST", "/v1/programmes"),
    ("POST", "/v1/readings"),
    ("POST", "/v1/readings/batches"),
    ("POST", "/v1/equipment-intensities"),
    ("POST", "/v1/device-counters"),
    ("POST", "/v1/device-resets"),
    ("PUT", "/v1/disclosures/{business_id}"),
}
"""Writes that make something of the asker's own and touch nobody else's."""

ALL = sorted(
    (method.upper(), path)
    for path, methods in create_app(None).openapi()["paths"].items()
    for method in methods
)
UNKNOWN = "0x" + "cd" * 16


@pytest.fixture(scope="module")
def known(api: Api, factory: Firm) -> dict[str, str]:
    """IDs of the factory's things, as somebody may have come to know them."""
    api.equip(factory, roof="Wh")
    lot_id = api.steel_lot(factory, "known", "10")
    body = {"until": "2100-01-01T00:00:00Z"}
    api.call("PUT", f"/v1/disclosures/{UNKNOWN}", factory.token, json=body)
    return {
        "lot_id": lot_id,
        "equipment_id": factory.machines["roof"],
        "business_id": factory.id,
        "programme_id": UNKNOWN,
        "key": f"equipment:{factory.machines['nc']}",
        "row_id": "1",
        "token_id": "0" * 16,
        "calibration_id": "1",
    }


@pytest.fixture(scope="module")
def other(api: Api) -> Firm:
    firm = api.firm("other business")
    api.work()
    return firm


def request_of(method: str, path: str, known: dict[str, str], machine: str) -> dict[str, Any]:
    """A request that would be fine if it came from the one who may make it."""
    bodies: dict[str, Any] = {
        "/v1/lots": {"name": "mine", "product": "mine"},
        "/v1/lots/{lot_id}/material-uses": {
            "material_lot_id": known["lot_id"],
            "consumption": amount("1", "pc"),
            "at": NOON,
        },
        "/v1/lots/{lot_id}/equipment-uses": {
            "equipment_id": machine,
            "activity": amount("1", "s"),
            "at": NOON,
        },
        "/v1/lots/{lot_id}/completion": {"good": amount("1", "pc"), "completed_at": DAY["period_end"]},
        "/v1/lots/{lot_id}/shipments": {"to_business_id": UNKNOWN, "quantity": amount("1", "pc")},
        "/v1/lots/{lot_id}/consumptions": {"quantity": amount("1", "pc")},
        "/v1/lots/{lot_id}/restatements": {
            "co2": amount("1", "kg"),
            "primary": amount("0", "kg"),
            "reason": "none",
        },
        "/v1/settlements": {**DAY, "name": "theirs", "lot_ids": [known["lot_id"]]},
        "/v1/equipment": {"name": "machine"},
        "/v1/equipment-intensities": DAY,
        "/v1/site": {
            "zone": "+09:00",
            "energies": [{"energy": "electricity", "factor": "electricity-tepco-2021"}],
            "equipment": [{"equipment_id": machine, "activity_devices": ["clock"]}],
        },
        "/v1/roofs/{equipment_id}": {
            "programme_id": UNKNOWN,
            "zone": "+09:00",
            "factor": "electricity-tepco-2021",
            "generated": {"device": "roof", "quantity": "generated electricity"},
            "own_consumption": None,
        },
        "/v1/refused-readings/{row_id}": {"reason": "none"},
        "/v1/disclosures/{business_id}": {"until": "2100-01-01T00:00:00Z"},
        "/v1/devices": {"device": "meter", "equipment_id": machine},
        "/v1/device-counters": {"device": "meter", "quantity": "electricity", "fastest": "400 kW"},
        "/v1/device-resets": {
            "device": "meter",
            "quantity": "electricity",
            "at": "2020-01-01T00:00:00Z",
            "before": "5 kWh",
            "after": "0 kWh",
            "reason": "exchanged",
        },
        "/v1/device-calibrations": {
            "device": "main meter",
            "valid_from": "2020-01-01T00:00:00Z",
            "valid_until": "2040-01-01T00:00:00Z",
            "certificate_hash": "0x" + "cd" * 32,
        },
        "/v1/device-calibrations/{calibration_id}/withdrawal": {
            "withdrawn_from": "2020-01-01T00:00:00Z",
            "reason": "none",
        },
        "/v1/businesses": {"name": "new", "account": "0x" + "00" * 20},
        "/v1/factors": STEEL,
        "/v1/formulas": {"name": "tanso-cfp@1"},
        "/v1/tokens": {"role": "operator", "label": "more power"},
        "/v1/programmes": {"name": "theirs", "methodology_id": "0x" + "00" * 32},
        "/v1/programmes/{programme_id}/enrolments": {
            "equipment_id": machine,
            "baseline": amount("1", "kg/s"),
        },
        "/v1/programmes/{programme_id}/reductions": {**DAY, "equipment_id": machine},
        "/v1/programmes/{programme_id}/bundles": {},
        "/v1/programmes/{programme_id}/transfers": {"to_business_id": known["business_id"], "tonnes": 1},
        "/v1/programmes/{programme_id}/retirements": {"tonnes": 1, "purpose": "none"},
    }
    if path == "/v1/readings":
        layout = (SAMPLES / "factory-day.toml").read_text("utf-8")
        file = (SAMPLES / "factory-day.csv").read_bytes()
        return {"files": {"file": ("day.csv", file)}, "data": {"layout": layout}}
    if path == "/v1/readings/batches":
        return {"json": [READING_EXAMPLE], "headers": {"Idempotency-Key": "mine"}}
    if path.startswith("/v1/accounts/"):
        return {"params": {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}}
    return {"json": bodies[path]} if method in ("POST", "PUT") else {}


def test_every_route_is_in_one_class_only() -> None:
    classes = [OPEN, OPERATORS, LISTS_OF_ALL, OWN, CREATES]
    assert sum(map(len, classes)) == len(set().union(*classes))
    assert set().union(*classes) <= set(ALL)


@pytest.mark.parametrize(("method", "path"), [route for route in ALL if route not in OPEN])
def test_a_stranger_gets_401_and_changes_nothing(
    api: Api, factory: Firm, known: dict[str, str], method: str, path: str
) -> None:
    with writing(api.node.engine) as session:
        revoked = issue_token(session, Role.OPERATOR, label="revoked")
        revoke_token(session, revoked.token_id)
    changed = api.operator[:-1] + ("0" if api.operator[-1] != "0" else "1")
    before = api.state()
    request = request_of(method, path, known, factory.machines["nc"])
    for token in (None, "nonsense", changed, revoked.token):
        problem = api.refused(401, "not-authenticated", method, path.format(**known), token, **request)
        assert factory.id not in problem["detail"]
    assert api.state() == before


@pytest.mark.parametrize(
    ("method", "path"), [route for route in ALL if route not in OPEN | OPERATORS | LISTS_OF_ALL | CREATES]
)
def test_another_business_neither_sees_nor_changes_what_is_not_its_own(
    api: Api, factory: Firm, other: Firm, known: dict[str, str], method: str, path: str
) -> None:
    before = api.state()
    request = request_of(method, path, known, factory.machines["nc"])
    response = api.send(method, path.format(**known), other.token, **request)
    if (method, path) in OWN:
        assert response.json()["items"] == []
    elif path == "/v1/lots/{lot_id}/trace":
        (lot,) = response.json()["lots"]
        assert (lot["disclosure"], lot["inputs"]) == ("not disclosed", [])
    else:
        # 422 and 409 where a lot, machine or credit in the body is not the asker's: no data either.
        foreign_in_body = method in ("POST", "PUT") and path not in (
            "/v1/lots/{lot_id}/completion",
            "/v1/settlements",
        )
        assert response.status_code in ((403, 404, 409, 422) if foreign_in_body else (403, 404)), (
            response.text
        )
        assert set(response.json()) == {
            "type", "title", "status", "detail", "instance", "hint", "values", "fields",
        }  # fmt: skip
    assert "steel" not in response.text
    assert "furnace" not in response.text
    assert api.node.work() == []
    assert api.state() == before


@pytest.mark.parametrize(("method", "path"), sorted(OPERATORS))
def test_only_an_operator_registers_businesses_factors_formulas_and_tokens(
    api: Api, factory: Firm, known: dict[str, str], method: str, path: str
) -> None:
    before = api.state()
    request = request_of(method, path, known, factory.machines["nc"])
    api.refused(403, "not-allowed", method, path.format(**known), factory.token, **request)
    assert api.state() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        route
        for route in ALL
        if route not in OPEN | OPERATORS | LISTS_OF_ALL and route[1] != "/v1/lots/{lot_id}/trace"
    ],
)
def test_the_operator_and_an_auditor_have_no_part_in_a_business(
    api: Api, factory: Firm, known: dict[str, str], method: str, path: str
) -> None:
    auditor = api.token(Role.AUDITOR)
    before = api.state()
    request = request_of(method, path, known, factory.machines["nc"])
    for token in (api.operator, auditor):
        response = api.send(method, path.format(**known), token, **request)
        if path == "/v1/accounts/{business_id}" and token == auditor:
            assert response.json()["business_id"] == factory.id
        else:
            assert response.status_code in (403, 404), response.text
    assert api.state() == before


def test_a_disclosure_ends_when_it_is_withdrawn(
    api: Api, factory: Firm, other: Firm, known: dict[str, str]
) -> None:
    path = f"/v1/lots/{known['lot_id']}/material-uses"
    api.refused(403, "not-disclosed", "GET", path, other.token)
    grant = f"/v1/disclosures/{other.id}"
    api.refused(422, "bad-input", "PUT", grant, factory.token, json={"until": "2020-01-01T00:00:00Z"})
    api.call("PUT", grant, factory.token, json={"until": "2100-01-01T00:00:00Z"})
    assert api.call("GET", path, other.token)["uses"]
    assert {item["business_id"] for item in api.call("GET", "/v1/disclosures", factory.token)["items"]} == {
        UNKNOWN,
        other.id,
    }
    api.call("DELETE", grant, factory.token)
    api.refused(403, "not-disclosed", "GET", path, other.token)
    api.refused(404, "no-disclosure", "GET", grant, factory.token)


def test_an_unsettled_lot_is_nobodys_but_its_makers(api: Api, factory: Firm, other: Firm) -> None:
    lot_id = api.lot(factory, "secret")
    api.use_steel(factory, lot_id)
    api.call("PUT", f"/v1/disclosures/{other.id}", factory.token, json={"until": "2100-01-01T00:00:00Z"})
    path = f"/v1/lots/{lot_id}"
    api.refused(404, "unknown-lot", "GET", path)
    for end in ("/material-uses", "/equipment-uses"):
        api.refused(404, "unknown-lot", "GET", path + end, other.token)
    (use,) = api.call("GET", f"{path}/material-uses", factory.token)["uses"]
    assert (use["co2_ug"], use["leaf"], use["proof"]) == (None, None, None)
    api.call("DELETE", f"/v1/disclosures/{other.id}", factory.token)


def test_tokens_are_stored_as_hashes_and_shown_once(api: Api, factory: Firm) -> None:
    body = {"role": "business", "business_id": factory.id, "label": "second"}
    issued = api.call("POST", "/v1/tokens", api.operator, json=body)
    assert api.call("GET", "/v1/equipment", issued["token"])["items"]
    secret = issued["token"].rpartition("_")[2]
    assert len(secret) == 64
    rows = repr(api.state()[0]["api_token"])
    assert issued["token_id"] in rows
    assert secret not in rows
    api.call("DELETE", f"/v1/tokens/{issued['token_id']}", api.operator)
    api.refused(401, "not-authenticated", "GET", "/v1/equipment", issued["token"])
    body = {"role": "auditor", "business_id": factory.id, "label": "wrong"}
    api.refused(422, "bad-input", "POST", "/v1/tokens", api.operator, json=body)
