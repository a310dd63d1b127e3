"""Far more requests than a node takes, over real sockets: `make bench` does it for longer and with more."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from tanso.devchain.server import listen, url_of
from tanso.platform.api.rates import Limits
from tanso.platform.settings import Settings

from .conftest import Api, Firm

LOAD = Path(__file__).parents[2] / "bench/bench_load.py"
SECONDS = 3


@pytest.fixture
def served(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The node's address, on a socket, with limits that are soon reached."""
    small = Limits(Settings(rate_per_address=10, rate_failures=10))
    monkeypatch.setattr(api.app.state.limits, "addresses", small.addresses)
    monkeypatch.setattr(api.app.state.limits, "failures", small.failures)
    with listen("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(api.app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield url_of(listener)
        server.should_exit = True
        thread.join()


def test_a_flood_is_refused_by_name_and_changes_nothing(api: Api, maker: Firm, served: str) -> None:
    before = api.state()
    command = [sys.executable, LOAD, served, maker.token, str(SECONDS)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    answers = json.loads(ran.stdout)
    assert set(answers) <= {"200", "400", "401", "403", "404", "422", "429"}
    assert answers["429"] > 0
    assert api.state() == before
    other = {"X-Forwarded-For": "192.0.2.1"}
    assert httpx.get(f"{served}/v1/status", headers=other, trust_env=False).status_code == 200
