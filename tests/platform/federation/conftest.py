"""Four firms on servers of their own, with one ledger between them, as `tanso up --federation` makes them.

firms_told   folder of the network with its story, told once for all workers; to be read, not changed
network      a copy of it, served on loopback; shared by the tests of a module
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tanso.platform.demo.federation import build
from tanso.platform.demo.network import Network
from tanso.platform.demo.run import MARKER


@pytest.fixture(scope="session")
def firms_told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "firms"
    with (shared / "firms.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other workers wait until it is told
        if not (folder / MARKER).is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
    return folder


@pytest.fixture(scope="module")
def network(firms_told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = Path(shutil.copytree(firms_told, tmp_path_factory.mktemp("firms") / "firms"))
    with Network.reopen(folder) as found, found.serving():
        yield found


CLIENT = httpx.Client(verify=False, trust_env=False, timeout=60)


def send(
    network: Network, who: str, method: str, path: str, *, operator: bool = False, **request: Any
) -> Any:
    """A request to a firm's server over HTTP, as that firm or its operator; the raw response."""
    firm = network.firms[who]
    token = firm.operator if operator else firm.business.token
    headers = {"Authorization": f"Bearer {token}"} | request.pop("headers", {})
    return CLIENT.request(method, firm.url + path, headers=headers, **request)


def refused(response: httpx.Response, status: int, kind: str) -> Any:
    """The problem document of a response that must be this refusal."""
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"urn:tanso:problem:{kind}"), problem
    assert problem["hint"]
    return problem
