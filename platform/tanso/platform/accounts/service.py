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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

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

    made = _Flow(_of(session, LotRow, business_id), start, end)
    consumed = _Flow(_of(session, MaterialUseRow, business_id), start, end)
    used_up = _Flow(_of(session, ConsumptionRow, business_id), start, end)
    received = _Flow(_shipped(session, business_id, incoming=True), start, end)
    shipped = _Flow(_shipped(session, business_id, incoming=False), start, end)
    left_overs: dict[str, int] = {}
    for time, co2_ug, name in session.exec(
        select(LeftOverRow.block_time, LeftOverRow.co2_ug, LeftOverRow.name)
        .where(LeftOverRow.business_id == business_id)
        .order_by(LeftOverRow.name)
    ):
        if start <= time < end:
            left_overs[name] = left_overs.get(name, 0) + co2_ug
    declared = session.exec(
        select(ReportRow.block_time, ReportRow.declared_ug).where(ReportRow.business_id == business_id)
    )
    return CarbonAccount(
        business_id=business_id,
        start=start,
        end=end,
        opening_ug=made.before + received.before - consumed.before - used_up.before - shipped.before,
        received_ug=received.within,
        external_ug=_Flow(_of(session, ExternalUseRow, business_id), start, end).within,
        declared_ug=_Flow(declared, start, end).within,
        restated_ug=_Flow(_restated(session, business_id), start, end).within,
        outflow_ug=shipped.within,
        closing_ug=made.until + received.until - consumed.until - used_up.until - shipped.until,
        made_ug=made.within,
        consumed_ug=consumed.within,
        equipment_ug=_Flow(_of(session, EquipmentUseRow, business_id), start, end).within,
        metered_ug=_Flow(_metered(session, business_id), start, end).within,
        finally_consumed_ug=used_up.within,
        left_overs=left_overs,
    )


def accounts(session: Session, start: int, end: int) -> Iterator[CarbonAccount]:
    """The carbon accounts of all registered businesses, in the order of their registration."""
    registered = select(BusinessRow.business_id).order_by(
        col(BusinessRow.block_number), col(BusinessRow.log_index)
    )
    for business_id in session.exec(registered).all():
        yield account_of(session, business_id, start, end)


class _Flow:
    """Sums of (time, µg) pairs before a period and within it. Summed here and not in SQL: see `BigUint`."""

    def __init__(self, events: Iterable[Any], start: int, end: int) -> None:
        self.before = 0
        self.within = 0
        for time, co2_ug in events:
            if time < start:
                self.before += co2_ug
            elif time < end:
                self.within += co2_ug

    @property
    def until(self) -> int:
        return self.before + self.within


_Charged = (
    type[LotRow] | type[MaterialUseRow] | type[ConsumptionRow] | type[ExternalUseRow] | type[EquipmentUseRow]
)


def _of(session: Session, table: _Charged, business_id: str) -> Iterable[Any]:
    return session.exec(
        select(col(table.block_time), col(table.co2_ug)).where(col(table.business_id) == business_id)
    )


def _metered(session: Session, business_id: str) -> Iterable[Any]:
    return session.exec(
        select(EquipmentUseRow.block_time, EquipmentUseRow.primary_ug).where(
            EquipmentUseRow.business_id == business_id
        )
    )


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


def _shipped(session: Session, business_id: str, *, incoming: bool) -> Iterable[Any]:
    """Parts of lots that came in or went out; what a business sends to itself does neither."""
    side = ShipmentRow.to_business_id if incoming else ShipmentRow.from_business_id
    return session.exec(
        select(ShipmentRow.block_time, ShipmentRow.co2_ug).where(
            col(side) == business_id,
            col(ShipmentRow.from_business_id) != col(ShipmentRow.to_business_id),
        )
    )
