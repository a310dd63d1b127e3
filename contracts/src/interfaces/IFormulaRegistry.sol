// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Registry of formulas
/// @notice A formula document's version and content hash; every figure on the ledger names one.
interface IFormulaRegistry {
    /// @param formulaId keccak256 of the formula document's bytes.
    /// @param name Name and version in ASCII, for example "tanso-cfp@1".
    event FormulaRegistered(bytes32 indexed formulaId, bytes32 indexed name);

    /// @notice Thrown when the content hash or the name is zero.
    error FormulaRegistryZero();

    /// @notice Thrown when the formula is registered already.
    error FormulaRegistryTaken(bytes32 formulaId);

    /// @notice Thrown when a name with its version stands for another document already.
    error FormulaRegistryNameTaken(bytes32 name, bytes32 formulaId);

    /// @notice Thrown when a figure names a formula that is not registered.
    error FormulaRegistryUnknown(bytes32 formulaId);

    /// @notice Registers a formula document by its content hash; needs the role REGISTRAR.
    function register(bytes32 formulaId, bytes32 name) external;

    /// @notice Name of a formula; reverts when it is not registered.
    function nameOf(bytes32 formulaId) external view returns (bytes32 name);
}
