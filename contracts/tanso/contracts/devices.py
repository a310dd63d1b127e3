"""Typed access to the registry of measuring devices."""

from tanso.contracts.contract import Call, Contract, short
from tanso.contracts.values import Calibration, Installation, Withdrawal


class Devices:
    """The contract DeviceRegistry. Times are Unix seconds; entries hold from their block's time on."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def register(self, device_id: str, equipment_id: str, key: str) -> Call:
        """Registers a device at equipment that the sender runs.

        :param key: account that signs the device's readings; `ZERO_ADDRESS` when it can't sign.
        """
        what = f"register device {short(device_id)}"
        return self._contract.call("register", device_id, equipment_id, key, what=what)

    def install(self, device_id: str, equipment_id: str) -> Call:
        """Moves a device to other equipment; the sender must run both."""
        what = f"install device {short(device_id)} at equipment {short(equipment_id)}"
        return self._contract.call("install", device_id, equipment_id, what=what)

    def change_key(self, device_id: str, key: str) -> Call:
        """Gives a device a new key; the sender must run the equipment it is installed at."""
        what = f"change the key of device {short(device_id)}"
        return self._contract.call("changeKey", device_id, key, what=what)

    def calibrate(self, device_id: str, valid_from: int, valid_until: int, certificate_hash: str) -> Call:
        """Records a calibration over [valid_from, valid_until); the sender needs the role CALIBRATOR."""
        what = f"record a calibration of device {short(device_id)}"
        return self._contract.call(
            "calibrate", device_id, valid_from, valid_until, certificate_hash, what=what
        )

    def withdraw(self, device_id: str, calibration: int, withdrawn_from: int, reason_hash: str) -> Call:
        """Withdraws a calibration that was found wrong, from a second on; needs the role CALIBRATOR.

        :param calibration: its index among the device's calibrations, from 0.
        """
        what = f"withdraw calibration {calibration} of device {short(device_id)}"
        return self._contract.call("withdraw", device_id, calibration, withdrawn_from, reason_hash, what=what)

    def device_of(self, device_id: str) -> tuple[Installation, str] | None:
        """The device's latest installation and the account that runs that equipment now.

        None when the device is not registered.
        """
        found: tuple[Installation, str] | None = self._contract.read_or_none(
            "deviceOf", device_id, absent="DeviceRegistryUnknown"
        )
        return found

    def installation_at(self, device_id: str, time: int) -> Installation | None:
        """The installation that held at a time; None when the device was not registered yet.

        :raises Reverted: when the device is not registered at all.
        """
        found: Installation | None = self._contract.read_or_none(
            "installationAt", device_id, time, absent="DeviceRegistryNotInstalled"
        )
        return found

    def installations_of(self, device_id: str) -> tuple[Installation, ...]:
        """All installations of a device, oldest first; none when it is not registered."""
        found: tuple[Installation, ...] | None = self._contract.read_or_none(
            "installationsOf", device_id, absent="DeviceRegistryUnknown"
        )
        return found or ()

    def is_calibrated_at(self, device_id: str, time: int) -> bool:
        """Whether a calibration that counts today covers a time."""
        return bool(self._contract.read("isCalibratedAt", device_id, time))

    def calibrations_of(self, device_id: str) -> tuple[Calibration, ...]:
        """All calibrations of a device, in the order they were recorded."""
        found: tuple[Calibration, ...] = self._contract.read("calibrationsOf", device_id)
        return found

    def withdrawals_of(self, device_id: str) -> tuple[Withdrawal, ...]:
        """All withdrawals of a device's calibrations, in the order they were recorded."""
        found: tuple[Withdrawal, ...] = self._contract.read("withdrawalsOf", device_id)
        return found
