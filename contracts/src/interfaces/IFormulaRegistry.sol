// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Registry of formulas
/// @notice A formula document's name, version and content hash; every figure on the ledger names one.
/// @dev Formulas are also numbered from 1 in order of registration, so that other contracts can pack which one they
///      mean into 32 bits. Nothing here is ever changed or removed.
interface IFormulaRegistry {
    /// @param formulaId keccak256 of the formula document's bytes.
    /// @param name Name in ASCII, without version, for example "tanso-cfp".
    /// @param version Version of the name: 1, 2, 3 …
    /// @param number Rank of registration among all formulas, from 1.
    event FormulaRegistered(bytes32 indexed formulaId, bytes32 indexed name, uint32 version, uint32 number);

    /// @notice Thrown when the content hash or the name is zero.
    error FormulaRegistryZero();

    /// @notice Thrown when the formula is registered already.
    error FormulaRegistryTaken(bytes32 formulaId);

    /// @notice Thrown when a version is not the next one of its name: versions are 1, 2, 3 … without gap.
    error FormulaRegistryWrongVersion(bytes32 name, uint32 given, uint32 expected);

    /// @notice Thrown when a figure names a formula that is not registered.
    error FormulaRegistryUnknown(bytes32 formulaId);

    /// @notice Thrown when no formula has this number.
    error FormulaRegistryUnknownNumber(uint32 number);

    /// @notice Thrown when a name has no such version.
    error FormulaRegistryUnknownVersion(bytes32 name, uint32 version);

    /// @notice Registers a formula document by its content hash; needs the role REGISTRAR.
    /// @param version One more than the name's latest version; 1 for a new name.
    function register(bytes32 formulaId, bytes32 name, uint32 version) external;

    /// @notice Name of a formula without its version; reverts when it is not registered.
    function nameOf(bytes32 formulaId) external view returns (bytes32 name);

    /// @notice Name and version of a formula; reverts when it is not registered.
    function formulaOf(bytes32 formulaId) external view returns (bytes32 name, uint32 version);

    /// @notice Number of a formula, from 1; reverts when it is not registered.
    function numberOf(bytes32 formulaId) external view returns (uint32 number);

    /// @notice The formula with this number; reverts when there is none.
    function idOfNumber(uint32 number) external view returns (bytes32 formulaId);

    /// @notice The formula that is this version of the name; reverts when there is none.
    function versionOf(bytes32 name, uint32 version) external view returns (bytes32 formulaId);

    /// @notice Latest version of a name; zero when it has none.
    function latestVersionOf(bytes32 name) external view returns (uint32 version);

    /// @notice Number of formulas, which is the number of the last one.
    function count() external view returns (uint32);
}
