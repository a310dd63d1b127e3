// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IBusinessMirror, IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {BusinessNumbers} from "./libraries/BusinessNumbers.sol";

/// @title Registry of businesses
contract BusinessRegistry is AccessManaged, IBusinessRegistry {
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

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IBusinessRegistry
    function register(bytes16 businessId, address account, bytes32 endpointHash) external restricted {
        if (businessId == 0 || account == address(0)) revert BusinessRegistryZero();
        if (_holders[businessId].account != address(0)) revert BusinessRegistryIdTaken(businessId);
        if (_businesses[account].id != 0) revert BusinessRegistryAccountTaken(account);
        if (_count == BusinessNumbers.MAX_BUSINESSES) revert BusinessRegistryFull();
        uint24 number = BusinessNumbers.numberOf(++_count, account);
        _holders[businessId] = Holder(account, number);
        _businesses[account] = Business(businessId, number);
        _idsByNumber[number] = businessId;
        emit BusinessRegistered(businessId, account, endpointHash);
        if (address(_mirror) != address(0)) _mirror.admit(account);
    }

    /// @inheritdoc IBusinessRegistry
    function setMirror(address mirror) external restricted {
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
    function businessOf(address account) public view returns (bytes16 businessId, uint24 number) {
        Business storage business = _businesses[account];
        (businessId, number) = (business.id, business.number);
        if (businessId == 0) revert BusinessRegistryUnknownAccount(account);
    }
}
