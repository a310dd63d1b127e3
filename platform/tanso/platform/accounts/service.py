"""Carbon accounts: what a business held, received, emitted and shipped in a period, from ledger events alone.

Time is the ledger's: an event belongs to the period in which its block was made. All masses are whole µg
CO2e.

    opening + inflow + declared + baseline + restated − outflow − closing = net

- opening, closing: CO2 of the lots held when the period began and ended;
- inflow: CO2 of parts of lots received, and of external materials used (by registered factor);
- declared: Scope 1 and 2 by the oracle reports accepted in the period;
- baseline: what batches were charged for own equipment above what was measured, as its reductions were given
  away to a credit programme: this CO2 comes in with them and goes out with the lots;
- restated: how much the charge of own lots for restatements rose. A lot's charge is the most that any
  restatement said it should carry above what it was settled with: it never falls;
- outflow: CO2 of parts of lots shipped to other businesses;
- net: what stays with the business as its own.

Why net is what it is. The ledger settles a batch only if what goes in comes out, and charges equipment what
was measured, plus what its baseline adds:

    consumed + external + equipment = made + left over
    equipment = metered + baseline

and what a business holds changes by what it makes, consumes, receives and ships; some it consumes finally, in
no batch:

    closing = opening + made − consumed − finally consumed + received − shipped

Put together, with `unabsorbed` = declared − metered for the declared emissions that no batch was charged
with:

    net = left over + finally consumed + unabsorbed + restated

to the microgram. `baseline` cancels out: who gave a reduction away has the net that it has without, and lots
that carry more. A firm that charges its lots less than it declared sees the rest here as its own, one that
uses goods up keeps their CO2, and one whose lots turn out to carry too little bears the difference; a lot
that carries too much gives nothing back. `unabsorbed` is negative when batches were charged with equipment
use that is declared in another period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from tanso.oracle.store import exact_sum
from tanso.platform.accounts.models import ReportRow
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import BadInput, NotFound
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


@dataclass(frozen=True, slots=True)
class CarbonAccount:
    """The carbon account of one business for ledger times in [start, end), in µg CO2e."""

    business_id: str
    start: int
    end: int
    opening_ug: int
    received_ug: int
    external_ug: int
    declared_ug: int
    restated_ug: int
    """How much the charge of its lots for restatements rose."""
    outflow_ug: int
    closing_ug: int
    made_ug: int
    """CO2 of the lots that the business made."""
    consumed_ug: int
    """CO2 of held lots that went into its batches."""
    equipment_ug: int
    """CO2 that its batches were charged with for the use of its equipment."""
    metered_ug: int
    """The part of that which was measured."""
    finally_consumed_ug: int
    """CO2 of parts of lots that it consumed for good, in no batch."""
    left_overs: dict[str, int]
    """CO2 that its batches left to its own account, by name."""

    @property
    def inflow_ug(self) -> int:
        """Parts of lots received and external materials used."""
        return self.received_ug + self.external_ug

    @property
    def baseline_ug(self) -> int:
        """What its batches were charged above what was measured: its reductions are others' by now."""
        return self.equipment_ug - self.metered_ug

    @property
    def net_ug(self) -> int:
        """The business's own net emissions, by the equation of the module."""
        came = self.opening_ug + self.inflow_ug + self.declared_ug + self.baseline_ug + self.restated_ug
        return came - self.outflow_ug - self.closing_ug

    @property
    def left_over_ug(self) -> int:
        """All left-overs together."""
        return sum(self.left_overs.values())

    @property
    def unabsorbed_ug(self) -> int:
        """Declared emissions that no batch was charged with; may be negative."""
        return self.declared_ug - self.metered_ug


def account_of(session: Session, business_id: str, start: int, end: int) -> CarbonAccount:
    """The carbon account of a business for ledger times in [start, end), Unix seconds.

    Takes time in proportion to the business's events before `end`.

    :raises NotFound: when no such business is registered.
    :raises BadInput: when the period is empty.
    """
    if start >= end:
        raise BadInput(
            f"The period from {start} to {end} is empty.", "Give an end after the start.", slug="empty-period"
        )
    if session.get(BusinessRow, business_id) is None:
        raise NotFound(f"No business {business_id} is registered.", "Check the ID.")

    def flow(amount: Any, whose: Any, *more: Any) -> _Flow:
        return _flow(session, start, end, col(amount), col(whose) == business_id, *more)

    giver, taker = col(ShipmentRow.from_business_id), col(ShipmentRow.to_business_id)
    made = flow(LotRow.co2_ug, LotRow.business_id)
    consumed = flow(MaterialUseRow.co2_ug, MaterialUseRow.business_id)
    used_up = flow(ConsumptionRow.co2_ug, ConsumptionRow.business_id)
    # What a business sends to itself comes in as little as it goes out.
    received = flow(ShipmentRow.co2_ug, taker, giver != taker)
    shipped = flow(ShipmentRow.co2_ug, giver, giver != taker)
    restated = [charge for time, charge in _restated(session, business_id) if start <= time < end]
    left_overs = session.exec(
        select(col(LeftOverRow.name), exact_sum(col(LeftOverRow.co2_ug)))
        .where(
            LeftOverRow.business_id == business_id,
            col(LeftOverRow.block_time) >= start,
            col(LeftOverRow.block_time) < end,
        )
        .group_by(col(LeftOverRow.name))
        .order_by(col(LeftOverRow.name))
    )
    return CarbonAccount(
        business_id=business_id,
        start=start,
        end=end,
        opening_ug=made.before + received.before - consumed.before - used_up.before - shipped.before,
        received_ug=received.within,
        external_ug=flow(ExternalUseRow.co2_ug, ExternalUseRow.business_id).within,
        declared_ug=flow(ReportRow.declared_ug, ReportRow.business_id).within,
        restated_ug=sum(restated),
        outflow_ug=shipped.within,
        closing_ug=made.until + received.until - consumed.until - used_up.until - shipped.until,
        made_ug=made.within,
        consumed_ug=consumed.within,
        equipment_ug=flow(EquipmentUseRow.co2_ug, EquipmentUseRow.business_id).within,
        metered_ug=flow(EquipmentUseRow.primary_ug, EquipmentUseRow.business_id).within,
        finally_consumed_ug=used_up.within,
        left_overs=dict(left_overs.all()),
    )


def accounts(session: Session, start: int, end: int) -> Iterator[CarbonAccount]:
    """The carbon accounts of all registered businesses, in the order of their registration."""
    registered = select(BusinessRow.business_id).order_by(
        col(BusinessRow.block_number), col(BusinessRow.log_index)
    )
    for business_id in session.exec(registered).all():
        yield account_of(session, business_id, start, end)


@dataclass(frozen=True, slots=True)
class _Flow:
    """Sums before a period and within it, µg CO2e."""

    before: int
    within: int

    @property
    def until(self) -> int:
        return self.before + self.within


def _flow(session: Session, start: int, end: int, amount: Any, *where: Any) -> _Flow:
    """Adds up an amount over rows before `end`, in the database: there may be hundreds of thousands."""
    time = col(amount.class_.block_time)
    before = (time < start).label("before")
    found = session.exec(select(before, exact_sum(amount)).where(time < end, *where).group_by("before"))
    sums = {bool(earlier): total for earlier, total in found}
    return _Flow(sums.get(True, 0), sums.get(False, 0))


def _restated(session: Session, business_id: str) -> Iterator[tuple[int, int]]:
    """What each restatement of the business's lots added to their charge."""
    charged: dict[str, int] = {}
    for row in session.exec(
        select(RestatementRow)
        .where(RestatementRow.business_id == business_id)
        .order_by(RestatementRow.lot_id, col(RestatementRow.number))
    ):
        yield row.block_time, row.charged_ug - charged.get(row.lot_id, 0)
        charged[row.lot_id] = row.charged_ug
