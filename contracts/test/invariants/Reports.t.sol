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
            ReportsHandler.Written[] memory written = _handler.written(machine);
            uint32[] memory numbers = _reports.recordsOf(machine);
            vm.assertEq(_reports.recordCount(machine), written.length);
            vm.assertEq(numbers.length, written.length);
            for (uint256 j = 0; j < written.length; ++j) {
                vm.assertEq(numbers[j], written[j].number);
                IOracleReports.IntensityRecord memory record = _reports.recordOf(machine, numbers[j]);
                vm.assertEq(keccak256(abi.encode(record)), keccak256(abi.encode(written[j].record)));
                if (j > 0) vm.assertLe(written[j - 1].record.periodEnd, record.periodStart);
                _foundAt(machine, record.periodStart, written[j]);
                _foundAt(machine, record.periodEnd - 1, written[j]);
            }
        }
        bytes16[3] memory businessIds = _handler.businessIds();
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(_reports.nextSequence(businessIds[i]), _handler.accepted(businessIds[i]));
        }
    }

    function _foundAt(bytes16 machine, uint40 time, ReportsHandler.Written memory written) private view {
        IOracleReports.IntensityRecord memory record = _reports.intensityAt(machine, time);
        vm.assertEq(keccak256(abi.encode(record)), keccak256(abi.encode(written.record)));
    }
}
