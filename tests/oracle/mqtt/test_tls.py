"""MQTT over TLS, by a real Mosquitto with a certificate of an authority made for these tests."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from sqlalchemy import Engine
from sqlmodel import select

from tanso.oracle.intake import Reading
from tanso.oracle.mqtt import BrokerAddress, BrokerRefused, Receiver, intake_round, publish, topic_of
from tanso.oracle.mqtt.mosquitto import Mosquitto
from tanso.oracle.store import reading

from .test_intake import BUSINESS, RUN, until
from .test_intake import reading as message

TOPIC = topic_of(BUSINESS)
PAHO_LEAVES_IT_OPEN = "ignore:.*ssl.SSLSocket:pytest.PytestUnraisableExceptionWarning"
"""The client leaves the socket of a refused handshake to the garbage collector, which closes it."""


def served(folder: Path, name: str) -> tuple[Mosquitto, Path]:
    """A broker whose certificate is for `name`, and the file of the authority that signed it."""
    authority = trustme.CA()
    certificate = authority.issue_cert(name)
    paths = [folder / part for part in ("ca.pem", "key.pem", "certificate.pem")]
    for path, pem in zip(
        paths, (authority.cert_pem, certificate.private_key_pem, certificate.cert_chain_pems[0]), strict=True
    ):
        pem.write_to_path(path)
    access = f"allow_anonymous true\nkeyfile {paths[1]}\ncertfile {paths[2]}"
    return Mosquitto(folder / "broker", access=access), paths[0]


@pytest.fixture(scope="module")
def secure(mosquitto: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerAddress]:
    broker, authority = served(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    with broker:
        yield replace(broker.address, tls=True, ca_file=authority)


def test_readings_arrive_over_tls(store: Engine, secure: BrokerAddress) -> None:
    with Receiver(secure, "over tls") as receiver:
        receiver.subscribe([TOPIC])
        until(lambda: receiver.listening)
        publish(secure, TOPIC, [message(1)])
        until(lambda: intake_round(store, receiver, RUN, timeout=0.2).accepted)
    with reading(store) as session:
        assert [row.value for row in session.exec(select(Reading))] == ["1.5"]


@pytest.mark.filterwarnings(PAHO_LEAVES_IT_OPEN)
def test_a_broker_whose_authority_is_not_trusted_gets_nothing(secure: BrokerAddress) -> None:
    with pytest.raises(BrokerRefused, match="reached"):
        publish(replace(secure, ca_file=None), TOPIC, [message(2)])
    gc.collect()


@pytest.mark.filterwarnings(PAHO_LEAVES_IT_OPEN)
def test_a_broker_with_a_certificate_for_another_host_gets_nothing(mosquitto: None, tmp_path: Path) -> None:
    broker, authority = served(tmp_path, "broker.example")
    with broker, pytest.raises(BrokerRefused, match="reached"):
        publish(replace(broker.address, tls=True, ca_file=authority), TOPIC, [message(3)])
    gc.collect()


def test_without_tls_a_tls_broker_is_not_reached(secure: BrokerAddress) -> None:
    with pytest.raises(BrokerRefused):
        publish(replace(secure, tls=False, ca_file=None), TOPIC, [message(4)], timeout=1)
