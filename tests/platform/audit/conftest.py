"""Batches with masses of one's own choosing on the shared world, and the audit of what came of them."""

from collections.abc import Callable
from typing import Any

import pytest

from tanso.contracts.identity import content_hash
from tanso.contracts.units import Unit
from tanso.contracts.values import Batch, EquipmentUse, LeftOver, MaterialUse, NewLot
from tanso.platform.audit.findings import Finding
from tanso.platform.audit.ledger import LedgerAudit, audit_ledger

KG = 10**9
"""µg in a kilogram."""
HEAVY_PG = 2 * 10**14
"""200 g/s: a report of the world, which has 1,000 s, comes to 200 kg."""

Audit = Callable[..., LedgerAudit]
Only = Callable[..., list[Finding]]


class Settling:
    """Settles batches of a business on the world's chain."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.count = 0

    def report(self, business: int, declared_kg: int = 200) -> int:
        """A report at 200 g/s of the machine; gives its record."""
        self.world.report(business, declared_kg * KG, HEAVY_PG)
        return int(self.world.chain.ledger.reports.next_sequence(self.id_of(business))) - 1

    def id_of(self, business: int) -> str:
        return str(self.world.businesses[business].business_id)

    def batch(
        self,
        business: int,
        *,
        record: int = 1,
        seconds: int = 0,
        materials: dict[str, int] | None = None,
        lots: dict[str, tuple[int, int, int]] | None = None,
        left_over: tuple[int, int] = (0, 0),
    ) -> Batch:
        """A batch in a report's time; lots: (good pieces, µg, µg primary), left over: (µg, µg primary)."""
        world, self.count = self.world, self.count + 1
        end = world.period[1]
        return Batch(
            batch_id=world.id("batch", f"settling {self.count}"),
            period_start=end + 1000 * (record - 1),
            period_end=end + 1000 * record,
            formula_id=content_hash(b"formula"),
            materials=tuple(MaterialUse(world.lot(name), n) for name, n in (materials or {}).items()),
            externals=(),
            equipment=(EquipmentUse(world.businesses[business].machine_id, record, seconds),)
            if seconds
            else (),
            lots=tuple(
                NewLot(world.lot(name), Unit.PIECE, co2, primary, good, 0, content_hash(name.encode()))
                for name, (good, co2, primary) in (lots or {}).items()
            ),
            left_overs=(LeftOver("waste", *left_over),) if left_over[0] else (),
        )

    def settle(self, business: int, **batch: Any) -> Batch:
        made = self.batch(business, **batch)
        self.world.send(self.world.chain.ledger.lots.settle(made), business)
        return made


@pytest.fixture
def settling(world: Any) -> Settling:
    return Settling(world)


@pytest.fixture
def audit(world: Any) -> Audit:
    def audit(**options: Any) -> LedgerAudit:
        return audit_ledger(world.chain.ledger, **options)

    return audit


@pytest.fixture
def only(audit: Audit) -> Only:
    """The findings of one kind, perhaps about one subject."""

    def only(slug: str, subject: str | None = None, **options: Any) -> list[Finding]:
        return [
            finding
            for finding in audit(**options).findings
            if finding.slug == slug and subject in (None, finding.subject)
        ]

    return only
