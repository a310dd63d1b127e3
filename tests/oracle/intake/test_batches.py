"""Batches of readings: good readings in, the others aside with their text."""

import json
from typing import Any

import pytest
from eth_account import Account
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, select

from tanso.oracle.devices.registry import register_device
from tanso.oracle.devices.signing import sign_reading
from tanso.oracle.errors import BadMessage
from tanso.oracle.intake import Reading, RefusedRow, Reported
from tanso.oracle.intake.batches import BatchAnswer, take_batch
from tanso.oracle.intake.messages import READING_EXAMPLE
from tanso.oracle.store import writing

BUSINESS, OTHER = "0x" + "ab" * 16, "0x" + "cd" * 16
NOW = 1_800_000_000


def quarter(number: int, value: str = "1.5", **more: Any) -> dict[str, Any]:
    hour, minute = divmod(number * 15, 60)
    start, end = (f"2026-02-01T{h:02}:{m:02}:00Z" for h, m in ((hour, minute), divmod((number + 1) * 15, 60)))
    return READING_EXAMPLE | {"value": value, "start": start, "end": end} | more


def take(
    engine: Engine, *readings: Any, business: str = BUSINESS, now: int = NOW, **more: Any
) -> BatchAnswer:
    with writing(engine) as session:
        return take_batch(session, business, json.dumps(readings).encode(), now=now, **more)


def state(engine: Engine) -> list[list[Any]]:
    with Session(engine) as session:
        return [
            list(session.connection().execute(table.select())) for table in SQLModel.metadata.sorted_tables
        ]


def counts(answer: BatchAnswer) -> tuple[int, int, int, int]:
    return answer.readings, answer.accepted, answer.duplicates, answer.refused


def test_the_same_readings_sent_again_are_duplicates(store: Engine) -> None:
    take(store, quarter(0), quarter(1, "NaN"))
    assert counts(take(store, quarter(0), quarter(1, "NaN"))) == (2, 0, 1, 1)
    with Session(store) as session:
        (row,) = session.exec(select(RefusedRow)).all()
        assert json.loads(row.raw) == quarter(1, "NaN")


def test_a_body_that_is_no_list_changes_nothing_and_each_business_has_readings_of_its_own(
    store: Engine,
) -> None:
    take(store, quarter(0))
    before = state(store)
    with pytest.raises(BadMessage), writing(store) as session:
        take_batch(session, BUSINESS, b"[{]", now=NOW)
    assert state(store) == before
    assert counts(take(store, quarter(0), business=OTHER)) == (1, 1, 0, 0)


def test_readings_are_judged_as_those_of_files_are(store: Engine) -> None:
    take(store, quarter(0))
    period = Reported(1769905800, 1769907600, {"press 3"})
    answer = take(
        store,
        quarter(0, "9"),
        quarter(2),
        quarter(9, start="2026-02-01T01:05:00Z", end="2026-02-01T01:20:00Z"),
        quarter(8, start="2030-02-01T01:05:00Z", end="2030-02-01T01:20:00Z"),
        quarter(5, start="2026-02-01T01:10:00Z", end="2026-02-01T01:15:00Z"),
        reported=[period],
    )
    assert [one["error"] for one in answer.refusals] == [
        "ConflictingReading",
        "LateReading",
        "FutureReading",
        "OverlappingReading",
    ]


def test_registers_and_intervals_come_in_one_batch(store: Engine) -> None:
    def stand(minute: int, value: str) -> dict[str, Any]:
        kept = {name: text for name, text in READING_EXAMPLE.items() if name not in ("start", "end")}
        return kept | {"device": "counter", "value": value, "at": f"2026-02-01T00:{minute:02}:00Z"}

    answer = take(store, stand(30, "103.5"), quarter(0), stand(0, "100"), stand(15, "99"))
    assert counts(answer) == (4, 3, 0, 1)
    assert answer.refusals[0]["error"] == "MeterWentBack"
    with Session(store) as session:
        used = session.exec(select(Reading).where(Reading.device == "counter")).one()
        assert (used.value, used.unit, used.end - used.start) == ("3500", "Wh", 1800)


def test_a_device_with_a_key_signs_what_it_sends(store: Engine) -> None:
    key = Account.from_key(b"\x11" * 32)
    with writing(store) as session:
        register_device(session, BUSINESS, "press 3", since=0, now=NOW, key=key.address)
    sent = [quarter(0, sequence=1), quarter(1, sequence=2), quarter(2, sequence=3)]
    signatures = [sign_reading(key, BUSINESS, one) for one in sent]
    answer = take(
        store,
        sent[0] | {"signature": signatures[0]},
        sent[1] | {"signature": signatures[0]},
        sent[2],
        quarter(3, "2", sequence=1) | {"signature": sign_reading(key, BUSINESS, quarter(3, "2", sequence=1))},
    )
    assert [(one["line"], one["error"]) for one in answer.refusals] == [
        (2, "WrongDeviceSignature"),
        (3, "UnsignedReading"),
        (4, "SequenceReused"),
    ]
    assert counts(take(store, sent[1] | {"signature": signatures[1]})) == (1, 1, 0, 0)
