"""`tanso oracle run`, `publish` and `replay`, as processes with a real broker between them."""

import json
import signal
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from tanso.oracle.intake import Reading, RefusedRow
from tanso.oracle.intake.messages import READING_EXAMPLE
from tanso.oracle.keys import create_keystore
from tanso.oracle.mqtt import publish, topic_of
from tanso.oracle.mqtt.mosquitto import Mosquitto
from tanso.oracle.store import open_store
from tanso.platform.cli.intake import FIRST_BUSINESS
from tanso.platform.settings import Settings

RUN = threading.Event()
LAYOUT = """
zone = "UTC"
[time]
start = "start"
length = "1 h"
[[series]]
device = "main meter"
quantity = "electricity"
value = "kWh"
unit = "kWh"
"""
TOPIC = topic_of(FIRST_BUSINESS)


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        RUN.wait(0.02)
    return found


def until_ready(running: Any) -> None:
    until(lambda: running.get("/ready").status_code == 200)


def minute(number: int) -> str:
    hour, minutes = divmod(number, 60)
    start, end = (f"2026-02-01T{h:02}:{m:02}:00Z" for h, m in ((hour, minutes), divmod(number + 1, 60)))
    return json.dumps(READING_EXAMPLE | {"start": start, "end": end})


@pytest.fixture
def broker(mosquitto: None, tmp_path: Path) -> Any:
    with Mosquitto(tmp_path / "broker") as running:
        yield running


@pytest.fixture
def settings(broker: Mosquitto, home: Path) -> dict[str, str]:
    return {
        "TANSO_DATA_DIR": str(home),
        "TANSO_MQTT_URL": str(broker.address),
        "TANSO_MONITOR_PORT": "0",
        "TANSO_POLL_SECONDS": "1",
    }


@pytest.mark.slow
def test_a_reading_by_hand_arrives_or_is_refused_and_is_replayed_and_the_oracle_tells_how_it_is(
    start: Any, tanso: Any, settings: dict[str, str], broker: Mosquitto, tmp_path: Path
) -> None:
    running = start("oracle", "run", "--intake-only", **settings)
    until_ready(running)
    by_hand = ("oracle", "publish", "press 3")
    when = ("--end", "2026-02-01T00:30:00+09:00")
    ran = tanso(*by_hand, "2.5", "kWh", *when, **settings)
    assert (ran.returncode, ran.stdout.splitlines()[-1]) == (0, "It arrived and is stored."), ran
    ran = tanso(*by_hand, "103", "kWh", "--counter", *when, "--json", **settings)
    assert json.loads(ran.stdout)["result"] == "stored"
    future = ("--end", "2036-02-01T00:30:00+09:00")
    ran = tanso(*by_hand, "2.5", "kWh", *future, "--json", **settings)
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["error"] == "FutureReading"
    assert tanso(*by_hand, "2.5", "quux", *when, **settings).returncode == 1
    replayed = json.loads(tanso("oracle", "replay", "--json", **settings).stdout)
    assert replayed == {"looked_at": 2, "taken": 0, "refused": 2}
    metrics = until(lambda: 'result="refused"} 2.0' in (text := running.get("/metrics").text) and text)
    assert 'tanso_readings_total{result="accepted"} 2.0' in metrics
    keys, password = tmp_path / "keys", {"TANSO_KEY_PASSWORD": "only for this test"}
    account = create_keystore(keys, password["TANSO_KEY_PASSWORD"])
    since = ("--since", "2026-01-01T00:00:00Z")
    ran = tanso("oracle", "device", "register", "saw", "--key", account, *since, **settings)
    assert ran.returncode == 0, ran
    ran = tanso(
        "oracle", "publish", "saw", "1", "kWh", *when, "--key", keys, "--json", **settings, **password
    )
    assert json.loads(ran.stdout)["result"] == "stored", ran
    assert running.get("/health").json() == {"status": "ok"}
    assert running.get("/else").status_code == 404
    broker.stop()
    until(lambda: running.get("/ready").status_code == 503)
    assert "is not there" in running.get("/ready").json()["troubles"]["broker"]
    assert running.stop(signal.SIGTERM)[0] == 0
    log = Path(settings["TANSO_DATA_DIR"]).with_name("stderr").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert "stopped" in {line["message"] for line in lines}
    assert {"time", "level", "logger", "message"} <= set(lines[0])


@pytest.mark.slow
def test_killed_and_started_again_every_reading_is_stored_once(
    start: Any, settings: dict[str, str], broker: Mosquitto, home: Path
) -> None:
    count, sent = 400, 0
    for kill in (True, False):
        running = start("oracle", "run", "--intake-only", **settings)
        until_ready(running)
        publish(broker.address, TOPIC, [minute(number) for number in range(sent, sent + count // 2)])
        sent += count // 2
        if kill:
            running.stop(signal.SIGKILL)
    engine = open_store(Settings(data_dir=home).database)

    def stored() -> list[Reading]:
        with Session(engine) as session:
            return list(session.exec(select(Reading)))

    until(lambda: len(stored()) == count)
    assert running.stop(signal.SIGTERM)[0] == 0
    assert sum(Fraction(row.value) for row in stored()) == count * Fraction("2.5")
    with Session(engine) as session:
        assert session.exec(select(RefusedRow)).all() == []
    engine.dispose()


@pytest.mark.slow
def test_without_a_broker_a_mosquitto_is_run_for_trying_and_folders_are_watched(
    mosquitto: None, start: Any, tanso: Any, tmp_path: Path, home: Path
) -> None:
    settings = {
        "TANSO_DATA_DIR": str(home),
        "TANSO_MONITOR_PORT": "0",
        "TANSO_POLL_SECONDS": "1",
    }
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    layout = tmp_path / "counts.toml"
    layout.write_text(LAYOUT)
    command = ("oracle", "run", "--intake-only", "--broker-port", "0", "--watch", f"{inbox}={layout}")
    running = start(*command, **settings)
    (inbox / "day.csv").write_text("start,kWh\n2023-01-01T00:00,2.5\n2023-01-01T01:00,NaN\n")
    (inbox / "none.csv").write_text("nothing\n")
    until_ready(running)
    until(lambda: 'tanso_files_total{result="LayoutRefused"} 1.0' in running.get("/metrics").text)
    assert 'tanso_files_total{result="taken"} 1.0' in running.get("/metrics").text
    first = json.loads((tmp_path / "stderr").read_text().splitlines()[0])
    ran = tanso("oracle", "publish", "m", "1", "kWh", **settings, TANSO_MQTT_URL=first["broker"])
    assert ran.returncode == 0, ran
    assert running.stop(signal.SIGINT)[0] == 0
    assert (home / "broker" / "mosquitto.db").exists()


def test_what_cannot_be_published_is_one_sentence(
    tanso: Any, broker: Mosquitto, settings: dict[str, str]
) -> None:
    reading = ("oracle", "publish", "press 3", "2.5", "kWh")
    for more, changes, said in (
        (("--end", "yesterday"), {}, "--end is no time"),
        (("--http", "http://127.0.0.1:9"), {}, "--token-file"),
        ((), {"TANSO_MQTT_URL": "none"}, "there is no MQTT"),
        ((), {"TANSO_MQTT_URL": "http://broker"}, "mqtt://HOST:PORT"),
    ):
        ran = tanso(*reading, *more, **settings | changes)
        assert ran.returncode == 1
        assert said in ran.stderr
        assert ran.stderr.startswith("Error: ")
    broker.stop()
    ran = tanso(*reading, **settings)
    assert ran.returncode == 1
    assert "did not take the reading" in ran.stderr
