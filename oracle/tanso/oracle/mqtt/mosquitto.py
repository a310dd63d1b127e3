"""Mosquitto, run as a child process: a broker for trying and for tests, with a store of its own.

    with Mosquitto(folder) as broker:
        broker.address                          # on this machine alone

A factory runs the broker as a service of its own; the settings that count are in `CONFIGURATION`.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from tanso.oracle.errors import BrokerRefused
from tanso.oracle.mqtt.address import BrokerAddress

CONFIGURATION = """\
listener {port} 127.0.0.1
{access}
# What is on its way survives the broker: without a limit on messages, with one on bytes.
persistence true
persistence_location {folder}/
autosave_interval 5
max_queued_messages 0
max_queued_bytes 1073741824
max_inflight_messages 0
max_packet_size 1048576
"""
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
STOPS_WITHIN_S = 10


def find_mosquitto() -> Path:
    """The program: beside this Python, on PATH, or where systems put it. Raises BrokerRefused."""
    beside = Path(sys.executable).with_name("mosquitto")
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), *_FOLDERS))
    found = str(beside) if beside.exists() else shutil.which("mosquitto", path=path)
    if found is None:
        raise BrokerRefused(
            "There is no Mosquitto on this machine.",
            hint="Name your broker in TANSO_MQTT_URL, or install one: `apt-get install mosquitto`; in a "
            "clone of the project `make broker` unpacks it without touching the system.",
        )
    return Path(found)


class Mosquitto:
    """A broker that runs until the block ends. `port` 0 takes a free one. Raises BrokerRefused."""

    def __init__(self, folder: Path, port: int = 0, access: str = "allow_anonymous true") -> None:
        self.folder, self.access = folder, access
        self.address = BrokerAddress("127.0.0.1", port or _free_port())
        self.process: subprocess.Popen[str] | None = None
        self._last: deque[str] = deque(maxlen=20)

    def start(self) -> None:
        """Starts it, or starts it again, and waits until it listens."""
        program = find_mosquitto()
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "mosquitto.conf"
        text = CONFIGURATION.format(port=self.address.port, folder=self.folder.resolve(), access=self.access)
        # As root it would become another user, who can't write here.
        file.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
        self.process = subprocess.Popen(  # noqa: S603 - no shell
            [program, "-c", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._last.append(line.strip())
            if line.rstrip().endswith(" running"):
                threading.Thread(target=self._drain, args=(self.process,), daemon=True).start()
                return
        code = self.process.wait()
        raise BrokerRefused(
            f"Mosquitto ended with code {code}: {' '.join(self._last)[-300:]}", hint="Is its port in use?"
        )

    def stop(self) -> None:
        """Lets it write what it holds, and end."""
        self.end(kill=False)

    def end(self, *, kill: bool) -> None:
        """Ends it, at once with `kill`."""
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(STOPS_WITHIN_S)

    def _drain(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                self._last.append(line.strip())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
