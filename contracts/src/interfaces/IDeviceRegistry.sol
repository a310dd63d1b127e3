// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Registry of measuring devices
/// @notice Which device measured which equipment, with which key it signed and when it was calibrated. A device belongs
///         to the business that runs the equipment it is installed at, and goes with the equipment when that is handed
///         over. Every entry is appended, none is ever erased or removed: what held at a past time stays readable.
/// @dev All times are Unix times in seconds. A device has at most 1,000 installations, calibrations and withdrawals.
interface IDeviceRegistry {
    /// @param equipmentId Equipment that the device measures.
    /// @param businessId Business that made the entry.
    /// @param key Account whose signatures on readings are the device's own; zero when the device can't sign.
    /// @param since Time of the block that brought the entry; it holds until the next one's.
    struct Installation {
        bytes16 equipmentId;
        bytes16 businessId;
        address key;
        uint40 since;
    }

    /// @param validFrom First second for which the certificate holds.
    /// @param validUntil First second for which it holds no longer, as the certificate says.
    /// @param heldUntil First second for which it holds no longer, withdrawals taken into account: at most `validUntil`,
    ///        and `validFrom` when all of it was withdrawn.
    /// @param since Time of the block that brought the entry.
    /// @param certificateHash keccak256 of the certificate.
    struct Calibration {
        uint40 validFrom;
        uint40 validUntil;
        uint40 heldUntil;
        uint40 since;
        bytes32 certificateHash;
    }

    /// @param calibration Index of the calibration that was found wrong, from 0.
    /// @param withdrawnFrom First second from which it counts no longer.
    /// @param since Time of the block that brought the entry.
    /// @param reasonHash keccak256 of the document that says why.
    struct Withdrawal {
        uint32 calibration;
        uint40 withdrawnFrom;
        uint40 since;
        bytes32 reasonHash;
    }

    /// @param businessId Business that registers it.
    event DeviceRegistered(bytes16 indexed deviceId, bytes16 indexed businessId);

    /// @notice From `since` on the device measures this equipment and signs with this key.
    event DeviceInstalled(
        bytes16 indexed deviceId, bytes16 indexed equipmentId, bytes16 indexed businessId, address key, uint40 since
    );

    /// @param calibration Index among the device's calibrations, from 0.
    event DeviceCalibrated(
        bytes16 indexed deviceId,
        uint32 calibration,
        uint40 validFrom,
        uint40 validUntil,
        uint40 since,
        bytes32 certificateHash
    );

    event CalibrationWithdrawn(
        bytes16 indexed deviceId, uint32 calibration, uint40 withdrawnFrom, uint40 since, bytes32 reasonHash
    );

    /// @notice Thrown when the ID is zero.
    error DeviceRegistryZeroId();

    /// @notice Thrown when a certificate's or a reason's hash is zero.
    error DeviceRegistryZeroHash(bytes16 deviceId);

    /// @notice Thrown when the ID is registered already.
    error DeviceRegistryIdTaken(bytes16 deviceId);

    /// @notice Thrown when no device has this ID.
    error DeviceRegistryUnknown(bytes16 deviceId);

    /// @notice Thrown when the caller does not run the equipment that a device is to be, or is, installed at.
    error DeviceRegistryNotOwnEquipment(bytes16 equipmentId, address caller);

    /// @notice Thrown when a device is installed at this very equipment already.
    error DeviceRegistrySameEquipment(bytes16 deviceId, bytes16 equipmentId);

    /// @notice Thrown when a device has this very key already.
    error DeviceRegistrySameKey(bytes16 deviceId, address key);

    /// @notice Thrown when a device was not registered yet at a time.
    error DeviceRegistryNotInstalled(bytes16 deviceId, uint40 time);

    /// @notice Thrown when a calibration does not end after it begins.
    error DeviceRegistryInvalidPeriod(bytes16 deviceId, uint40 validFrom, uint40 validUntil);

    /// @notice Thrown when a device has no calibration of this index.
    error DeviceRegistryUnknownCalibration(bytes16 deviceId, uint32 calibration);

    /// @notice Thrown when a withdrawal does not begin within the time for which the calibration still counts.
    error DeviceRegistryNothingWithdrawn(bytes16 deviceId, uint32 calibration, uint40 withdrawnFrom, uint40 heldUntil);

    /// @notice Thrown when a device has as many entries of a kind as it can have.
    error DeviceRegistryHistoryFull(bytes16 deviceId, uint256 entries);

    /// @notice Registers a device at equipment that the caller runs.
    /// @param key Account that signs the device's readings; zero when it can't sign.
    function register(bytes16 deviceId, bytes16 equipmentId, address key) external;

    /// @notice Moves a device to other equipment; the caller must run both.
    function install(bytes16 deviceId, bytes16 equipmentId) external;

    /// @notice Gives a device a new key from now on; the caller must run the equipment it is installed at.
    /// @param key Zero when the device can't sign any more.
    function changeKey(bytes16 deviceId, address key) external;

    /// @notice Records a calibration of a device over [validFrom, validUntil); needs the role CALIBRATOR.
    function calibrate(bytes16 deviceId, uint40 validFrom, uint40 validUntil, bytes32 certificateHash)
        external
        returns (uint32 calibration);

    /// @notice Withdraws a calibration that was found wrong, from `withdrawnFrom` on; needs the role CALIBRATOR. What was
    ///         withdrawn can be withdrawn from an earlier second on, but is never restored: calibrate anew.
    /// @param withdrawnFrom At least the calibration's `validFrom`, before its `heldUntil`.
    function withdraw(bytes16 deviceId, uint32 calibration, uint40 withdrawnFrom, bytes32 reasonHash) external;

    /// @notice The device's latest installation, and the account that runs that equipment now; reverts when the device
    ///         is unknown.
    function deviceOf(bytes16 deviceId) external view returns (Installation memory installation, address holder);

    /// @notice The installation that held at `time`; reverts when the device was not registered yet.
    function installationAt(bytes16 deviceId, uint40 time) external view returns (Installation memory);

    /// @notice All installations of a device, oldest first; reverts when the device is unknown.
    function installationsOf(bytes16 deviceId) external view returns (Installation[] memory installations);

    /// @notice Whether a calibration that counts today covers `time`; false when the device is unknown.
    function isCalibratedAt(bytes16 deviceId, uint40 time) external view returns (bool);

    /// @notice All calibrations of a device, in the order they were recorded; none when it is unknown.
    function calibrationsOf(bytes16 deviceId) external view returns (Calibration[] memory);

    /// @notice All withdrawals of a device's calibrations, in the order they were recorded; none when it is unknown.
    function withdrawalsOf(bytes16 deviceId) external view returns (Withdrawal[] memory);
}
