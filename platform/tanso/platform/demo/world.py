"""The demo's world: an embedded chain on disk, the contracts on it, one node, and nine businesses with tokens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI
from web3 import Web3

from tanso.contracts.deployment import deploy
from tanso.devchain import Devchain, DevchainProvider, dev_accounts
from tanso.oracle.keys import KeyRing
from tanso.oracle.store import writing
from tanso.platform.app import create_app
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token
from tanso.platform.demo.api import Api
from tanso.platform.node import Node
from tanso.platform.settings import Settings

BUSINESSES = {
    "steel": "Gwangyang Steel Works",
    "parts": "Asahi Parts",
    "assembler": "Minato Assembly",
    "customer": "Hikari Machines",
    "bakery": "Yamada Bakery",
    "dairy": "Sato Dairy",
    "press": "Ito Press Shop",
    "aggregator": "Mura Solar Programme",
    "buyer": "Kawa Logistics",
}
"""Invented firms, by the part they play."""

ORACLES = 3
QUORUM = 2


@dataclass
class Business:
    """One firm of the story: its ID, name, account and the token it calls the API with."""

    id: str
    name: str
    account: str
    token: str = field(repr=False)


@dataclass
class World:
    """Everything the story happens in. Close it, or use it as a context manager."""

    folder: Path
    chain: Devchain
    node: Node
    app: FastAPI
    api: Api
    operator: str
    businesses: dict[str, Business] = field(default_factory=dict)

    @classmethod
    def create(cls, folder: Path, step: Callable[[str], None]) -> Self:
        """A new world in an empty folder: chain, contracts, database, operator's token. No business yet."""
        chain = Devchain.open(folder / "chain")
        w3 = Web3(DevchainProvider(chain))
        keys = dev_accounts(1 + len(BUSINESSES) + ORACLES)
        oracles = [account.address for account in keys[-ORACLES:]]
        deploy(
            w3,
            keys[0],
            oracle_keys=oracles,
            threshold=QUORUM,
            path=folder / "deployment.json",
            on_step=lambda what, number, total: step(f"{what} ({number} of {total})"),
        )
        return cls._open(folder, chain)

    @classmethod
    def reopen(cls, folder: Path) -> Self:
        """A world that an earlier call of `create` left in the folder."""
        return cls._open(folder, Devchain.open(folder / "chain"))

    @classmethod
    def _open(cls, folder: Path, chain: Devchain) -> Self:
        keys = dev_accounts(1 + len(BUSINESSES) + ORACLES)
        node = Node.open(
            Settings(data_dir=folder),
            signer=KeyRing(keys[:-ORACLES]),
            oracle_keys=KeyRing(keys[-ORACLES:]),
            provider=DevchainProvider(chain),
        )
        app = create_app(node)
        with writing(node.engine) as session:
            operator = issue_token(session, Role.OPERATOR, label="the story's operator").token
        return cls(folder, chain, node, app, Api(app), operator)

    def call(self, who: str | None, method: str, path: str, **request: Any) -> Any:
        """A call of the API by a business (its part in the story), the operator, or nobody in particular."""
        token = self.operator if who == "operator" else self.businesses[who].token if who else None
        return self.api.call(method, path, token, **request)

    def settle_down(self) -> None:
        """Sends what waits in the outbox and indexes it; a refused transaction stops the story."""
        for message in self.node.work():
            if message.error_name:
                raise RuntimeError(f"{message.what}: {message.error_text}")

    def close(self) -> None:
        """Closes API client, node and chain."""
        self.api.close()
        self.node.close()
        self.chain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
