"""A node that gives false events: the audit by way of it says so, and does not end in between."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.platform.audit.findings import Severity
from tanso.platform.audit.ledger import audit_ledger

KG = 10**9
HEADERS_SEEN = 64
"""Newest blocks of which the indexer looks at each header."""
Lie = Callable[[LedgerEvent], Iterator[LedgerEvent]]


class Lying(Ledger):
    """The ledger as a node shows it that changes events on their way."""

    lie: Lie

    def events(self, from_block: int, to_block: int) -> list[LedgerEvent]:
        return [told for event in super().events(from_block, to_block) for told in self.lie(event)]


def errors(world: Any, lie: Lie) -> set[str]:
    ledger = Lying(world.chain.w3, world.chain.deployment)
    ledger.lie = lie
    found = {item.slug for item in audit_ledger(ledger).findings if item.kind.severity is Severity.ERROR}
    return found - {"declared-not-in-lots"}


def less_declared(event: LedgerEvent) -> Iterator[LedgerEvent]:
    """160 where the meters said 200."""
    lower = event.name == "ReportAccepted" and event.args["sequence"] == 1
    yield replace(event, args=event.args | {"declared_ug": 160 * KG}) if lower else event


def batch_twice(event: LedgerEvent) -> Iterator[LedgerEvent]:
    yield event
    if event.name == "BatchSettled":
        yield replace(event, log_index=event.log_index + 60_000)


def no_shipment(event: LedgerEvent) -> Iterator[LedgerEvent]:
    if event.name != "LotShipped":
        yield event


def no_restatement(event: LedgerEvent) -> Iterator[LedgerEvent]:
    if event.name != "LotRestated":
        yield event


def stranger(event: LedgerEvent) -> Iterator[LedgerEvent]:
    """A business that was never registered receives the goods."""
    ship = event.name == "LotShipped"
    yield replace(event, args=event.args | {"to_business_id": "0x" + "ab" * 16}) if ship else event


@pytest.fixture
def told(settling: Any) -> Any:
    settling.report(0)
    settling.settle(0, seconds=800, lots={"steel": (10, 160 * KG, 160 * KG)})
    settling.world.ship("steel", 0, 1, 4)
    settling.world.restate("steel", 0, 1)
    return settling.world


def test_a_new_block_whose_events_are_all_held_back_is_told_by_its_header(told: Any) -> None:
    assert errors(told, no_restatement) == {"events-not-readable"}


def test_each_lie_is_told_by_the_layer_that_it_cannot_get_past(told: Any) -> None:
    # The headers of the newest blocks are looked at by the indexer; beyond them the other layers must do.
    for _ in range(HEADERS_SEEN):
        told.chain.rpc("evm_mine")
    assert errors(told, lambda event: iter([event])) == set()
    assert errors(told, less_declared) == {"report-not-signed"}
    assert errors(told, no_restatement) == {"state-disagrees"}
    assert errors(told, no_shipment) == {"units-disagree", "state-disagrees"}
    assert errors(told, stranger) >= {"unknown-reference", "units-disagree"}
    assert errors(told, batch_twice) == {"events-not-readable"}
