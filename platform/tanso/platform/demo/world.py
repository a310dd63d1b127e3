"""The demo's world: an embedded chain on disk, the contracts on it, one node, and nine businesses with
tokens."""

import json
import os
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
    "steel": "Gwangyang Steel",
    "parts": "Asahi Parts",
    "assembler": "Minato Assembly",
    "customer": "Hikari Machines",
    "bakery": "Yamada Bakery",
    "dairy": "Sato Dairy",
    "press": "Ito Press Shop",
    "aggregator": "Mura Solar",
    "buyer": "Kawa Logistics",
}
"""Invented firms, by the part they play."""

TOKENS_FILE = "tokens.json"
CHAIN = "chain"
"""Folder of the chain's state."""

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
    operator: str = field(default="", repr=False)
    """The operator's token, in the world that issued it."""
    businesses: dict[str, Business] = field(default_factory=dict)

    @classmethod
    def create(cls, folder: Path, step: Callable[[str], None]) -> Self:
        """A new world in an empty folder: chain, contracts, database, operator's token. No business yet."""
        chain = Devchain.open(folder / CHAIN)
        w3 = Web3(DevchainProvider(chain))
        keys = dev_accounts(1 + len(BUSINESSES) + ORACLES)
        oracles = [account.address for account in keys[-ORACLES:]]
        step("start a chain and deploy the contracts")
        deploy(w3, keys[0], oracle_keys=oracles, threshold=QUORUM, path=folder / "deployment.json")
        world = cls._open(folder, chain, Settings(data_dir=folder))
        with writing(world.node.engine) as session:
            world.operator = issue_token(session, Role.OPERATOR, label="the story's operator").token
        return world

    @classmethod
    def reopen(cls, folder: Path, *, host: str) -> Self:
        """A world that an earlier call of `create` left in the folder, to be served at `host`.

        :raises SettingsError: when others could reach it, for its keys are public.
        """
        return cls._open(folder, Devchain.open(folder / CHAIN), Settings(data_dir=folder, host=host))

    def keep_tokens(self) -> Path:
        """Writes the tokens to a file that only its owner may read, and gives its path."""
        path = self.folder / TOKENS_FILE
        tokens = {"operator": self.operator} | {firm.name: firm.token for firm in self.businesses.values()}
        write_private(path, json.dumps(tokens, indent=2))
        return path

    @classmethod
    def _open(cls, folder: Path, chain: Devchain, settings: Settings) -> Self:
        keys = dev_accounts(1 + len(BUSINESSES) + ORACLES)
        node = Node.open(
            settings,
            signer=KeyRing(keys[:-ORACLES]),
            oracle_keys=KeyRing(keys[-ORACLES:]),
            provider=DevchainProvider(chain),
        )
        app = create_app(node)
        return cls(folder, chain, node, app, Api(app))

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


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read."""
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
