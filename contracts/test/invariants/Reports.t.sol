// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {ReportsHandler} from "./ReportsHandler.sol";
import {Suite} from "./Suite.sol";

/// @notice What was recorded stays: history is only ever added to.
contract ReportsInvariants is Suite {
    ReportsHandler private _handler;
    IOracleReports private _reports;

    function setUp() public {
        _handler = new ReportsHandler();
        _reports = _handler.ledger();
        target(_handler);
    }

    /// @dev Each record reads as it was written, periods rise and never overlap, and each business's reports are
    ///      counted without gap.
    function invariant_recordsAreAppendedOnly() public view {
        for (uint256 i = 0; i < 6; ++i) {
            bytes16 machine = _handler.machines(i);
            IOracleReports.IntensityRecord[] memory written = _handler.written(machine);
            vm.assertEq(_reports.recordCount(machine), written.length);
            for (uint32 j = 0; j < written.length; ++j) {
                IOracleReports.IntensityRecord memory record = _reports.recordOf(machine, j);
                vm.assertEq(keccak256(abi.encode(record)), keccak256(abi.encode(written[j])));
                if (j > 0) vm.assertLe(written[j - 1].periodEnd, record.periodStart);
                record = _reports.intensityAt(machine, record.periodEnd - 1);
                vm.assertEq(keccak256(abi.encode(record)), keccak256(abi.encode(written[j])));
            }
        }
        bytes16[3] memory businessIds = _handler.businessIds();
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(_reports.nextSequence(businessIds[i]), _handler.accepted(businessIds[i]));
        }
    }
}
