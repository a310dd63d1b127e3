"""Readings by MQTT: a broker of one's own or Mosquitto run for trying, and the intake behind it.

A meter, gateway or logger publishes readings as JSON (`tanso.oracle.intake.messages`), one or a list, with
quality of service 1 under `tanso/<business ID>/readings`. The intake keeps a persistent session with the
broker and acknowledges a message only after it is durably stored or kept aside: whatever crashes in between,
the broker delivers it again, and then it is a duplicate.
"""

from tanso.oracle.errors import BrokerRefused
from tanso.oracle.mqtt.address import BrokerAddress
from tanso.oracle.mqtt.publisher import publish
from tanso.oracle.mqtt.receiver import Received, Receiver
from tanso.oracle.mqtt.taking import Counts, intake_round, take_messages, topic_of

__all__ = [
    "BrokerAddress",
    "BrokerRefused",
    "Counts",
    "Received",
    "Receiver",
    "intake_round",
    "publish",
    "take_messages",
    "topic_of",
]
