// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";

contract OracleReportsSubmitTest is World {
    bytes16 private immutable FURNACE = id("furnace");
    bytes16 private immutable MILL = id("mill");

    function setUp() public override {
        super.setUp();
        vm.startPrank(steel);
        equipment.register(FURNACE, Unit.Second);
        equipment.register(MILL, Unit.Second);
        vm.stopPrank();
    }

    function test_submit_registersIntensitiesAndDeclaresEmissions() public {
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 4_184_000_000_000);
        report.entries = _twoEntries();
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectEmit();
        emit IOracleReports.ReportAccepted(
            steelId, 0, START, END, FORMULA, report.evidenceRoot, 1_000_000, report.entries, hex"0000"
        );
        vm.prank(stranger);
        reports.submit(report, list);
        vm.assertEq(reports.nextSequence(steelId), 1);
        vm.assertEq(reports.recordCount(FURNACE), 1);
        IOracleReports.IntensityRecord memory record = reports.recordOf(FURNACE, 0);
        vm.assertEq(record.periodStart, START);
        vm.assertEq(record.periodEnd, END);
        vm.assertEq(record.intensityPg, 7);
        vm.assertEq(record.sequence, 0);
    }

    function test_submit_withoutEntriesStillDeclares() public {
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 1);
        report.entries = "";
        submit(report);
        vm.assertEq(reports.nextSequence(steelId), 1);
        vm.assertEq(reports.recordCount(FURNACE), 0);
    }

    function test_submit_appendsToTheHistoryAndChangesNoRecord() public {
        submit(reportOf(steelId, FURNACE, 5));
        vm.warp(END + 1 days);
        IOracleReports.Report memory next = reportOf(steelId, FURNACE, 6);
        (next.periodStart, next.periodEnd, next.deadline) = (END, END + 1 days, END + 2 days);
        submit(next);
        vm.assertEq(reports.recordCount(FURNACE), 2);
        vm.assertEq(reports.recordOf(FURNACE, 0).intensityPg, 5);
        vm.assertEq(reports.recordOf(FURNACE, 1).intensityPg, 6);
        vm.assertEq(reports.recordOf(FURNACE, 1).sequence, 1);
    }

    function test_submit_ofAnEarlierPeriodAfterALaterOneKeepsBoth() public {
        submit(reportOf(steelId, FURNACE, 5));
        IOracleReports.Report memory earlier = reportOf(steelId, MILL, 6);
        (earlier.periodStart, earlier.periodEnd) = (START - 2 days, START - 1 days);
        submit(earlier);
        vm.assertEq(reports.recordOf(MILL, 1).periodStart, START - 2 days);
        vm.assertEq(reports.recordOf(MILL, 1).periodEnd, START - 1 days);
        vm.assertEq(reports.latestEndOf(steelId), END);
        vm.assertEq(reports.intensityAt(MILL, START - 1 days - 1).intensityPg, 6);
        vm.assertEq(reports.intensityAt(FURNACE, END - 1).intensityPg, 5);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsNoIntensity.selector, MILL));
        reports.intensityAt(MILL, START - 1);
        // The furnace's last period is found behind it.
        IOracleReports.Report memory overlapping = reportOf(steelId, FURNACE, 7);
        (overlapping.periodStart, overlapping.periodEnd) = (END - 1, END + 1);
        bytes[] memory list = signatures(reports.digestOf(overlapping), 2);
        vm.expectRevert(
            abi.encodeWithSelector(IOracleReports.OracleReportsPeriodOverlaps.selector, FURNACE, END - 1, END)
        );
        reports.submit(overlapping, list);
    }

    function test_submit_refusesTheSameMachineTwiceAlsoWithoutEmissions() public {
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 0);
        report.entries = bytes.concat(entry(FURNACE, 0), entry(FURNACE, 0));
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(
            abi.encodeWithSelector(IOracleReports.OracleReportsPeriodOverlaps.selector, FURNACE, START, END)
        );
        reports.submit(report, list);
    }

    function test_submit_ofMoreMachinesThanAWordHasBytes() public {
        bytes memory entries;
        for (uint256 i = 0; i < 70; ++i) {
            bytes16 machine = bytes16(keccak256(abi.encode("machine", i)));
            vm.prank(steel);
            equipment.register(machine, Unit.Second);
            entries = bytes.concat(entries, entry(machine, uint64(i)));
        }
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 0);
        report.entries = entries;
        submit(report);
        for (uint256 i = 0; i < 70; ++i) {
            vm.assertEq(reports.recordOf(bytes16(keccak256(abi.encode("machine", i))), 0).intensityPg, i);
        }
        vm.assertEq(reports.recordCount(FURNACE), 0);
    }

    function test_submit_acceptsAPeriodThatEndsNowAndADeadlineOfNow() public {
        vm.warp(END);
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 5);
        report.deadline = END;
        submit(report);
        vm.assertEq(reports.recordCount(FURNACE), 1);
    }

    function test_submit_refusesAPeriodThatEndsInTheFuture() public {
        vm.warp(END - 1);
        _refuse(
            reportOf(steelId, FURNACE, 5),
            abi.encodeWithSelector(IOracleReports.OracleReportsInvalidPeriod.selector, START, END)
        );
    }

    function test_submit_refusesAnEmptyPeriod() public {
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 5);
        report.periodStart = END;
        _refuse(report, abi.encodeWithSelector(IOracleReports.OracleReportsInvalidPeriod.selector, END, END));
    }

    function test_submit_refusesAnUnknownBusiness() public {
        IOracleReports.Report memory report = reportOf(id("nobody"), FURNACE, 5);
        _refuse(report, abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownId.selector, id("nobody")));
    }

    function test_submit_refusesAnUnknownFormula() public {
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 5);
        report.formulaId = keccak256("unknown");
        _refuse(report, abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknown.selector, keccak256("unknown")));
    }

    function test_submit_refusesUnknownEquipment() public {
        _refuse(
            reportOf(steelId, id("press"), 5), abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("press"))
        );
    }

    function test_submit_refusesEquipmentOfAnotherBusiness() public {
        _refuse(
            reportOf(partsId, FURNACE, 5),
            abi.encodeWithSelector(IOracleReports.OracleReportsNotEquipmentOf.selector, partsId, FURNACE)
        );
    }

    function test_submit_refusesAPeriodThatOverlapsTheLastOneByASecond() public {
        submit(reportOf(steelId, FURNACE, 5));
        IOracleReports.Report memory next = reportOf(steelId, FURNACE, 6);
        (next.periodStart, next.periodEnd) = (END - 1, NOW);
        _refuse(
            next, abi.encodeWithSelector(IOracleReports.OracleReportsPeriodOverlaps.selector, FURNACE, END - 1, END)
        );
    }

    function test_submit_refusesAnEquipmentTwiceInOneReport() public {
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 5);
        report.entries = bytes.concat(entry(FURNACE, 7), entry(FURNACE, 0));
        _refuse(
            report, abi.encodeWithSelector(IOracleReports.OracleReportsPeriodOverlaps.selector, FURNACE, START, END)
        );
        vm.assertEq(reports.nextSequence(steelId), 0);
    }

    function _twoEntries() private view returns (bytes memory) {
        return bytes.concat(entry(FURNACE, 7), entry(MILL, 0));
    }

    function _refuse(IOracleReports.Report memory report, bytes memory reason) private {
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(reason);
        reports.submit(report, list);
    }
}
