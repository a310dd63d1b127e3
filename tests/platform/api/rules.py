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

SIGNED = ((), "signature")
"""Another business's server, which signs each request; no token helps."""

Rule = tuple[tuple[str, ...], str]

LEDGER = "what every member of the network sees on the ledger anyway, or the node's dictionaries"
OWN = "the asker's own things, or a new one of its own"
NOTHING = "a refusal"

RULES: dict[str, tuple[Rule, str]] = {
    "GET /health": (OPEN, LEDGER),
    "GET /ready": (OPEN, LEDGER),
    "GET /v1/status": (OPEN, LEDGER),
    "GET /v1/lots/{lot_id}": (OPEN, LEDGER),
    "POST /v1/lot-enquiries": (OPEN, LEDGER),
    "POST /oauth/token": (OPEN, NOTHING),
    "GET /v1/businesses": (EVERYBODY, LEDGER),
    "GET /v1/businesses/{business_id}": (EVERYBODY, LEDGER),
    "GET /v1/servers": (EVERYBODY, LEDGER),
    "GET /v1/servers/{business_id}": (EVERYBODY, LEDGER),
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
    "GET /v1/agreements": (READS, OWN),
    "GET /v1/agreements/{agreement_id}": (READS, NOTHING),
    "GET /v1/agreements/{agreement_id}/uses": (READS, NOTHING),
    "GET /v1/false-answers": (AUDITS, OWN),
    "GET /v1/false-answers/{answer_id}": (AUDITS, NOTHING),
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
    "POST /v1/lot-registrations": (WRITES, OWN),
    "POST /v1/lot-uses": (WRITES, NOTHING),
    "POST /v1/lot-completions": (WRITES, NOTHING),
    "DELETE /v1/lots/{lot_id}": (WRITES, NOTHING),
    "DELETE /v1/lots/{lot_id}/uses/{use_id}": (WRITES, NOTHING),
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
    "GET /v1/settlement-policy": (READS, OWN),
    "GET /v1/settlement-policy/refusals": (READS, OWN),
    "PUT /v1/settlement-policy": (BINDS, OWN),
    "PUT /v1/site": (WRITES, NOTHING),
    "POST /v1/agreements": (BINDS, OWN),
    "POST /v1/agreements/{agreement_id}/acceptance": (BINDS, NOTHING),
    "POST /v1/agreements/{agreement_id}/deletion": (BINDS, NOTHING),
    "POST /v1/agreements/{agreement_id}/deletion-demand": (BINDS, NOTHING),
    "POST /v1/agreements/{agreement_id}/withdrawal": (BINDS, NOTHING),
    "POST /v1/lots/{lot_id}/restatements": (BINDS, NOTHING),
    "POST /v1/programmes": (BINDS, OWN),
    "POST /v1/programmes/{programme_id}/enrolments": (BINDS, NOTHING),
    "POST /v1/programmes/{programme_id}/retirements": (BINDS, NOTHING),
    "POST /v1/programmes/{programme_id}/transfers": (BINDS, NOTHING),
    "GET /v1/clients": (SEES_ACCESS, NOTHING),
    "POST /v1/clients": (GIVES_ACCESS, NOTHING),
    "POST /v1/clients/{client_id}/secret": (GIVES_ACCESS, NOTHING),
    "DELETE /v1/clients/{client_id}": (GIVES_ACCESS, NOTHING),
    "GET /v1/invitations": (SEES_ACCESS, NOTHING),
    "POST /v1/invitations": (GIVES_ACCESS, NOTHING),
    "DELETE /v1/invitations/{link_id}": (GIVES_ACCESS, NOTHING),
    "GET /v1/people": (SEES_ACCESS, NOTHING),
    "DELETE /v1/people/{person_id}": (GIVES_ACCESS, NOTHING),
    "POST /v1/people/{person_id}/password-link": (GIVES_ACCESS, NOTHING),
    "POST /v1/federation/breakdowns": (SIGNED, NOTHING),
    "POST /v1/federation/terms": (SIGNED, NOTHING),
    "POST /v1/federation/confirmations": (SIGNED, NOTHING),
    "PUT /v1/agreements/{agreement_id}/terms": (WRITES, NOTHING),
    "PUT /v1/agreements/{agreement_id}/confirmation": (WRITES, NOTHING),
    "PUT /v1/servers/{business_id}": (GIVES_ACCESS, NOTHING),
    "DELETE /v1/servers/{business_id}": (OPERATES, NOTHING),
    "PUT /v1/businesses/{business_id}/endpoint": (BINDS, NOTHING),
    "POST /v1/businesses": (OPERATES, NOTHING),
    "POST /v1/factors": (OPERATES, NOTHING),
    "POST /v1/formulas": (OPERATES, NOTHING),
    "GET /v1/accounts/{business_id}": (AUDITS, NOTHING),
    "GET /v1/factors/{factor_id}": (EVERYBODY, LEDGER),
    "GET /v1/factors/{factor_id}/versions": (EVERYBODY, LEDGER),
    "POST /v1/factors/{factor_id}/withdrawal": (OPERATES, NOTHING),
    "GET /v1/communities": (EVERYBODY, LEDGER),
    "GET /v1/communities/{community_id}": (EVERYBODY, LEDGER),
    "GET /v1/communities/{community_id}/members": (EVERYBODY, LEDGER),
    "GET /v1/communities/{community_id}/history": (EVERYBODY, LEDGER),
    "GET /v1/terms": (EVERYBODY, LEDGER),
    "GET /v1/terms/{term_id}": (EVERYBODY, LEDGER),
    "GET /v1/terms/{term_id}/mappings": (EVERYBODY, LEDGER),
    "GET /v1/terms/{term_id}/history": (EVERYBODY, LEDGER),
    "POST /v1/communities": (BINDS, OWN),
    "PUT /v1/communities/{community_id}/members/{member_id}": (BINDS, NOTHING),
    "DELETE /v1/communities/{community_id}/members/{member_id}": (BINDS, NOTHING),
    "POST /v1/terms": (WRITES, NOTHING),
    "PUT /v1/terms/{term_id}": (WRITES, NOTHING),
    "PUT /v1/terms/{term_id}/communities/{community_id}": (WRITES, NOTHING),
    "POST /v1/terms/{term_id}/mappings": (WRITES, NOTHING),
    "DELETE /v1/terms/{term_id}/mappings/{mapping_id}": (WRITES, NOTHING),
    "POST /v1/terms/{term_id}/merge": (BINDS, NOTHING),
    "POST /v1/terms/{term_id}/retirement": (BINDS, NOTHING),
    "GET /v1/terms/{term_id}/releases": (EVERYBODY, LEDGER),
    "GET /v1/releases/{release_id}": (EVERYBODY, LEDGER),
    "GET /v1/releases/{release_id}/factor": (EVERYBODY, LEDGER),
    "GET /v1/terms/{term_id}/contributions": (READS, OWN),
    "GET /v1/terms/{term_id}/rank": (READS, NOTHING),
    "POST /v1/terms/{term_id}/contributions": (BINDS, NOTHING),
    "POST /v1/terms/{term_id}/withdrawals": (BINDS, NOTHING),
    "DELETE /v1/terms/{term_id}/contributions": (BINDS, NOTHING),
    "POST /v1/terms/{term_id}/releases": (OPERATES, NOTHING),
    "GET /v1/servers/{business_id}/communities": (READS, NOTHING),
    "PUT /v1/servers/{business_id}/communities/{community_id}/membership": (BINDS, NOTHING),
    "DELETE /v1/servers/{business_id}/communities/{community_id}/membership": (BINDS, NOTHING),
    "POST /v1/servers/{business_id}/terms": (WRITES, NOTHING),
    "GET /v1/servers/{business_id}/terms": (READS, NOTHING),
    "GET /v1/servers/{business_id}/terms/{term_id}/mappings": (READS, NOTHING),
    "GET /v1/servers/{business_id}/terms/{term_id}/releases": (READS, NOTHING),
    "GET /v1/servers/{business_id}/terms/{term_id}/rank": (READS, NOTHING),
    "GET /v1/servers/{business_id}/releases/{release_id}/factor": (READS, NOTHING),
    "GET /v1/servers/{business_id}/terms/{term_id}/contributions": (READS, OWN),
    "POST /v1/servers/{business_id}/terms/{term_id}/contributions": (BINDS, NOTHING),
    "POST /v1/servers/{business_id}/terms/{term_id}/withdrawals": (BINDS, NOTHING),
    "DELETE /v1/servers/{business_id}/terms/{term_id}/contributions": (BINDS, NOTHING),
    "POST /v1/contribution-pulls": (OPERATES, NOTHING),
    "POST /v1/federation/communities": (SIGNED, NOTHING),
    "POST /v1/federation/dictionary-terms": (SIGNED, NOTHING),
    "POST /v1/federation/memberships": (SIGNED, NOTHING),
    "POST /v1/federation/new-terms": (SIGNED, NOTHING),
    "POST /v1/federation/mappings": (SIGNED, NOTHING),
    "POST /v1/federation/releases": (SIGNED, NOTHING),
    "POST /v1/federation/contributions": (SIGNED, NOTHING),
    "GET /v1/audit": ((("auditor",), "read"), NOTHING),
    "GET /v1/audit/network": (EVERYBODY, LEDGER),
    "GET /v1/audit/{business_id}": (AUDITS, NOTHING),
    "GET /v1/factor-imports": (READS, OWN),
    "GET /v1/factor-imports/{import_id}": (READS, NOTHING),
    "GET /v1/factor-imports/{import_id}/rows": (READS, NOTHING),
    "GET /v1/own-factors": (READS, OWN),
    "GET /v1/own-factors/{factor_id}": (READS, NOTHING),
    "POST /v1/factor-imports": (WRITES, OWN),
    "POST /v1/factor-imports/{import_id}/acceptance": (WRITES, NOTHING),
    "DELETE /v1/own-factors/{factor_id}": (WRITES, NOTHING),
}

FOREIGN_IN_BODY = ("/v1/lots/{lot_id}/completion", "/v1/settlements")
"""Writes where what is another's is found before anything else of the request is looked at."""


def request_of(route: str, known: dict[str, str]) -> dict[str, Any]:
    """A request about known things that would be fine if it came from the one who may make it."""
    method, path = route.split()
    machine, unknown = known["machine"], "0x" + "cd" * 16
    term = {"label": "mine", "definition": "mine", "unit": "pc", "community_ids": [known["community_id"]]}
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
        "/v1/lot-registrations": {"lots": [{"name": "mine too", "product": "mine"}]},
        "/v1/lot-uses": {
            "uses": [
                {"lot_id": known["lot_id"], "equipment_id": machine, "amount": amount("1", "s"), "at": NOON}
            ]
        },
        "/v1/lot-completions": {
            "completions": [
                {"lot_id": known["lot_id"], "good": amount("1", "pc"), "completed_at": DAY["period_end"]}
            ]
        },
        "/v1/lot-enquiries": {"lot_ids": [known["lot_id"]]},
        "/v1/settlements": {**DAY, "name": "theirs", "lot_ids": [known["lot_id"]]},
        "/v1/settlement-policy": {"per": "manual"},
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
        "/v1/agreements": {
            "receiver_id": known["business_id"],
            "fields": ["materials"],
            "purpose": "none",
            "valid_until": "2100-01-01T00:00:00Z",
        },
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
        "/v1/federation/breakdowns": {"fields": ["materials"], "lots": [{"lot_id": known["lot_id"]}]},
        "/v1/federation/communities": {},
        "/v1/federation/dictionary-terms": {},
        "/v1/federation/memberships": {"community_id": known["community_id"]},
        "/v1/federation/new-terms": term,
        "/v1/servers/{business_id}/communities/{community_id}/membership": None,
        "/v1/servers/{business_id}/terms": term,
        "/v1/federation/mappings": {"term_id": known["term_id"]},
        "/v1/federation/releases": {"term_id": known["term_id"]},
        "/v1/federation/contributions": DAY,
        "/v1/federation/terms": {"agreement_id": unknown},
        "/v1/federation/confirmations": {"agreement_id": unknown},
        "/v1/businesses/{business_id}/endpoint": {"url": "https://tanso.example"},
        "/v1/servers/{business_id}": {"url": "https://tanso.example"},
        "/v1/factors": STEEL,
        "/v1/formulas": {"name": "tanso-cfp@1"},
        "/v1/clients": {"role": "manager", "business_id": known["business_id"], "label": "more power"},
        "/v1/clients/{client_id}/secret": {},
        "/v1/invitations": {
            "name": "Eve",
            "email": "eve@example.org",
            "role": "manager",
            "business_id": known["business_id"],
        },
        "/v1/people/{person_id}/password-link": {},
        "/v1/programmes": {"name": "theirs", "methodology_id": "0x" + "00" * 32},
        "/v1/programmes/{programme_id}/enrolments": {
            "equipment_id": machine,
            "baseline": amount("1", "kg/s"),
        },
        "/v1/programmes/{programme_id}/reductions": {**DAY, "equipment_id": machine},
        "/v1/programmes/{programme_id}/bundles": {},
        "/v1/programmes/{programme_id}/transfers": {"to_business_id": known["business_id"], "tonnes": 1},
        "/v1/programmes/{programme_id}/retirements": {"tonnes": 1, "purpose": "none"},
        "/v1/terms/{term_id}/contributions": {"lot_ids": [known["lot_id"]]},
        "/v1/terms/{term_id}/withdrawals": {"lot_ids": [known["lot_id"]]},
        "/v1/terms/{term_id}/releases": DAY,
        "/v1/servers/{business_id}/terms/{term_id}/contributions": {"lot_ids": [known["lot_id"]]},
        "/v1/servers/{business_id}/terms/{term_id}/withdrawals": {"lot_ids": [known["lot_id"]]},
        "/v1/contribution-pulls": DAY,
        "/v1/factor-imports/{import_id}/acceptance": {},
        "/v1/communities": {"name": "ours", "description": "ours"},
        "/v1/communities/{community_id}/members/{member_id}": {"standing": "member"},
        "/v1/terms": term,
        "/v1/terms/{term_id}": {"label": "mine", "definition": "mine"},
        "/v1/terms/{term_id}/communities/{community_id}": None,
        "/v1/terms/{term_id}/merge": {"into": known["term_id"]},
        "/v1/terms/{term_id}/retirement": None,
        "/v1/terms/{term_id}/mappings": {"relation": "exact", "code_system": "HS", "code": "73"},
        "/v1/factors/{factor_id}/withdrawal": {
            "withdrawn_from": "2030-01-01T00:00:00Z",
            "reason": "none",
        },
    }
    if path == "/oauth/token":
        return {"data": {"grant_type": "client_credentials", "client_id": "0" * 16, "client_secret": "none"}}
    if path == "/v1/readings":
        layout = (SAMPLES / "factory-day.toml").read_text("utf-8")
        file = (SAMPLES / "factory-day.csv").read_bytes()
        return {"files": {"file": ("day.csv", file)}, "data": {"layout": layout}}
    if route == "POST /v1/factor-imports":
        return {"files": {"file": ("x.csv", b"name,value,unit,publisher\na,1,kg/kg,b\n")}}
    if path == "/v1/readings/batches":
        return {"json": [READING_EXAMPLE], "headers": {"Idempotency-Key": "mine"}}
    if path.startswith(("/v1/accounts/", "/v1/audit")):
        return {"params": {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}}
    if route in ("GET /v1/clients", "GET /v1/people", "GET /v1/invitations"):
        return {"params": {"business_id": known["business_id"]}}
    without_body = path.startswith("/v1/agreements/")
    return {"json": bodies[path]} if method in ("POST", "PUT") and not without_body else {}
