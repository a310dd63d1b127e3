"""Step 3: an assembler makes units of A and B on a line with its own meter, and ships to a customer.

Its devices have keys: each reading is signed where it is measured.
"""

import csv

from eth_account import Account

from tanso.oracle.devices import sign_reading
from tanso.platform.demo import facts
from tanso.platform.demo.actions import (
    Stage,
    amount,
    close_period,
    complete,
    hand_in,
    install,
    iso,
    register_equipment,
    settle,
    ship,
)
from tanso.platform.demo.samples import sample

PRODUCT = "Drive unit"


def assemble(world: Stage, lot_a: str, lot_b: str) -> str:
    """Settles the final lot, one unit of which is defective, and ships two units; gives the lot's ID."""
    start, end = facts.ASSEMBLY_DAY
    line = register_equipment(world, "assembler", "assembly line")
    world.call(
        "assembler", "PUT", "/v1/site",
        json={
            "zone": "+09:00",
            "energies": [{"energy": "electricity", "factor": "electricity-tepco-2021"}],
            "equipment": [
                {
                    "equipment_id": line,
                    "activity_devices": ["assembly line"],
                    "metered": {"electricity": ["line meter"]},
                }
            ],
        },
    )  # fmt: skip
    _measure(world, line, start, end)
    close_period(world, "assembler", start, end)

    given = {"name": "drive units 2023-01-26", "product": PRODUCT, "unit": "pc", "started_at": iso(start)}
    lot: str = world.call("assembler", "POST", "/v1/lots", json=given)["lot_id"]
    for material, per_unit in ((lot_a, facts.PER_UNIT_A), (lot_b, facts.PER_UNIT_B)):
        use = {
            "material_lot_id": material,
            "consumption": amount(per_unit * facts.UNITS_STARTED, "pc"),
            "at": iso(start),
        }
        world.call("assembler", "POST", f"/v1/lots/{lot}/material-uses", json=use)
    use = {
        "equipment_id": line,
        "activity": amount(facts.UNIT_S * facts.UNITS_STARTED, "s"),
        "at": iso(start),
    }
    world.call("assembler", "POST", f"/v1/lots/{lot}/equipment-uses", json=use)
    good = facts.UNITS_STARTED - facts.UNITS_DEFECTIVE
    complete(world, "assembler", lot, good, "pc", at=end, defects=facts.UNITS_DEFECTIVE)
    idle = {"name": "idle time", "equipment_id": line, "amount": amount(facts.IDLE_S, "s"), "at": iso(start)}
    settle(world, "assembler", "day of 2023-01-26", start, end, [lot], [idle])
    ship(world, "assembler", lot, "customer", facts.UNITS_SHIPPED, "pc")
    return lot


def _measure(world: Stage, line: str, start: int, end: int) -> None:
    """The day's readings, signed by the devices and handed in as JSON."""
    keys = {device: Account.create() for device in ("line meter", "assembly line")}
    addresses = {device: key.address for device, key in keys.items()}
    for device, calibrated in (("line meter", True), ("assembly line", False)):
        install(world, "assembler", {device: line}, start, end, calibrated=calibrated, keys=addresses)
    readings = [
        row | {"start": f"{row['start']}:00+09:00", "end": f"{row['end']}:00+09:00"}
        for row in csv.DictReader(sample("assembler-day.csv").splitlines())
    ]
    business_id = world.businesses["assembler"].id
    signed = [row | {"signature": sign_reading(keys[row["device"]], business_id, row)} for row in readings]
    hand_in(world, "assembler", "day of 2023-01-26", signed)
