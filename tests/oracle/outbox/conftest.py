"""Fixtures of the outbox's tests: outboxes that are quick to give up, and an effect that can be counted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from sqlalchemy import Engine
from web3 import Web3

from tanso.contracts.ledger import Call, Ledger
from tanso.oracle.keys import KeyRing
from tanso.oracle.outbox import Outbox, OutboxMessage, Patience

ROLE = 77
"""Granting a role never reverts and leaves an event each time: done twice, it shows."""


@dataclass(frozen=True)
class Grants:
    """Calls by the admin, each with an effect of its own that happens as often as it is sent."""

    ledger: Ledger
    since: int

    def call(self, number: int) -> Call:
        return self.ledger.grant_role(ROLE, self.account(number))

    def account(self, number: int) -> str:
        return str(Web3.to_checksum_address(keccak(text=f"grant {number}")[:20]))

    def counts(self) -> dict[str, int]:
        """How often each account was granted the role."""
        counts: dict[str, int] = {}
        for event in self.ledger.events(self.since, self.ledger.w3.eth.block_number):
            if event.name == "RoleGranted" and event.args["role_id"] == ROLE:
                account = event.args["account"]
                counts[account] = counts.get(account, 0) + 1
        return counts

    def expected(self, *numbers: int) -> dict[str, int]:
        """The counts when each of these was done exactly once, and nothing else."""
        return {self.account(number): 1 for number in numbers}


@pytest.fixture
def grants(request: pytest.FixtureRequest) -> Grants:
    name = next(n for n in ("any_chain", "anvil_chain", "chain") if n in request.fixturenames)
    ledger: Ledger = request.getfixturevalue(name).ledger
    return Grants(ledger, ledger.w3.eth.block_number + 1)


@pytest.fixture
def keys(accounts: list[LocalAccount]) -> KeyRing:
    return KeyRing(accounts[:4])


@pytest.fixture
def make_outbox(keys: KeyRing) -> Callable[..., Outbox]:
    def make(engine: Engine, ledger: Ledger, **options: Any) -> Outbox:
        return Outbox(engine, ledger, keys, **{"patience": Patience(seconds=2, poll_seconds=0.01)} | options)

    return make


@pytest.fixture
def queue_grants(grants: Grants, accounts: list[LocalAccount]) -> Callable[..., list[OutboxMessage]]:
    """Queues grants by their numbers, sent by the admin."""

    def queue(outbox: Outbox, *numbers: int) -> list[OutboxMessage]:
        return [
            outbox.enqueue(
                None,
                key=f"grant:{number}",
                sender=accounts[0].address,
                call=grants.call(number),
                kind="grant",
            )
            for number in numbers
        ]

    return queue
