"""The owner's registry of measuring devices over the API: keys, calibrations, and what they change."""

from typing import Any

import pytest
from eth_account import Account

from tanso.oracle.devices import sign_reading
from tanso.oracle.intake.messages import READING_EXAMPLE

from .conftest import Api, Firm

KEY = Account.from_key("0x" + "5a" * 32)
CERTIFICATE = "0x" + "cd" * 32
YEAR = {"valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"}
BATCHES = "/v1/readings/batches"


def batch(key: str, *readings: dict[str, Any]) -> dict[str, Any]:
    return {"json": list(readings), "headers": {"Idempotency-Key": key}}


def test_a_device_with_a_key_is_believed_only_when_it_signed(api: Api, maker: Firm) -> None:
    given = {"device": READING_EXAMPLE["device"], "key": KEY.address, "since": "2026-01-01T00:00:00Z"}
    shown = api.call("POST", "/v1/devices", maker.token, json=given)
    assert shown == given | {"equipment_id": None}
    plain = {name: part for name, part in READING_EXAMPLE.items() if name not in ("sequence", "signature")}
    refused = api.call("POST", BATCHES, maker.token, **batch("unsigned", plain))
    assert [row["error"] for row in refused["refusals"]] == ["UnsignedReading"]
    signed = plain | {"signature": sign_reading(KEY, maker.id, plain)}
    assert api.call("POST", BATCHES, maker.token, **batch("signed", signed))["accepted"] == 1


def test_calibrations_are_recorded_listed_and_withdrawn_but_never_overwritten(api: Api, maker: Firm) -> None:
    api.call("POST", "/v1/devices", maker.token, json={"device": "gas meter"})
    given = {"device": "gas meter", **YEAR, "certificate_hash": CERTIFICATE}
    recorded = api.call("POST", "/v1/device-calibrations", maker.token, json=given)
    assert api.call("POST", "/v1/device-calibrations", maker.token, json=given) == recorded
    path = f"/v1/device-calibrations/{recorded['calibration_id']}/withdrawal"
    withdrawal = {"withdrawn_from": "2026-06-01T00:00:00Z", "reason": "the laboratory erred"}
    api.call("PUT", path, maker.token, json=withdrawal)
    page = api.call("GET", "/v1/devices", maker.token, params={"after": "gas"})
    (device,) = (item for item in page["items"] if item["device"] == "gas meter")
    assert device["calibrations"] == [recorded | {"held_until": "2026-06-01T00:00:00Z"}]


def test_a_counter_that_is_exchanged_goes_on_once_that_is_declared(api: Api, maker: Firm) -> None:
    def showed(key: str, hour: int, value: str) -> dict[str, Any]:
        reading = {"device": "counter", "quantity": "electricity", "unit": "kWh", "value": value}
        at = {"at": f"2026-03-01T{hour:02}:00:00Z"}
        found: dict[str, Any] = api.call("POST", BATCHES, maker.token, **batch(key, reading | at))
        return found

    assert showed("c1", 1, "990")["accepted"] == 1
    assert [row["error"] for row in showed("c2", 2, "4")["refusals"]] == ["MeterWentBack"]
    told = {"device": "counter", "quantity": "electricity", "at": "2026-03-01T01:30:00Z"}
    reset = told | {"before": "992 kWh", "after": "1 kWh", "reason": "meter exchanged"}
    for _ in range(2):
        assert api.call("POST", "/v1/device-resets", maker.token, json=reset) is None
    api.refused(
        422, "device-refused", "POST", "/v1/device-resets", maker.token, json=reset | {"after": "2 kWh"}
    )
    assert showed("c3", 2, "4")["refusals"] == []
    limits = {"device": "counter", "quantity": "electricity", "capacity": "1000 kWh", "fastest": "50 kW"}
    assert [row["error"] for row in showed("c4", 3, "3")["refusals"]] == ["MeterWentBack"]
    api.call("POST", "/v1/device-counters", maker.token, json=limits | {"fastest": "1000 kW"})
    assert showed("c5", 3, "3")["refusals"] == [], "999 kWh in an hour fit 1000 kW"
    wrong = limits | {"capacity": "1000 Nm3"}
    api.refused(422, "layout-refused", "POST", "/v1/device-counters", maker.token, json=wrong)


def test_devices_come_in_pages_by_name(api: Api, maker: Firm) -> None:
    for name in ("z 1", "z 2", "z 3"):
        api.call("POST", "/v1/devices", maker.token, json={"device": name})
    first = api.call("GET", "/v1/devices", maker.token, params={"after": "z", "limit": 2})
    assert ([item["device"] for item in first["items"]], first["next"]) == (["z 1", "z 2"], "z 2")
    rest = api.call("GET", "/v1/devices", maker.token, params={"after": first["next"]})
    assert ([item["device"] for item in rest["items"]], rest["next"]) == (["z 3"], None)


@pytest.mark.parametrize(
    ("path", "given", "status", "kind"),
    [
        ("/v1/devices", {"device": " meter"}, 422, "device-refused"),
        ("/v1/devices", {"device": "m", "key": KEY.address.lower()}, 422, "device-refused"),
        ("/v1/devices", {"device": "m", "since": "2199-01-01T00:00:00Z"}, 422, "device-refused"),
        ("/v1/devices", {"device": "m", "equipment_id": "0x" + "ee" * 16}, 404, "unknown-equipment"),
        (
            "/v1/device-calibrations",
            {"device": "unheard of", **YEAR, "certificate_hash": CERTIFICATE},
            404,
            "device-unknown",
        ),
        (
            "/v1/device-calibrations",
            {"device": "m", "valid_from": YEAR["valid_until"], "valid_until": YEAR["valid_from"],
             "certificate_hash": CERTIFICATE},
            422,
            "device-refused",
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_registered_is_refused_by_name(
    api: Api, maker: Firm, path: str, given: dict[str, Any], status: int, kind: str
) -> None:
    before = api.state()
    api.refused(status, kind, "POST", path, maker.token, json=given)
    assert api.state() == before
