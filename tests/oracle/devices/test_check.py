"""Readings of devices with keys and sequence numbers, taken into the store as transports do it."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from eth_account import Account
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.contracts.identity import content_hash
from tanso.oracle.devices import register_device, sign_reading, signer_of, signing_text
from tanso.oracle.devices.check import Counted, counted
from tanso.oracle.devices.tables import DeviceReading
from tanso.oracle.intake import Reading, RefusedRow, parse_layout
from tanso.oracle.intake.candidates import Candidate
from tanso.oracle.intake.ingest import Taken, file_record, take_chunk
from tanso.oracle.intake.rows import Chunk, Refusal, Table
from tanso.oracle.store import reading, writing

BUSINESS = "0x" + "ab" * 16
KEY, OTHER_KEY = (Account.from_key("0x" + digit * 64) for digit in "12")
NOW = 1_700_000_000
LAYOUT = parse_layout(
    """
zone = "UTC"
[time]
start = "start"
end = "end"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "value"
unit = { column = "unit" }
"""
)
CUMULATIVE = parse_layout(
    """
zone = "UTC"
[time]
end = "end"
[[series]]
device = { column = "device" }
quantity = "electricity"
value = "value"
unit = { column = "unit" }
mode = "cumulative"
"""
)


def told(hour: int, value: str, device: str = "meter 1", **more: Any) -> dict[str, Any]:
    """A reading as a device sends it."""
    start, end = f"2023-01-01T{hour:02}:00:00+09:00", f"2023-01-01T{hour + 1:02}:00:00+09:00"
    stated = {
        "device": device,
        "quantity": "electricity",
        "value": value,
        "unit": "kWh",
        "start": start,
        "end": end,
    }
    return stated | more


def signed(stated: dict[str, Any], key: Any = KEY) -> dict[str, Any]:
    return stated | {"signature": sign_reading(key, BUSINESS, stated)}


def take(session: Session, *messages: dict[str, Any]) -> Taken:
    """Takes readings as a transport does: figures from the table's reader, what was signed beside them."""
    columns = ["device", "start", "end", "value", "unit"]
    layout = LAYOUT if "start" in messages[0] else CUMULATIVE
    rows = [
        [one["device"], one.get("start", ""), one.get("end", one.get("at")), one["value"], one["unit"]]
        for one in messages
    ]
    content = "\n".join(",".join(row) for row in [columns, *rows]).encode()
    table = Table(io.BytesIO(content), layout)
    read = list(table.read())
    found = [_with_signature(one, messages) for one in read if isinstance(one, Candidate)]
    refused = [one for one in read if isinstance(one, Refusal)]
    file = file_record(
        session, BUSINESS, "messages", content_hash(content + repr(messages).encode()), layout, NOW
    )
    return take_chunk(session, file, table, Chunk(found, refused), now=NOW)


def _with_signature(one: Candidate, messages: Sequence[dict[str, Any]]) -> Candidate:
    message = messages[one.line - 2]
    if "signature" not in message:
        return one._replace(sequence=message.get("sequence"))
    text = message["signed"] if "signed" in message else signing_text(BUSINESS, message)
    return one._replace(sequence=message.get("sequence"), signature=message["signature"], signed=text)


def give_key(session: Session, since: int = 0, key: str = KEY.address) -> None:
    register_device(session, BUSINESS, "meter 1", since=since, now=NOW, key=key)


def errors_of(taken: Taken) -> list[str]:
    return [one.error for one in taken.refused]


def test_a_signed_reading_is_taken_with_its_signature_and_can_be_checked_from_the_store(
    store: Engine,
) -> None:
    with writing(store) as session:
        give_key(session)
        first = take(session, signed(told(0, "1.50", sequence=1)), signed(told(1, "2")))
        assert (len(first.judged.taken), errors_of(first)) == (2, [])
        again = take(session, signed(told(1, "2")), signed(told(0, "1.50", sequence=1)))
        assert (len(again.judged.repeated), errors_of(again)) == (2, [])
    with reading(store) as session:
        kept = session.exec(select(DeviceReading)).all()
        assert [(one.sequence, one.value) for one in kept] == [(1, "1.5"), (None, "2")]
        for one in kept:
            assert one.signed is not None
            assert one.signature is not None
            assert signer_of(one.signed, one.signature) == one.signer == KEY.address
            assert json.loads(one.signed)["business"] == BUSINESS


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (told(0, "1"), "UnsignedReading"),
        (signed(told(0, "1"), OTHER_KEY), "WrongDeviceSignature"),
        (signed(told(0, "1")) | {"value": "0.1"}, "WrongDeviceSignature"),
        (signed(told(0, "1")) | {"signature": "0x00"}, "WrongDeviceSignature"),
        # A sound signature and its text, beside another reading.
        *(
            (
                told(0, "1") | {"signature": other["signature"], "signed": signing_text(BUSINESS, other)},
                "WrongDeviceSignature",
            )
            for other in (
                signed(told(0, "2")),
                signed(told(1, "1")),
                signed(told(0, "1", device="meter 2")),
                signed(told(0, "1", sequence=1)),
                signed(told(0, "1") | {"unit": "Wh"}),
                signed(told(0, "1") | {"unit": "kg"}),
                signed({key: value for key, value in told(0, "1").items() if key != "start"}),
                signed(told(0, "1") | {"end": "later"}),
            )
        ),
    ],
)  # fmt: skip
def test_a_device_with_a_key_must_sign_each_reading_itself(
    one_store: Engine, message: dict[str, Any], error: str
) -> None:
    with writing(one_store) as session:
        give_key(session)
        taken = take(session, message, told(0, "7", device="meter without key"))
        assert errors_of(taken) == [error]
        assert [one.device for one in taken.judged.taken] == ["meter without key"]
    with reading(one_store) as session:
        (row,) = session.exec(select(RefusedRow)).all()
        assert (row.error, row.resolution, row.taken) == (error, None, False)
        assert session.exec(select(DeviceReading)).all() == []


def test_a_text_that_is_no_reading_is_refused_whoever_signed_it(one_store: Engine) -> None:
    from eth_account.messages import encode_defunct

    with writing(one_store) as session:
        give_key(session)
        for text in (
            "",
            "{}",
            "[]",
            "null",
            "[" * 100_000,
            '{"business": 1, "at": 2, "value": 3, "unit": 4}',
        ):
            signature = "0x" + bytes(KEY.sign_message(encode_defunct(text=text)).signature).hex()
            taken = take(session, told(0, "1") | {"signature": signature, "signed": text})
            assert errors_of(taken) == ["WrongDeviceSignature"]


def test_a_key_counts_for_readings_from_when_the_device_had_it(one_store: Engine) -> None:
    since = 1672538400  # 2023-01-01T11:00+09:00
    with writing(one_store) as session:
        give_key(session, since)
        give_key(session, since + 3600, OTHER_KEY.address)
        sound = [told(9, "1"), signed(told(10, "1")), signed(told(11, "1"), OTHER_KEY)]
        assert errors_of(take(session, *sound)) == []
        wrong = [told(12, "1"), signed(told(12, "1"))]
        assert errors_of(take(session, *wrong)) == ["UnsignedReading", "WrongDeviceSignature"]


def test_a_sequence_number_stands_on_one_reading_for_good(store: Engine) -> None:
    with writing(store) as session:
        assert errors_of(take(session, told(0, "1", sequence=5), told(1, "1", sequence=5))) == [
            "SequenceReused"
        ]
        assert errors_of(take(session, told(1, "1", sequence=5))) == ["SequenceReused"]
        assert errors_of(take(session, told(0, "1.0", sequence=5))) == [], "the same reading again"
        assert errors_of(take(session, told(1, "1", sequence=7), told(0, "3", "meter 2", sequence=5))) == []
        assert counted(session, BUSINESS) == [Counted("meter 1", 5, 7, 2), Counted("meter 2", 5, 5, 1)]
        assert [one.missing for one in counted(session, BUSINESS)] == [1, 0]
        assert counted(session, "0x" + "cd" * 16) == []
        assert len(session.exec(select(Reading)).all()) == 3


def test_a_number_whose_reading_was_refused_is_free_for_the_corrected_one(one_store: Engine) -> None:
    with writing(one_store) as session:
        take(session, told(0, "1", sequence=1))
        assert errors_of(take(session, told(0, "2", sequence=2))) == ["ConflictingReading"]
        assert errors_of(take(session, told(1, "2", sequence=2))) == []


def test_readings_of_registers_are_signed_with_the_time_at_which_it_was_read(one_store: Engine) -> None:
    def stand(hour: int, value: str, unit: str = "kWh") -> dict[str, Any]:
        at = f"2023-01-01T{hour:02}:00:00+09:00"
        return {"device": "meter 1", "quantity": "electricity", "value": value, "unit": unit, "at": at}

    with writing(one_store) as session:
        give_key(session)
        taken = take(session, signed(stand(0, "100")), signed(stand(1, "102500", "Wh")), stand(2, "104"))
        assert errors_of(taken) == ["UnsignedReading"]
        assert [(row.value, row.unit) for row in session.exec(select(Reading))] == [("2500", "Wh")]
