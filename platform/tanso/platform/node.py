"""A node: one database, one chain, and the parts that move data round the circle between them.

    with Node.open(settings, signer=signer) as node:      # a JSON-RPC node at settings.rpc_url
        ...
        node.work()                                       # drain the outbox, index, until both are quiet

In process, with no server and no port, give `provider` and `deployment` instead.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from web3 import HTTPProvider, Web3
from web3.providers import BaseProvider

from tanso.contracts.deployment import Deployment
from tanso.contracts.identity import content_hash
from tanso.contracts.ledger import Ledger
from tanso.oracle.keys import ExternalSigner, KeyRing, load_keystores
from tanso.oracle.outbox import FeePolicy, Finality, Outbox, OutboxMessage
from tanso.oracle.outbox.fees import GWEI
from tanso.oracle.quorum import Peers
from tanso.oracle.service import Oracle
from tanso.oracle.store import open_store, reading, utc_now, writing
from tanso.platform.businesses.local import secret_of
from tanso.platform.database import prepare
from tanso.platform.federation.connecting import trusted
from tanso.platform.indexer.service import Indexer
from tanso.platform.lots.drafts import Settlement
from tanso.platform.lots.settlement import follow_up
from tanso.platform.policies.service import Settler
from tanso.platform.settings import Settings, listed

MAX_ROUNDS = 1000
"""Rounds of `Node.work` before it gives up hoping for quiet."""


@dataclass(slots=True)
class Node:
    """All parts of a node. Build one with `open`."""

    settings: Settings
    engine: Engine
    w3: Web3
    ledger: Ledger
    signer: KeyRing
    outbox: Outbox
    oracle: Oracle
    indexer: Indexer
    clock: Callable[[], int] = utc_now
    """The time in Unix seconds, by which batches become due."""
    listeners: list[Callable[[], None]] = field(default_factory=list)
    """Called after each round of `work`, at least once: they bring the owner's tables up to date.

    So what a crash left undone between chain and tables is made good by the next `work`.
    """

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        signer: KeyRing,
        oracle_keys: KeyRing | None = None,
        provider: BaseProvider | None = None,
        deployment: Deployment | None = None,
    ) -> Self:
        """Opens the database (creating tables), the chain and the contracts.

        :param signer: keys of the accounts that send: the businesses', the registrar's.
        :param oracle_keys: keys that sign reports and reductions; none on a node that has no oracle of its
        own. :param provider: the chain; default: JSON-RPC at `settings.rpc_url`. :param deployment: the
        contracts; default: the settings' deployment file. :raises SettingsError: when a public secret is used
        where others reach the node, or the certificates to trust can't be read.
        :raises DeploymentError: when the deployment does not fit the chain.
        """
        if settings.servers_ca_file:
            trusted(settings)
        attesting = oracle_keys or KeyRing()
        settings.refuse_known_secrets((*signer.addresses, *attesting.addresses))
        w3 = Web3(provider or HTTPProvider(settings.rpc_url))
        contracts = deployment or Deployment.load(settings.path_of(settings.deployment_file))
        contracts.check(w3)
        ledger = Ledger(w3, contracts)
        engine = open_store(settings.database)
        prepare(engine)
        outbox = Outbox(
            engine,
            ledger,
            signer,
            fees=FeePolicy(cap_wei=settings.fee_cap_gwei * GWEI),
            finality=Finality(settings.confirmations, settings.finality_blocks),
        )
        node = cls(
            settings=settings,
            engine=engine,
            w3=w3,
            ledger=ledger,
            signer=signer,
            outbox=outbox,
            oracle=_oracle(engine, ledger, outbox, attesting, settings.peers),
            indexer=indexer_of(settings, engine, ledger),
        )
        node.listeners.append(node._follow_up)
        return node

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """A node on the settings' chain, with the keys of the settings' folders and external signer.

        A node without oracle keys attests nothing itself. The signer is not asked before it has to sign.

        :raises KeystoreError: when a folder holds no key, or the password is wrong.
        """
        external = ExternalSigner(settings.signer_url)

        def ring(folder: Path, held: str, *, needed: bool) -> KeyRing:
            path, keys = settings.path_of(folder), external.ring(listed(held))
            if path.is_dir() or (needed and not keys):
                return load_keystores(path, settings.key_password) | keys
            return keys

        return cls.open(
            settings,
            signer=ring(settings.keys_dir, settings.signer_accounts, needed=True),
            oracle_keys=ring(settings.oracle_keys_dir, settings.signer_oracle_keys, needed=False),
        )

    def settle_due(self) -> list[Settlement]:
        """Puts batches that are due by their business's policy into the outbox; gives what it queued."""
        return Settler(self.engine, self.ledger, self.outbox, self.clock()).settle_due()

    def _follow_up(self) -> None:
        with writing(self.engine) as session:
            follow_up(session)

    def work(self) -> list[OutboxMessage]:
        """Settles what is due, sends what is in the outbox and indexes the chain, until nothing moves.

        Gives the outbox messages that were confirmed or parked meanwhile.
        """
        done: list[OutboxMessage] = []
        for _ in range(MAX_ROUNDS):
            self.settle_due()
            drained = self.outbox.drain()
            indexed = self.indexer.run()
            done += drained
            for listener in self.listeners:
                listener()
            if not drained and not indexed:
                break
        return done

    def close(self) -> None:
        """Gives the database connections back."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def indexer_of(settings: Settings, engine: Engine, ledger: Ledger) -> Indexer:
    """What fills the read model of a node's database from the events of these contracts."""
    return Indexer(
        engine,
        ledger,
        ledger.w3,
        deployment=_fingerprint(ledger.deployment),
        start_block=ledger.deployment.block,
        max_range=settings.index_range,
        finality_blocks=settings.finality_blocks,
    )


def _fingerprint(deployment: Deployment) -> str:
    """Hash that stands for this chain and these contracts."""
    named = {"chain_id": deployment.chain_id, "addresses": dict(deployment.addresses)}
    return content_hash(json.dumps(named, sort_keys=True).encode())


def _oracle(engine: Engine, ledger: Ledger, outbox: Outbox, keys: KeyRing, peers: tuple[str, ...]) -> Oracle:
    """The node's oracle.

    Anyone may send a report, the signatures decide: the ledger's admin does if it is here.
    """

    def secret(business_id: str) -> bytes:
        with reading(engine) as session:
            return secret_of(session, business_id)

    signer, admin = outbox.signer, ledger.deployment.admin
    sender = admin if admin in signer else next(iter(signer.addresses), admin)
    return Oracle(
        engine,
        ledger,
        outbox,
        keys,
        sender=sender,
        secret_of=secret,
        peers=Peers(peers) if peers else None,
    )
