"""broker     a real Mosquitto that runs for the tests of a module."""

from collections.abc import Iterator

import pytest

from tanso.oracle.mqtt.mosquitto import Mosquitto


@pytest.fixture(scope="module")
def broker(mosquitto: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running
