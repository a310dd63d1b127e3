"""The OpenAPI document: complete, the same at every start, printed by `tanso openapi`."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tanso.platform.api.problems import Problem

DESCRIPTION = """\
Lot-level carbon on a ledger. Every number's unit stands in its name or description: `_ug` is µg CO2e, `_pg`
is pg CO2e per base unit, quantities are whole base units (pc, g, mL, Wh, s), times are UTC.

A write answers at once with a `transaction`: the ledger would take it now, and the node sends it exactly
once. Ask `GET /v1/transactions/{key}` until its `status` is `confirmed`; `parked` means that the ledger
refused it after all, and why. Reading shows what is confirmed.

Errors are problem documents (RFC 9457) with a `hint` of what to do next.
"""

TAGS = [
    {
        "name": "lots",
        "description": "Production lots: what goes in, completion, settlement, shipment, enquiries.",
    },
    {"name": "equipment", "description": "Equipment and its measured emission intensities."},
    {"name": "readings", "description": "Operation data."},
    {"name": "disclosures", "description": "Who may read the breakdown of a business's lots."},
    {"name": "accounts", "description": "Carbon accounts."},
    {"name": "factors", "description": "Emission factors for what no meter of the network measures."},
    {"name": "businesses", "description": "Businesses, and tokens for them."},
    {"name": "credits", "description": "Reductions, whole-tonne credits, retirement."},
    {"name": "node", "description": "Transactions and the state of the node."},
]


def install(app: FastAPI) -> None:
    """Makes `app.openapi()` give the project's document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def openapi_json(app: FastAPI) -> str:
    """The document as JSON text, keys sorted, the same for the same routes."""
    return json.dumps(app.openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes, tags=TAGS
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    _bound_integers(schemas["Problem"])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


def _bound_integers(schema: dict[str, Any]) -> None:
    """A contract error's values are at most 256 bits wide."""
    for variant in schema["properties"]["values"]["additionalProperties"]["anyOf"]:
        if variant["type"] == "integer":
            variant |= {"minimum": 0, "maximum": 2**256 - 1}
