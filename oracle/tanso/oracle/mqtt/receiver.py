"""Messages of a broker, in batches, each acknowledged only when it is said to be stored.

The library's own thread keeps the connection: it connects again, at growing intervals, whenever it is lost.
It waits where more messages came than may lie in memory; the broker keeps the others meanwhile.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import paho.mqtt.client as mqtt
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from tanso.oracle.mqtt.address import BrokerAddress

log = logging.getLogger(__name__)

WINDOW = 2_000
"""Messages that may be on their way, or in memory, before one is acknowledged."""
MOST_BYTES = 16 << 20
"""Bytes of messages in memory; only the last message may go beyond."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1, 60


class Received(NamedTuple):
    """A message, and what it is acknowledged by."""

    topic: str
    payload: bytes
    number: int
    connection: int


class Receiver:
    """A persistent session with the broker under a name that stays the same.

    with Receiver(address, "tanso-oracle") as receiver:
        receiver.subscribe(["tanso/0x…/readings"])
        batch = receiver.batch(1)
        ...                                    # stored
        receiver.acknowledge(batch)
    """

    def __init__(self, address: BrokerAddress, name: str) -> None:
        self.address, self.connected, self.trouble = address, False, "The broker has not answered yet."
        self._topics: set[str] = set()
        self._waiting: deque[Received] = deque()
        self._bytes, self._connection, self._closing = 0, 0, False
        self._changed = threading.Condition()
        self._asked: dict[int | None, list[str]] = {}
        self._client = address.client(name, session=True)
        self._client.reconnect_delay_set(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self.address.connect(self._client, session=True, window=WINDOW)
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def listening(self) -> bool:
        """Whether the broker delivers all that was asked for."""
        with self._changed:
            return bool(self.connected and self._topics and not self.trouble and not self._asked)

    def subscribe(self, topics: Iterable[str]) -> None:
        """Asks for these topics from now on; those that were asked for before cost nothing."""
        with self._changed:
            new = set(topics) - self._topics
            self._topics |= new
            if new and self.connected:
                self._ask(sorted(new))

    def batch(self, timeout: float, most: int = WINDOW) -> list[Received]:
        """Messages that came, in their order; waits up to `timeout` seconds for the first one."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing, timeout)
            found = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self._bytes -= sum(len(one.payload) for one in found)
            self._changed.notify_all()
            return found

    def acknowledge(self, batch: Sequence[Received]) -> None:
        """Tells the broker that these are stored.

        Not those of an earlier connection: the broker delivers them again, perhaps under other numbers.
        """
        with self._changed:
            for one in batch:
                if one.connection == self._connection:
                    self._client.ack(one.number, 1)

    def _ask(self, topics: Sequence[str]) -> None:
        _, number = self._client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in topics])
        self._asked[number] = list(topics)

    def _on_connect(
        self,
        _client: mqtt.Client,
        _data: Any,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Any,
    ) -> None:
        with self._changed:
            if reason.is_failure:
                self._say(f"The broker {self.address} refuses the oracle: {reason}.")
                return
            self.connected, self.trouble = True, ""
            if self._topics:
                self._ask(sorted(self._topics))
        log.info("connected with the broker", extra={"broker": str(self.address)})

    def _on_connect_fail(self, _client: mqtt.Client, _data: Any) -> None:
        with self._changed:
            self._say(f"The broker {self.address} can't be reached.")

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        with self._changed:
            # What was received so far can't be acknowledged any more; see `acknowledge`.
            self._connection += 1
            was, self.connected = self.connected, False
            if was and not self._closing:
                self._say(f"The broker {self.address} is not there: {reason}.")

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, number: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        with self._changed:
            topics = self._asked.pop(number, [])
            refused = [topic for topic, reason in zip(topics, reasons, strict=False) if reason.is_failure]
            if refused:
                self._say(f"The broker {self.address} does not let the oracle read {', '.join(refused)}.")

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or (len(self._waiting) < WINDOW and self._bytes < MOST_BYTES)
            )
            if self._closing:
                return  # not acknowledged, so the broker keeps it
            one = Received(message.topic, bytes(message.payload), message.mid, self._connection)
            self._waiting.append(one)
            self._bytes += len(one.payload)
            self._changed.notify_all()

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.warning(trouble)
        self.trouble = trouble
