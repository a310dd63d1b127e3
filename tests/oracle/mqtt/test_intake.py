"""MQTT by a real Mosquitto: nothing is acknowledged before it is stored, nothing is lost, nothing blocks."""

import base64
import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from tanso.oracle.intake import IntakeFile, Reading, RefusedRow
from tanso.oracle.intake.messages import READING_EXAMPLE
from tanso.oracle.mqtt import BrokerAddress, BrokerRefused, Receiver, intake_round, publish, taking, topic_of
from tanso.oracle.mqtt import receiver as receiving
from tanso.oracle.mqtt.mosquitto import Mosquitto

from ...databases import go_silent

BUSINESS, OTHER = "0x" + "ab" * 16, "0x" + "cd" * 16
NAMES = (f"intake {number}" for number in itertools.count())
RUN = threading.Event()
"""Never set."""


@pytest.fixture
def topic() -> str:
    """Of a business of its own for each test, as the tests share the broker."""
    return topic_of("0x" + hashlib.sha256(next(NAMES).encode()).hexdigest()[:32])


def reading(number: int, **more: Any) -> str:
    hour, minute = divmod(number, 60)
    start, end = (
        f"2026-02-{1 + h // 24:02}T{h % 24:02}:{m:02}:00Z"
        for h, m in ((hour, minute), divmod(number + 1, 60))
    )
    return json.dumps(READING_EXAMPLE | {"value": "1.5", "start": start, "end": end} | more)


def until(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it gives something; what it waits for comes from another process."""
    deadline = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        RUN.wait(0.01)
    return found


def session(broker: Mosquitto, name: str, *topics: str) -> Receiver:
    receiver = Receiver(broker.address, name)
    receiver.subscribe(topics)
    return receiver


def known_to(broker: Mosquitto, name: str, topic: str) -> None:
    """Makes the broker keep what comes under the topic for a session that is not there."""
    with session(broker, name, topic) as receiver:
        until(lambda: receiver.listening)


def take(store: Engine, receiver: Receiver, count: int) -> tuple[int, int, int]:
    """Rounds until so many readings were taken or refused."""
    counts = taking.Counts()

    def enough() -> bool:
        nonlocal counts
        counts += intake_round(store, receiver, RUN, timeout=0.2)
        return counts.accepted + counts.duplicates + counts.refused >= count

    until(enough)
    return counts.accepted, counts.duplicates, counts.refused


def total(store: Engine) -> Fraction:
    with Session(store) as opened:
        return sum((Fraction(row.value) for row in opened.exec(select(Reading))), Fraction(0))


def test_readings_that_come_while_nobody_listens_are_taken_later(
    broker: Mosquitto, store: Engine, topic: str
) -> None:
    name = next(NAMES)
    known_to(broker, name, topic)
    publish(broker.address, topic, [reading(0), f"[{reading(1)}, {reading(2)}]"])
    with session(broker, name, topic) as receiver:
        assert take(store, receiver, 3) == (3, 0, 0)
        publish(broker.address, topic, [reading(2), reading(3)])
        assert take(store, receiver, 2) == (1, 1, 0)
    assert total(store) == 6
    with Session(store) as opened:
        (file,) = opened.exec(select(IntakeFile)).all()
        assert file.name.startswith("MQTT ")
        assert topic_of(file.business_id) == topic


def test_what_was_not_acknowledged_comes_again_and_what_was_does_not(
    broker: Mosquitto, one_store: Engine, topic: str
) -> None:
    name = next(NAMES)
    known_to(broker, name, topic)
    publish(broker.address, topic, [reading(0), reading(1)])
    with session(broker, name) as receiver:
        stored: list[Any] = []
        until(lambda: stored.extend(receiver.batch(0.2)) or len(stored) == 2)
        taking.take_messages(one_store, stored)  # and here the process dies
    with session(broker, name) as receiver:
        assert take(one_store, receiver, 2) == (0, 2, 0)
    with session(broker, name) as receiver:
        until(lambda: receiver.connected)
        publish(broker.address, topic, [reading(5)])
        assert take(one_store, receiver, 1) == (1, 0, 0)
    assert total(one_store) == Fraction("4.5")


def test_a_poisoned_message_is_kept_aside_once_and_the_flow_goes_on(
    broker: Mosquitto, store: Engine, topic: str
) -> None:
    poison = [b"\xff\x00", b"", b"{", reading(7, value="NaN"), b"[" * 1000, b"[]", reading(8, unit="")]
    with session(broker, next(NAMES), topic) as receiver:
        until(lambda: receiver.listening)
        publish(broker.address, topic, [reading(0), *poison, reading(1)])
        assert take(store, receiver, 8) == (2, 0, 6)
        publish(broker.address, topic, [*poison, reading(2)])
        assert take(store, receiver, 7) == (1, 0, 6)
    with Session(store) as opened:
        rows = opened.exec(select(RefusedRow).order_by(RefusedRow.id)).all()  # type: ignore[arg-type]
        assert {row.raw: row.error for row in rows} == {
            "\\xff\\x00": "BadMessage",
            "": "BadMessage",
            "{": "BadMessage",
            reading(7, value="NaN"): "NotANumber",
            "[" * 1000: "BadMessage",
            reading(8, unit=""): "MissingUnit",
        }
        assert len(rows) == 6


def test_the_broker_is_killed_and_comes_back(
    mosquitto: None, one_store: Engine, topic: str, tmp_path: Path
) -> None:
    with (
        Mosquitto(tmp_path) as broker,
        session(broker, "intake", topic) as receiver,
    ):
        publish(broker.address, topic, [reading(0)])
        until(lambda: receiver.listening)
        publish(broker.address, topic, [reading(1)])
        assert take(one_store, receiver, 1)[0] >= 1
        broker.end(kill=True)
        until(lambda: receiver.trouble)
        assert not receiver.connected
        broker.start()
        until(lambda: receiver.listening)
        assert receiver.trouble == ""
        publish(broker.address, topic, [reading(2), reading(1)])
        take(one_store, receiver, 2)
    assert total(one_store) >= 3


def test_an_acknowledgement_of_an_earlier_connection_is_not_sent(
    mosquitto: None, one_store: Engine, topic: str, tmp_path: Path
) -> None:
    with Mosquitto(tmp_path) as broker:
        with session(broker, "intake", topic) as receiver:
            until(lambda: receiver.listening)
            publish(broker.address, topic, [reading(0)])
            old = until(lambda: receiver.batch(0.2))
            broker.stop()
            until(lambda: not receiver.connected)
            broker.start()
            again = until(lambda: receiver.batch(0.2))
            assert again[0].payload == old[0].payload
            receiver.acknowledge(old)
        with session(broker, "intake", topic) as receiver:
            assert until(lambda: receiver.batch(0.2))[0].payload == old[0].payload


class Mending(threading.Event):
    """Not set; whoever waits on it finds the database mended."""

    def __init__(self, mend: Callable[[], None]) -> None:
        super().__init__()
        self.mend, self.waited = mend, 0

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002
        self.waited += 1
        self.mend()
        return False


def test_readings_wait_for_a_database_that_does_not_answer(
    broker: Mosquitto, one_store: Engine, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    with session(broker, next(NAMES), topic) as receiver:
        until(lambda: receiver.listening)
        publish(broker.address, topic, [reading(0)])
        stop = Mending(go_silent(one_store, "oracle_intake_file"))
        assert until(lambda: intake_round(one_store, receiver, stop, timeout=0.2).accepted) == 1
    assert stop.waited == 1
    assert "the database does not answer" in caplog.text
    assert total(one_store) == Fraction("1.5")


def test_a_message_over_which_the_oracle_fails_costs_no_other(
    one_store: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sound = taking.split

    def failing(payload: bytes) -> Any:
        if b"press 9" in payload:
            raise ZeroDivisionError
        return sound(payload)

    monkeypatch.setattr(taking, "split", failing)
    payloads = [reading(0), reading(1, device="press 9"), reading(2)]
    batch = [receiving.Received(topic_of(BUSINESS), one.encode(), 1, 0) for one in payloads]
    counts = taking.take_messages(one_store, batch)
    assert (counts.accepted, counts.refused) == (2, 1)
    assert "a batch of messages failed" in caplog.text
    with Session(one_store) as opened:
        (row,) = opened.exec(select(RefusedRow)).all()
        assert (row.raw, row.error) == (payloads[1], "BadMessage")


def test_businesses_are_told_apart_by_topic_and_a_topic_of_nobody_is_dropped(
    one_store: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    topics = (topic_of(BUSINESS), topic_of(OTHER), "tanso/me/readings", "tanso/" + BUSINESS + "/readings/x")
    batch = [receiving.Received(topic, reading(0).encode(), 1, 0) for topic in topics]
    assert taking.take_messages(one_store, batch).accepted == 2
    assert caplog.text.count("is nobody's") == 2
    with Session(one_store) as opened:
        assert {row.business_id for row in opened.exec(select(Reading))} == {BUSINESS, OTHER}


def test_memory_is_bounded_while_the_broker_holds_more(
    broker: Mosquitto, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = next(NAMES)
    known_to(broker, name, topic)
    publish(broker.address, topic, [*(str(number) for number in range(300))])
    monkeypatch.setattr(receiving, "WINDOW", 20)
    with session(broker, name, topic) as receiver:
        until(lambda: len(receiver._waiting) == 20)
        found: list[bytes] = []

        def some() -> bool:
            batch = receiver.batch(0.2, 7)
            assert len(receiver._waiting) <= 20
            receiver.acknowledge(batch)
            found.extend(one.payload for one in batch)
            return len(found) >= 300

        until(some)
    assert found == [b"%d" % number for number in range(300)]


def test_the_name_and_password_of_the_settings_let_the_oracle_in(
    mosquitto: None, topic: str, tmp_path: Path
) -> None:
    salt = b"twelve bytes"
    secret = hashlib.pbkdf2_hmac("sha512", b"open sesame", salt, 101)
    words = "$".join(("", "7", "101", base64.b64encode(salt).decode(), base64.b64encode(secret).decode()))
    passwords = tmp_path / "passwords"
    passwords.write_text(f"oracle:{words}\n")
    passwords.chmod(0o600)
    access = f"allow_anonymous false\npassword_file {passwords}"
    with Mosquitto(tmp_path / "broker", access=access) as broker:
        url = str(broker.address)
        right = BrokerAddress.parse(url, user="oracle", password="open sesame")
        assert "open sesame" not in repr(right)
        with Receiver(right, "right") as receiver:
            until(lambda: receiver.connected)
        with Receiver(BrokerAddress.parse(url, user="oracle", password="guessed"), "wrong") as receiver:
            until(lambda: "refuses the oracle: Not authorized" in receiver.trouble)
            assert not receiver.connected


@pytest.mark.parametrize(
    "url",
    [
        "", "broker", "http://broker", "mqtt://", "mqtt://a:b", "mqtt://a:99999", "mqtt://me:secret@broker",
        "mqtt://a/path", "mqtt://a?x=1",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused_and_shows_no_secret(url: str) -> None:
    with pytest.raises(BrokerRefused) as refusal:
        BrokerAddress.parse(url)
    assert refusal.value.hint
    assert "secret" not in str(refusal.value)


def test_certificates_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    address = BrokerAddress.parse("mqtts://broker", ca_file=tmp_path / "none.pem")
    assert (address.port, address.tls) == (8883, True)
    with pytest.raises(BrokerRefused, match=r"none\.pem"):
        address.client("name", session=True)
    with pytest.raises(BrokerRefused, match="mqtts"):
        BrokerAddress.parse("mqtt://broker", ca_file=tmp_path / "none.pem")


def test_counts_add_up_to_all_that_came(store: Engine) -> None:
    bad = reading(1, value="NaN")
    batch = [
        receiving.Received(topic_of(BUSINESS), payload.encode(), 1, 0)
        for payload in (f"[{', '.join([reading(0)] * 5)}]", f"[{bad}, {bad}]", reading(0), bad, "{", "{")
    ]
    assert taking.take_messages(store, batch) == taking.Counts(accepted=1, duplicates=5, refused=5)


def test_a_message_may_hold_as_many_readings_as_its_broker_lets_through(one_store: Engine) -> None:
    payload = f"[{','.join(reading(number) for number in range(10_001))}]".encode()
    counts = taking.take_messages(one_store, [receiving.Received(topic_of(BUSINESS), payload, 1, 0)])
    assert counts == taking.Counts(accepted=10_001)


def test_a_message_that_the_database_refuses_is_kept_aside_and_the_flow_goes_on(
    broker: Mosquitto, one_store: Engine, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = taking.take_chunk

    def failing(opened: Session, file: IntakeFile, table: Any, chunk: Any, **more: Any) -> Any:
        if any(one.device == "press 9" for one in chunk[0]):
            opened.execute(text("INSERT INTO oracle_intake_file (id) VALUES (1)"))
        return sound(opened, file, table, chunk, **more)

    monkeypatch.setattr(taking, "take_chunk", failing)
    with session(broker, next(NAMES), topic) as receiver:
        until(lambda: receiver.listening)
        publish(broker.address, topic, [reading(0), reading(1, device="press 9"), reading(2)])
        assert take(one_store, receiver, 3) == (2, 0, 1)
    with Session(one_store) as opened:
        (row,) = opened.exec(select(RefusedRow)).all()
        assert (row.raw, "IntegrityError" in row.reason) == (reading(1, device="press 9"), True)
