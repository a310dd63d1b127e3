"""Where the broker is, and how to be let in."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tanso.oracle.errors import BrokerRefused

PORTS = {"mqtt": 1883, "mqtts": 8883}
FOREVER = 0xFFFF_FFFF
"""Seconds for which the broker keeps the session, as MQTT 5 writes "for ever"."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """An MQTT 5 broker. Raises BrokerRefused where an address makes no sense."""

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    """Certificates that are trusted instead of the machine's."""

    @classmethod
    def parse(
        cls, url: str, *, user: str = "", password: str = "", ca_file: Path | None = None
    ) -> "BrokerAddress":
        """From `mqtt://HOST[:PORT]`, or `mqtts://…` for TLS; name and password are given apart."""
        hint = "Give mqtt://HOST:PORT, or mqtts://HOST:PORT for TLS."
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme, 0)
        except ValueError as error:
            raise BrokerRefused(f"The broker's address can't be read: {error}.", hint=hint) from error
        if parts.username is not None or parts.password is not None:
            raise BrokerRefused(
                "The broker's address holds a name or password.",
                hint="Set TANSO_MQTT_USER, and TANSO_MQTT_PASSWORD_FILE to a file that holds the password.",
            )
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise BrokerRefused("The broker's address is not of the form mqtt://HOST:PORT.", hint=hint)
        if ca_file is not None and parts.scheme != "mqtts":
            raise BrokerRefused("Certificates are for mqtts://, which asks for them.", hint=hint)
        return cls(parts.hostname, port, parts.scheme == "mqtts", user, password, ca_file)

    def client(self, name: str, *, session: bool) -> mqtt.Client:
        """A client that is not connected yet; with `session` the broker keeps what comes while it is away."""
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5, manual_ack=session
        )
        if self.user:
            client.username_pw_set(self.user, self.password or None)
        if self.tls:
            try:
                context = ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)
            except (OSError, ssl.SSLError) as error:
                raise BrokerRefused(
                    f"The certificates in {self.ca_file} can't be read: {error}.", hint="Give a PEM file."
                ) from error
            client.tls_set_context(context)
        return client

    def connect(self, client: mqtt.Client, *, session: bool, window: int, keepalive: int = 30) -> None:
        """Lets the client connect, and connect again for ever, once its loop runs.

        `window`: most messages that the broker sends before one is acknowledged.
        """
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = FOREVER if session else 0
        properties.ReceiveMaximum = window
        client.connect_async(
            self.host, self.port, keepalive=keepalive, clean_start=not session, properties=properties
        )

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
