"""summary.json: the figures of the story, asked for through the API like everything else.

Masses are µg CO2e as integers, intensities integer pg CO2e per base unit. For each account
opening + inflow + declared + baseline + restated − outflow − closing = net. `report` and `proof` name files
beside summary.json.
"""

from typing import Any

from sqlmodel import Session, col, select

from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import reading
from tanso.platform.api.fields import show_time
from tanso.platform.demo.assembly import PRODUCT
from tanso.platform.demo.facts import PART_A, PART_B
from tanso.platform.demo.story import Story
from tanso.platform.demo.world import World

Json = dict[str, Any]

REPORT_FILE, PROOF_FILE = "report.html", "proof.json"
_BEFORE, _AFTER = show_time(0), show_time(2**40)


def summarise(world: World, story: Story) -> Json:
    """The summary of a told story."""
    products = dict.fromkeys(story.steel_lots, "Steel S45C")
    products |= {story.lot_a: PART_A.product, story.lot_b: PART_B.product, story.final_lot: PRODUCT}
    with reading(world.node.engine) as session:
        gas = _gas(session)
    return {
        "businesses": [
            {"id": firm.id, "name": firm.name, "part": part} for part, firm in world.businesses.items()
        ],
        "lots": [_lot(world, lot_id, product) for lot_id, product in products.items()],
        "equipment": [item for who in ("steel", "parts", "assembler") for item in _equipment(world, who)],
        "accounts": [_account(world, who) for who in world.businesses],
        "trace": _trace(world, story.final_lot),
        "credits": _credits(world, story.programme),
        "gas": gas,
        "report": REPORT_FILE,
        "proof": PROOF_FILE,
    }


def _lot(world: World, lot_id: str, product: str) -> Json:
    shown = world.call(None, "GET", f"/v1/lots/{lot_id}")
    figures = ("co2_ug", "primary_ug", "good", "defects", "unit", "cfp_ug", "cfp_exact", "primary_share")
    return {"id": lot_id, "business": shown["business_id"], "product": product} | {
        key: shown[key] for key in figures
    }


def _equipment(world: World, who: str) -> list[Json]:
    items = world.call(who, "GET", "/v1/equipment")["items"]
    reports = {row["sequence"]: row["formula"] for row in _formulas(world, who)}
    return [
        {
            "id": item["equipment_id"],
            "business": world.businesses[who].id,
            "name": item["name"],
            "period_start": record["period_start"],
            "period_end": record["period_end"],
            "intensity": record["intensity_pg"],
            "unit": f"pg/{item['unit']}",
            "formula": reports[record["sequence"]],
        }
        for item in items
        for record in item["intensities"]
    ]


def _formulas(world: World, who: str) -> list[Json]:
    """Name of the formula behind each report of a business."""
    names = {item["formula_id"]: item["name"] for item in world.call(who, "GET", "/v1/formulas")["items"]}
    statements = world.node.oracle.statements(world.businesses[who].id)
    return [{"sequence": record.sequence, "formula": names[record.formula_id]} for record in statements]


def _account(world: World, who: str) -> Json:
    business_id = world.businesses[who].id
    period = {"period_start": _BEFORE, "period_end": _AFTER}
    shown = world.call(who, "GET", f"/v1/accounts/{business_id}", params=period)
    came = ("opening_ug", "inflow_ug", "declared_ug", "baseline_ug", "restated_ug")
    figures = (*came, "outflow_ug", "closing_ug", "net_ug")
    return (
        {"business": business_id} | {key: shown[key] for key in figures} | {"left_overs": shown["left_overs"]}
    )


def _trace(world: World, lot_id: str) -> Json:
    shown = world.call("customer", "GET", f"/v1/lots/{lot_id}/trace")
    return {"lot": lot_id, "depth": shown["depth"], "lots": [lot["lot_id"] for lot in shown["lots"]]}


def _credits(world: World, programme: str) -> Json:
    shown = world.call("aggregator", "GET", f"/v1/programmes/{programme}")
    return {
        "programme": programme,
        "reduction_ug": shown["reduced_ug"],
        "issued_t": shown["issued_tonnes"],
        "carried_ug": shown["carried_ug"],
        "retired_t": shown["retired_tonnes"],
        "contributors": [
            {"id": part["business_id"], "reduction_ug": part["reduction_ug"]}
            for part in shown["contributors"]
        ],
    }


def _gas(session: Session) -> dict[str, int]:
    """Gas of the first transaction of each kind, as the chain's receipts say."""
    first: dict[str, int] = {}
    for message in session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))):
        if message.gas_used is not None:
            first.setdefault(message.kind, message.gas_used)
    return first
