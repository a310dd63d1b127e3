"""The story: six steps, from meter readings to a report that can be checked."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from tanso.devchain import dev_accounts
from tanso.oracle.factors import factor
from tanso.oracle.formulas import NAMES
from tanso.platform.api.fields import show_time
from tanso.platform.demo.actions import agree
from tanso.platform.demo.assembly import assemble
from tanso.platform.demo.parts import make_parts
from tanso.platform.demo.solar import make_credits
from tanso.platform.demo.steel import make_steel
from tanso.platform.demo.world import BUSINESSES, Business, World

FACTORS = ("resin-abs-ctn-2023", "unnamed-material-a-ctn-2023", "unnamed-material-b-ctn-2023")
VALID_FROM, VALID_UNTIL = 1609426800, 1767193200
"""2021 to 2025: the white paper's factors name no end; five years round its date are the demo's choice."""


@dataclass(frozen=True, slots=True)
class Story:
    """What came of it: IDs."""

    steel_lots: list[str]
    lot_a: str
    lot_b: str
    final_lot: str
    programme: str


def tell_story(world: World, step: Callable[[str], None]) -> Story:
    """Plays all steps in a new world; `step` is told what is going on."""
    step("register nine businesses, formulas and factors")
    _register(world)
    step("steel works: a month of electricity, four lots of steel")
    steel_lots = make_steel(world)
    step("parts maker: the white paper's day, lots of products A and B")
    lot_a, lot_b = make_parts(world, steel_lots[0], _factors(world))
    step("assembler: the final lot, shipped to the customer")
    final_lot = assemble(world, lot_a, lot_b)
    step("the producers agree with the customer to disclose their breakdowns to it")
    agree(world, ("steel", "parts", "assembler"), "customer")
    step("three solar roofs: reductions, credits, retirement")
    programme = make_credits(world)
    return Story(steel_lots, lot_a, lot_b, final_lot, programme)


def _register(world: World) -> None:
    for name in NAMES:
        if not name.endswith("@1"):
            world.settle_down()  # a version is taken when the one before is on the ledger
        world.call("operator", "POST", "/v1/formulas", json={"name": name})
    for name in FACTORS:
        validity = {"valid_from": show_time(VALID_FROM), "valid_until": show_time(VALID_UNTIL)}
        world.call("operator", "POST", "/v1/factors", json=asdict(factor(name)) | validity)
    accounts = dev_accounts(1 + len(BUSINESSES))[1:]
    for (part, name), account in zip(BUSINESSES.items(), accounts, strict=True):
        given = {"name": name, "account": account.address, "aggregator": part == "aggregator"}
        answer = world.call("operator", "POST", "/v1/businesses", json=given)
        world.businesses[part] = Business(answer["business_id"], name, account.address, answer["token"])
    world.settle_down()


def _factors(world: World) -> dict[str, str]:
    """IDs of the registered factors by name."""
    items = world.call("operator", "GET", "/v1/factors")["items"]
    return {item["source"]["name"]: item["factor_id"] for item in items}
