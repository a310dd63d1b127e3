// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";

/// @notice Five hourly periods with a gap of an hour after each.
contract OracleReportsIntensityAtTest is World {
    bytes16 private immutable FURNACE = id("furnace");

    function setUp() public override {
        super.setUp();
        vm.prank(steel);
        equipment.register(FURNACE, Unit.Second);
        for (uint40 i = 0; i < 5; ++i) {
            IOracleReports.Report memory report = reportOf(steelId, FURNACE, 100 + uint64(i));
            report.periodStart = START + i * 2 hours;
            report.periodEnd = report.periodStart + 1 hours;
            submit(report);
        }
    }

    function testFuzz_intensityAt_findsThePeriodOrSaysThatThereIsNone(uint256 seed) public {
        uint40 time = uint40(between(seed, START - 1 hours, START + 11 hours));
        uint40 since = time < START ? 1 hours : time - START;
        if (since % 2 hours < 1 hours && since < 10 hours) {
            vm.assertEq(reports.intensityAt(FURNACE, time).intensityPg, 100 + since / 2 hours);
        } else {
            _assertNone(time);
        }
    }

    function test_intensityAt_holdsFromTheFirstSecondToTheLast() public view {
        vm.assertEq(reports.intensityAt(FURNACE, START).intensityPg, 100);
        vm.assertEq(reports.intensityAt(FURNACE, START + 1 hours - 1).intensityPg, 100);
        vm.assertEq(reports.intensityAt(FURNACE, START + 9 hours - 1).intensityPg, 104);
    }

    function test_intensityAt_findsNothingBeforeBetweenAndAfter() public {
        _assertNone(START - 1);
        _assertNone(START + 1 hours);
        _assertNone(START + 9 hours);
        _assertNone(0);
        _assertNone(type(uint40).max);
    }

    function test_intensityAt_findsNothingWithoutAnyReport() public {
        vm.prank(parts);
        equipment.register(id("press"), Unit.Second);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsNoIntensity.selector, id("press")));
        reports.intensityAt(id("press"), START);
    }

    function test_recordOf_refusesAnIndexPastTheHistory() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsNoIntensity.selector, FURNACE));
        reports.recordOf(FURNACE, 5);
    }

    function _assertNone(uint40 time) private {
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsNoIntensity.selector, FURNACE));
        reports.intensityAt(FURNACE, time);
    }
}
