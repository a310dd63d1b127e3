"""A real Chromium for the tests of the pages, and a page that reports whatever goes wrong in it.

`make browser-test` unpacks the browser first (scripts/browser.py). Nothing leaves this machine: no name
resolves inside the browser but 127.0.0.1, and a request for another host fails the test.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

UNPACKED = Path(__file__).parent / "node_modules" / ".chromium"
FLAGS = [
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox does not start
    "--no-zygote",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
TIMEOUT_MS = 10_000


@dataclass
class Watched:
    """A page, and in `problems` what went wrong in it, in the order it happened."""

    page: Page
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.hostname != "127.0.0.1":
            self.problems.append(f"request left this machine: {request.url}")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests of a run."""
    named = os.environ.get("TANSO_CHROMIUM")
    program = Path(named) if named else UNPACKED / "chromium"
    if not program.exists():
        pytest.fail(f"There is no Chromium at {program}: run `make browser-test`.", pytrace=False)
    environment = {"PATH": os.defpath, "HOME": str(tmp_path_factory.mktemp("home"))}
    if not named:
        environment |= {
            "LD_LIBRARY_PATH": str(UNPACKED / "lib"),
            "FONTCONFIG_FILE": str(UNPACKED / "fonts.conf"),
        }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=dict(environment))
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    """A fresh page with its own cookies and storage, whose problems the test looks at itself."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(TIMEOUT_MS)
    yield Watched(context.new_page())
    context.close()


@pytest.fixture
def page(watched: Watched) -> Iterator[Page]:
    """A fresh page; the test fails on any console error or warning, page error or request to another host."""
    yield watched.page
    assert watched.problems == []


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serves an ASGI application on a free port of 127.0.0.1 until the test ends; returns its address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: Any) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        deadline = time.monotonic() + 30
        while not server.started:
            assert thread.is_alive(), "The server stopped while it was starting; its log says why."
            assert time.monotonic() < deadline, "The server did not start within 30 s."
            time.sleep(0.01)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=30)
        assert not thread.is_alive(), "The server did not stop within 30 s."
