// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleReports} from "../interfaces/IOracleReports.sol";

/// @title EIP-712 struct hash of an oracle report
library ReportHash {
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "Report(bytes16 businessId,uint40 periodStart,uint40 periodEnd,uint32 sequence,uint40 deadline,"
        "bytes32 formulaId,bytes32 evidenceRoot,uint96 declaredUg,bytes entries)"
    );

    /// @notice Struct hash of the report with all its entries.
    function hash(IOracleReports.Report calldata report) internal pure returns (bytes32) {
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
                keccak256(report.entries)
            )
        );
    }
}
