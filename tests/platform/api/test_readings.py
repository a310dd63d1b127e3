"""Readings as JSON, once under a key; and the service that closes periods and sends by itself."""

import json
import threading
from typing import Any

import pytest

from tanso.oracle.intake.messages import MOST_READINGS, READING_EXAMPLE
from tanso.platform.cli.running import Running

from .conftest import DAY, SAMPLES, Api, Firm, hand_in

PATH = "/v1/readings/batches"
NEXT_DAY = {"period_start": DAY["period_end"], "period_end": "2023-01-26T15:00:00Z"}


def request(key: str | None, *readings: Any, body: str | None = None) -> dict[str, Any]:
    content = json.dumps(readings) if body is None else body
    return {"content": content, "headers": {"Idempotency-Key": key} if key else {}}


def hour(number: int, **more: Any) -> dict[str, Any]:
    start, end = (f"2026-03-{1 + n // 24:02}T{n % 24:02}:00:00Z" for n in (number, number + 1))
    return READING_EXAMPLE | {"start": start, "end": end} | more


def test_a_batch_counts_once_and_what_is_refused_is_listed_and_can_be_resolved(api: Api, maker: Firm) -> None:
    bad = '{"device": "press 3", "quantity": "electricity", "value": NaN, "unit": "kWh"}'
    body = f"[{json.dumps(hour(0))}, {bad}]"
    taken = api.call("POST", PATH, maker.token, **request("first", body=body))
    assert {name: taken[name] for name in ("readings", "accepted", "duplicates", "refused")} == {
        "readings": 2, "accepted": 1, "duplicates": 0, "refused": 1,
    }  # fmt: skip
    assert (taken["refusals"][0]["line"], taken["refusals"][0]["error"]) == (2, "BadTime")
    before = api.state()
    assert api.call("POST", PATH, maker.token, **request("first", body=body)) == taken
    problem = api.refused(
        422, "idempotency-key-reused", "POST", PATH, maker.token, **request("first", hour(1))
    )
    assert "first" in problem["detail"]
    assert api.state() == before
    (row,) = api.call("GET", "/v1/refused-readings", maker.token)["items"]
    assert row["raw"] == bad
    api.call("PUT", f"/v1/refused-readings/{row['row_id']}", maker.token, json={"reason": "meter test"})
    assert api.call("GET", "/v1/refused-readings", maker.token)["items"] == []


def test_refused_readings_come_in_pages_and_one_is_resolved_out_of_many(api: Api, maker: Firm) -> None:
    bad = [json.dumps(hour(number) | {"unit": ""}) for number in range(3)]
    api.call("POST", PATH, maker.token, **request("three", body=f"[{', '.join(bad)}]"))
    path = "/v1/refused-readings"
    first = api.call("GET", path, maker.token, params={"limit": 2})
    second = api.call("GET", path, maker.token, params={"limit": 2, "after": first["next"]})
    items = [*first["items"], *second["items"]]
    assert ([row["raw"] for row in items], second["next"]) == (bad, None)
    api.call("PUT", f"{path}/{items[1]['row_id']}", maker.token, json={"reason": "meter test"})
    api.refused(404, "not-found", "PUT", f"{path}/{items[1]['row_id']}", maker.token, json={"reason": "no"})
    left = api.call("GET", path, maker.token)
    assert left == {"items": [items[0], items[2]], "next": None}
    for row in left["items"]:
        api.call("PUT", f"{path}/{row['row_id']}", maker.token, json={"reason": "meter test"})


@pytest.mark.parametrize(
    ("key", "body", "status", "kind"),
    [
        (None, "[{]", 422, "bad-message"),
        ("no spaces", "[]", 422, "bad-input"),
        ("k" * 65, "[]", 422, "bad-input"),
        ("k", "", 422, "bad-message"),
        ("k", "[{]", 422, "bad-message"),
        ("k", "[" * 200_000, 422, "bad-message"),
        ("k", "\x00", 422, "bad-message"),
        ("k", f"[{'1,' * MOST_READINGS}1]", 422, "bad-message"),
        ("k", " " * (8 * 1024 * 1024 + 1), 413, "too-large"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_request_that_is_no_batch_is_refused_whole(
    api: Api, maker: Firm, key: str | None, body: str, status: int, kind: str
) -> None:
    before = api.state()
    api.refused(status, kind, "POST", PATH, maker.token, **request(key, body=body))
    assert api.state() == before


@pytest.fixture
def running(api: Api) -> Running:
    settings = api.node.settings.with_changes(close_periods="day")
    return Running(settings, api.node.engine, api.node, threading.Event())


def sample(running: Running, name: str, **labels: str) -> float:
    return running.metrics.registry.get_sample_value(name, labels) or 0


def test_a_due_period_is_closed_and_sent_and_one_that_cannot_be_is_told_and_tried_later(
    api: Api, factory: Firm, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    before = api.node.ledger.reports.next_sequence(factory.id)
    running.round()
    running.round()
    assert sample(running, "tanso_periods_total", result="MissingReadings") == 1
    assert "a period can't be closed" in caplog.text
    day = (SAMPLES / "factory-day.csv").read_bytes().replace(b"2023-01-26", b"2023-01-27")
    hand_in(api, factory, "factory-day", day.replace(b"2023-01-25", b"2023-01-26"))
    running.try_again()
    running.round()
    assert sample(running, "tanso_periods_total", result="closed") == 1
    assert api.node.ledger.reports.next_sequence(factory.id) == before + 1
    record = api.node.oracle.statements(factory.id)[-1]
    closed = api.call("POST", "/v1/equipment-intensities", factory.token, json=NEXT_DAY)
    assert closed["evidence_root"] == record.root
    running.round()
    assert sample(running, "tanso_outbox_messages", status="confirmed") > 0
    assert sample(running, "tanso_work_failures_total") == 0
    assert {name: check() for name, check in running.checks().items()} == dict.fromkeys(
        ("database", "work", "chain"), ""
    )


def test_nothing_is_closed_unless_the_settings_say_so(api: Api, factory: Firm) -> None:
    before = len(api.node.oracle.statements(factory.id))
    quiet = Running(api.node.settings, api.node.engine, api.node, threading.Event())
    quiet.round()
    assert len(api.node.oracle.statements(factory.id)) == before
    assert sample(quiet, "tanso_refused_readings_open") == len(api.node.oracle.refused(factory.id, limit=200))
