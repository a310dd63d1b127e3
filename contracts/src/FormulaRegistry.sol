// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";

/// @title Registry of formulas
contract FormulaRegistry is AccessManaged, IFormulaRegistry {
    mapping(bytes32 formulaId => bytes32 name) private _names;
    mapping(bytes32 name => bytes32 formulaId) private _ids;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IFormulaRegistry
    function register(bytes32 formulaId, bytes32 name) external restricted {
        if (formulaId == 0 || name == 0) revert FormulaRegistryZero();
        if (_names[formulaId] != 0) revert FormulaRegistryTaken(formulaId);
        if (_ids[name] != 0) revert FormulaRegistryNameTaken(name, _ids[name]);
        _names[formulaId] = name;
        _ids[name] = formulaId;
        emit FormulaRegistered(formulaId, name);
    }

    /// @inheritdoc IFormulaRegistry
    function nameOf(bytes32 formulaId) external view returns (bytes32 name) {
        name = _names[formulaId];
        if (name == 0) revert FormulaRegistryUnknown(formulaId);
    }
}
