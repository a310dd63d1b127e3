"""Step 3: an assembler makes units of A and B on a line with its own meter, and ships to a customer."""

from tanso.platform.demo import facts
from tanso.platform.demo.actions import (
    add_readings,
    amount,
    close_period,
    complete,
    install,
    iso,
    register_equipment,
    settle,
    ship,
)
from tanso.platform.demo.samples import sample
from tanso.platform.demo.world import World

PRODUCT = "Drive unit"


def assemble(world: World, lot_a: str, lot_b: str) -> str:
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
    install(world, "assembler", {"line meter": line}, start, end, calibrated=True)
    install(world, "assembler", {"assembly line": line}, start, end, calibrated=False)
    add_readings(world, "assembler", sample("assembler-day.csv"), sample("assembler-day.toml"))
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
