"""A real Mosquitto, as `make broker` provides it.

broker     one that runs, for the tests of a module
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tanso.oracle.mqtt.mosquitto import Mosquitto

SCRIPT = Path(__file__).parents[3] / "scripts" / "mosquitto.py"


@pytest.fixture(scope="session")
def mosquitto() -> None:
    """Fails, with what to do, where no broker can be had."""
    ran = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True)
    if ran.returncode:
        pytest.fail(ran.stderr, pytrace=False)


@pytest.fixture(scope="module")
def broker(mosquitto: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running
