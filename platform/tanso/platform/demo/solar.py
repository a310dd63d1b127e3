"""Step 5: three small firms' solar roofs are bundled into whole-tonne credits; a buyer retires some."""

from tanso.oracle.factors import factor
from tanso.oracle.formulas import SOLAR, formula
from tanso.platform.demo import facts
from tanso.platform.demo.actions import add_readings, install, iso, register_equipment
from tanso.platform.demo.samples import sample
from tanso.platform.demo.world import World

METER = "power conditioner"
GRID = "electricity-tepco-2021"
"""Factor of the grid electricity that the roofs replace: the baseline."""


def make_credits(world: World) -> str:
    """Enrols, attests, bundles, sells and retires; gives the programme's ID."""
    given = {"name": "solar roofs 2016", "methodology_id": formula(SOLAR).content_hash}
    programme: str = world.call("aggregator", "POST", "/v1/programmes", json=given)["programme_id"]
    world.settle_down()
    for who, roofs in facts.ROOFS.items():
        _reduce(world, programme, who, roofs)
    path = f"/v1/programmes/{programme}"
    world.call("aggregator", "POST", f"{path}/bundles", json={})
    world.settle_down()
    sold = {"to_business_id": world.businesses["buyer"].id, "tonnes": facts.TONNES_SOLD}
    world.call("aggregator", "POST", f"{path}/transfers", json=sold)
    world.settle_down()
    retired = {"tonnes": facts.TONNES_RETIRED, "purpose": "Own deliveries of 2026, scope 1"}
    world.call("buyer", "POST", f"{path}/retirements", json=retired)
    world.settle_down()
    return programme


def _reduce(world: World, programme: str, who: str, roofs: int) -> None:
    start, end = facts.SOLAR_MONTHS
    equipment_id = register_equipment(world, who, "solar roof", "Wh")
    grid = factor(GRID)
    enrolment = {"equipment_id": equipment_id, "baseline": {"value": grid.value, "unit": grid.unit}}
    world.call(who, "POST", f"/v1/programmes/{programme}/enrolments", json=enrolment)
    world.settle_down()
    world.call(
        who, "PUT", f"/v1/roofs/{equipment_id}",
        json={
            "programme_id": programme,
            "zone": "-07:00",
            "factor": GRID,
            "generated": {"device": METER, "quantity": "generated electricity"},
            "own_consumption": {"device": METER, "quantity": "own consumption"},
        },
    )  # fmt: skip
    install(world, who, {METER: equipment_id}, start, end, calibrated=True)
    add_readings(
        world, who, sample("solar-roof-2016-daily.csv"), _scaled(sample("solar-roof-2016-daily.toml"), roofs)
    )
    period = {"equipment_id": equipment_id, "period_start": iso(start), "period_end": iso(end)}
    world.call(who, "POST", f"/v1/programmes/{programme}/reductions", json=period)
    world.settle_down()


def _scaled(layout: str, roofs: int) -> str:
    """The roof's layout for a firm with several such roofs: the multiplier and its reason stand in the
    layout."""
    reason = f"the demo's firm has {roofs} roofs of the size that was measured"
    lines = f'multiplier = "{roofs}"\nmultiplier_reason = "{reason}"'
    return layout.replace("[[series]]", f"[[series]]\n{lines}")
