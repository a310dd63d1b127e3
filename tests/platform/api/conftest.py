"""A node on the real contracts, its API, and firms that call it as clients over ASGI.

Shared by the tests of a module, as a node is by its users; lots get names of their own.

api      the API of a node whose ledger knows the formulas and a factor; the operator's token
maker    a firm with nothing but a token
second   another one
factory  the white paper's factory: three machines, its day of readings taken, its period closed
"""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import Engine

from tanso.contracts.identity import parse_id
from tanso.oracle.formulas import NAMES
from tanso.oracle.keys import KeyRing
from tanso.oracle.store import reading, writing
from tanso.platform.app import create_app
from tanso.platform.auth.models import Role, Scope
from tanso.platform.auth.principal import EVERYTHING
from tanso.platform.auth.service import issue_token
from tanso.platform.database.tables import METADATA
from tanso.platform.node import Node
from tanso.platform.settings import Settings

SAMPLES = Path(__file__).parents[3] / "samples"
DAY = {"period_start": "2023-01-24T15:00:00Z", "period_end": "2023-01-25T15:00:00Z"}
"""The factory's day in Japan."""
NOON = "2023-01-25T03:00:00Z"
STEEL = {
    "name": "steel-s45c",
    "activity": "steel S45C",
    "value": "0.393",
    "unit": "g/g",
    "publisher": "Industrial Value Chain Initiative",
    "year": "2023",
    "geography": "not stated",
    "basis": "worked example",
    "valid_from": "2020-01-01T00:00:00Z",
    "valid_until": "2040-01-01T00:00:00Z",
}
"""393,000 µg per gram."""

UNLIMITED = dict.fromkeys(("rate_per_address", "rate_per_principal", "rate_failures"), 1_000_000)
"""Tests ask quicker than anybody may; the limits have tests of their own."""


@dataclass
class Firm:
    """A business with its token."""

    name: str
    id: str
    account: str
    token: str
    machines: dict[str, str] = field(default_factory=dict)


@dataclass
class Api:
    """A client of the API. `call` wants success, `refused` wants a problem document of a status."""

    node: Node
    app: FastAPI
    client: AsyncClient
    runner: asyncio.Runner
    operator: str
    steel: str = ""
    free_accounts: Iterator[Any] = field(default_factory=lambda: iter(()))
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def send(self, method: str, path: str, token: str | None = None, **request: Any) -> Response:
        headers = request.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        return self.runner.run(self.client.request(method, path, headers=headers, **request))

    def call(self, method: str, path: str, token: str | None = None, **request: Any) -> Any:
        response = self.send(method, path, token, **request)
        assert response.is_success, response.text
        return response.json() if response.content else None

    def refused(
        self, status: int, kind: str, method: str, path: str, token: str | None = None, **request: Any
    ) -> Any:
        response = self.send(method, path, token, **request)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
        assert problem["type"] == f"urn:tanso:problem:{kind}", problem
        assert problem["status"] == status
        assert problem["instance"] == path.partition("?")[0]
        assert problem["title"]
        assert problem["detail"]
        assert problem["hint"]
        return problem

    def work(self) -> None:
        """Sends all transactions and indexes them; none may be refused."""
        assert [message.error_text for message in self.node.work() if message.error_name] == []

    def token(self, role: Role, firm: Firm | None = None, *, scopes: frozenset[Scope] = EVERYTHING) -> str:
        with writing(self.node.engine) as session:
            return issue_token(session, role, firm and firm.id, label="test", scopes=scopes).token

    def firm(self, name: str, *, aggregator: bool = False) -> Firm:
        account = next(self.free_accounts).address
        body = {"name": name, "account": account, "aggregator": aggregator}
        given = self.call("POST", "/v1/businesses", self.operator, json=body)
        return Firm(name, parse_id(given["business_id"]), account, given["token"])

    def equip(self, firm: Firm, **units: str) -> None:
        for name, unit in units.items():
            given = self.call("POST", "/v1/equipment", firm.token, json={"name": name, "unit": unit})
            firm.machines[name] = given["equipment_id"]

    def lot(self, firm: Firm, name: str, unit: str = "pc", started_at: str = DAY["period_start"]) -> str:
        number = next(self.numbers)
        body = {"name": f"{name} {number}", "product": name, "unit": unit, "started_at": started_at}
        return str(self.call("POST", "/v1/lots", firm.token, json=body)["lot_id"])

    def use_steel(self, firm: Firm, lot_id: str, value: str = "1", unit: str = "kg") -> Any:
        body = {"factor_id": self.steel, "consumption": amount(value, unit), "at": NOON}
        return self.call("POST", f"/v1/lots/{lot_id}/material-uses", firm.token, json=body)

    def complete(self, firm: Firm, lot_id: str, good: str, unit: str = "pc", **more: Any) -> Any:
        body = {"good": amount(good, unit), "completed_at": DAY["period_end"], **more}
        return self.call("POST", f"/v1/lots/{lot_id}/completion", firm.token, json=body)

    def steel_lot(self, firm: Firm, name: str, good: str = "100") -> str:
        """A settled lot of so many pieces from one kilogram of steel: 393 g of CO2e."""
        lot_id = self.lot(firm, name)
        self.use_steel(firm, lot_id)
        self.complete(firm, lot_id, good)
        self.work()
        return lot_id

    def propose(self, provider: Firm, receiver: Firm, *fields: str, **more: Any) -> str:
        """A proposal on the ledger; of all lots and fields until 2100 where nothing else is said."""
        given = {
            "receiver_id": receiver.id,
            "fields": list(fields) or ["equipment", "materials", "names"],
            "purpose": "own footprint",
            "valid_until": "2100-01-01T00:00:00Z",
        }
        answer = self.call("POST", "/v1/agreements", provider.token, json=given | more)
        self.work()
        return str(answer["terms"]["agreement_id"])

    def step(self, firm: Firm, agreement_id: str, step: str) -> Any:
        """`acceptance`, `withdrawal`, `deletion-demand` or `deletion`, on the ledger."""
        answer = self.call("POST", f"/v1/agreements/{agreement_id}/{step}", firm.token)
        self.work()
        return answer

    def agree(self, provider: Firm, receiver: Firm, *fields: str, **more: Any) -> str:
        """An agreement in force, as `propose` makes them."""
        agreement_id = self.propose(provider, receiver, *fields, **more)
        self.step(receiver, agreement_id, "acceptance")
        return agreement_id

    def state(self) -> Any:
        """Every row of every table, and the newest block: equal before and after if nothing changed."""
        return all_rows(self.node.engine), self.node.w3.eth.get_block("latest")["hash"]


def amount(value: str, unit: str) -> dict[str, str]:
    return {"value": value, "unit": unit}


def all_rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with reading(engine) as session:
        return {
            name: sorted((tuple(row) for row in session.execute(table.select())), key=repr)
            for name, table in METADATA.tables.items()
        }


@pytest.fixture(scope="module")
def api(
    _devchain: Any, oracle_keys: KeyRing, tmp_path_factory: pytest.TempPathFactory, database_url: str
) -> Iterator[Api]:
    chain = _devchain
    snapshot = chain.rpc("evm_snapshot")
    signer = KeyRing(chain.accounts)
    with Node.open(
        Settings(data_dir=tmp_path_factory.mktemp("node"), database_url=database_url, **UNLIMITED),
        signer=signer,
        oracle_keys=oracle_keys,
        provider=chain.w3.provider,
        deployment=chain.deployment,
    ) as node:
        app = create_app(node)
        transport = ASGITransport(app, raise_app_exceptions=False)
        client = AsyncClient(transport=transport, base_url="http://node")
        with writing(node.engine) as session:
            operator = issue_token(session, Role.OPERATOR, label="test").token
        runner = asyncio.Runner()
        found = Api(node, app, client, runner, operator, free_accounts=iter(chain.accounts[1:]))
        for name in NAMES:
            if not name.endswith("@1"):
                found.work()
            found.call("POST", "/v1/formulas", operator, json={"name": name})
        found.steel = found.call("POST", "/v1/factors", operator, json=STEEL)["factor_id"]
        found.work()
        yield found
        runner.run(client.aclose())
        runner.close()
    assert chain.rpc("evm_revert", snapshot)


@pytest.fixture(scope="module")
def maker(api: Api) -> Firm:
    firm = api.firm("maker")
    api.work()
    return firm


@pytest.fixture(scope="module")
def second(api: Api) -> Firm:
    firm = api.firm("second")
    api.work()
    return firm


@pytest.fixture(scope="module")
def factory(api: Api) -> Firm:
    firm = api.firm("factory")
    api.work()
    api.equip(firm, furnace="s", nc="s", assembly="s")
    api.work()
    equipment = [
        ("furnace", "heating furnace", {"electricity": ("30", "kW"), "distributed gas": ("10", "Nm3/min")}),
        ("nc", "NC machine", {"electricity": ("10", "kW")}),
        ("assembly", "assembly line", {"electricity": ("0.5", "kW")}),
    ]
    site = {
        "zone": "+09:00",
        "energies": [
            {"energy": "electricity", "factor": "electricity-tepco-2021", "devices": ["main meter"]},
            {"energy": "distributed gas", "factor": "distributed-gas-ctn-2023", "devices": ["gas meter"]},
        ],
        "equipment": [
            {
                "equipment_id": firm.machines[name],
                "activity_devices": [device],
                "performance": {energy: amount(*power) for energy, power in performance.items()},
            }
            for name, device, performance in equipment
        ],
    }
    assert api.call("PUT", "/v1/site", firm.token, json=site)["version"] == 1
    hand_in(api, firm, "factory-day")
    api.call("POST", "/v1/equipment-intensities", firm.token, json=DAY)
    api.work()
    return firm


def hand_in(api: Api, firm: Firm, sample: str, content: bytes | None = None, **form: str) -> Any:
    file = (f"{sample}.csv", content if content is not None else (SAMPLES / f"{sample}.csv").read_bytes())
    layout = (SAMPLES / f"{sample}.toml").read_text("utf-8")
    return api.call("POST", "/v1/readings", firm.token, files={"file": file}, data={"layout": layout, **form})
