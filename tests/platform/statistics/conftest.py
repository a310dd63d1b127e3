"""A market: many producers with lots, as the indexer's rows have them, and the categories they are in.

What the ledger itself brings about is told in tests/platform/api/test_statistics.py; here rules over many
producers and periods are tried.
"""

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from tanso.contracts.units import Unit
from tanso.oracle.store import writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.dictionaries.communities import found_community, set_standing
from tanso.platform.dictionaries.local import Standing
from tanso.platform.dictionaries.terms import add_term
from tanso.platform.lots.drafts import DraftStatus, LotDraft
from tanso.platform.lots.models import BatchRow, LotRow, RestatementRow
from tanso.platform.statistics.consent import contribute
from tanso.platform.statistics.local import StatisticsRelease
from tanso.platform.statistics.releases import release

HASH = "0x" + "00" * 32
PERIOD = 1_000
"""Seconds; period n covers those after n times as many, up to and with its last one."""


@dataclass
class Market:
    """Producers are numbered from 0; each is a registered business."""

    session: Session
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    community_id: str = ""

    def id(self, number: int) -> str:
        return f"0x{number:032x}"

    def origin(self) -> dict[str, object]:
        number = next(self.numbers)
        return {
            "block_number": number,
            "block_time": number,
            "transaction_hash": f"0x{number:064x}",
            "log_index": 0,
        }

    def register(self, producers: int) -> None:
        for number in range(producers):
            row = BusinessRow(
                business_id=self.id(number),
                account=f"0x{number:040x}",
                endpoint_hash=HASH,
                first_endpoint_hash=HASH,
                **self.origin(),
            )
            self.session.add(row)
        self.session.flush()

    def serve(self, producer: int) -> str:
        """Has the producer be one of this node; gives its ID."""
        business_id = self.id(producer)
        row = LocalBusiness(
            business_id=business_id, name=str(producer), account=business_id, secret=bytes(32)
        )
        self.session.add(row)
        self.session.flush()
        return business_id

    def product(self, producer: int, product: str, lot_id: str) -> None:
        """What the producer calls the product that a settled lot is of."""
        draft = LotDraft(
            lot_id=lot_id,
            business_id=self.id(producer),
            local_name=lot_id,
            product=product,
            unit=int(Unit.PIECE),
            status=DraftStatus.SETTLED,
            started_at=1,
        )
        self.session.add(draft)
        self.session.flush()

    def found(self) -> None:
        """A community of the first two producers, both keepers."""
        found = found_community(self.session, self.id(0), "makers", "of parts")
        self.community_id = found.community_id
        for by, standing in ((0, Standing.INVITED), (1, Standing.MEMBER), (0, Standing.KEEPER)):
            set_standing(self.session, self.id(by), self.community_id, self.id(1), standing)

    def term(self, label: str = "parts", unit: Unit = Unit.PIECE) -> str:
        label = f"{label} {next(self.numbers)}"
        return add_term(self.session, self.id(0), label, "all", unit, [self.community_id]).term_id

    def lot(self, producer: int, period: int, co2_ug: int = 1000, good: int = 1, primary_ug: int = 0) -> str:
        """A settled lot of pieces whose batch ended in the period."""
        batch_id, lot_id = self.id(10**9 + next(self.numbers)), self.id(10**9 + next(self.numbers))
        business_id = self.id(producer)
        self.session.add(
            BatchRow(
                batch_id=batch_id,
                business_id=business_id,
                period_start=period * PERIOD,
                period_end=(period + 1) * PERIOD,
                formula_id=HASH,
                co2_ug=co2_ug,
                primary_ug=primary_ug,
                **self.origin(),
            )
        )
        self.session.add(
            LotRow(
                lot_id=lot_id,
                batch_id=batch_id,
                business_id=business_id,
                unit=int(Unit.PIECE),
                co2_ug=co2_ug,
                primary_ug=primary_ug,
                good=good,
                defects=0,
                breakdown_root=HASH,
                **self.origin(),
            )
        )
        self.session.flush()
        return lot_id

    def restate(self, lot_id: str, producer: int, number: int, co2_ug: int) -> None:
        self.session.add(
            RestatementRow(
                lot_id=lot_id,
                number=number,
                business_id=self.id(producer),
                co2_ug=co2_ug,
                primary_ug=0,
                charged_ug=0,
                reason_hash=HASH,
                **self.origin(),
            )
        )
        self.session.flush()

    def offer(self, term_id: str, producers: Collection[int], period: int, co2_ug: int = 1000) -> None:
        """Each of these producers puts a lot of the period into the category."""
        for producer in producers:
            lot_id = self.lot(producer, period, co2_ug=co2_ug * (producer + 1))
            contribute(self.session, self.id(producer), [lot_id], term_id)

    def release(self, term_id: str, first: int, after: int | None = None) -> StatisticsRelease:
        """Of one period, or of all from the first to before the last."""
        end = first + 1 if after is None else after
        return release(self.session, term_id, first * PERIOD, end * PERIOD)


@pytest.fixture
def market(one_store: Engine) -> Iterator[Market]:
    yield from _market(one_store)


@pytest.fixture
def market_on_both(store: Engine) -> Iterator[Market]:
    yield from _market(store)


def _market(engine: Engine) -> Iterator[Market]:
    with writing(engine) as session:
        found = Market(session)
        found.register(20)
        found.found()
        yield found
