"""What the routes of measuring devices take and give."""

from typing import Annotated

from pydantic import BaseModel, Field

from tanso.oracle.devices import Device
from tanso.oracle.devices.tables import DeviceCalibration, DeviceInstallation
from tanso.platform.api.fields import Address, Given, Hash, Id, PlainText, Time, TimeGiven

DeviceName = Annotated[
    str, Field(min_length=1, max_length=120, description="The owner's own name, as readings have it.")
]
CalibrationId = Annotated[int, Field(ge=1, le=2**31 - 1, description="Number of the calibration.")]


class InstallationGiven(Given):
    """What a device measures, and which key it has, from a time on."""

    device: DeviceName
    equipment_id: Annotated[Id | None, Field(description="Null: a meter of the whole site.")] = None
    key: Annotated[
        Address | None, Field(description="Account that signs its readings; null if it can't sign.")
    ] = None
    since: Annotated[TimeGiven | None, Field(description="From when on this holds. Null: from now.")] = None


class InstallationShown(BaseModel):
    """From `since` on, until the next one, the device measures this equipment and has this key."""

    device: str
    equipment_id: Id | None
    key: Address | None
    since: Time

    @classmethod
    def of(cls, one: DeviceInstallation) -> "InstallationShown":
        return cls(
            device=one.device, equipment_id=one.equipment_id or None, key=one.key or None, since=one.since
        )


class CalibrationGiven(Given):
    """A certificate: the hash of the document, which stays with its owner."""

    device: DeviceName
    valid_from: TimeGiven
    valid_until: Annotated[TimeGiven, Field(description="First second for which it doesn't count.")]
    certificate_hash: Hash


class WithdrawalGiven(Given):
    """A calibration was found wrong."""

    withdrawn_from: Annotated[TimeGiven, Field(description="First second for which it counts no longer.")]
    reason: PlainText


class CalibrationShown(BaseModel):
    """A calibration, and until when it counts: its own end, or earlier if it was withdrawn."""

    calibration_id: CalibrationId
    valid_from: Time
    valid_until: Time
    held_until: Time
    certificate_hash: Hash

    @classmethod
    def of(cls, one: DeviceCalibration, held_until: int) -> "CalibrationShown":
        assert one.id is not None
        return cls(
            calibration_id=one.id,
            valid_from=one.valid_from,
            valid_until=one.valid_until,
            held_until=held_until,
            certificate_hash=one.certificate_hash,
        )


CounterAmount = Annotated[
    str, Field(min_length=1, max_length=120, description="Decimal number and unit, as `1000000 kWh`.")
]
CounterQuantity = Annotated[
    str, Field(min_length=1, max_length=120, description="What the counter counts, as readings name it.")
]


class CounterGiven(Given):
    """How far a meter's counter counts, and how quickly at most. The latest declaration counts."""

    device: DeviceName
    quantity: CounterQuantity
    capacity: Annotated[
        CounterAmount | None, Field(description="Where it begins again at zero; null if it never does.")
    ] = None
    fastest: Annotated[CounterAmount, Field(description="The most that is used at a time, as `400 kW`.")]


class ResetGiven(Given):
    """A meter's counter was set anew, or the meter exchanged."""

    device: DeviceName
    quantity: CounterQuantity
    at: TimeGiven
    before: Annotated[CounterAmount, Field(description="What it showed last.")]
    after: Annotated[CounterAmount, Field(description="What it showed then.")]
    reason: Annotated[str, Field(min_length=1, max_length=120)]


class DeviceShown(BaseModel):
    """All that is registered of a device; nothing of it is ever overwritten."""

    device: str
    installations: list[InstallationShown]
    calibrations: list[CalibrationShown]

    @classmethod
    def of(cls, device: Device) -> "DeviceShown":
        return cls(
            device=device.name,
            installations=[InstallationShown.of(one) for one in device.installations],
            calibrations=[CalibrationShown.of(one, until) for one, until in device.calibrations],
        )


class Devices(BaseModel):
    """A page of devices in the order of their names; `next` is null on the last."""

    items: list[DeviceShown]
    next: str | None
