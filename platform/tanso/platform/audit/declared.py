"""What a business declared by oracle reports, against what its batches were charged; from the read model."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from tanso.contracts.units import PG_PER_UG, Unit
from tanso.platform.accounts.models import ReportRow
from tanso.platform.accounts.service import CarbonAccount
from tanso.platform.audit.findings import Finding, Tolerances
from tanso.platform.devices.models import CalibrationRow, InstallationRow
from tanso.platform.equipment.models import EquipmentRow, IntensityRow
from tanso.platform.lots.models import BatchRow, EquipmentUseRow
from tanso.platform.web.render import mass, moment

Span = tuple[int, int]


@dataclass(slots=True)
class _Charged:
    """What batches were charged at one intensity: µg as measured, base units of activity, number of uses."""

    ug: int = 0
    activity: int = 0
    uses: int = 0


def check_declared(session: Session, account: CarbonAccount, tolerances: Tolerances) -> Iterator[Finding]:
    """Findings on the reports that were accepted in the account's time, and on batches that have none.

    Uses count up to the end of that time, in whatever batch they came.
    """
    business, start, end = account.business_id, account.start, account.end
    until = session.exec(
        select(ReportRow)
        .where(ReportRow.business_id == business, col(ReportRow.block_time) < end)
        .order_by(col(ReportRow.sequence))
    ).all()
    reports = [report for report in until if report.block_time >= start]
    charged = _charges(session, business, end)
    for report in reports:
        intensities = session.exec(
            select(IntensityRow, EquipmentRow.unit)
            .join(EquipmentRow, col(EquipmentRow.equipment_id) == col(IntensityRow.equipment_id))
            .where(IntensityRow.business_id == business, IntensityRow.sequence == report.sequence)
            .order_by(IntensityRow.equipment_id)
        ).all()
        yield from _balance(report, intensities, charged, account, tolerances)
        if report.block_time - report.period_end > tolerances.late_s:
            late_s = report.block_time - report.period_end
            yield Finding(
                "late-report", business, report.block_time, f"report {report.sequence}",
                f"Report {report.sequence} of {_period(report)} was accepted on {moment(report.block_time)}, "
                f"{late_s // 86_400} days after the period ended.",
                {"late_s": late_s, "declared_ug": report.declared_ug},
            )  # fmt: skip
        for intensity, _ in intensities:
            yield from _devices(session, intensity, report.block_time)
    yield from _uncovered(session, account, [(report.period_start, report.period_end) for report in until])


def _charges(session: Session, business: str, end: int) -> dict[tuple[str, int], _Charged]:
    found: dict[tuple[str, int], _Charged] = defaultdict(_Charged)
    uses = session.exec(
        select(
            EquipmentUseRow.equipment_id,
            EquipmentUseRow.record,
            EquipmentUseRow.primary_ug,
            EquipmentUseRow.activity,
        ).where(EquipmentUseRow.business_id == business, col(EquipmentUseRow.block_time) < end)
    )
    for equipment, record, primary_ug, activity in uses:
        sums = found[equipment, record]
        sums.ug, sums.activity, sums.uses = sums.ug + primary_ug, sums.activity + activity, sums.uses + 1
    return found


def _balance(
    report: ReportRow,
    intensities: Sequence[tuple[IntensityRow, int]],
    charged: dict[tuple[str, int], _Charged],
    account: CarbonAccount,
    tolerances: Tolerances,
) -> Iterator[Finding]:
    business, subject = report.business_id, f"report {report.sequence}"
    parts = [(row, unit, charged[row.equipment_id, row.record]) for row, unit in intensities]
    total = sum(part.ug for _, _, part in parts)
    figures = {"declared_ug": report.declared_ug, "charged_ug": total, "shipped_ug": account.outflow_ug}
    missing = report.declared_ug - total
    if missing > report.declared_ug * tolerances.share:
        yield Finding(
            "declared-not-in-lots", business, report.block_time, subject,
            f"{business} declared {mass(report.declared_ug)} for {_period(report)} and charged its batches "
            "with "
            f"{mass(total)} of it: {mass(missing)} are missing from its lots. It shipped "
            f"{mass(account.outflow_ug)} "
            f"from {moment(account.start)} to {moment(account.end)}.",
            figures | {"missing_ug": missing},
        )  # fmt: skip
    # Each use rounds up by less than 1 µg, each intensity by less than 1 pg a unit of activity.
    rounding = sum(part.uses + -(-part.activity // PG_PER_UG) for _, _, part in parts)
    if -missing > report.declared_ug * tolerances.share + rounding:
        yield Finding(
            "charged-beyond-declared", business, report.block_time, subject,
            f"{business} declared {mass(report.declared_ug)} for {_period(report)} and charged its batches "
            "with "
            f"{mass(total)} at its intensities, {mass(-missing)} more.",
            figures | {"above_ug": -missing},
        )  # fmt: skip
    for row, unit, part in parts:
        seconds = row.period_end - row.period_start
        if unit == Unit.SECOND and part.activity > seconds:
            yield Finding(
                "activity-beyond-period", business, report.block_time, row.equipment_id,
                f"Batches charge {part.activity} s of equipment {row.equipment_id} at the intensity of "
                f"{_period(row)}, which has {seconds} s.",
                {"activity_s": part.activity, "period_s": seconds, "record": row.record},
            )  # fmt: skip


def _devices(session: Session, intensity: IntensityRow, time: int) -> Iterator[Finding]:
    """What the ledger's own registry says of the devices at equipment in a report's period."""
    equipment, period = intensity.equipment_id, (intensity.period_start, intensity.period_end)
    ever = session.exec(
        select(InstallationRow.device_id).where(InstallationRow.equipment_id == equipment).distinct()
    ).all()
    installed = False
    for device in sorted(ever):
        for span in _installed(session, device, equipment):
            touched = (max(span[0], period[0]), min(span[1], period[1]))
            if touched[0] >= touched[1]:
                continue
            installed = True
            valid = session.exec(
                select(CalibrationRow.valid_from, CalibrationRow.held_until).where(
                    CalibrationRow.device_id == device
                )
            ).all()
            missing_s = sum(end - start for start, end in uncovered(touched, list(valid)))
            if missing_s:
                yield Finding(
                    "device-not-calibrated", intensity.business_id, time, device,
                    f"Device {device} at equipment {equipment} had no calibration for {missing_s} s of "
                    f"{_period(intensity)}.",
                    {"missing_s": missing_s, "equipment_id": equipment},
                )  # fmt: skip
    if not installed:
        yield Finding(
            "equipment-without-device", intensity.business_id, time, equipment,
            f"The ledger knows no measuring device at equipment {equipment} in {_period(intensity)}.",
            {"record": intensity.record},
        )  # fmt: skip


def _installed(session: Session, device: str, equipment: str) -> Iterator[Span]:
    """When a device was at this equipment: each installation counts until the device's next one."""
    rows = session.exec(
        select(InstallationRow)
        .where(InstallationRow.device_id == device)
        .order_by(col(InstallationRow.block_number), col(InstallationRow.log_index))
    ).all()
    for row, later in zip(rows, [*rows[1:], None], strict=True):
        if row.equipment_id == equipment:
            yield row.since, later.since if later else 2**40


def _uncovered(session: Session, account: CarbonAccount, reported: list[Span]) -> Iterator[Finding]:
    batches = session.exec(
        select(BatchRow).where(
            BatchRow.business_id == account.business_id,
            col(BatchRow.block_time) >= account.start,
            col(BatchRow.block_time) < account.end,
        )
    )
    for batch in batches:
        missing_s = sum(
            end - start for start, end in uncovered((batch.period_start, batch.period_end), reported)
        )
        if missing_s:
            yield Finding(
                "batch-without-report", account.business_id, batch.block_time, batch.batch_id,
                f"Batch {batch.batch_id} of {_period(batch)}: no report of the business covers {missing_s} s "
                "of it.",
                {"missing_s": missing_s, "co2_ug": batch.co2_ug},
            )  # fmt: skip


def uncovered(span: Span, by: list[Span]) -> Iterator[Span]:
    """The parts of a span that none of the others covers.

    >>> list(uncovered((0, 10), [(2, 4), (3, 8)]))
    [(0, 2), (8, 10)]
    """
    reached = span[0]
    for start, end in sorted(by):
        if start >= span[1]:
            break
        if start > reached:
            yield reached, start
        reached = max(reached, end)
    if reached < span[1]:
        yield reached, span[1]


def _period(row: ReportRow | IntensityRow | BatchRow) -> str:
    return f"{moment(row.period_start)} to {moment(row.period_end)}"
