// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleReports} from "../interfaces/IOracleReports.sol";

/// @title EIP-712 struct hash of an oracle report
library ReportHash {
    bytes32 private constant ENTRY_TYPEHASH = keccak256("Entry(bytes16 equipmentId,uint64 intensityPg)");

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(bytes16 businessId,uint40 periodStart,uint40 periodEnd,uint32 sequence,uint40 deadline,"
        "bytes32 formulaId,bytes32 evidenceRoot,uint96 declaredUg,Entry[] entries)"
        "Entry(bytes16 equipmentId,uint64 intensityPg)"
    );

    /// @notice Struct hash of the report with all its entries.
    function hash(IOracleReports.Report calldata report) internal pure returns (bytes32) {
        bytes32[] memory entries = new bytes32[](report.entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            IOracleReports.Entry calldata entry = report.entries[i];
            entries[i] = keccak256(abi.encode(ENTRY_TYPEHASH, entry.equipmentId, entry.intensityPg));
        }
        return keccak256(
            abi.encode(
                REPORT_TYPEHASH,
                report.businessId,
                report.periodStart,
                report.periodEnd,
                report.sequence,
                report.deadline,
                report.formulaId,
                report.evidenceRoot,
                report.declaredUg,
                keccak256(abi.encodePacked(entries))
            )
        );
    }
}
