"""Several firms, each with a server, a database and keys of its own, and one ledger between them.

A firm's folder is that of an ordinary node: `tanso serve` takes it as it is. Only the chain is shared, and
the pages on which one firm tells another where its server is.
"""

import json
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from fastapi import FastAPI
from web3 import Web3

from tanso.contracts.deployment import deploy
from tanso.contracts.identity import content_hash
from tanso.devchain import Devchain, DevchainProvider, dev_accounts
from tanso.devchain.server import listen, url_of
from tanso.oracle.keys import create_keystore, load_keystores
from tanso.oracle.store import writing
from tanso.platform.app import create_app
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import issue_token
from tanso.platform.demo.api import Api
from tanso.platform.demo.database import keep
from tanso.platform.demo.world import CHAIN, Business, write_private
from tanso.platform.node import Node
from tanso.platform.settings import Settings

FIRMS_FILE = "firms.json"
PASSWORD_FILE = "password"  # noqa: S105 - the file's name
WORK_FACTOR = 2**10
"""Of the keystores' scrypt: their password is 256 random bits, which nobody tries out."""
GAS_MONEY_WEI = 10**21


@dataclass
class FirmServer:
    """A firm's node with its API, and the tokens of its operator and its business."""

    part: str
    node: Node
    app: FastAPI
    api: Api
    operator: str = field(repr=False)
    business: Business
    url: str = ""


@dataclass
class Network:
    """All firms' servers and the chain. Close it, or use it as a context manager."""

    folder: Path
    chain: Devchain
    firms: dict[str, FirmServer]

    @classmethod
    def create(
        cls, folder: Path, names: Mapping[str, str], step: Callable[[str], None], databases: Mapping[str, str]
    ) -> Self:
        """A new network in an empty folder: chain, contracts, and a registered firm for each part.

        :param databases: URL of each part's database; "" for a file in the firm's folder.
        """
        step("start a chain and deploy the contracts")
        keys = {part: _make_keys(folder / part) for part in names}
        for part in names:
            keep(folder / part, databases[part])
        with Devchain.open(folder / CHAIN) as chain:
            w3 = Web3(DevchainProvider(chain))
            admin = dev_accounts(1)[0]
            _give_money(w3, admin, [account for accounts in keys.values() for account in accounts[:2]])
            # One key of each firm's own oracle, and one of them signs: in a real network others countersign.
            deployment = deploy(
                w3, admin,
                oracle_keys=[oracle for _, _, oracle in keys.values()], threshold=1,
                holders={"REGISTRAR": [operator for operator, _, _ in keys.values()]},
                path=folder / "deployment.json",
            )  # fmt: skip
            for part in names:
                deployment.save(folder / part / "deployment.json")
            step(f"start {len(names)} servers and register their firms")
            firms = {}
            for part, name in names.items():
                account = keys[part][1]
                node = open_node(folder / part, chain)
                with writing(node.engine) as session:
                    token = issue_token(session, Role.OPERATOR, label="the firm's operator").token
                app = create_app(node)
                with Api(app) as api:
                    given = api.call("POST", "/v1/businesses", token, json={"name": name, "account": account})
                node.work()
                node.close()
                firms[part] = {
                    "name": name, "business_id": given["business_id"], "account": account,
                    "token": given["token"], "operator": token, "port": 0,
                }  # fmt: skip
        _keep(folder, firms)
        return cls.reopen(folder)

    @classmethod
    def reopen(cls, folder: Path) -> Self:
        """A network that `create` left in the folder."""
        chain = Devchain.open(folder / CHAIN)
        firms = {}
        for part, kept in json.loads((folder / FIRMS_FILE).read_text("utf-8")).items():
            node = open_node(folder / part, chain)
            app = create_app(node)
            business = Business(kept["business_id"], kept["name"], kept["account"], kept["token"])
            firms[part] = FirmServer(part, node, app, Api(app), kept["operator"], business)
        return cls(folder, chain, firms)

    @property
    def businesses(self) -> dict[str, Business]:
        """The firms by the part they play."""
        return {part: firm.business for part, firm in self.firms.items()}

    def call(self, who: str, method: str, path: str, **request: Any) -> Any:
        """A call of a firm's own API by that firm."""
        firm = self.firms[who]
        return firm.api.call(method, path, firm.business.token, **request)

    def operate(self, who: str, method: str, path: str, **request: Any) -> Any:
        """A call of a firm's API by its operator."""
        firm = self.firms[who]
        return firm.api.call(method, path, firm.operator, **request)

    def settle_down(self) -> None:
        """Sends what waits at any firm and has all index it; a refused transaction stops the story."""
        for firm in self.firms.values():
            for message in firm.node.work():
                if message.error_name:
                    raise RuntimeError(f"{message.what}: {message.error_text}")
        for firm in self.firms.values():
            firm.node.indexer.run()

    @contextmanager
    def serving(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[None]:
        """Serves every firm at an address of its own while the block runs.

        :param port: of the first firm where no earlier one is known; a port that is taken is replaced by a
            free one, as the ledger and the other firms are told the new address.
        """
        from tanso.platform.cli.serving import serving

        with ExitStack() as stack:
            kept = json.loads((self.folder / FIRMS_FILE).read_text("utf-8"))
            for number, (part, firm) in enumerate(self.firms.items()):
                wanted = kept[part]["port"] or (port and port + number)
                listener = stack.enter_context(_listening(host, wanted))
                kept[part]["port"] = listener.getsockname()[1]
                firm.url = url_of(listener)
                stack.enter_context(serving(firm.app, listener))
            _keep(self.folder, kept)
            self.announce()
            yield

    def announce(self) -> None:
        """Has each firm name its server on the ledger, and enter those of the others."""
        for part, firm in self.firms.items():
            path = f"/v1/businesses/{firm.business.id}"
            shown = self.call(part, "GET", path)
            if shown["endpoint_hash"] != content_hash(firm.url.encode()):
                self.call(part, "PUT", f"{path}/endpoint", json={"url": firm.url})
        self.settle_down()
        for part in self.firms:
            for other in self.firms.values():
                if other.part != part:
                    path = f"/v1/servers/{other.business.id}"
                    self.operate(part, "PUT", path, json={"url": other.url})

    def close(self) -> None:
        """Closes all nodes and the chain."""
        for firm in self.firms.values():
            firm.api.close()
            firm.node.close()
        self.chain.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_node(folder: Path, chain: Devchain) -> Node:
    """The node of a firm's folder."""
    password = (folder / PASSWORD_FILE).read_text("utf-8")
    return Node.open(
        Settings(data_dir=folder),
        signer=load_keystores(folder / "keys", password),
        oracle_keys=load_keystores(folder / "oracle-keys", password),
        provider=DevchainProvider(chain),
    )


def _make_keys(folder: Path) -> tuple[str, str, str]:
    """New keys of a firm's operator, business and oracle, encrypted; their addresses."""
    folder.mkdir(mode=0o700)
    password = secrets.token_hex(32)
    write_private(folder / PASSWORD_FILE, password)
    operator, account = (
        create_keystore(folder / "keys", password, account=Account.create(), iterations=WORK_FACTOR)
        for _ in range(2)
    )
    return operator, account, create_keystore(folder / "oracle-keys", password, iterations=WORK_FACTOR)


def _give_money(w3: Web3, giver: LocalAccount, accounts: list[str]) -> None:
    """Test money for gas, from an account of the development chain."""
    first = w3.eth.get_transaction_count(giver.address)
    for nonce, account in enumerate(accounts, start=first):
        signed = giver.sign_transaction(
            {
                "chainId": w3.eth.chain_id, "nonce": nonce, "to": HexStr(account), "value": GAS_MONEY_WEI,
                "gas": 21_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9,
            }
        )  # fmt: skip
        w3.eth.send_raw_transaction(signed.raw_transaction)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    from tanso.devchain import EngineError

    try:
        listener = listen(host, port)
    except EngineError:
        if port == 0:
            raise
        listener = listen(host, 0)
    with listener:
        yield listener


def _keep(folder: Path, firms: Mapping[str, Mapping[str, Any]]) -> None:
    write_private(folder / FIRMS_FILE, json.dumps(firms, indent=2))
