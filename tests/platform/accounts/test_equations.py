"""The account's equations over random ledgers: rows as the indexer writes them, sums reckoned otherwise."""

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, delete

from tanso.contracts.units import Unit
from tanso.contracts.values import ZERO_ADDRESS, ZERO_HASH
from tanso.oracle.store import reading, writing
from tanso.platform.accounts.models import ReportRow
from tanso.platform.accounts.service import accounts
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.indexer.tables import EVENT_TABLES
from tanso.platform.lots.models import (
    ConsumptionRow,
    EquipmentUseRow,
    ExternalUseRow,
    LeftOverRow,
    LotRow,
    MaterialUseRow,
    RestatementRow,
    ShipmentRow,
)

FIRMS = ("a", "b", "c")
END = 100
MASS = st.integers(0, 10**12)


class Ledger:
    """Writes event rows that belong together, and keeps books of its own: who holds which µg of which lot."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.held: dict[tuple[str, str], int] = {}
        self.lots: dict[str, tuple[str, int]] = {}
        self.restated: dict[str, tuple[int, int]] = {}
        self.own = dict.fromkeys(FIRMS, 0)
        """What each firm must have as its own in the end, by the right side of the equation."""
        self.events = 0
        self.time = 0
        for firm in FIRMS:
            self.add(
                BusinessRow,
                business_id=firm,
                account=ZERO_ADDRESS[:-1] + firm,
                first_endpoint_hash=ZERO_HASH,
                endpoint_hash=ZERO_HASH,
            )

    def add(self, table: Any, **fields: Any) -> None:
        self.events += 1
        place = {"block_number": self.events, "block_time": self.time, "log_index": 0}
        self.session.add(table(**place, transaction_hash=f"{self.events:066d}", **fields))

    def held_by(self, firm: str) -> list[str]:
        return sorted(lot for (lot, holder), ug in self.held.items() if holder == firm and ug)

    def take(self, firm: str, part: int) -> tuple[str, int] | None:
        """Some µg of some lot that the firm holds."""
        lots = self.held_by(firm)
        if not lots:
            return None
        lot = lots[part % len(lots)]
        taken = 1 + part % self.held[lot, firm]
        self.held[lot, firm] -= taken
        return lot, taken

    def settle(self, firm: str, external: int, measured: int, above: int) -> None:
        """A batch of what is bought outside, of a machine with a baseline, and of part of a held lot."""
        batch = {"batch_id": f"batch {self.events}", "business_id": firm}
        used = self.take(firm, external)
        total = external + measured + above
        if used is not None:
            self.add(MaterialUseRow, **batch, lot_id=used[0], quantity=1, co2_ug=used[1], primary_ug=0)
            total += used[1]
        self.add(ExternalUseRow, **batch, factor_id="resin", quantity=1, co2_ug=external)
        machine = {"equipment_id": "machine", "record": 0, "activity": 1}
        self.add(EquipmentUseRow, **batch, **machine, co2_ug=measured + above, primary_ug=measured)
        waste = total // 7
        self.add(LeftOverRow, **batch, name="waste", co2_ug=waste, primary_ug=0)
        lot = f"lot {self.events}"
        self.add(
            LotRow, **batch, lot_id=lot, unit=Unit.PIECE, co2_ug=total - waste, primary_ug=0, good=1,
            defects=0, breakdown_root=ZERO_HASH,
        )  # fmt: skip
        self.held[lot, firm] = total - waste
        self.lots[lot] = (firm, total - waste)
        self.own[firm] += waste - measured

    def report(self, firm: str, declared: int) -> None:
        self.add(
            ReportRow, business_id=firm, sequence=self.events, period_start=0, period_end=1,
            formula_id=ZERO_HASH, evidence_root=ZERO_HASH, declared_ug=declared,
        )  # fmt: skip
        self.own[firm] += declared

    def ship(self, firm: str, to: str, part: int) -> None:
        moved = self.take(firm, part)
        if moved is not None:
            lot, ug = moved
            both = {"from_business_id": firm, "to_business_id": to}
            self.add(ShipmentRow, lot_id=lot, **both, quantity=1, co2_ug=ug, primary_ug=0)
            self.held[lot, to] = self.held.get((lot, to), 0) + ug

    def consume(self, firm: str, part: int) -> None:
        used = self.take(firm, part)
        if used is not None:
            lot, ug = used
            self.add(
                ConsumptionRow, lot_id=lot, business_id=firm, quantity=1, co2_ug=ug, primary_ug=0,
                purpose_hash=ZERO_HASH,
            )  # fmt: skip
            self.own[firm] += ug

    def restate(self, firm: str, co2_ug: int) -> None:
        lots = sorted(lot for lot, (maker, _) in self.lots.items() if maker == firm)
        if not lots:
            return
        lot = lots[co2_ug % len(lots)]
        number, before = self.restated.get(lot, (0, 0))
        charged = max(before, co2_ug - self.lots[lot][1])
        self.add(
            RestatementRow, lot_id=lot, business_id=firm, number=number + 1, co2_ug=co2_ug, primary_ug=0,
            charged_ug=charged, reason_hash=ZERO_HASH,
        )  # fmt: skip
        self.restated[lot] = (number + 1, charged)
        self.own[firm] += charged - before


step = st.tuples(
    st.sampled_from(["settle", "settle", "report", "ship", "consume", "restate"]),
    st.sampled_from(FIRMS),
    st.sampled_from(FIRMS),
    MASS,
    MASS,
    MASS,
    st.integers(0, 9),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, max_size=30), cuts=st.sets(st.integers(1, END - 1), max_size=4))
def test_accounts_of_any_ledger_close_to_the_microgram_in_any_periods(
    one_store: Any, steps: list[Any], cuts: set[int]
) -> None:
    with writing(one_store) as session:
        for table in EVENT_TABLES:
            session.exec(delete(table))
        ledger = Ledger(session)
        for kind, firm, other, first, second, third, wait in steps:
            ledger.time = min(END - 1, ledger.time + wait)
            if kind == "settle":
                ledger.settle(firm, first, second, third)
            elif kind == "report":
                ledger.report(firm, first)
            elif kind == "ship":
                ledger.ship(firm, other, first)
            elif kind == "consume":
                ledger.consume(firm, first)
            else:
                ledger.restate(firm, first)

    with reading(one_store) as session:
        whole = list(accounts(session, 0, END))
        parts = [list(accounts(session, *bounds)) for bounds in pairwise([0, *sorted(cuts), END])]
    for account in [*whole, *(account for part in parts for account in part)]:
        own = account.left_over_ug + account.finally_consumed_ug + account.unabsorbed_ug
        assert account.net_ug == own + account.restated_ug
        assert account.baseline_ug >= 0
    for number, account in enumerate(whole):
        firm = account.business_id
        assert account.net_ug == ledger.own[firm]
        assert account.closing_ug == sum(ug for (_, who), ug in ledger.held.items() if who == firm)
        assert account.restated_ug == sum(
            charged for lot, (_, charged) in ledger.restated.items() if ledger.lots[lot][0] == firm
        )
        line = [part[number] for part in parts]
        assert all(before.closing_ug == after.opening_ug for before, after in pairwise(line))
        for figure in ("net_ug", "restated_ug", "baseline_ug", "finally_consumed_ug", "declared_ug"):
            assert sum(getattr(part, figure) for part in line) == getattr(account, figure)
