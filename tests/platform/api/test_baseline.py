"""Enrolled equipment: lots are charged the baseline, the reduction is given away, nothing counts twice."""

from fractions import Fraction
from typing import Any

import pytest

from tanso.platform.proofs.model import Bundle
from tanso.platform.proofs.onchain import check_against
from tanso.platform.proofs.verify import verify

from .conftest import DAY, NOON, Api, Firm, amount, hand_in

BASELINE = amount("36", "kg/h")
BASELINE_PG = 10_000_000_000_000
"""10 g/s."""


@pytest.fixture(scope="module")
def programme(api: Api) -> str:
    aggregator = api.firm("aggregator", aggregator=True)
    api.work()
    formulas = api.call("GET", "/v1/formulas", aggregator.token)["items"]
    solar = next(item["formula_id"] for item in formulas if item["name"] == "tanso-solar@1")
    body = {"name": "machines", "methodology_id": solar}
    found: str = api.call("POST", "/v1/programmes", aggregator.token, json=body)["programme_id"]
    api.work()
    return f"/v1/programmes/{found}/enrolments"


@pytest.fixture(scope="module")
def enrolled(api: Api, programme: str) -> Firm:
    """The factory's day at a firm whose one machine, with the site's meter to itself, is enrolled before."""
    firm = api.firm("enrolled")
    api.work()
    api.equip(firm, furnace="s", nc="s", assembly="s")
    api.work()
    body = {"equipment_id": firm.machines["nc"], "baseline": BASELINE}
    api.call("POST", programme, firm.token, json=body)
    api.work()
    power = {"furnace": "30", "nc": "10", "assembly": "0.5"}
    devices = {"furnace": "heating furnace", "nc": "NC machine", "assembly": "assembly line"}
    gas = {"distributed gas": amount("10", "Nm3/min")}
    site = {
        "zone": "+09:00",
        "energies": [
            {"energy": "electricity", "factor": "electricity-tepco-2021", "devices": ["main meter"]},
            {"energy": "distributed gas", "factor": "distributed-gas-ctn-2023", "devices": ["gas meter"]},
        ],
        "equipment": [
            {
                "equipment_id": firm.machines[name],
                "activity_devices": [devices[name]],
                "performance": {"electricity": amount(power[name], "kW")}
                | (gas if name == "furnace" else {}),
            }
            for name in devices
        ],
    }
    api.call("PUT", "/v1/site", firm.token, json=site)
    hand_in(api, firm, "factory-day")
    api.call("POST", "/v1/equipment-intensities", firm.token, json=DAY)
    api.work()
    return firm


def machine(api: Api, firm: Firm) -> Any:
    items = api.call("GET", "/v1/equipment", firm.token)["items"]
    return next(item for item in items if item["name"] == "nc")


def test_own_equipment_shows_its_baseline(api: Api, enrolled: Firm, factory: Firm) -> None:
    shown = machine(api, enrolled)["baseline"]
    assert shown == {"baseline_pg": BASELINE_PG, "counts_from": "1970-01-01T00:00:00Z"}
    assert machine(api, factory)["baseline"] is None


def test_lots_are_charged_the_baseline_and_only_what_was_measured_is_primary(
    api: Api, enrolled: Firm
) -> None:
    measured_pg = machine(api, enrolled)["intensities"][0]["intensity_pg"]
    assert measured_pg < BASELINE_PG
    lot_id = api.lot(enrolled, "milled")
    body = {"equipment_id": enrolled.machines["nc"], "activity": amount("100", "s"), "at": NOON}
    api.call("POST", f"/v1/lots/{lot_id}/equipment-uses", enrolled.token, json=body)
    api.complete(enrolled, lot_id, "3")
    api.work()
    lot = api.call("GET", f"/v1/lots/{lot_id}")
    metered_ug = -(-100 * measured_pg // 10**6)
    assert (lot["co2_ug"], lot["primary_ug"]) == (1_000_000_000, metered_ug)
    (use,) = api.call("GET", f"/v1/lots/{lot_id}/equipment-uses", enrolled.token)["uses"]
    assert (use["co2_ug"], use["primary_ug"]) == (1_000_000_000, metered_ug)

    params = {"period_start": "2020-01-01T00:00:00Z", "period_end": "2100-01-01T00:00:00Z"}
    account = api.call("GET", f"/v1/accounts/{enrolled.id}", enrolled.token, params=params)
    assert account["baseline_ug"] == 1_000_000_000 - metered_ug
    assert account["unabsorbed_ug"] == account["net_ug"] == account["declared_ug"] - metered_ug

    proof = Bundle.model_validate(api.call("GET", f"/v1/lots/{lot_id}/proof", enrolled.token))
    (intensity,) = proof.intensities
    assert (intensity.intensity_pg, intensity.baseline_pg) == (measured_pg, BASELINE_PG)
    assert verify(proof) == []
    assert check_against(proof, api.node.ledger) == []
    lower = intensity.model_copy(update={"baseline_pg": measured_pg})
    forged = check_against(proof.model_copy(update={"intensities": [lower]}), api.node.ledger)
    assert [finding.place for finding in forged] == ["intensities.0.baseline_pg"]
    report = api.call("GET", f"/v1/lots/{lot_id}/report", enrolled.token)
    assert "Reductions given away" in {item["topic"] for item in report["statements"]}


def test_a_baseline_is_taken_exactly_and_in_a_unit_of_the_equipment(
    api: Api, programme: str, factory: Firm, maker: Firm
) -> None:
    nc = factory.machines["nc"]
    before = api.state()

    def refused(kind: str, baseline: Any, firm: Firm = factory) -> None:
        api.refused(422, kind, "POST", programme, firm.token, json={"equipment_id": nc, "baseline": baseline})

    refused("unit-does-not-fit", amount("0.452", "kg/kWh"))
    refused("unit-does-not-fit", amount("1", "kWh/s"))
    refused("missing-unit", amount("1", "kg"))
    refused("not-a-number", amount("much", "kg/s"))
    refused("negative-quantity", amount("-1", "kg/s"))
    refused("amount-out-of-range", amount("0", "kg/s"))
    refused("amount-out-of-range", amount("18.5", "t/s"))
    refused("not-own-equipment", BASELINE, maker)
    api.refused(422, "bad-input", "POST", programme, factory.token, json={"equipment_id": nc})
    assert api.state() == before
    # A third of a picogram more is a whole one: rounded up as factors are.
    body = {"equipment_id": nc, "baseline": amount("0.0000000000023", "g/s")}
    assert Fraction("2.3") == Fraction("0.0000000000023") * 10**12
    api.call("POST", programme, factory.token, json=body)
    api.work()
    ends = machine(api, factory)["intensities"][0]["period_end"]
    # The factory's day was reported before: it is charged as measured for good.
    assert machine(api, factory)["baseline"] == {"baseline_pg": 3, "counts_from": ends}
    other = body | {"baseline": BASELINE}
    api.refused(409, "key-reused", "POST", programme, factory.token, json=other)
