"""Publishes readings by hand, and returns when the broker has them."""

import threading
from collections.abc import Sequence
from typing import Any

from paho.mqtt.reasoncodes import ReasonCode

from tanso.oracle.errors import BrokerRefused
from tanso.oracle.mqtt.address import BrokerAddress

WINDOW = 100


def publish(
    address: BrokerAddress, topic: str, payloads: Sequence[str | bytes], *, timeout: float = 10
) -> None:
    """Publishes with quality of service 1; raises BrokerRefused unless the broker confirms all in time."""
    done, count, reasons = threading.Event(), 0, list[str]()
    client = address.client("", session=False)

    def connected(_client: Any, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            reasons.append(str(reason))
            done.set()
            return
        for payload in payloads:
            client.publish(topic, payload, qos=1)

    def published(_client: Any, _data: Any, _number: int, reason: ReasonCode, _properties: Any) -> None:
        nonlocal count
        count += 1
        if reason.is_failure:
            reasons.append(str(reason))
        if count == len(payloads) or reasons:
            done.set()

    def unreachable(_client: Any, _data: Any) -> None:
        reasons.append("it can't be reached")
        done.set()

    client.on_connect, client.on_publish, client.on_connect_fail = connected, published, unreachable
    address.connect(client, session=False, window=WINDOW)
    client.loop_start()
    try:
        if not done.wait(timeout):
            reasons.append(f"no answer within {timeout:g} s")
    finally:
        client.disconnect()
        client.loop_stop()
    if reasons:
        raise BrokerRefused(
            f"The broker {address} did not take the reading: {reasons[0]}.",
            hint="Check address, name and password, and whether the broker runs.",
        )
