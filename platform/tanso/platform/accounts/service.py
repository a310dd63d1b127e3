"""Carbon accounts: what a business held, received, emitted and shipped in a period, from ledger events alone.

Time is the ledger's: an event belongs to the period in which its block was made. All masses are whole µg
CO2e.

    opening + inflow + declared − outflow − closing = net

- opening, closing: CO2 of the lots held when the period began and ended;
- inflow: CO2 of parts of lots received, and of external materials used (by registered factor);
- declared: Scope 1 and 2 by the oracle reports accepted in the period;
- outflow: CO2 of parts of lots shipped to other businesses;
- net: what stays with the business as its own.

Why net is what it is. The ledger settles a batch only if what goes in comes out:

    consumed + external + equipment = made + left over

and what a business holds changes by what it makes, consumes, receives and ships:

    closing = opening + made − consumed + received − shipped

Put together, with `unabsorbed` = declared − equipment for the declared emissions that no batch was charged
with:

    net = left over + unabsorbed

to the microgram. A firm that charges its lots less than it declared sees the rest here as its own.
`unabsorbed` is negative when batches were charged with equipment use that is declared in another period, or
at a baseline above what was measured.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from tanso.platform.accounts.models import ReportRow
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import BadInput, NotFound
from tanso.platform.lots.models import (
    EquipmentUseRow,
    ExternalUseRow,
    LeftOverRow,
    LotRow,
    MaterialUseRow,
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
    outflow_ug: int
    closing_ug: int
    made_ug: int
    """CO2 of the lots that the business made."""
    consumed_ug: int
    """CO2 of held lots that went into its batches."""
    equipment_ug: int
    """CO2 that its batches were charged with for the use of its equipment."""
    left_overs: dict[str, int]
    """CO2 that its batches left to its own account, by name."""

    @property
    def inflow_ug(self) -> int:
        """Parts of lots received and external materials used."""
        return self.received_ug + self.external_ug

    @property
    def net_ug(self) -> int:
        """The business's own net emissions, by the equation of the module."""
        return self.opening_ug + self.inflow_ug + self.declared_ug - self.outflow_ug - self.closing_ug

    @property
    def left_over_ug(self) -> int:
        """All left-overs together."""
        return sum(self.left_overs.values())

    @property
    def unabsorbed_ug(self) -> int:
        """Declared emissions that no batch was charged with; may be negative."""
        return self.declared_ug - self.equipment_ug


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
        opening_ug=made.before + received.before - consumed.before - shipped.before,
        received_ug=received.within,
        external_ug=_Flow(_of(session, ExternalUseRow, business_id), start, end).within,
        declared_ug=_Flow(declared, start, end).within,
        outflow_ug=shipped.within,
        closing_ug=made.until + received.until - consumed.until - shipped.until,
        made_ug=made.within,
        consumed_ug=consumed.within,
        equipment_ug=_Flow(_of(session, EquipmentUseRow, business_id), start, end).within,
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


_Charged = type[LotRow] | type[MaterialUseRow] | type[ExternalUseRow] | type[EquipmentUseRow]


def _of(session: Session, table: _Charged, business_id: str) -> Iterable[Any]:
    return session.exec(
        select(col(table.block_time), col(table.co2_ug)).where(col(table.business_id) == business_id)
    )


def _shipped(session: Session, business_id: str, *, incoming: bool) -> Iterable[Any]:
    """Parts of lots that came in or went out; what a business sends to itself does neither."""
    side = ShipmentRow.to_business_id if incoming else ShipmentRow.from_business_id
    return session.exec(
        select(ShipmentRow.block_time, ShipmentRow.co2_ug).where(
            col(side) == business_id,
            col(ShipmentRow.from_business_id) != col(ShipmentRow.to_business_id),
        )
    )
