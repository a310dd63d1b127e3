"""On PostgreSQL nothing is taken for a business while one of its periods is being closed, and the reverse."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from tanso.oracle.errors import OracleError
from tanso.oracle.evidence.store import EvidenceRecord
from tanso.oracle.intake import RefusedRow
from tanso.oracle.intake.bulk import one_writer
from tanso.oracle.store import reading, writing

pytestmark = [pytest.mark.postgres, pytest.mark.parametrize("store_url", ["postgres"], indirect=True)]

LATE = "main meter,electricity,7,kWh,2023-01-25T03:10,2023-01-25T03:20"
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def held_up(world: Any, work: Callable[[], Any], finish: Callable[[Session], None]) -> Any:
    """What `work` gives when another transaction of the business, which ends with `finish`, came first."""
    with ThreadPoolExecutor(1) as pool:
        with writing(world.engine) as session:
            one_writer(session, world.factory)
            found: Future[Any] = pool.submit(work)
            until = time.monotonic() + 30
            while not found.done() and time.monotonic() < until:
                with reading(world.engine) as other:
                    if other.connection().execute(WAITING).scalar_one():
                        break
            assert not found.done(), f"it did not wait: {found.exception()}"
            finish(session)
        return found.result(timeout=30)


def stated(world: Any) -> Callable[[Session], None]:
    def finish(session: Session) -> None:
        session.add(
            EvidenceRecord(
                kind="report", business_id=world.factory, subject=world.factory, root="0x" + "11" * 32,
                period_start=world.day_start, period_end=world.day_end, sequence=0, amount_ug=1,
                formula_id="0x" + "22" * 32, devices='["main meter"]', outbox_key="report", created_at=0,
            )
        )  # fmt: skip

    return finish


def batch() -> bytes:
    return (
        b'[{"device": "main meter", "quantity": "electricity", "value": "7", "unit": "kWh",'
        b' "start": "2023-01-25T03:10:00+09:00", "end": "2023-01-25T03:20:00+09:00"}]'
    )


@pytest.mark.parametrize("way", ["file", "batch"])
def test_a_reading_that_waited_for_the_closing_is_late(world_on_any_store: Any, way: str) -> None:
    world = world_on_any_store
    ways: dict[str, Callable[[], Any]] = {
        "file": lambda: world.ingest_rows(LATE),
        "batch": lambda: world.oracle.take_batch(world.factory, batch()),
    }
    held_up(world, ways[way], stated(world))
    with reading(world.engine) as session:
        (row,) = session.exec(select(RefusedRow)).all()
        assert row.error == "LateReading"


@pytest.mark.parametrize("what", ["report", "reduction"])
def test_closing_waits_for_intake(world_on_any_store: Any, what: str) -> None:
    world = world_on_any_store
    span = (world.day_start, world.day_end)

    def work() -> str:
        try:
            world.close_day() if what == "report" else world.attest(*span)
        except OracleError as error:
            return type(error).__name__
        return "closed"

    assert held_up(world, work, lambda _: None) == "MissingReadings"
