"""A line, a factor that changes within the period, standard times: from the API to the report."""

from fractions import Fraction
from math import ceil
from typing import Any

import pytest

from .conftest import Api, Firm, amount

ROWS = """device,quantity,value,unit,start,end
main meter,electricity,70,kWh,2023-01-24T00:00,2023-01-25T00:00
main meter,electricity,30,kWh,2023-01-25T00:00,2023-01-26T00:00
hall's meter,electricity,30,kWh,2023-01-24T00:00,2023-01-25T00:00
hall's meter,electricity,10,kWh,2023-01-25T00:00,2023-01-26T00:00
counter,pieces,24,pc,2023-01-24T00:00,2023-01-26T00:00
oven,operating time,5,h,2023-01-24T00:00,2023-01-26T00:00
"""
PERIOD = {"period_start": "2023-01-23T15:00:00Z", "period_end": "2023-01-25T15:00:00Z"}
KOREA = {"valid_from": "2023-01-25", "factor": "electricity-korea-uci851-2018"}


@pytest.fixture(scope="module")
def lined(api: Api) -> Firm:
    firm = api.firm("lined")
    api.work()
    api.equip(firm, press="s", oven="s")
    api.work()
    return firm


def site(firm: Firm, **changes: Any) -> dict[str, Any]:
    power = {"energy": "electricity", "factor": "electricity-tepco-2021", "later": [KOREA]}
    press = {
        "equipment_id": firm.machines["press"],
        "activity_devices": ["counter"],
        "activity_quantity": "pieces",
        "standard_times": {"counter": "220 min / 12 pc"},
        "performance": {"electricity": amount("2", "kW")},
        "line": "hall",
    }
    return {
        "zone": "+09:00",
        "energies": [
            power | {"devices": ["main meter"]},
            power | {"devices": ["hall's meter"], "line": "hall"},
        ],
        "equipment": [
            press | changes,
            {
                "equipment_id": firm.machines["oven"],
                "activity_devices": ["oven"],
                "performance": {"electricity": amount("9", "kW")},
            },
        ],
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"line": "attic"}, "attic"),
        ({"standard_times": {"counter": "6"}}, "no unit"),
        ({"standard_times": {"counter": "6 min / 0 pc"}}, "per nothing"),
        ({"standard_times": {"counter": "NaN min/pc"}}, "not a decimal number"),
        ({"standard_times": {"another": "6 min/pc"}}, "each of the activity's devices"),
    ],
)
def test_what_does_not_hold_together_is_refused(
    api: Api, lined: Firm, changes: dict[str, Any], reason: str
) -> None:
    response = api.send("PUT", "/v1/site", lined.token, json=site(lined, **changes))
    assert response.status_code == 422
    assert reason in response.text


def test_lines_and_factors_that_do_not_follow_on_each_other_are_refused(api: Api, lined: Firm) -> None:
    for change in ({"later": [KOREA, KOREA]}, {"line": "hall"}, {"devices": None, "line": "x"}):
        given = site(lined)
        given["energies"][0] |= change
        assert api.send("PUT", "/v1/site", lined.token, json=given).status_code == 422


def test_the_period_is_reported_with_each_days_factor_and_the_lines_meter(api: Api, lined: Firm) -> None:
    assert api.call("PUT", "/v1/site", lined.token, json=site(lined))["version"] == 1
    assert api.call("PUT", "/v1/site", lined.token, json=site(lined))["version"] == 1
    layout = (
        'zone = "+09:00"\n[time]\nstart = "start"\nend = "end"\n[[series]]\ndevice = { column = "device" }\n'
        'quantity = { column = "quantity" }\nvalue = "value"\nunit = { column = "unit" }\n'
    )
    file = {"file": ("rows.csv", ROWS.encode())}
    api.call("POST", "/v1/readings", lined.token, files=file, data={"layout": layout})
    closed = api.call("POST", "/v1/equipment-intensities", lined.token, json=PERIOD)
    api.work()
    found = {one["equipment_id"]: int(one["intensity_pg"]) for one in closed["intensities"]}
    # By hand, µg: 452,000,000 per kWh on the first day, 420,800,000 on the second.
    hall = 30 * 452_000_000 + 10 * 420_800_000
    rest = 40 * 452_000_000 + 20 * 420_800_000
    assert found[lined.machines["press"]] == ceil(Fraction(hall * 10**6, 220 * 2 * 60))
    assert found[lined.machines["oven"]] == ceil(Fraction(rest * 10**6, 5 * 3600))
    assert int(closed["declared_ug"]) == hall + rest
