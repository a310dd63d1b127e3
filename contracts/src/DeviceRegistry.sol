// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IDeviceRegistry} from "./interfaces/IDeviceRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {Timelines} from "./libraries/Timelines.sol";
import {Pausing} from "./Pausing.sol";

/// @title Registry of measuring devices
contract DeviceRegistry is Pausing, IDeviceRegistry {
    using Timelines for uint40[];

    uint256 private constant MAX_ENTRIES = 1000;

    IBusinessRegistry private immutable _businesses;
    IEquipment private immutable _equipment;

    /// @dev The times of installations stand beside them, for `Timelines`.
    mapping(bytes16 deviceId => Installation[]) private _installations;
    mapping(bytes16 deviceId => uint40[]) private _installationTimes;
    mapping(bytes16 deviceId => Calibration[]) private _calibrations;
    mapping(bytes16 deviceId => Withdrawal[]) private _withdrawals;

    constructor(address authority, IBusinessRegistry businesses, IEquipment equipment) Pausing(authority) {
        _businesses = businesses;
        _equipment = equipment;
    }

    /// @inheritdoc IDeviceRegistry
    function register(bytes16 deviceId, bytes16 equipmentId, address key) external whenNotPaused {
        if (deviceId == 0) revert DeviceRegistryZeroId();
        if (_installations[deviceId].length != 0) revert DeviceRegistryIdTaken(deviceId);
        _requireOwn(equipmentId);
        emit DeviceRegistered(deviceId, _businesses.idOf(msg.sender));
        _append(deviceId, equipmentId, key);
    }

    /// @inheritdoc IDeviceRegistry
    function install(bytes16 deviceId, bytes16 equipmentId) external whenNotPaused {
        Installation storage latest = _latest(deviceId);
        _requireOwn(latest.equipmentId);
        _requireOwn(equipmentId);
        if (equipmentId == latest.equipmentId) revert DeviceRegistrySameEquipment(deviceId, equipmentId);
        _append(deviceId, equipmentId, latest.key);
    }

    /// @inheritdoc IDeviceRegistry
    function changeKey(bytes16 deviceId, address key) external whenNotPaused {
        Installation storage latest = _latest(deviceId);
        _requireOwn(latest.equipmentId);
        if (key == latest.key) revert DeviceRegistrySameKey(deviceId, key);
        _append(deviceId, latest.equipmentId, key);
    }

    /// @inheritdoc IDeviceRegistry
    function calibrate(bytes16 deviceId, uint40 validFrom, uint40 validUntil, bytes32 certificateHash)
        external
        restricted
        whenNotPaused
        returns (uint32 calibration)
    {
        _latest(deviceId);
        if (certificateHash == 0) revert DeviceRegistryZeroHash(deviceId);
        if (validFrom >= validUntil) revert DeviceRegistryInvalidPeriod(deviceId, validFrom, validUntil);
        Calibration[] storage calibrations = _calibrations[deviceId];
        _requireRoom(deviceId, calibrations.length);
        uint40 since = uint40(block.timestamp);
        // At most MAX_ENTRIES.
        // forge-lint: disable-next-line(unsafe-typecast)
        calibration = uint32(calibrations.length);
        calibrations.push(Calibration(validFrom, validUntil, validUntil, since, certificateHash));
        emit DeviceCalibrated(deviceId, calibration, validFrom, validUntil, since, certificateHash);
    }

    /// @inheritdoc IDeviceRegistry
    function withdraw(bytes16 deviceId, uint32 calibration, uint40 withdrawnFrom, bytes32 reasonHash)
        external
        restricted
        whenNotPaused
    {
        if (calibration >= _calibrations[deviceId].length) {
            revert DeviceRegistryUnknownCalibration(deviceId, calibration);
        }
        if (reasonHash == 0) revert DeviceRegistryZeroHash(deviceId);
        Calibration storage wrong = _calibrations[deviceId][calibration];
        if (withdrawnFrom < wrong.validFrom || withdrawnFrom >= wrong.heldUntil) {
            revert DeviceRegistryNothingWithdrawn(deviceId, calibration, withdrawnFrom, wrong.heldUntil);
        }
        _requireRoom(deviceId, _withdrawals[deviceId].length);
        uint40 since = uint40(block.timestamp);
        // Follows from the withdrawals, which are all kept; it stands here so that looking it up stays cheap.
        wrong.heldUntil = withdrawnFrom;
        _withdrawals[deviceId].push(Withdrawal(calibration, withdrawnFrom, since, reasonHash));
        emit CalibrationWithdrawn(deviceId, calibration, withdrawnFrom, since, reasonHash);
    }

    /// @inheritdoc IDeviceRegistry
    function deviceOf(bytes16 deviceId) external view returns (Installation memory installation, address holder) {
        installation = _latest(deviceId);
        (holder,) = _equipment.equipmentOf(installation.equipmentId);
    }

    /// @inheritdoc IDeviceRegistry
    function installationAt(bytes16 deviceId, uint40 time) external view returns (Installation memory) {
        _latest(deviceId);
        uint256 come = _installationTimes[deviceId].comeBy(time);
        if (come == 0) revert DeviceRegistryNotInstalled(deviceId, time);
        return _installations[deviceId][come - 1];
    }

    /// @inheritdoc IDeviceRegistry
    function installationsOf(bytes16 deviceId) external view returns (Installation[] memory installations) {
        _latest(deviceId);
        return _installations[deviceId];
    }

    /// @inheritdoc IDeviceRegistry
    function isCalibratedAt(bytes16 deviceId, uint40 time) external view returns (bool) {
        Calibration[] storage calibrations = _calibrations[deviceId];
        uint256 count = calibrations.length;
        for (uint256 i = 0; i < count; ++i) {
            Calibration storage calibration = calibrations[i];
            if (calibration.validFrom <= time && time < calibration.heldUntil) return true;
        }
        return false;
    }

    /// @inheritdoc IDeviceRegistry
    function calibrationsOf(bytes16 deviceId) external view returns (Calibration[] memory) {
        return _calibrations[deviceId];
    }

    /// @inheritdoc IDeviceRegistry
    function withdrawalsOf(bytes16 deviceId) external view returns (Withdrawal[] memory) {
        return _withdrawals[deviceId];
    }

    function _append(bytes16 deviceId, bytes16 equipmentId, address key) private {
        _requireRoom(deviceId, _installations[deviceId].length);
        bytes16 businessId = _businesses.idOf(msg.sender);
        uint40 since = _installationTimes[deviceId].append();
        _installations[deviceId].push(Installation(equipmentId, businessId, key, since));
        emit DeviceInstalled(deviceId, equipmentId, businessId, key, since);
    }

    function _requireOwn(bytes16 equipmentId) private view {
        (address holder,) = _equipment.equipmentOf(equipmentId);
        if (holder != msg.sender) revert DeviceRegistryNotOwnEquipment(equipmentId, msg.sender);
    }

    function _requireRoom(bytes16 deviceId, uint256 entries) private pure {
        if (entries == MAX_ENTRIES) revert DeviceRegistryHistoryFull(deviceId, entries);
    }

    /// @dev Reverts when the device is unknown.
    function _latest(bytes16 deviceId) private view returns (Installation storage latest) {
        Installation[] storage installations = _installations[deviceId];
        uint256 count = installations.length;
        if (count == 0) revert DeviceRegistryUnknown(deviceId);
        return installations[count - 1];
    }
}
