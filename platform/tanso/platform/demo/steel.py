"""Step 1: a steel works settles a month's lots from its electricity, metered day by day (UCI 851, January
2018)."""

from tanso.platform.api.fields import show_time
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

LINE = "rolling line"

OPERATING_TIME_LAYOUT = """
title = "Steel works, operating time of the month"
source = "assumed: the data set has no operating times; the line counts as running all of January"
zone = "+09:00"
[time]
start = "start"
end = "end"
[[series]]
device = "rolling line"
quantity = "operating time"
value = "hours"
unit = "h"
"""
OPERATING_TIME = "start,end,hours\n2018-01-01T00:00,2018-02-01T00:00,744\n"


def make_steel(world: Stage) -> list[str]:
    """Settles four lots and ships part of the first to the parts maker; gives the lots' IDs."""
    start, end = facts.JANUARY_2018
    line = register_equipment(world, "steel", LINE)
    world.call(
        "steel", "PUT", "/v1/site",
        json={
            "zone": "+09:00",
            "energies": [{"energy": "electricity", "factor": "electricity-korea-uci851-2018"}],
            "equipment": [
                {"equipment_id": line, "activity_devices": [LINE], "metered": {"electricity": ["main meter"]}}
            ],
        },
    )  # fmt: skip
    install(world, "steel", {"main meter": ""}, start, end, calibrated=True)
    install(world, "steel", {LINE: line}, start, end, calibrated=False)
    add_readings(world, "steel", sample("steel-works-2018-daily.csv"), sample("steel-works-2018-daily.toml"))
    add_readings(world, "steel", OPERATING_TIME, OPERATING_TIME_LAYOUT)
    close_period(world, "steel", start, end)
    lots = []
    share = (end - start) // facts.STEEL_LOTS
    for number in range(facts.STEEL_LOTS):
        lot = world.call(
            "steel", "POST", "/v1/lots",
            json={
                "name": f"coil 2018-01/{number + 1}",
                "product": "Steel S45C",
                "unit": "g",
                "started_at": iso(start + number * share),
            },
        )["lot_id"]  # fmt: skip
        world.call(
            "steel", "POST", f"/v1/lots/{lot}/equipment-uses",
            json={"equipment_id": line, "activity": amount(share, "s"), "at": iso(start + number * share)},
        )  # fmt: skip
        complete(world, "steel", lot, facts.STEEL_LOT_GRAMS, "g", at=start + (number + 1) * share)
        lots.append(lot)
    settle(world, "steel", f"month of {show_time(start)[:7]}", start, end, lots)
    ship(world, "steel", lots[0], "parts", facts.STEEL_SHIPPED_GRAMS, "g")
    return lots
