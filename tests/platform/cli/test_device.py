"""`tanso oracle device`: registering, calibrating, keys and signing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tanso.oracle.devices import register_device, signer_of, signing_text
from tanso.oracle.devices.tables import DeviceReading
from tanso.oracle.store import open_store, writing
from tanso.platform.cli.device import app
from tanso.platform.cli.intake import FIRST_BUSINESS
from tanso.platform.database.schema import prepare

KEY = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands)  # type: ignore[union-attr]
SINCE, UNTIL = "2023-01-01T00:00+09:00", "2024-01-01T00:00+09:00"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(tanso: Any, command: str) -> None:
    ran = tanso("oracle", "device", command, "--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert len(ran.stdout.split("Options:")[0].split()) > 10


def test_a_device_is_registered_calibrated_withdrawn_and_listed(
    tanso: Any, tmp_path: Path, one_url: str
) -> None:
    where = ("--store", one_url)
    device = ("oracle", "device")
    certificate = tmp_path / "certificate.pdf"
    certificate.write_bytes(b"a certificate")
    assert "No device is registered yet" in tanso(*device, "list", *where).stdout
    dates = ("--from", SINCE, "--until", UNTIL, "--certificate", certificate)
    early = tanso(*device, "calibrate", "press 3", *dates, *where)
    assert early.returncode == 1
    assert "not registered" in early.stderr
    for key in ("", KEY):
        ran = tanso(*device, "register", "press 3", "--since", SINCE, "--key", key, *where)
        assert ran.returncode == 0, ran
    assert "must be signed" in ran.stdout
    told = tanso(*device, "calibrate", "press 3", *dates, *where, "--json")
    number = json.loads(told.stdout)["id"]
    withdrawn = ("--from", "2023-06-01T00:00+09:00", "--reason", "found to drift")
    assert tanso(*device, "withdraw", number, *withdrawn, *where).returncode == 0
    (found,) = json.loads(tanso(*device, "list", *where, "--json").stdout)
    assert [one["key"] for one in found["installations"]] == ["", KEY]
    (calibration,) = found["calibrations"]
    assert (calibration["valid_until"], calibration["held_until"]) == (1704034800, 1685545200)
    shown = tanso(*device, "list", *where).stdout
    assert f"key {KEY}" in shown
    assert "withdrawn from then on" in shown


def test_missing_sequence_numbers_are_seen(tanso: Any, one_url: str) -> None:
    engine = open_store(one_url)
    prepare(engine)
    with writing(engine) as session:
        register_device(session, FIRST_BUSINESS, "press 3", since=0, now=10)
        for number in (3, 6):
            session.add(
                DeviceReading(
                    business_id=FIRST_BUSINESS, device="press 3", quantity="electricity", start=number,
                    end=number + 1, value="1", unit="kWh", sequence=number,
                )
            )  # fmt: skip
    engine.dispose()
    assert (
        "sequence numbers 3 to 6, 2 missing" in tanso("oracle", "device", "list", "--store", one_url).stdout
    )
    assert "press 3: 2 sequence numbers are missing" in tanso("oracle", "status", "--store", one_url).stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("register", "press 3", "--since", "yesterday"),
        ("register", "press 3", "--since", "2999-01-01T00:00Z"),
        ("register", "press 3", "--key", "0x12"),
        ("register", "press 3", "--equipment", "press"),
        ("register", " "),
        ("withdraw", "1", "--from", SINCE, "--reason", "drift"),
    ],
)
def test_wrong_input_is_one_sentence(tanso: Any, one_url: str, wrong: tuple[str, ...]) -> None:
    where = ("--store", one_url)
    ran = tanso("oracle", "device", *wrong, *where)
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: ")
    assert len(ran.stderr.splitlines()) == 1
    assert json.loads(tanso("oracle", "device", "list", *where, "--json").stdout) == []


def test_a_key_is_made_encrypted_and_signs_as_a_device_does(tanso: Any, tmp_path: Path) -> None:
    keys, password = tmp_path / "keys", {"TANSO_KEY_PASSWORD": "only for this test"}
    account = tanso("oracle", "device", "key", "--out", keys, **password).stdout.strip()
    assert (keys / f"{account}.json").stat().st_mode & 0o077 == 0
    given = (
        '{"device": "press 3", "quantity": "electricity", "value": 3.170, "unit": "kWh", '
        '"at": "2026-05-04T10:30:00Z", "sequence": 3}'
    )
    sign = ("oracle", "device", "sign", given, "--key", keys, "--business", FIRST_BUSINESS)
    told = json.loads(tanso(*sign, **password).stdout)
    assert told["value"] == "3.170"
    text = signing_text(FIRST_BUSINESS, told)
    assert signer_of(text, told["signature"]) == account
    assert tanso(*sign, "--text").stdout.strip() == text
    for wrong in ("[]", "{", "[" * 10_000, '{"value": true}', " " * 20_001):
        ran = tanso("oracle", "device", "sign", wrong, *sign[4:], **password)
        assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 1), ran


def test_a_counters_limits_and_resets_are_declared_and_listed(tanso: Any, one_url: str) -> None:
    where = ("--store", one_url)
    device = ("oracle", "device")
    limits = ("--capacity", "1000000 kWh", "--fastest", "400 kW")
    assert tanso(*device, "counter", "main", "electricity", *limits, *where).returncode == 0
    reset = ("--before", "48211.5 kWh", "--after", "0 kWh", "--reason", "exchanged", "--at", SINCE)
    assert tanso(*device, "reset", "main", "electricity", *reset, *where).returncode == 0
    (found,) = json.loads(tanso(*device, "list", *where, "--json").stdout)
    assert found["counters"] == [
        {
            "quantity": "electricity",
            "capacity": "1000000 kWh",
            "fastest": "400 kW",
            "resets": [
                {
                    "at": "2022-12-31T15:00:00+00:00",
                    "before": "48211.5 kWh",
                    "after": "0 kWh",
                    "reason": "exchanged",
                }
            ],
        }
    ]
    shown = tanso(*device, "list", *where).stdout
    assert "at most 400 kW, begins again at 1000000 kWh" in shown
    assert "48211.5 kWh to 0 kWh" in shown
    bad = tanso(*device, "counter", "main", "hope", "--fastest", "1 kW", *where)
    assert bad.returncode == 1
    assert "'hope' is not known" in bad.stderr
