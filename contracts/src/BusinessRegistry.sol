// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessMirror, IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {BusinessNumbers} from "./libraries/BusinessNumbers.sol";
import {Timelines} from "./libraries/Timelines.sol";
import {Pausing} from "./Pausing.sol";

/// @title Registry of businesses
contract BusinessRegistry is Pausing, IBusinessRegistry {
    using Timelines for uint40[];

    /// @dev One slot.
    struct Holder {
        address account;
        uint24 number;
    }

    /// @dev One slot.
    struct Business {
        bytes16 id;
        uint24 number;
    }

    uint256 private _count;
    IBusinessMirror private _mirror;
    mapping(bytes16 businessId => Holder) private _holders;
    mapping(address account => Business) private _businesses;
    mapping(uint24 number => bytes16 businessId) private _idsByNumber;
    /// @dev Hashes of a business's endpoints, and since when each holds.
    mapping(bytes16 businessId => bytes32[]) private _endpoints;
    mapping(bytes16 businessId => uint40[]) private _endpointTimes;

    constructor(address authority) Pausing(authority) {}

    /// @inheritdoc IBusinessRegistry
    function register(bytes16 businessId, address account, bytes32 endpointHash) external restricted whenNotPaused {
        if (businessId == 0 || account == address(0) || endpointHash == 0) revert BusinessRegistryZero();
        if (_holders[businessId].account != address(0)) revert BusinessRegistryIdTaken(businessId);
        if (_businesses[account].id != 0) revert BusinessRegistryAccountTaken(account);
        if (_count == BusinessNumbers.MAX_BUSINESSES) revert BusinessRegistryFull();
        uint24 number = BusinessNumbers.numberOf(++_count, account);
        _holders[businessId] = Holder(account, number);
        _businesses[account] = Business(businessId, number);
        _idsByNumber[number] = businessId;
        _endpoints[businessId].push(endpointHash);
        _endpointTimes[businessId].append();
        emit BusinessRegistered(businessId, account, endpointHash);
        if (address(_mirror) != address(0)) {
            // It may be paused, and then reads the registry when it has to.
            try _mirror.admit(account) {} catch {}
        }
    }

    /// @inheritdoc IBusinessRegistry
    function setEndpoint(bytes32 endpointHash) external whenNotPaused {
        (bytes16 businessId,) = businessOf(msg.sender);
        if (endpointHash == 0) revert BusinessRegistryZero();
        _endpoints[businessId].push(endpointHash);
        uint40 since = _endpointTimes[businessId].append();
        emit BusinessEndpointChanged(businessId, endpointHash, since);
    }

    /// @inheritdoc IBusinessRegistry
    function setMirror(address mirror) external restricted whenNotPaused {
        if (mirror == address(0)) revert BusinessRegistryZero();
        if (address(_mirror) != address(0)) revert BusinessRegistryMirrorSet(address(_mirror));
        _mirror = IBusinessMirror(mirror);
        emit BusinessMirrorSet(mirror);
    }

    /// @inheritdoc IBusinessRegistry
    function idOf(address account) external view returns (bytes16 businessId) {
        (businessId,) = businessOf(account);
    }

    /// @inheritdoc IBusinessRegistry
    function accountOf(bytes16 businessId) external view returns (address account) {
        account = _holders[businessId].account;
        if (account == address(0)) revert BusinessRegistryUnknownId(businessId);
    }

    /// @inheritdoc IBusinessRegistry
    function numberOf(bytes16 businessId) external view returns (uint24 number) {
        return _holders[businessId].number;
    }

    /// @inheritdoc IBusinessRegistry
    function idOfNumber(uint24 number) external view returns (bytes16 businessId) {
        return _idsByNumber[number];
    }

    /// @inheritdoc IBusinessRegistry
    function isRegistered(address account) external view returns (bool) {
        return _businesses[account].id != 0;
    }

    /// @inheritdoc IBusinessRegistry
    function endpointsOf(bytes16 businessId) external view returns (Endpoint[] memory endpoints) {
        bytes32[] storage hashes = _endpoints[businessId];
        uint256 count = hashes.length;
        if (count == 0) revert BusinessRegistryUnknownId(businessId);
        endpoints = new Endpoint[](count);
        for (uint256 i = 0; i < count; ++i) {
            endpoints[i] = Endpoint(hashes[i], _endpointTimes[businessId][i]);
        }
    }

    /// @inheritdoc IBusinessRegistry
    function endpointAt(bytes16 businessId, uint40 time) external view returns (bytes32 endpointHash) {
        bytes32[] storage hashes = _endpoints[businessId];
        if (hashes.length == 0) revert BusinessRegistryUnknownId(businessId);
        uint256 come = _endpointTimes[businessId].comeBy(time);
        if (come == 0) revert BusinessRegistryNoEndpoint(businessId, time);
        return hashes[come - 1];
    }

    /// @inheritdoc IBusinessRegistry
    function businessOf(address account) public view returns (bytes16 businessId, uint24 number) {
        Business storage business = _businesses[account];
        (businessId, number) = (business.id, business.number);
        if (businessId == 0) revert BusinessRegistryUnknownAccount(account);
    }
}
