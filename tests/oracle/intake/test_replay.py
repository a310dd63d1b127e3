"""Refused messages taken again: what is sound by now goes in, the rest stays as it is."""

import json
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from tanso.oracle.errors import BadMessage
from tanso.oracle.intake import Reading, RefusedRow
from tanso.oracle.intake.batches import take_batch, take_given
from tanso.oracle.intake.messages import READING_EXAMPLE
from tanso.oracle.intake.replay import Replayed, replay
from tanso.oracle.mqtt import taking, topic_of
from tanso.oracle.mqtt.receiver import Received
from tanso.oracle.store import writing

BUSINESS = "0x" + "ab" * 16
EARLY, LATER = 1_769_800_000, 1_800_000_000
"""Before and after the example's interval."""


def take(engine: Engine, *readings: Any) -> None:
    with writing(engine) as session:
        take_batch(session, BUSINESS, json.dumps(readings).encode(), now=EARLY)


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


def kept(engine: Engine, payload: str) -> None:
    """A message that was kept aside whole."""
    message = Received(topic_of(BUSINESS), payload.encode(), 1, 0)
    taking._take(engine, [message], EARLY, BadMessage("The oracle failed over this message."))


def test_a_long_reading_is_taken_again_whole(store: Engine) -> None:
    early = READING_EXAMPLE | {"value": "2." + "5" * 20}
    message = Received(topic_of(BUSINESS), (" " * 3000 + json.dumps(early, indent=1000)).encode(), 1, 0)
    assert taking.take_messages(store, [message], clock=lambda: EARLY).refused == 1
    assert again(store).taken == 1
    with Session(store) as session:
        assert [row.value for row in session.exec(select(Reading))] == ["2." + "5" * 20]


def test_a_list_that_was_kept_whole_is_taken_again_reading_by_reading(store: Engine) -> None:
    other = READING_EXAMPLE | {"device": "press 4"}
    kept(store, json.dumps([READING_EXAMPLE, other | {"value": "NaN"}, other]))
    assert (again(store).taken, again(store).looked_at) == (1, 1)
    with Session(store) as session:
        assert {row.device for row in session.exec(select(Reading))} == {"press 3", "press 4"}
        assert [row.error for row in session.exec(select(RefusedRow)) if not row.taken] == ["NotANumber"]


def test_a_row_over_which_the_oracle_fails_stops_no_other(
    store: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    take(store, READING_EXAMPLE, READING_EXAMPLE | {"device": "press 9"}, READING_EXAMPLE | {"device": "p"})
    sound = take_given

    def failing(session: Session, file: Any, given: Any, **more: Any) -> Any:
        taken = sound(session, file, given, **more)
        if any("press 9" in one.raw for one in given):
            raise ZeroDivisionError
        return taken

    monkeypatch.setattr("tanso.oracle.intake.replay.take_given", failing)
    found = again(store)
    assert (found.looked_at, found.taken) == (3, 2)
    assert "refused rows failed again" in caplog.text
    with Session(store) as session:
        assert {row.device for row in session.exec(select(Reading))} == {"press 3", "p"}
