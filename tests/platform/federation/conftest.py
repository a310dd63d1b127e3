"""Four firms on servers of their own, with one ledger between them, as `tanso up --federation` makes them.

firms_told   folder of the network with its story, told once for all workers; to be read, not changed
network      a copy of it, served on loopback; shared by all tests, each of which puts back what it changes
story        IDs of the story's lots, by the part that made them
drive        the last one: the drive units that the assembler shipped to the customer
"""

import asyncio
import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from tanso.oracle.store import reading, writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.demo.federation import FIRMS, build
from tanso.platform.demo.network import Network
from tanso.platform.demo.run import MARKER, clear
from tanso.platform.federation import asking
from tanso.platform.federation.addresses import Server, servers_of
from tanso.platform.federation.connecting import Connections, Unreachable
from tanso.platform.federation.questions import BREAKDOWNS
from tanso.platform.lots.drafts import LotInput

from ...databases import Server as DatabaseServer
from ...databases import copied, on_postgres


@pytest.fixture(scope="session")
def firms_told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "firms"
    with (shared / "firms.lock").open("w") as lock, ExitStack() as stack:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other workers wait until it is told
        if not (folder / MARKER).is_file():
            clear(folder)
            if on_postgres(request):
                server: DatabaseServer = request.getfixturevalue("server")
                build(folder, {part: stack.enter_context(server.new()) for part in FIRMS})
                server.dump(folder)
            else:
                build(folder, dict.fromkeys(FIRMS, ""))
    return folder


@pytest.fixture(scope="session")
def network(
    request: pytest.FixtureRequest, firms_told: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Network]:
    with (
        copied(request, firms_told, tmp_path_factory.mktemp("firms") / "firms") as folder,
        Network.reopen(folder) as found,
        found.serving(),
    ):
        yield found


CLIENT = httpx.Client(verify=False, trust_env=False, timeout=60)


@pytest.fixture(scope="session", autouse=True)
def _connections() -> Iterator[None]:
    with CLIENT:
        yield


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


@pytest.fixture(scope="session")
def story(network: Network) -> dict[str, list[str]]:
    """IDs of the story's lots, by the part that made them."""
    lots: dict[str, list[str]] = json.loads((network.folder / MARKER).read_text("utf-8"))
    return lots


@pytest.fixture(scope="session")
def drive(story: dict[str, list[str]]) -> str:
    return story["assembler"][0]


@contextmanager
def agreed(
    network: Network,
    *agreements: tuple[str, str, int],
    fields: tuple[str, ...] = ("equipment", "materials", "names"),
    **terms: Any,
) -> Iterator[dict[tuple[str, str], str]]:
    """Agreements (provider, receiver, depth) in force while the block runs; their IDs by the parties.

    Proposed, fetched and accepted through the two firms' servers.
    """
    made = {}
    for provider, receiver, depth in agreements:
        given = {
            "receiver_id": network.businesses[receiver].id,
            "fields": list(fields),
            "depth": depth,
            "purpose": "footprint of a product",
            "valid_until": "2100-01-01T00:00:00Z",
        } | terms
        proposed = network.call(provider, "POST", "/v1/agreements", json=given)
        made[provider, receiver] = proposed["terms"]["agreement_id"]
    network.settle_down()
    for (provider, receiver), agreement_id in made.items():
        path = f"/v1/agreements/{agreement_id}"
        fetched = send(network, receiver, "PUT", f"{path}/terms")
        assert fetched.json() == network.call(provider, "GET", path)["terms"]
        network.call(receiver, "POST", f"{path}/acceptance")
    network.settle_down()
    yield made
    for (provider, _), agreement_id in made.items():
        if network.call(provider, "GET", f"/v1/agreements/{agreement_id}")["state"] == "in-force":
            network.call(provider, "POST", f"/v1/agreements/{agreement_id}/withdrawal")
    network.settle_down()


@contextmanager
def moved(network: Network, part: str, url: str) -> Iterator[None]:
    """A firm's server is at another address, as the ledger and all firms know, while the block runs."""
    firm = network.firms[part]
    home, firm.url = firm.url, url
    try:
        network.announce()
        yield
    finally:
        firm.url = home
        network.announce()


@contextmanager
def tampered(network: Network, who: str, lot_id: str, tamper: Callable[..., None] | None) -> Iterator[None]:
    """The inputs of a lot in its producer's database are changed while the block runs.

    :param tamper: changes the inputs; None: one of them is taken out.
    """
    engine = network.firms[who].node.engine
    with writing(engine) as session:
        found = select(LotInput).where(LotInput.lot_id == lot_id).order_by(col(LotInput.id))
        items = list(session.exec(found))
        before = [item.model_dump() for item in items]
        if tamper is None:
            session.delete(items[0])
        else:
            tamper(items)
    try:
        yield
    finally:
        with writing(engine) as session:
            for row in before:
                session.merge(LotInput(**row))


@dataclass
class Asker:
    """The customer's server, which asks the assembler's at whatever address the test says."""

    network: Network
    drive: str

    def ask(self, url: str, *, private: bool = True, ca_file: str = "", **bounds: Any) -> dict[str, Any]:
        """The assembler's answer from `url`; `bounds` as `asking.ask` takes them."""
        asker, asked = self.network.firms["customer"], self.network.firms["assembler"].business
        settings = asker.node.settings.with_changes(servers_ca_file=ca_file)
        with reading(asker.node.engine) as session:
            own = session.get(LocalBusiness, asker.business.id)
            known = servers_of(session, [asked.id])[asked.id]
        assert own is not None
        question = json.dumps({"fields": ["names"], "lots": [{"lot_id": self.drive}]}).encode()

        async def asked_there(server: Server) -> asking.Reply:
            async with Connections.open(settings) as connections:
                return await asking.ask(asker.node, connections, own, server, BREAKDOWNS, question, **bounds)

        reply = asyncio.run(asked_there(replace(known, url=url, private=private)))
        answer: dict[str, Any] = json.loads(reply.body)
        return answer

    def fails(self, url: str, **given: Any) -> str:
        with pytest.raises(Unreachable) as error:
            self.ask(url, **given)
        return error.value.message


@pytest.fixture(scope="session")
def asker(network: Network, drive: str) -> Asker:
    return Asker(network, drive)


@contextmanager
def answering_with(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The address of a server that answers as the test says, after it has read the question."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.question = self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def trace(network: Network, who: str, lot_id: str, **params: int) -> dict[str, Any]:
    """The lots of a search by a firm, by ID."""
    response = send(network, who, "GET", f"/v1/lots/{lot_id}/trace", params=params)
    assert response.status_code == 200, response.text
    return {lot["lot_id"]: lot for lot in response.json()["lots"]}
