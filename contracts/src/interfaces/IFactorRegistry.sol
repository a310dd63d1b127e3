// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Unit} from "./Types.sol";

/// @title Registry of emission factors for external materials and energies
/// @notice Values that come from no meter of the network. A factor is never changed: a new version is a new ID.
///         A value has a fixed scale, 10^-12 g: it is a whole number of picograms CO2e per whole base unit, so 0.254 g
///         of CO2e per gram of resin is 254,000,000,000.
interface IFactorRegistry {
    /// @param intensityPg The factor's value: picograms (10^-12 g) CO2e per base unit of activity. May be zero.
    /// @param validFrom First second (Unix time) for which the factor holds.
    /// @param validUntil First second for which it holds no longer.
    /// @param unit Base unit of the activity.
    /// @param gwpSet Set of global warming potentials in ASCII, for example "AR6".
    /// @param sourceHash keccak256 of the document that names publisher, year, geography and basis.
    struct Factor {
        uint64 intensityPg;
        uint40 validFrom;
        uint40 validUntil;
        Unit unit;
        bytes8 gwpSet;
        bytes32 sourceHash;
    }

    /// @param intensityPg Picograms CO2e per base unit of activity; the other fields as in `Factor`.
    event FactorRegistered(
        bytes16 indexed factorId,
        uint64 intensityPg,
        uint40 validFrom,
        uint40 validUntil,
        Unit unit,
        bytes8 gwpSet,
        bytes32 sourceHash
    );

    /// @notice A factor that was found wrong counts no longer for periods that end after `withdrawnFrom`, Unix time.
    /// @param reasonHash keccak256 of the reason.
    event FactorWithdrawn(bytes16 indexed factorId, uint40 withdrawnFrom, bytes32 reasonHash);

    /// @notice Thrown when the ID is zero, the source or the reason is missing or the validity is empty.
    error FactorRegistryInvalid(bytes16 factorId);

    /// @notice Thrown when the ID is registered already.
    error FactorRegistryTaken(bytes16 factorId);

    /// @notice Thrown when no factor has this ID.
    error FactorRegistryUnknown(bytes16 factorId);

    /// @notice Thrown when a withdrawal does not reach further back than the last one: it is never taken back.
    error FactorRegistryWithdrawn(bytes16 factorId, uint40 withdrawnFrom);

    /// @notice Thrown when a factor does not hold for the time it is used for, or was withdrawn.
    error FactorRegistryNotValid(bytes16 factorId, uint40 periodStart, uint40 periodEnd);

    /// @notice Registers a factor; needs the role REGISTRAR.
    function register(bytes16 factorId, Factor calldata factor) external;

    /// @notice Withdraws a factor that was found wrong, for good: it stays readable, and what was settled with it stays
    ///         settled; needs the role REGISTRAR.
    /// @param withdrawnFrom Unix time: periods that end later can't use the factor.
    function withdraw(bytes16 factorId, uint40 withdrawnFrom, bytes32 reasonHash) external;

    /// @notice From when on the factor is withdrawn, Unix time; 2^40 - 1 when it is not.
    function withdrawnFromOf(bytes16 factorId) external view returns (uint40);

    /// @notice The factor with this ID; reverts when there is none.
    function factorOf(bytes16 factorId) external view returns (Factor memory);

    /// @notice The factor with this ID; reverts unless it holds for the whole period [periodStart, periodEnd).
    function factorFor(bytes16 factorId, uint40 periodStart, uint40 periodEnd) external view returns (Factor memory);
}
