// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";
import {Pausing} from "./Pausing.sol";

/// @title Registry of formulas
contract FormulaRegistry is Pausing, IFormulaRegistry {
    struct Formula {
        bytes32 name;
        uint32 version;
        uint32 number;
    }

    /// @inheritdoc IFormulaRegistry
    uint32 public count;

    /// @inheritdoc IFormulaRegistry
    mapping(bytes32 name => uint32) public latestVersionOf;

    mapping(bytes32 formulaId => Formula) private _formulas;
    mapping(uint32 number => bytes32 formulaId) private _idsByNumber;
    mapping(bytes32 name => mapping(uint32 version => bytes32 formulaId)) private _idsByVersion;

    constructor(address authority) Pausing(authority) {}

    /// @inheritdoc IFormulaRegistry
    function register(bytes32 formulaId, bytes32 name, uint32 version) external restricted whenNotPaused {
        if (formulaId == 0 || name == 0) revert FormulaRegistryZero();
        if (_formulas[formulaId].name != 0) revert FormulaRegistryTaken(formulaId);
        uint32 expected = latestVersionOf[name] + 1;
        if (version != expected) revert FormulaRegistryWrongVersion(name, version, expected);
        uint32 number = ++count;
        latestVersionOf[name] = version;
        _formulas[formulaId] = Formula(name, version, number);
        _idsByNumber[number] = formulaId;
        _idsByVersion[name][version] = formulaId;
        emit FormulaRegistered(formulaId, name, version, number);
    }

    /// @inheritdoc IFormulaRegistry
    function nameOf(bytes32 formulaId) external view returns (bytes32 name) {
        return _formula(formulaId).name;
    }

    /// @inheritdoc IFormulaRegistry
    function formulaOf(bytes32 formulaId) external view returns (bytes32 name, uint32 version) {
        Formula storage formula = _formula(formulaId);
        return (formula.name, formula.version);
    }

    /// @inheritdoc IFormulaRegistry
    function numberOf(bytes32 formulaId) external view returns (uint32 number) {
        return _formula(formulaId).number;
    }

    /// @inheritdoc IFormulaRegistry
    function idOfNumber(uint32 number) external view returns (bytes32 formulaId) {
        formulaId = _idsByNumber[number];
        if (formulaId == 0) revert FormulaRegistryUnknownNumber(number);
    }

    /// @inheritdoc IFormulaRegistry
    function versionOf(bytes32 name, uint32 version) external view returns (bytes32 formulaId) {
        formulaId = _idsByVersion[name][version];
        if (formulaId == 0) revert FormulaRegistryUnknownVersion(name, version);
    }

    /// @dev Formulas are recognized by their name, which is never zero.
    function _formula(bytes32 formulaId) private view returns (Formula storage formula) {
        formula = _formulas[formulaId];
        if (formula.name == 0) revert FormulaRegistryUnknown(formulaId);
    }
}
