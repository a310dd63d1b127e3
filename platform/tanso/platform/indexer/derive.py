"""Rows that follow from event rows: positions, holders, endpoints, programme totals, credit balances …

Each is a pure function of the event rows of its key (a lot, a piece of equipment, a device, a programme …),
so that the same code serves moving on, rolling back and rebuilding: name the touched keys, and their rows
are computed anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, delete, select

from tanso.contracts.units import UG_PER_TONNE
from tanso.contracts.values import ZERO_ADDRESS, Position
from tanso.platform.agreements.models import AgreementRow, AgreementStepRow, Step
from tanso.platform.businesses.models import BusinessRow, EndpointRow
from tanso.platform.credits.models import (
    BundledReductionRow,
    CreditBalanceRow,
    CreditIssueRow,
    CreditTransferRow,
    ProgrammeRow,
    RetirementRow,
)
from tanso.platform.devices.models import CalibrationRow, DeviceRow, InstallationRow, WithdrawalRow
from tanso.platform.equipment.models import EquipmentRow, EquipmentTransferRow
from tanso.platform.factors.models import FactorRow, FactorWithdrawalRow
from tanso.platform.indexer.bulk import insert_rows
from tanso.platform.indexer.errors import BrokenLedger
from tanso.platform.indexer.models import ChainOrigin
from tanso.platform.lots.models import ConsumptionRow, LotPositionRow, LotRow, MaterialUseRow, ShipmentRow

KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`: SQLite takes at most 999 parameters in its older builds."""


_KEYS: Final[dict[type[ChainOrigin], tuple[str, str]]] = {
    BusinessRow: ("businesses", "business_id"),
    EndpointRow: ("businesses", "business_id"),
    DeviceRow: ("devices", "device_id"),
    InstallationRow: ("devices", "device_id"),
    CalibrationRow: ("devices", "device_id"),
    WithdrawalRow: ("devices", "device_id"),
    EquipmentRow: ("equipment", "equipment_id"),
    EquipmentTransferRow: ("equipment", "equipment_id"),
    FactorRow: ("factors", "factor_id"),
    FactorWithdrawalRow: ("factors", "factor_id"),
    LotRow: ("lots", "lot_id"),
    ShipmentRow: ("lots", "lot_id"),
    MaterialUseRow: ("lots", "lot_id"),
    ConsumptionRow: ("lots", "lot_id"),
    ProgrammeRow: ("programmes", "programme_id"),
    BundledReductionRow: ("programmes", "programme_id"),
    CreditIssueRow: ("programmes", "programme_id"),
    RetirementRow: ("programmes", "programme_id"),
    CreditTransferRow: ("programmes", "programme_id"),
    AgreementRow: ("agreements", "agreement_id"),
    AgreementStepRow: ("agreements", "agreement_id"),
}
"""Tables that others are derived from: the kind of key in `Touched`, and the column that holds it."""


@dataclass(slots=True)
class Touched:
    """Keys whose derived rows are out of date."""

    businesses: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)
    equipment: set[str] = field(default_factory=set)
    factors: set[str] = field(default_factory=set)
    programmes: set[str] = field(default_factory=set)
    agreements: set[str] = field(default_factory=set)

    def add(self, table: type[ChainOrigin], rows: Iterable[Mapping[str, Any]]) -> None:
        """Notes the keys that rows of a table came to."""
        if table in _KEYS:
            kind, column = _KEYS[table]
            getattr(self, kind).update(row[column] for row in rows)

    def add_after(self, session: Session, table: type[ChainOrigin], block_number: int) -> None:
        """Notes the keys of all rows of a table that came in later blocks, before these are deleted."""
        if table in _KEYS:
            kind, column = _KEYS[table]
            later = select(getattr(table, column)).where(col(table.block_number) > block_number)
            getattr(self, kind).update(session.exec(later.distinct()))


def derive(session: Session, touched: Touched) -> None:
    """Computes the derived rows of the touched keys anew, from the event rows in the session's database."""
    session.flush()
    for businesses in _chunks(touched.businesses):
        _derive_endpoints(session, businesses)
    for devices in _chunks(touched.devices):
        _derive_installations(session, devices)
        _derive_calibrations(session, devices)
    for factors in _chunks(touched.factors):
        _derive_withdrawals(session, factors)
    for lots in _chunks(touched.lots):
        _derive_positions(session, lots)
    for equipment in _chunks(touched.equipment):
        _derive_holders(session, equipment)
    for programmes in _chunks(touched.programmes):
        _derive_programmes(session, programmes)
        _derive_balances(session, programmes)
    for agreements in _chunks(touched.agreements):
        _derive_steps(session, agreements)
    session.flush()


def positions(
    lots: Iterable[Any],
    shipments: Iterable[Any],
    uses: Iterable[Any],
) -> dict[tuple[str, str], Position]:
    """What each business holds of each lot, by (lot ID, business ID), after all these events.

    made + received − shipped − consumed, in batches and for good, in quantity, µg CO2 and µg of primary
    data; holders of nothing are left out. Raises BrokenLedger when more went out than came in.

    :param lots: rows of `LotRow`. :param shipments: of `ShipmentRow`. :param uses: of `MaterialUseRow` and
    `ConsumptionRow`; whole or with the columns that count here.
    """
    held: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])

    def move(sign: int, lot: str, business: str, quantity: int, co2_ug: int, primary_ug: int) -> None:
        part = held[lot, business]
        part[0] += sign * quantity
        part[1] += sign * co2_ug
        part[2] += sign * primary_ug

    for lot in lots:
        move(1, lot.lot_id, lot.business_id, lot.good, lot.co2_ug, lot.primary_ug)
    for ship in shipments:
        move(-1, ship.lot_id, ship.from_business_id, ship.quantity, ship.co2_ug, ship.primary_ug)
        move(1, ship.lot_id, ship.to_business_id, ship.quantity, ship.co2_ug, ship.primary_ug)
    for use in uses:
        move(-1, use.lot_id, use.business_id, use.quantity, use.co2_ug, use.primary_ug)
    for (lot_id, business), part in held.items():
        if min(part) < 0 or (part[0] == 0 and any(part)):
            raise BrokenLedger(f"The events leave {business} with {part} of the lot {lot_id}.")
    return {key: Position(*part) for key, part in held.items() if part[0]}


_MASS: Final = ("quantity", "co2_ug", "primary_ug")


def _derive_positions(session: Session, lots: Collection[str]) -> None:
    found = positions(
        _of_lots(session, LotRow, lots, "business_id", "good", "co2_ug", "primary_ug"),
        _of_lots(session, ShipmentRow, lots, "from_business_id", "to_business_id", *_MASS),
        [
            *_of_lots(session, MaterialUseRow, lots, "business_id", *_MASS),
            *_of_lots(session, ConsumptionRow, lots, "business_id", *_MASS),
        ],
    )
    session.exec(delete(LotPositionRow).where(col(LotPositionRow.lot_id).in_(lots)))
    insert_rows(
        session,
        LotPositionRow,
        [
            {
                "lot_id": lot_id,
                "business_id": business_id,
                "quantity": part.quantity,
                "co2_ug": part.co2_ug,
                "primary_ug": part.primary_ug,
            }
            for (lot_id, business_id), part in sorted(found.items())
        ],
    )


def _of_lots(session: Session, table: type[SQLModel], lots: Collection[str], *columns: str) -> Sequence[Any]:
    """Rows of these lots, with their lot ID and the columns named."""
    wanted = [getattr(table, name) for name in ("lot_id", *columns)]
    return session.execute(select_columns(*wanted).where(wanted[0].in_(lots))).all()


def _derive_holders(session: Session, equipment: Collection[str]) -> None:
    """The business of the account that the equipment's token went to last."""
    transfers = session.exec(
        select(EquipmentTransferRow.equipment_id, BusinessRow.business_id)
        .join(BusinessRow, col(BusinessRow.account) == col(EquipmentTransferRow.to_account))
        .where(col(EquipmentTransferRow.equipment_id).in_(equipment))
        .order_by(col(EquipmentTransferRow.block_number), col(EquipmentTransferRow.log_index))
    )
    holders = dict(transfers.all())
    for row in session.exec(select(EquipmentRow).where(col(EquipmentRow.equipment_id).in_(equipment))):
        row.holder_id = holders.get(row.equipment_id, row.business_id)
        session.add(row)


def _derive_endpoints(session: Session, businesses: Collection[str]) -> None:
    """The endpoint that each business named last, or was registered with."""
    changes = session.exec(
        select(EndpointRow.business_id, EndpointRow.endpoint_hash)
        .where(col(EndpointRow.business_id).in_(businesses))
        .order_by(col(EndpointRow.block_number), col(EndpointRow.log_index))
    )
    latest = dict(changes.all())
    for row in session.exec(select(BusinessRow).where(col(BusinessRow.business_id).in_(businesses))):
        row.endpoint_hash = latest.get(row.business_id, row.first_endpoint_hash)
        session.add(row)


def _derive_withdrawals(session: Session, factors: Collection[str]) -> None:
    """From when on each factor is withdrawn: each withdrawal reaches further back than the one before."""
    withdrawals = session.exec(
        select(FactorWithdrawalRow.factor_id, FactorWithdrawalRow.withdrawn_from).where(
            col(FactorWithdrawalRow.factor_id).in_(factors)
        )
    ).all()
    for row in session.exec(select(FactorRow).where(col(FactorRow.factor_id).in_(factors))):
        row.withdrawn_from = min((since for key, since in withdrawals if key == row.factor_id), default=None)
        session.add(row)


def _derive_installations(session: Session, devices: Collection[str]) -> None:
    """Where each device is installed, and its key. There is one: it comes with the registration."""
    installations = session.exec(
        select(InstallationRow)
        .where(col(InstallationRow.device_id).in_(devices))
        .order_by(col(InstallationRow.block_number), col(InstallationRow.log_index))
    )
    latest = {row.device_id: row for row in installations}
    for device in session.exec(select(DeviceRow).where(col(DeviceRow.device_id).in_(devices))):
        installed = latest.get(device.device_id)
        if installed is None:
            raise BrokenLedger(f"The device {device.device_id} was registered but not installed.")
        device.equipment_id, device.key = installed.equipment_id, installed.key
        session.add(device)


def _derive_calibrations(session: Session, devices: Collection[str]) -> None:
    """Until when each calibration counts: its end, or the earliest second from which it was withdrawn."""
    withdrawn: dict[tuple[str, int], int] = {}
    for withdrawal in session.exec(select(WithdrawalRow).where(col(WithdrawalRow.device_id).in_(devices))):
        key = (withdrawal.device_id, withdrawal.calibration)
        withdrawn[key] = min(withdrawal.withdrawn_from, withdrawn.get(key, withdrawal.withdrawn_from))
    for row in session.exec(select(CalibrationRow).where(col(CalibrationRow.device_id).in_(devices))):
        row.held_until = withdrawn.get((row.device_id, row.calibration), row.valid_until)
        session.add(row)


def _derive_steps(session: Session, agreements: Collection[str]) -> None:
    """When each agreement was accepted, ended and so on: every step comes once, but two of them end it."""
    steps: defaultdict[str, dict[Step, AgreementStepRow]] = defaultdict(dict)
    for step in session.exec(
        select(AgreementStepRow).where(col(AgreementStepRow.agreement_id).in_(agreements))
    ):
        steps[step.agreement_id][Step(step.step)] = step
    for row in session.exec(select(AgreementRow).where(col(AgreementRow.agreement_id).in_(agreements))):
        own = steps[row.agreement_id]
        times = {kind: step.block_time for kind, step in own.items()}
        confirmed = own.get(Step.DELETION_CONFIRMED)
        ends = [times[kind] for kind in (Step.WITHDRAWN, Step.DELETION_DEMANDED) if kind in times]
        row.accepted_at = times.get(Step.ACCEPTED)
        row.ended_at = min(ends, default=None)
        row.demanded_at = times.get(Step.DELETION_DEMANDED)
        row.confirmed_at = times.get(Step.DELETION_CONFIRMED)
        row.confirmation_hash = confirmed.confirmation_hash if confirmed else None
        session.add(row)


def _derive_programmes(session: Session, programmes: Collection[str]) -> None:
    reduced: defaultdict[str, int] = defaultdict(int)
    issued: defaultdict[str, int] = defaultdict(int)
    retired: defaultdict[str, int] = defaultdict(int)
    for bundled in session.exec(
        select(BundledReductionRow).where(col(BundledReductionRow.programme_id).in_(programmes))
    ):
        reduced[bundled.programme_id] += bundled.reduction_ug
    for issue in session.exec(select(CreditIssueRow).where(col(CreditIssueRow.programme_id).in_(programmes))):
        issued[issue.programme_id] += issue.tonnes
    for retirement in session.exec(
        select(RetirementRow).where(col(RetirementRow.programme_id).in_(programmes))
    ):
        retired[retirement.programme_id] += retirement.tonnes
    for row in session.exec(select(ProgrammeRow).where(col(ProgrammeRow.programme_id).in_(programmes))):
        row.reduced_ug = reduced[row.programme_id]
        row.issued_tonnes = issued[row.programme_id]
        row.retired_tonnes = retired[row.programme_id]
        carried = row.reduced_ug - row.issued_tonnes * UG_PER_TONNE
        if carried < 0:
            raise BrokenLedger(f"The programme {row.programme_id} issued more than was bundled.")
        row.carried_ug = carried
        session.add(row)


def _derive_balances(session: Session, programmes: Collection[str]) -> None:
    held: defaultdict[tuple[str, str], int] = defaultdict(int)
    for moved in session.exec(
        select(CreditTransferRow).where(col(CreditTransferRow.programme_id).in_(programmes))
    ):
        held[moved.programme_id, moved.from_account] -= moved.tonnes
        held[moved.programme_id, moved.to_account] += moved.tonnes
    session.exec(delete(CreditBalanceRow).where(col(CreditBalanceRow.programme_id).in_(programmes)))
    for (programme, account), tonnes in sorted(held.items()):
        if account == ZERO_ADDRESS or tonnes == 0:
            continue
        if tonnes < 0:
            raise BrokenLedger(
                f"The account {account} gave away credits of {programme} that it did not have."
            )
        session.add(CreditBalanceRow(programme_id=programme, account=account, tonnes=tonnes))


def _chunks(keys: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        yield ordered[start : start + KEYS_AT_ONCE]
