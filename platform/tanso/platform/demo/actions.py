"""What the firms of the story do again and again, each one call of the API."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from tanso.contracts.identity import content_hash
from tanso.platform.api.fields import show_time as iso
from tanso.platform.demo.world import Business

Json = dict[str, Any]


class Stage(Protocol):
    """Where the story is played: one node with all its firms, or a server for each."""

    @property
    def businesses(self) -> Mapping[str, Business]:
        """The firms by the part they play."""

    def call(self, who: str, method: str, path: str, **request: Any) -> Any:
        """A call of the API by a firm."""

    def settle_down(self) -> None:
        """Sends what waits and indexes it."""


__all__ = [
    "Stage",
    "add_readings",
    "agree",
    "amount",
    "close_period",
    "complete",
    "hand_in",
    "install",
    "iso",
    "register_equipment",
    "settle",
    "ship",
]


AGREED_UNTIL = 4102444800
"""2100-01-01: long enough for a demo."""


def agree(world: Stage, providers: Sequence[str], receiver: str) -> dict[str, str]:
    """Agreements by which firms disclose all of their lots to another; their IDs by provider."""
    given = {
        "receiver_id": world.businesses[receiver].id,
        "fields": ["equipment", "materials", "names"],
        "purpose": "the footprint of the customer's own products",
        "valid_until": iso(AGREED_UNTIL),
    }
    found = {}
    for who in providers:
        terms = world.call(who, "POST", "/v1/agreements", json=given)["terms"]
        found[who] = str(terms["agreement_id"])
    world.settle_down()
    for agreement_id in found.values():
        world.call(receiver, "POST", f"/v1/agreements/{agreement_id}/acceptance")
    world.settle_down()
    return found


def amount(value: int | str, unit: str) -> Json:
    """An amount as the API takes it."""
    return {"value": str(value), "unit": unit}


def register_equipment(world: Stage, who: str, name: str, unit: str = "s") -> str:
    """Registers equipment on the ledger; gives its ID."""
    equipment_id: str = world.call(who, "POST", "/v1/equipment", json={"name": name, "unit": unit})[
        "equipment_id"
    ]
    world.settle_down()
    return equipment_id


def install(
    world: Stage,
    who: str,
    devices: dict[str, str],
    start: int,
    end: int,
    *,
    calibrated: bool,
    keys: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Registers devices, by name with the equipment each measures, if any, and their keys, if any."""
    for device, equipment_id in devices.items():
        given = {"device": device, "equipment_id": equipment_id or None, "key": keys.get(device)}
        world.call(who, "POST", "/v1/devices", json=given | {"since": iso(start)})
        if calibrated:
            certificate = content_hash(f"invented certificate of the demo's {device}".encode())
            given = {"device": device, "valid_from": iso(start), "valid_until": iso(end)}
            world.call(who, "POST", "/v1/device-calibrations", json=given | {"certificate_hash": certificate})


def add_readings(world: Stage, who: str, table: str, layout: str) -> Json:
    """Hands a file of operation data over, with its layout; every row must be taken."""
    files = {"file": ("readings.csv", table, "text/csv")}
    result: Json = world.call(who, "POST", "/v1/readings", files=files, data={"layout": layout})
    return result


def hand_in(world: Stage, who: str, name: str, readings: list[Json]) -> None:
    """Hands readings over as JSON; sent again under the same name they would count once."""
    headers = {"Idempotency-Key": name.replace(" ", "-")}
    result = world.call(who, "POST", "/v1/readings/batches", json=readings, headers=headers)
    if result["refused"]:
        raise RuntimeError(f"{result['refusals'][0]['error']}: {result['refusals'][0]['reason']}")


def close_period(world: Stage, who: str, start: int, end: int) -> None:
    """Has the oracle compute, sign and register the intensities of [start, end)."""
    world.call(
        who, "POST", "/v1/equipment-intensities", json={"period_start": iso(start), "period_end": iso(end)}
    )
    world.settle_down()


def complete(world: Stage, who: str, lot: str, good: int, unit: str, *, at: int, defects: int = 0) -> None:
    """Completes a lot and keeps it for a batch."""
    given = {"good": amount(good, unit), "completed_at": iso(at), "settlement": "held"}
    world.call(who, "POST", f"/v1/lots/{lot}/completion", json=given | {"defects": amount(defects, unit)})


def settle(
    world: Stage,
    who: str,
    name: str,
    start: int,
    end: int,
    lots: list[str],
    left_overs: list[Json] | None = None,
) -> None:
    """Settles completed lots and left-overs as one batch."""
    given = {"name": name, "period_start": iso(start), "period_end": iso(end), "lot_ids": lots}
    world.call(who, "POST", "/v1/settlements", json=given | {"left_overs": left_overs or []})
    world.settle_down()


def ship(world: Stage, who: str, lot: str, to: str, quantity: int, unit: str) -> None:
    """Ships a part of a lot to another firm of the story."""
    given = {"to_business_id": world.businesses[to].id, "quantity": amount(quantity, unit)}
    world.call(who, "POST", f"/v1/lots/{lot}/shipments", json=given)
    world.settle_down()
