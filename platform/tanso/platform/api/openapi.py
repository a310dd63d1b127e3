"""The OpenAPI document: complete, the same at every start, printed by `tanso openapi`."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from tanso.platform.api.problems import Problem, declared
from tanso.platform.auth.dependencies import OfBusiness, Rule, Whoever

DESCRIPTION = """\
Lot-level carbon on a ledger. Every number's unit stands in its name or description: `_ug` is µg CO2e, `_pg`
is pg CO2e per base unit, quantities are whole base units (pc, g, mL, Wh, s), times are UTC.

A write answers at once with a `transaction`: the ledger would take it now, and the node sends it exactly
once. Ask `GET /v1/transactions/{key}` until its `status` is `confirmed`; `parked` means that the ledger
refused it after all, and why. Reading shows what is confirmed.

Who may call a route stands there as `x-roles` and as a scope: `read` for what reads, `write` for what writes.

A write that is sent again under its `Idempotency-Key` within 48 hours counts once and gets the same answer; a
read answers 304 to who has the answer already, by its ETag.

Errors are problem documents (RFC 9457) with a `hint` of what to do next.
"""

TAGS = [
    {
        "name": "lots",
        "description": "Production lots: what goes in, completion, settlement, shipment, consumption, "
        "restatement, enquiries.",
    },
    {"name": "equipment", "description": "Equipment and its measured emission intensities."},
    {"name": "devices", "description": "Measuring devices: what each measures, its key, its calibrations."},
    {"name": "readings", "description": "Operation data."},
    {
        "name": "agreements",
        "description": "What a business discloses of its lots to another, its uses, its deletion.",
    },
    {"name": "accounts", "description": "Carbon accounts."},
    {"name": "audit", "description": "What does not hold or is odd, per business and period."},
    {"name": "factors", "description": "Emission factors for what no meter of the network measures."},
    {"name": "dictionaries", "description": "Communities, the terms by which they sort goods, mappings."},
    {"name": "statistics", "description": "CO2 per base unit over categories of goods; one's own rank."},
    {"name": "businesses", "description": "Businesses of the network."},
    {"name": "access", "description": "Who may what: machines with their tokens, and people."},
    {"name": "servers", "description": "Servers of other businesses, and what servers ask each other."},
    {"name": "credits", "description": "Reductions, whole-tonne credits, retirement."},
    {"name": "node", "description": "Transactions and the state of the node."},
]


UNITS_BY_NAME = {
    "_ug": "µg CO2e.",
    "_pg": "pg CO2e per base unit of activity.",
    "_tonnes": "Whole tonnes CO2e.",
    "period_start": "Unix seconds, UTC.",
    "period_end": "Unix seconds, UTC: first second after the period.",
    "valid_from": "Unix seconds, UTC.",
    "valid_until": "Unix seconds, UTC: first second for which it holds no longer.",
    "deadline": "Unix seconds, UTC.",
    "good": "Whole base units; the unit stands beside it.",
    "defects": "Whole base units; the unit stands beside it.",
    "record": "Index in the equipment's history of intensities, from 0.",
    "sequence": "Index of the business's oracle report, from 0.",
    "threshold": "A number of oracle keys.",
    "chain_id": "Number of the chain.",
}
"""What integers are counted in, where their own description does not say it, by the end of their name."""


def install(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Makes `app.openapi()` give the project's document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, routers)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def openapi_json(app: FastAPI) -> str:
    """The document as JSON text, keys sorted, the same for the same routes."""
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _document(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    _bound_values(schemas["Problem"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for operations in document["paths"].values():
        for method, operation in operations.items():
            _declare(method, operation)
    _finish(document)
    _state_rules(document, routers)
    return document


def _state_rules(document: dict[str, Any], routers: Sequence[APIRouter]) -> None:
    """Writes each route's rule, who may call it, to its operation."""
    document["components"]["securitySchemes"]["basic"] = {
        "type": "http",
        "scheme": "basic",
        "description": "A client's number and secret, for POST /oauth/token alone.",
    }
    for route in (route for router in routers for route in router.routes):
        if isinstance(route, APIRoute) and route.include_in_schema and (rule := _rule_of(route.dependant)):
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                operation["x-roles"] = [role.value for role in rule.roles]


def _rule_of(dependant: Dependant) -> Rule | None:
    """The rule among a route's dependencies."""
    for part in dependant.dependencies:
        if isinstance(part.call, Whoever | OfBusiness):
            return part.call.rule
        if (rule := _rule_of(part)) is not None:
            return rule
    return None


IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags of answers that the client has.",
    "schema": {"type": "string"},
}
ETAG = {
    "ETag": {"description": "Hash of the answer.", "schema": {"type": "string"}},
    "Cache-Control": {"description": "Whether the answer is private.", "schema": {"type": "string"}},
}
REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` when the answer was given before and nothing was carried out now.",
        "schema": {"type": "string"},
    }
}


def _declare(method: str, operation: dict[str, Any]) -> None:
    """What `Route` does to every route alike."""
    answers = operation["responses"]
    parameters = operation.get("parameters", [])
    problems = [400]
    if "requestBody" in operation:
        problems.append(415)
    if any(one["name"] == "Idempotency-Key" for one in parameters):
        problems.append(409)
        for status, answer in answers.items():
            if status.startswith("2"):
                answer.setdefault("headers", {}).update(REPLAYED)
    if method == "get":
        operation["parameters"] = [*parameters, IF_NONE_MATCH]
        answers["200"].setdefault("headers", {}).update(ETAG)
        answers["304"] = {"description": "The client has the answer already.", "headers": ETAG}
    for status, answer in declared(*problems).items():
        answers.setdefault(str(status), answer)


def _bound_values(schema: dict[str, Any]) -> None:
    """A contract error's values are at most 256 bits wide."""
    for variant in schema["properties"]["values"]["additionalProperties"]["anyOf"]:
        if variant["type"] == "integer":
            variant |= {"minimum": 0, "maximum": 2**256 - 1}


def _finish(part: Any, name: str = "") -> None:
    """Makes the bounds of integers exact, and says the unit of those without a description, by their name."""
    if isinstance(part, list):
        for item in part:
            _finish(item, name)
    elif isinstance(part, dict):
        for key, value in part.items():
            _finish(value, key)
        if part.get("type") == "integer" and "enum" not in part:
            _exact_bounds(part)
            if "description" not in part and (unit := _unit_by_name(name)):
                part["description"] = unit


def _exact_bounds(part: dict[str, Any]) -> None:
    if "exclusiveMaximum" in part:
        part["maximum"] = int(part.pop("exclusiveMaximum")) - 1
    for bound, towards_zero in (("minimum", 1), ("maximum", -1)):
        value = part.get(bound)
        if isinstance(value, float):
            # FastAPI hands bounds on as floats. Every bound of ours beyond 2^53 is a power of two less one,
            # which a float rounds to the power itself.
            part[bound] = int(value) + (towards_zero if abs(value) > 2**53 else 0)


def _unit_by_name(name: str) -> str:
    return next((unit for ending, unit in UNITS_BY_NAME.items() if name.endswith(ending)), "")
