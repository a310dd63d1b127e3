"""Reductions behind credits are held against what oracle keys signed, as the registry had them then."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from web3 import Web3
from web3.providers import BaseProvider

from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.contracts.units import UG_PER_TONNE
from tanso.platform.audit.findings import Finding, Severity
from tanso.platform.audit.ledger import audit_ledger

TRUE_UG = 2 * UG_PER_TONNE
FALSE_UG = 3 * UG_PER_TONNE
HEADERS_SEEN = 64
"""Newest blocks of which the indexer looks at each header."""


class LyingNode(BaseProvider):
    """The chain's own node, but for the call data that it tells of transactions."""

    def __init__(self, honest: Any, tell: Callable[[str], str]) -> None:
        super().__init__()
        self._honest = honest
        self._tell = tell

    def make_request(self, method: Any, params: Any) -> Any:
        answer = self._honest.make_request(method, params)
        if method == "eth_getTransactionByHash":
            result = dict(answer["result"])
            return {**answer, "result": {**result, "input": self._tell(result["input"])}}
        return answer


class Lying(Ledger):
    """The ledger with events as the node tells them."""

    tell: Callable[[LedgerEvent], LedgerEvent]

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        return [self.tell(event) for event in super().events(from_block, to_block)]


def more(event: LedgerEvent) -> LedgerEvent:
    """A tonne more than was reduced, all the way to the credits."""
    args = dict(event.args)
    if args.get("reduction_ug") == TRUE_UG:
        args["reduction_ug"] = FALSE_UG
    if event.name == "CreditsIssued":
        args["tonnes"] += 1
    return replace(event, args=args)


def same(told: Any) -> Any:
    return told


@pytest.fixture
def credited(world: Any) -> Any:
    world.enrol(1, 3_000_000)
    world.bundle(1, [world.reduce(1, TRUE_UG)])
    for _ in range(HEADERS_SEEN):
        world.chain.rpc("evm_mine")
    return world


def of_reduction(
    world: Any,
    events: Callable[[LedgerEvent], LedgerEvent] = same,
    calls: Callable[[str], str] = same,
) -> list[Finding]:
    """What does not hold about signatures of reductions, as an audit finds it by way of a node."""
    ledger = Lying(Web3(LyingNode(world.chain.w3.provider, calls)), world.chain.deployment)
    ledger.tell = events
    return [found for found in audit_ledger(ledger).findings if found.slug == "reduction-not-signed"]


def test_nothing_is_found_about_reductions_that_are_signed_and_by_the_rules(credited: Any) -> None:
    found = audit_ledger(credited.chain.ledger).findings
    # The world's businesses have declared what they never charged.
    errors = {item.slug for item in found if item.kind.severity is Severity.ERROR}
    assert errors <= {"declared-not-in-lots"}


def test_a_reduction_raised_in_all_events_is_not_what_its_transaction_says(credited: Any) -> None:
    (found,) = of_reduction(credited, more)
    assert found.message.endswith("says something else than its transaction: reduction_ug.")
    assert found.figures == {"reduction_ug": FALSE_UG, "signed_ug": TRUE_UG}
    assert found.business_id == credited.businesses[1].business_id


def test_a_reduction_raised_in_its_transaction_too_is_signed_by_no_oracle_key(credited: Any) -> None:
    def forged(data: str) -> str:
        return data.replace(f"{TRUE_UG:064x}", f"{FALSE_UG:064x}")

    (found,) = of_reduction(credited, more, forged)
    assert found.message.endswith("has valid signatures of 0 oracle keys in force then; 2 were needed.")


def test_a_reduction_whose_transaction_is_no_call_of_record_is_signed_by_nobody(credited: Any) -> None:
    (found,) = of_reduction(credited, calls=lambda _: "0xdeadbeef")
    assert found.message.endswith("hands nothing in that could be signed.")


def test_signatures_count_only_by_keys_that_the_registry_had_then(credited: Any) -> None:
    """Keys that a node makes up are also none that the registry knows."""
    stranger = credited.businesses[0].account.address

    def other_keys(event: LedgerEvent) -> LedgerEvent:
        if event.name != "OracleKeysChanged":
            return event
        return replace(event, args=event.args | {"keys": (*event.args["keys"][:1], stranger)})

    (found,) = of_reduction(credited, other_keys)
    assert found.figures["signatures"] <= 1
    ledger = Lying(credited.chain.w3, credited.chain.deployment)
    ledger.tell = other_keys
    told = {(item.slug, item.subject) for item in audit_ledger(ledger).findings}
    assert ("state-disagrees", "OracleQuorum") in told


def test_keys_that_came_later_leave_a_reduction_signed(credited: Any) -> None:
    call = credited.chain.ledger.quorum.set_keys([credited.businesses[0].account.address], 1)
    credited.chain.send(call, credited.chain.admin)
    assert of_reduction(credited) == []
