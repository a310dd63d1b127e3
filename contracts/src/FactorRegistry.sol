// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IFactorRegistry} from "./interfaces/IFactorRegistry.sol";
import {Pausing} from "./Pausing.sol";

/// @title Registry of emission factors for external materials and energies
contract FactorRegistry is Pausing, IFactorRegistry {
    mapping(bytes16 factorId => Factor) private _factors;
    /// @dev One later than the Unix time, so that zero means never.
    mapping(bytes16 factorId => uint256) private _withdrawals;

    constructor(address authority) Pausing(authority) {}

    /// @inheritdoc IFactorRegistry
    function register(bytes16 factorId, Factor calldata factor) external restricted whenNotPaused {
        if (factorId == 0 || factor.sourceHash == 0 || factor.validFrom >= factor.validUntil) {
            revert FactorRegistryInvalid(factorId);
        }
        if (_factors[factorId].sourceHash != 0) revert FactorRegistryTaken(factorId);
        _factors[factorId] = factor;
        emit FactorRegistered(
            factorId,
            factor.intensityPg,
            factor.validFrom,
            factor.validUntil,
            factor.unit,
            factor.gwpSet,
            factor.sourceHash
        );
    }

    /// @inheritdoc IFactorRegistry
    function withdraw(bytes16 factorId, uint40 withdrawnFrom, bytes32 reasonHash) external restricted whenNotPaused {
        factorOf(factorId);
        if (reasonHash == 0) revert FactorRegistryInvalid(factorId);
        if (withdrawnFrom >= withdrawnFromOf(factorId)) revert FactorRegistryWithdrawn(factorId, withdrawnFrom);
        _withdrawals[factorId] = uint256(withdrawnFrom) + 1;
        emit FactorWithdrawn(factorId, withdrawnFrom, reasonHash);
    }

    /// @inheritdoc IFactorRegistry
    function factorFor(bytes16 factorId, uint40 periodStart, uint40 periodEnd)
        external
        view
        returns (Factor memory factor)
    {
        factor = factorOf(factorId);
        if (periodStart < factor.validFrom || periodEnd > factor.validUntil || periodEnd > withdrawnFromOf(factorId)) {
            revert FactorRegistryNotValid(factorId, periodStart, periodEnd);
        }
    }

    /// @inheritdoc IFactorRegistry
    function withdrawnFromOf(bytes16 factorId) public view returns (uint40) {
        uint256 withdrawal = _withdrawals[factorId];
        // One more than 40 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return withdrawal == 0 ? type(uint40).max : uint40(withdrawal - 1);
    }

    /// @inheritdoc IFactorRegistry
    function factorOf(bytes16 factorId) public view returns (Factor memory factor) {
        factor = _factors[factorId];
        if (factor.sourceHash == 0) revert FactorRegistryUnknown(factorId);
    }
}
