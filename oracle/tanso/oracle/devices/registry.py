"""The owner's registry of measuring devices: what held at which time. Nothing is ever overwritten.

Times are Unix seconds. Of two entries for the same second the later recorded one counts, and both stay.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from eth_utils.address import is_checksum_address
from sqlmodel import Session, col, select

from tanso.contracts.identity import parse_hash, parse_id
from tanso.oracle.devices.tables import CalibrationWithdrawal, DeviceCalibration, DeviceInstallation
from tanso.oracle.errors import DeviceRefused, DeviceUnknown

TIME_LIMIT = 2**40
MAX_NAME, MAX_REASON = 120, 1000
UNKNOWN, UNCALIBRATED = "unknown device", "uncalibrated"
"""Marks of readings."""


@dataclass(slots=True)
class Device:
    """What is registered of a device."""

    name: str
    installations: list[DeviceInstallation] = field(default_factory=list)
    """In the order of their time."""
    calibrations: list[tuple[DeviceCalibration, int]] = field(default_factory=list)
    """Each with the end of the time for which it counts: its own, or earlier if it was withdrawn."""

    def at(self, time: int) -> DeviceInstallation | None:
        """The installation that held at a time; None before the first."""
        return next((one for one in reversed(self.installations) if one.since <= time), None)

    def key_at(self, time: int) -> str:
        """The key that held at a time, empty if it had none."""
        found = self.at(time)
        return found.key if found is not None else ""

    def is_calibrated(self, start: int, end: int) -> bool:
        """Whether calibrations that count today cover all of [start, end)."""
        for one, until in sorted(self.calibrations, key=lambda pair: pair[0].valid_from):
            if one.valid_from <= start < until:
                start = until
        return start >= end

    def marks(self, start: int, end: int) -> list[str]:
        """What is to be said of its readings in [start, end), sorted; nothing when all is well."""
        found = [] if self.is_calibrated(start, end) else [UNCALIBRATED]
        return found if self.at(start) is not None else [*found, UNKNOWN]


class Registry(dict[str, Device]):
    """Devices of a business by name; one that is not registered has no entries."""

    def __missing__(self, name: str) -> Device:
        return Device(name)


def registry_of(session: Session, business_id: str, names: Collection[str] | None = None) -> Registry:
    """All that is registered of the business's devices, or of those with these names."""
    found = Registry()
    installed = select(DeviceInstallation).where(DeviceInstallation.business_id == business_id)
    calibrated = (
        select(DeviceCalibration, CalibrationWithdrawal)
        .join(
            CalibrationWithdrawal,
            col(CalibrationWithdrawal.calibration_id) == DeviceCalibration.id,
            isouter=True,
        )
        .where(DeviceCalibration.business_id == business_id)
        .order_by(col(DeviceCalibration.id))
    )
    order = (col(DeviceInstallation.since), col(DeviceInstallation.id))
    for one in session.exec(installed.order_by(*order)):
        if names is None or one.device in names:
            found.setdefault(one.device, Device(one.device)).installations.append(one)
    held: dict[int, tuple[DeviceCalibration, int]] = {}
    for calibration, withdrawal in session.exec(calibrated):
        assert calibration.id is not None
        _, until = held.get(calibration.id, (calibration, calibration.valid_until))
        if withdrawal is not None:
            until = min(until, withdrawal.withdrawn_from)
        held[calibration.id] = (calibration, until)
    for calibration, until in held.values():
        if calibration.device in found:
            found[calibration.device].calibrations.append((calibration, until))
    return found


def printable_name(name: str) -> bool:
    """Whether a name shows what it is: no control signs, none that turn or hide text, as U+202E does."""
    # Japanese exports have ideographic spaces, which Python counts among the unprintable.
    return name.replace("\u3000", " ").isprintable()


def register_device(
    session: Session,
    business_id: str,
    device: str,
    *,
    since: int,
    now: int,
    equipment_id: str = "",
    key: str = "",
) -> DeviceInstallation:
    """A new entry: from `since` on the device measures this equipment and has this key.

    Without `equipment_id` it measures the whole site, without `key` it can't sign. What holds already is not
    entered twice. Raises DeviceRefused, InvalidId.
    """
    if not device.strip() or device != device.strip() or len(device) > MAX_NAME or not printable_name(device):
        raise DeviceRefused(
            f"{device[:40]!r} is no name of a device.",
            hint=f"Give 1 to {MAX_NAME} printable signs, as in the readings.",
        )
    if key and not is_checksum_address(key):
        raise DeviceRefused(
            f"{key[:60]!r} is no account.", hint="Give 0x and 40 digits with their checksum (EIP-55)."
        )
    if not 0 <= since <= now:
        raise DeviceRefused("An installation holds from a time that is past.", hint="Register it then.")
    business_id = parse_id(business_id)
    equipment_id = parse_id(equipment_id) if equipment_id else ""
    before = registry_of(session, business_id, {device})[device].at(since)
    if before is not None and (before.equipment_id, before.key) == (equipment_id, key):
        return before
    entry = DeviceInstallation(
        business_id=business_id,
        device=device,
        equipment_id=equipment_id,
        key=key,
        since=since,
        recorded_at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def calibrate_device(
    session: Session,
    business_id: str,
    device: str,
    *,
    valid_from: int,
    valid_until: int,
    certificate_hash: str,
    now: int,
) -> DeviceCalibration:
    """Records a calibration over [valid_from, valid_until); the same again is not recorded twice.

    Raises DeviceUnknown, DeviceRefused, InvalidId.
    """
    if not 0 <= valid_from < valid_until < TIME_LIMIT:
        raise DeviceRefused("A calibration ends after it begins.", hint="Check the certificate's dates.")
    if device not in registry_of(session, business_id, {device}):
        raise DeviceUnknown(
            f"The device {device[:40]!r} is not registered.", hint="`tanso oracle device register` first."
        )
    entry = DeviceCalibration(
        business_id=business_id,
        device=device,
        valid_from=valid_from,
        valid_until=valid_until,
        certificate_hash=parse_hash(certificate_hash),
        recorded_at=now,
    )
    same = session.exec(
        select(DeviceCalibration).where(
            DeviceCalibration.business_id == business_id,
            DeviceCalibration.device == device,
            DeviceCalibration.valid_from == valid_from,
            DeviceCalibration.valid_until == valid_until,
            DeviceCalibration.certificate_hash == entry.certificate_hash,
        )
    ).one_or_none()
    if same is not None:
        return same
    session.add(entry)
    session.flush()
    return entry


def withdraw_calibration(
    session: Session, business_id: str, calibration_id: int, *, withdrawn_from: int, reason: str, now: int
) -> CalibrationWithdrawal:
    """A calibration was found wrong: it counts no longer from a second on. Raises DeviceRefused."""
    found = session.get(DeviceCalibration, calibration_id) if 0 < calibration_id < 2**31 else None
    if found is None or found.business_id != business_id:
        raise DeviceRefused(
            f"There is no calibration {calibration_id}.", hint="`tanso oracle device list` shows them."
        )
    if not 0 <= withdrawn_from < TIME_LIMIT or not 0 < len(reason.strip()) <= MAX_REASON:
        raise DeviceRefused(
            "A withdrawal has a time from which it holds and a reason.",
            hint=f"Give both, the reason in at most {MAX_REASON} signs.",
        )
    entry = CalibrationWithdrawal(
        calibration_id=calibration_id, withdrawn_from=withdrawn_from, reason=reason.strip(), recorded_at=now
    )
    session.add(entry)
    session.flush()
    return entry
