"""Step 2: a parts maker's day, the white paper's worked example (Tables 3 to 9), on the steel bought in step
1."""

from typing import Any

from tanso.platform.demo import facts
from tanso.platform.demo.actions import (
    Stage,
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


def make_parts(world: Stage, steel_lot: str, factors: dict[str, str]) -> tuple[str, str]:
    """Settles a lot each of products A and B and ships most of them to the assembler; gives the lots' IDs.

    :param factors: factor IDs by name.
    """
    start, end = facts.FACTORY_DAY
    furnace = register_equipment(world, "parts", "heating furnace")
    mill = register_equipment(world, "parts", "NC machine")
    line = register_equipment(world, "parts", "assembly line")
    world.call(
        "parts", "PUT", "/v1/site",
        json={
            "zone": "+09:00",
            "energies": [
                {"energy": "electricity", "factor": "electricity-tepco-2021", "devices": ["main meter"]},
                {"energy": "distributed gas", "factor": "distributed-gas-ctn-2023", "devices": ["gas meter"]},
            ],
            "equipment": [
                _machine(
                    furnace, "heating furnace", {"electricity": "30 kW", "distributed gas": "10 Nm3/min"}
                ),
                _machine(mill, "NC machine", {"electricity": "10 kW"}),
                _machine(line, "assembly line", {"electricity": "0.5 kW"}),
            ],
        },
    )  # fmt: skip
    install(world, "parts", {"main meter": "", "gas meter": ""}, start, end, calibrated=True)
    counters = {"heating furnace": furnace, "NC machine": mill, "assembly line": line}
    install(world, "parts", counters, start, end, calibrated=False)
    add_readings(world, "parts", sample("factory-day.csv"), sample("factory-day.toml"))
    close_period(world, "parts", start, end)

    equipment = (furnace, mill, line)
    lots = [_make(world, part, equipment, steel_lot, factors) for part in (facts.PART_A, facts.PART_B)]
    left_overs = [
        {
            "name": "work in progress",
            "equipment_id": equipment_id,
            "amount": amount(facts.WORK_IN_PROGRESS_S[name], "s"),
            "at": iso(start),
        }
        for name, equipment_id in (("furnace", furnace), ("line", line))
    ]
    settle(world, "parts", "day of 2023-01-25", start, end, lots, left_overs)
    ship(world, "parts", lots[0], "assembler", facts.SHIPPED_A, "pc")
    ship(world, "parts", lots[1], "assembler", facts.SHIPPED_B, "pc")
    return lots[0], lots[1]


def _machine(equipment_id: str, device: str, performance: dict[str, str]) -> dict[str, Any]:
    """Table 4: a machine's energy performance, and the device that counts its operating time."""
    rated = {energy: amount(*text.split(" ")) for energy, text in performance.items()}
    return {"equipment_id": equipment_id, "activity_devices": [device], "performance": rated}


def _make(
    world: Stage, part: facts.Part, equipment: tuple[str, str, str], steel_lot: str, factors: dict[str, str]
) -> str:
    start, end = facts.FACTORY_DAY
    given = {
        "name": f"{part.product} 2023-01-25",
        "product": part.product,
        "unit": "pc",
        "started_at": iso(start),
    }
    lot: str = world.call("parts", "POST", "/v1/lots", json=given)["lot_id"]
    materials = [
        {"material_lot_id": steel_lot, "consumption": amount(part.steel_g * part.pieces, "g")},
        {"factor_id": factors["resin-abs-ctn-2023"], "consumption": amount(part.resin_g * part.pieces, "g")},
        {"factor_id": factors[part.third_factor], "consumption": amount(part.pieces, "pc")},
    ]
    for material in materials:
        world.call("parts", "POST", f"/v1/lots/{lot}/material-uses", json=material | {"at": iso(start)})
    for equipment_id, seconds in zip(equipment, (part.furnace_s, part.nc_s, part.line_s), strict=True):
        use = {"equipment_id": equipment_id, "activity": amount(seconds, "s"), "at": iso(start)}
        world.call("parts", "POST", f"/v1/lots/{lot}/equipment-uses", json=use)
    complete(world, "parts", lot, part.pieces, "pc", at=end)
    return lot
