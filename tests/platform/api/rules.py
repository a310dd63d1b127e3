"""Who may call each route: the table that the document and the node are held against.

A route of the OpenAPI document that is missing here, or has another rule there, fails `test_authorisation`.
"""

from typing import Any

from tanso.oracle.intake.messages import READING_EXAMPLE

from .conftest import DAY, NOON, SAMPLES, STEEL, amount

BUSINESS = ("manager", "clerk", "reader")
ALL_ROLES = (*BUSINESS, "operator", "auditor")

OPEN = ((), "")
"""Anybody, without a token."""
EVERYBODY = (ALL_ROLES, "read")
"""Whoever has a token; what a business keeps to itself is shown to whom it lets."""
READS = (BUSINESS, "read")
WRITES = (("manager", "clerk"), "write")
BINDS = (("manager",), "write")
"""What holds for good or for others: agreements, restatements, credits given away."""
SEES_ACCESS = (("manager", "operator"), "read")
GIVES_ACCESS = (("manager", "operator"), "write")
OPERATES = (("operator",), "write")
AUDITS = ((*BUSINESS, "auditor"), "read")

Rule = tuple[tuple[str, ...], str]

LEDGER = "what every member of the network sees on the ledger anyway"
OWN = "the asker's own things, or a new one of its own"
NOTHING = "a refusal"

RULES: dict[str, tuple[Rule, str]] = {
    "GET /health": (OPEN, LEDGER),
    "GET /v1/status": (OPEN, LEDGER),
    "GET /v1/lots/{lot_id}": (OPEN, LEDGER),
    "POST /oauth/token": (OPEN, NOTHING),
    "GET /v1/businesses": (EVERYBODY, LEDGER),
    "GET /v1/factors": (EVERYBODY, LEDGER),
    "GET /v1/formulas": (EVERYBODY, LEDGER),
    "GET /v1/lots/{lot_id}/restatements": (EVERYBODY, LEDGER),
    "GET /v1/lots/{lot_id}/trace": (EVERYBODY, LEDGER),
    "GET /v1/programmes": (EVERYBODY, LEDGER),
    "GET /v1/programmes/{programme_id}": (EVERYBODY, LEDGER),
    "GET /v1/programmes/{programme_id}/reductions": (EVERYBODY, LEDGER),
    "GET /v1/lots/{lot_id}/equipment-uses": (EVERYBODY, NOTHING),
    "GET /v1/lots/{lot_id}/material-uses": (EVERYBODY, NOTHING),
    "GET /v1/lots/{lot_id}/proof": (EVERYBODY, NOTHING),
    "GET /v1/lots/{lot_id}/report": (EVERYBODY, NOTHING),
    "GET /v1/lots/{lot_id}/report.html": (EVERYBODY, NOTHING),
    "GET /v1/transactions/{key}": (EVERYBODY, NOTHING),
    "GET /v1/devices": (READS, OWN),
    "GET /v1/disclosures": (READS, OWN),
    "GET /v1/disclosures/{business_id}": (READS, NOTHING),
    "GET /v1/equipment": (READS, OWN),
    "GET /v1/lots": (READS, OWN),
    "GET /v1/refused-readings": (READS, OWN),
    "POST /v1/device-calibrations": (WRITES, NOTHING),
    "PUT /v1/device-calibrations/{calibration_id}/withdrawal": (WRITES, NOTHING),
    "POST /v1/device-counters": (WRITES, OWN),
    "POST /v1/device-resets": (WRITES, OWN),
    "POST /v1/devices": (WRITES, NOTHING),
    "POST /v1/equipment": (WRITES, OWN),
    "POST /v1/equipment-intensities": (WRITES, OWN),
    "POST /v1/lots": (WRITES, OWN),
    "POST /v1/lots/{lot_id}/completion": (WRITES, NOTHING),
    "POST /v1/lots/{lot_id}/consumptions": (WRITES, NOTHING),
    "POST /v1/lots/{lot_id}/equipment-uses": (WRITES, NOTHING),
    "POST /v1/lots/{lot_id}/material-uses": (WRITES, NOTHING),
    "POST /v1/lots/{lot_id}/shipments": (WRITES, NOTHING),
    "POST /v1/programmes/{programme_id}/bundles": (WRITES, NOTHING),
    "POST /v1/programmes/{programme_id}/reductions": (WRITES, NOTHING),
    "POST /v1/readings": (WRITES, OWN),
    "POST /v1/readings/batches": (WRITES, OWN),
    "PUT /v1/refused-readings/{row_id}": (WRITES, NOTHING),
    "PUT /v1/roofs/{equipment_id}": (WRITES, NOTHING),
    "POST /v1/settlements": (WRITES, NOTHING),
    "PUT /v1/site": (WRITES, NOTHING),
    "PUT /v1/disclosures/{business_id}": (BINDS, OWN),
    "DELETE /v1/disclosures/{business_id}": (BINDS, NOTHING),
    "POST /v1/lots/{lot_id}/restatements": (BINDS, NOTHING),
    "POST /v1/programmes": (BINDS, OWN),
    "POST /v1/programmes/{programme_id}/enrolments": (BINDS, NOTHING),
    "POST /v1/programmes/{programme_id}/retirements": (BINDS, NOTHING),
    "POST /v1/programmes/{programme_id}/transfers": (BINDS, NOTHING),
    "GET /v1/clients": (SEES_ACCESS, NOTHING),
    "POST /v1/clients": (GIVES_ACCESS, NOTHING),
    "POST /v1/clients/{client_id}/secret": (GIVES_ACCESS, NOTHING),
    "DELETE /v1/clients/{client_id}": (GIVES_ACCESS, NOTHING),
    "POST /v1/businesses": (OPERATES, NOTHING),
    "POST /v1/factors": (OPERATES, NOTHING),
    "POST /v1/formulas": (OPERATES, NOTHING),
    "GET /v1/accounts/{business_id}": (AUDITS, NOTHING),
    "GET /v1/audit": ((("auditor",), "read"), NOTHING),
    "GET /v1/audit/network": (EVERYBODY, LEDGER),
    "GET /v1/audit/{business_id}": (AUDITS, NOTHING),
}

FOREIGN_IN_BODY = ("/v1/lots/{lot_id}/completion", "/v1/settlements")
"""Writes where what is another's is found before anything else of the request is looked at."""


def request_of(route: str, known: dict[str, str]) -> dict[str, Any]:
    """A request about known things that would be fine if it came from the one who may make it."""
    method, path = route.split()
    machine, unknown = known["machine"], "0x" + "cd" * 16
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
        "/v1/lots/{lot_id}/shipments": {"to_business_id": unknown, "quantity": amount("1", "pc")},
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
            "programme_id": unknown,
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
        "/v1/clients": {"role": "manager", "business_id": known["business_id"], "label": "more power"},
        "/v1/clients/{client_id}/secret": {},
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
    if path == "/oauth/token":
        return {"data": {"grant_type": "client_credentials", "client_id": "0" * 16, "client_secret": "none"}}
    if path == "/v1/readings":
        layout = (SAMPLES / "factory-day.toml").read_text("utf-8")
        file = (SAMPLES / "factory-day.csv").read_bytes()
        return {"files": {"file": ("day.csv", file)}, "data": {"layout": layout}}
    if path == "/v1/readings/batches":
        return {"json": [READING_EXAMPLE], "headers": {"Idempotency-Key": "mine"}}
    if path.startswith(("/v1/accounts/", "/v1/audit")):
        return {"params": {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}}
    if route == "GET /v1/clients":
        return {"params": {"business_id": known["business_id"]}}
    return {"json": bodies[path]} if method in ("POST", "PUT") else {}
