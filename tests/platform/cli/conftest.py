"""`tanso`, in this process where that is the same, as a process of its own where it is not.

tanso    runs a command to its end, in this process: the same `main`, without the second that imports take
process  the same as a process of its own, as users have it
start    starts a command that serves, and gives it once it has told its address
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import httpx
import pytest

from tanso.platform.cli import main

TANSO = Path(sys.executable).with_name("tanso")
URL = re.compile(r"http://[^\s/]+:\d+")
STOPS_WITHIN_S = 15

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(changes: dict[str, str]) -> dict[str, str]:
    """This process's, without settings of its own, and wide enough that no line is broken."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TANSO_")}
    return kept | {"COLUMNS": "200", "PYTHONWARNINGS": "default"} | changes


@pytest.fixture
def tanso(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Run:
    elsewhere = tmp_path_factory.mktemp("cwd")

    def run(*arguments: object, **changes: str) -> "subprocess.CompletedProcess[str]":
        words = ["tanso", *map(str, arguments)]
        out, errors, code = StringIO(), StringIO(), 0
        with (
            monkeypatch.context() as patch,
            redirect_stdout(out),
            redirect_stderr(errors),
            Path(os.devnull).open() as nothing,
        ):
            patch.chdir(elsewhere)
            patch.setattr(sys, "argv", words)
            patch.setattr(sys, "stdin", nothing)
            for name in os.environ.keys() - environment({}).keys():
                patch.delenv(name)
            for name, value in environment(changes).items():
                patch.setenv(name, value)
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
        return subprocess.CompletedProcess(words, code, out.getvalue(), errors.getvalue())

    return run


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Run:
    elsewhere = tmp_path_factory.mktemp("cwd")

    def run(*arguments: object, **changes: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [TANSO, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=elsewhere,
            env=environment(changes),
            stdin=subprocess.DEVNULL,
        )

    return run


@dataclass
class Serving:
    """A running command that serves."""

    process: "subprocess.Popen[str]"
    url: str
    took_s: float
    said: list[str] = field(default_factory=list)

    def post(self, path: str, method: str, *params: object) -> object:
        """A JSON-RPC request; gives its result."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = httpx.post(self.url + path, json=request, trust_env=False).json()
        assert "error" not in answer, answer
        return answer["result"]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False)

    def stop(self, number: int = signal.SIGINT) -> tuple[int, float]:
        """Sends a signal; gives the exit code and the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        out, _ = self.process.communicate(timeout=STOPS_WITHIN_S)
        self.said += out.splitlines()
        return self.process.returncode, time.monotonic() - began


Start = Callable[..., Serving]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []
    errors = tmp_path / "stderr"

    def begin(*arguments: object, **changes: str) -> Serving:
        began = time.monotonic()
        with errors.open("a") as file:
            process = subprocess.Popen(
                [TANSO, *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                cwd=tmp_path,
                env=environment(changes),
            )
        running.append(process)
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line.rstrip())
            if found := URL.search(line):
                return Serving(process, found[0], time.monotonic() - began, said)
        raise AssertionError(f"{process.wait()}: {errors.read_text()}")

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()
    told = errors.read_text() if errors.exists() else ""
    assert "Traceback" not in told
    assert "Warning" not in told
