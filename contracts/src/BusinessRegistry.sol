// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";

/// @title Registry of businesses
contract BusinessRegistry is AccessManaged, IBusinessRegistry {
    mapping(bytes16 businessId => address account) private _accounts;
    mapping(address account => bytes16 businessId) private _ids;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IBusinessRegistry
    function register(bytes16 businessId, address account, bytes32 endpointHash) external restricted {
        if (businessId == 0 || account == address(0)) revert BusinessRegistryZero();
        if (_accounts[businessId] != address(0)) revert BusinessRegistryIdTaken(businessId);
        if (_ids[account] != 0) revert BusinessRegistryAccountTaken(account);
        _accounts[businessId] = account;
        _ids[account] = businessId;
        emit BusinessRegistered(businessId, account, endpointHash);
    }

    /// @inheritdoc IBusinessRegistry
    function idOf(address account) external view returns (bytes16 businessId) {
        businessId = _ids[account];
        if (businessId == 0) revert BusinessRegistryUnknownAccount(account);
    }

    /// @inheritdoc IBusinessRegistry
    function accountOf(bytes16 businessId) external view returns (address account) {
        account = _accounts[businessId];
        if (account == address(0)) revert BusinessRegistryUnknownId(businessId);
    }

    /// @inheritdoc IBusinessRegistry
    function isRegistered(address account) external view returns (bool) {
        return _ids[account] != 0;
    }
}
