"""What devices signed stands under the evidence root, bound day by day."""

import json
from typing import Any

from eth_account import Account
from sqlmodel import Session, select

from tanso.contracts.identity import content_hash
from tanso.oracle.devices import register_device, sign_reading, signer_of
from tanso.oracle.devices.tables import DeviceReading
from tanso.oracle.evidence import canonical_json, recompute
from tanso.oracle.store import writing

KEY = Account.from_key("0x" + "1" * 64)
NOON = "2023-01-25T12:00:00+09:00"
HALF_DAYS = (("2023-01-25T00:00:00+09:00", NOON, "70"), (NOON, "2023-01-26T00:00:00+09:00", "50"))
DAY = "2023-01-25T00:00,2023-01-26T00:00"
OTHERS = [
    f"gas meter,distributed gas,5.00,thousand Nm3,{DAY}",
    f"heating furnace,operating time,180,min,{DAY}",
    f"NC machine,operating time,300,min,{DAY}",
    f"assembly line,operating time,420,min,{DAY}",
]


def signed_batch(world: Any) -> bytes:
    rows = []
    for number, (start, end, value) in enumerate(HALF_DAYS):
        told = {"device": "main meter", "quantity": "electricity", "value": value, "unit": "kWh"}
        told |= {"start": start, "end": end, "sequence": number}
        rows.append(told | {"signature": sign_reading(KEY, world.factory, told)})
    return json.dumps(rows).encode()


def leaf_of(world: Any, closed: Any, device: str) -> dict[str, Any]:
    device_id = world.oracle.device_id(world.factory, device)
    (leaf,) = [leaf for leaf in closed.evidence.sealed.leaves if leaf.get("device") == device_id]
    return dict(leaf)


def test_a_days_signatures_are_bound_by_its_leaf_and_each_can_be_checked(world_on_any_store: Any) -> None:
    world = world_on_any_store
    with writing(world.engine) as session:
        register_device(
            session, world.factory, "main meter", since=world.day_start, now=world.day_end, key=KEY.address
        )
    world.oracle.take_batch(world.factory, signed_batch(world))
    world.ingest_rows(*OTHERS)
    closed = world.close_day()
    leaf = leaf_of(world, closed, "main meter")
    with Session(world.engine) as session:
        rows = session.exec(select(DeviceReading).order_by(DeviceReading.end)).all()
    shown = [[row.signed, row.signature, row.signer] for row in rows]
    assert leaf["signed"] == {"count": 2, "hash": content_hash(canonical_json(shown))}
    assert {signer_of(text, signature) for text, signature, _ in shown} == {KEY.address}
    assert "signed" not in leaf_of(world, closed, "gas meter")
    assert recompute(closed.evidence.sealed.leaves).declared_ug == 11_224_240 * 10**6
    assert world.close_day().evidence == closed.evidence
