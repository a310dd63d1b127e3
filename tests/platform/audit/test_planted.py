"""A change of any one event is found: on a real chain with all kinds of carbon events, one planted at a time.

Which layer finds it does not matter: events that do not fit each other, signatures, or the contracts' state.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tanso.contracts.ledger import Ledger, LedgerEvent
from tanso.contracts.units import UG_PER_TONNE
from tanso.platform.audit.books import Books
from tanso.platform.audit.chain import check_restatements, check_state
from tanso.platform.audit.findings import Severity
from tanso.platform.audit.signatures import check_reductions, check_reports

CARBON = {
    ("FactorRegistry", "FactorRegistered"): ("intensity_pg", "valid_from", "valid_until"),
    ("Equipment", "EquipmentBaselineSet"): ("baseline_pg",),
    ("OracleReports", "ReportAccepted"): ("sequence", "period_start", "period_end", "declared_ug"),
    ("OracleReports", "IntensityRegistered"): ("record", "period_start", "period_end", "intensity_pg"),
    ("Lots", "BatchSettled"): ("co2_ug", "primary_ug"),
    ("Lots", "MaterialConsumed"): ("quantity", "co2_ug", "primary_ug"),
    ("Lots", "ExternalUsed"): ("quantity", "co2_ug"),
    ("Lots", "EquipmentUsed"): ("record", "activity", "co2_ug", "primary_ug"),
    ("Lots", "LotCreated"): ("unit", "co2_ug", "primary_ug", "good", "defects"),
    ("Lots", "LeftOverCharged"): ("co2_ug", "primary_ug"),
    ("Lots", "LotShipped"): ("quantity", "co2_ug", "primary_ug"),
    ("Lots", "LotConsumed"): ("quantity", "co2_ug", "primary_ug"),
    ("Lots", "LotRestated"): ("number", "co2_ug", "primary_ug", "charged_ug"),
    ("Credits", "EquipmentEnrolled"): ("baseline_pg", "from"),
    ("Credits", "ReductionRecorded"): ("period_start", "period_end", "reduction_ug", "baseline_pg"),
    ("Credits", "ReductionBundled"): ("reduction_ug",),
    ("Credits", "CreditsIssued"): ("tonnes", "carried_ug"),
    ("Credits", "CreditsRetired"): ("certificate_id", "tonnes"),
    ("OracleQuorum", "OracleKeysChanged"): ("threshold",),
}
"""Events that carbon accounts and credits rest on, and their figures."""


@pytest.fixture
def told(world: Any) -> tuple[Ledger, list[LedgerEvent], dict[int, int]]:
    """A ledger on which all happened that accounts and credits know, its events and its blocks' times."""
    world.settle(0, {"steel": 100, "slag": 7}, resin=1000, seconds=5_000_000, left_over=17)
    world.ship("steel", 0, 1, 33)
    world.enrol(1, 3_000_000)
    world.report(1, 5000)
    world.settle(1, {"part": 4}, materials={"steel": 10}, seconds=500_000, record=1)
    world.ship("steel", 1, 0, 5)
    world.consume("steel", 1, 3)
    world.ship("steel", 0, 2, 70)
    world.restate("steel", 0, 10**12)
    world.restate("steel", 0, 10**11)
    world.bundle(1, [world.reduce(1, 2 * UG_PER_TONNE + 3)])
    world.retire(1, 1)
    ledger = world.chain.ledger
    events = ledger.events(world.chain.deployment.block, world.chain.w3.eth.block_number)
    times = {
        number: int(world.chain.w3.eth.get_block(number)["timestamp"])
        for number in {event.block_number for event in events}
    }
    return ledger, events, times


class Remembering:
    """The ledger's contracts, each question asked once: the chain stands still while events are changed."""

    def __init__(self, part: Any) -> None:
        self._part = part
        self._asked: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name not in self._asked:
            found = getattr(self._part, name)
            plain = found if isinstance(found, dict) else Remembering(found)
            self._asked[name] = cache(found) if callable(found) else plain
        return self._asked[name]


def errors(ledger: Any, events: list[LedgerEvent], times: dict[int, int]) -> list[str]:
    """Slugs of what does not hold; the contracts are asked only if the events fit each other."""
    books = Books()
    books.enter(events, times)
    books.close()
    found = list(books.findings)
    if not found:
        found += check_reports(books, ledger, times, lambda _: None)
        found += check_reductions(books, ledger, times, lambda _: None)
        found += check_restatements(books, ledger, times, lambda _: None)
        found += check_state(books, ledger, 0, lambda _: None)
    return [finding.slug for finding in found if finding.kind.severity is Severity.ERROR]


def changed(events: list[LedgerEvent]) -> Iterator[tuple[str, list[LedgerEvent]]]:
    """Every figure of every event one higher and one lower, and each of these events left out."""
    for place, event in enumerate(events):
        figures = CARBON.get((event.contract, event.name))
        if figures is None:
            continue
        yield f"{event.name} left out", events[:place] + events[place + 1 :]
        for figure in figures:
            for by in (1, -1):
                value = event.args[figure] + by
                if value >= 0:
                    other = replace(event, args=event.args | {figure: value})
                    yield f"{event.name}.{figure} {by:+}", [*events[:place], other, *events[place + 1 :]]


def test_nothing_is_found_on_an_honest_ledger_and_every_planted_change_is(told: Any) -> None:
    ledger, events, times = told
    asked = Remembering(ledger)
    assert errors(asked, events, times) == []
    planted = list(changed(events))
    assert {what.partition(".")[0].partition(" ")[0] for what, _ in planted} == {name for _, name in CARBON}
    assert [what for what, others in planted if not errors(asked, others, times)] == []
