"""Routes of the owner's registry of measuring devices.

The names are the owner's and stay on this server; evidence and ledger know devices by hashed ID.
"""

from typing import Annotated

from fastapi import Path, Query, status
from sqlmodel import Session

from tanso.oracle.devices import calibrate_device, register_device, registry_of, withdraw_calibration
from tanso.oracle.intake.counters import declare_limits, declare_reset
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.api.dependencies import Limit, NodeDep
from tanso.platform.api.fields import MOST_ROWS
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.auth.dependencies import AsBusiness, ReadsBusiness
from tanso.platform.devices.schemas import (
    CalibrationGiven,
    CalibrationShown,
    CounterGiven,
    Devices,
    DeviceShown,
    InstallationGiven,
    InstallationShown,
    ResetGiven,
    WithdrawalGiven,
)
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.errors import NotFound

router = Router(prefix="/v1", tags=["devices"])

CalibrationId = Annotated[int, Path(ge=1, le=MOST_ROWS, description="`calibration_id` (a number).")]


@router.get("/devices", summary="List the own measuring devices", responses=PRIVATE)
def list_devices(
    node: NodeDep,
    business: ReadsBusiness,
    limit: Limit = 50,
    after: Annotated[
        str, Query(max_length=120, description="`next` of the page before: devices whose names come later.")
    ] = "",
) -> Devices:
    with reading(node.engine) as session:
        registry = registry_of(session, business.business_id)
    names = sorted(name for name in registry if name > after)
    items = [DeviceShown.of(registry[name]) for name in names[:limit]]
    return Devices(items=items, next=names[limit - 1] if len(names) > limit else None)


@router.post(
    "/devices",
    summary="Register a measuring device, or a change of it",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def post_device(node: NodeDep, business: AsBusiness, given: InstallationGiven) -> InstallationShown:
    """Earlier entries stay. Readings of a device with a key are refused from then on unless it signed them.

    Readings of a device that is not registered are marked in evidence and reports.
    """
    now = utc_now()
    with writing(node.engine) as session:
        if given.equipment_id is not None:
            _refuse_foreign(session, business.business_id, given.equipment_id)
        entry = register_device(
            session,
            business.business_id,
            given.device,
            since=now if given.since is None else given.since,
            now=now,
            equipment_id=given.equipment_id or "",
            key=given.key or "",
        )
        return InstallationShown.of(entry)


@router.post(
    "/device-calibrations",
    summary="Record a calibration of a device",
    status_code=status.HTTP_201_CREATED,
    responses=WRITES,
)
def post_calibration(node: NodeDep, business: AsBusiness, given: CalibrationGiven) -> CalibrationShown:
    """Readings of times that no calibration covers are marked in evidence and reports."""
    with writing(node.engine) as session:
        entry = calibrate_device(
            session,
            business.business_id,
            given.device,
            valid_from=given.valid_from,
            valid_until=given.valid_until,
            certificate_hash=given.certificate_hash,
            now=utc_now(),
        )
        registry = registry_of(session, business.business_id, {entry.device})
        held = {one.id: until for one, until in registry[entry.device].calibrations}
        return CalibrationShown.of(entry, held[entry.id])


@router.put(
    "/device-calibrations/{calibration_id}/withdrawal",
    summary="Withdraw a calibration that was found wrong",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def put_withdrawal(
    node: NodeDep, business: AsBusiness, calibration_id: CalibrationId, given: WithdrawalGiven
) -> None:
    """It stays on record and counts no longer from then on; what was reported stays as stated."""
    with writing(node.engine) as session:
        withdraw_calibration(
            session,
            business.business_id,
            calibration_id,
            withdrawn_from=given.withdrawn_from,
            reason=given.reason,
            now=utc_now(),
        )


@router.post(
    "/device-counters",
    summary="Declare how far a meter's counter counts",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def post_counter(node: NodeDep, business: AsBusiness, given: CounterGiven) -> None:
    """A fall counts as a rollover only if what was used then fits the rate; a quicker rise is refused."""
    with writing(node.engine) as session:
        declare_limits(
            session,
            business.business_id,
            given.device,
            given.quantity,
            capacity=given.capacity,
            fastest=given.fastest,
            now=utc_now(),
        )


@router.post(
    "/device-resets",
    summary="Declare that a meter's counter was set anew",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=WRITES,
)
def post_reset(node: NodeDep, business: AsBusiness, given: ResetGiven) -> None:
    """What was used before and after it counts then; send readings that were refused once more."""
    with writing(node.engine) as session:
        declare_reset(
            session,
            business.business_id,
            given.device,
            given.quantity,
            at=given.at,
            before=given.before,
            after=given.after,
            reason=given.reason,
            now=utc_now(),
        )


def _refuse_foreign(session: Session, business_id: str, equipment_id: str) -> None:
    machine = session.get(LocalEquipment, equipment_id)
    if machine is None or machine.business_id != business_id:
        raise NotFound(
            f"there is no own equipment {equipment_id}",
            "Register it with POST /v1/equipment.",
            slug="unknown-equipment",
        )
