// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "../interfaces/ICredits.sol";

/// @title EIP-712 struct hash and ID of an attested reduction
library ReductionHash {
    bytes32 private constant REDUCTION_TYPEHASH = keccak256(
        "Reduction(bytes16 equipmentId,bytes16 programmeId,uint40 periodStart,uint40 periodEnd,uint96 reductionUg,"
        "uint64 baselinePg,uint40 deadline,bytes32 methodologyId,bytes32 evidenceRoot)"
    );

    /// @notice Struct hash of the reduction.
    function hash(ICredits.Reduction calldata reduction) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                REDUCTION_TYPEHASH,
                reduction.equipmentId,
                reduction.programmeId,
                reduction.periodStart,
                reduction.periodEnd,
                reduction.reductionUg,
                reduction.baselinePg,
                reduction.deadline,
                reduction.methodologyId,
                reduction.evidenceRoot
            )
        );
    }

    /// @notice ID of the reduction: keccak256 of abi.encode(equipment, period start, period end).
    function idOf(ICredits.Reduction calldata reduction) internal pure returns (bytes32) {
        return keccak256(abi.encode(reduction.equipmentId, reduction.periodStart, reduction.periodEnd));
    }
}
