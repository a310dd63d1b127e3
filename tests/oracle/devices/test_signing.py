"""What a device signs: one text per reading, one key per signature."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from tanso.oracle.devices import sign_reading, signer_of, signing_text
from tanso.oracle.errors import WrongDeviceSignature

BUSINESS = "0x" + "ab" * 16
KEY = Account.from_key("0x" + "11" * 32)
READING: dict[str, Any] = {
    "device": "Presse 3 – Süd",
    "quantity": "electricity",
    "value": "3.170",
    "unit": "kWh",
    "start": "2026-05-04T10:15:00+09:00",
    "end": "2026-05-04T10:30:00+09:00",
    "sequence": 17,
}
TEXT = (
    f'{{"business":"{BUSINESS}","device":"Presse 3 – Süd","end":"2026-05-04T10:30:00+09:00",'
    '"quantity":"electricity","sequence":17,"start":"2026-05-04T10:15:00+09:00","unit":"kWh","value":"3.170"}'
)


def test_the_text_is_the_documented_one_whatever_the_order_of_the_keys_and_with_or_without_signature() -> (
    None
):
    backwards = dict(reversed(READING.items())) | {"signature": "0x00"}
    assert (
        signing_text(BUSINESS, READING) == signing_text(BUSINESS.upper().replace("X", "x"), backwards) == TEXT
    )


def test_the_signer_is_found_again() -> None:
    assert signer_of(TEXT, sign_reading(KEY, BUSINESS, READING)) == KEY.address


def test_another_client_signs_the_same() -> None:
    folder = Path(__file__).parents[3] / "contracts/node_modules/@foundry-rs"
    cast = next(folder.glob("cast-*/bin/cast*"))
    command = [cast, "wallet", "sign", "--private-key", "0x" + "11" * 32, TEXT]
    shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert shown.strip() == sign_reading(KEY, BUSINESS, READING)


@pytest.mark.parametrize(
    "changed",
    [
        {"value": "3.17"},
        {"sequence": 18},
        {"start": "2026-05-04T10:15:01+09:00"},
        {"end": "2026-05-04T01:30:00+00:00"},
        {"unit": "MWh"},
        {"device": "press 4"},
        {"quantity": "exported electricity"},
    ],
)
def test_any_change_of_the_reading_gives_another_signer(changed: dict[str, Any]) -> None:
    signature = sign_reading(KEY, BUSINESS, READING)
    assert signer_of(signing_text(BUSINESS, READING | changed), signature) != KEY.address
    assert signer_of(signing_text("0x" + "ac" * 16, READING), signature) != KEY.address


@pytest.mark.parametrize(
    "reading",
    [
        READING | {"value": 3.17},
        READING | {"value": True},
        READING | {"sequence": -1},
        READING | {"sequence": 2**63},
        READING | {"sequence": True},
        READING | {"sequence": "17"},
        READING | {"colour": "red"},
        READING | {"device": "half a pair \ud83d"},
    ],
)
def test_what_is_no_reading_is_not_signed(reading: dict[str, Any]) -> None:
    with pytest.raises(WrongDeviceSignature) as refused:
        signing_text(BUSINESS, reading)
    assert refused.value.hint


def test_a_signature_has_one_writing_only() -> None:
    good = sign_reading(KEY, BUSINESS, READING)
    half = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    mirrored = good[:66] + f"{half - int(good[66:130], 16):064x}" + ("1c" if good[130:] == "1b" else "1b")
    for bad in (
        "", "0x", good[2:], good.upper(), good[:-2] + "00", good + "00", good[:-1] + "g",
        "0x" + "0" * 128 + "1b", "0x" + "f" * 64 + "7" * 64 + "1b", mirrored,
    ):  # fmt: skip
        with pytest.raises(WrongDeviceSignature):
            signer_of(TEXT, bad)
