"""Refused messages taken again: what is sound by now goes in, the rest stays as it is."""

import json
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.intake import Reading, RefusedRow
from tanso.oracle.intake.batches import take_batch
from tanso.oracle.intake.messages import READING_EXAMPLE
from tanso.oracle.intake.replay import Replayed, replay
from tanso.oracle.store import writing

BUSINESS = "0x" + "ab" * 16
EARLY, LATER = 1_769_800_000, 1_800_000_000
"""Before and after the example's interval."""


def take(engine: Engine, *readings: Any) -> None:
    with writing(engine) as session:
        take_batch(session, BUSINESS, "a", json.dumps(readings).encode(), now=EARLY)


def again(engine: Engine, now: int = LATER) -> Replayed:
    with writing(engine) as session:
        return replay(session, BUSINESS, now=now)


def test_a_reading_whose_hour_has_come_is_taken(store: Engine) -> None:
    take(store, READING_EXAMPLE, READING_EXAMPLE | {"value": "NaN"}, "no reading")
    assert (again(store, EARLY).looked_at, again(store, EARLY).taken) == (3, 0)
    found = again(store)
    assert (found.looked_at, found.taken) == (3, 1)
    assert (again(store).looked_at, again(store).taken) == (2, 0)
    with Session(store) as session:
        assert [row.value for row in session.exec(select(Reading))] == ["2.5"]
        assert {row.line: (row.taken, row.error) for row in session.exec(select(RefusedRow))} == {
            1: (True, "FutureReading"),
            2: (False, "NotANumber"),
            3: (False, "BadMessage"),
        }


def test_what_somebody_resolved_and_other_businesses_rows_are_left_alone(store: Engine) -> None:
    take(store, READING_EXAMPLE)
    with writing(store) as session:
        row = session.exec(select(RefusedRow)).one()
        row.resolution = "a test"
        session.add(row)
    assert again(store).looked_at == 0
    with writing(store) as session:
        assert replay(session, "0x" + "cd" * 16, now=LATER).looked_at == 0
    with Session(store) as session:
        assert session.exec(select(Reading)).all() == []
