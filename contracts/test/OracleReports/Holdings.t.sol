// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice Equipment that was handed over keeps its history, and gets records of its own with the new business.
contract OracleReportsHoldingsTest is LotsWorld {
    bytes16 private _furnace;
    uint40 private immutable HANDOVER = NOW;

    function setUp() public override {
        super.setUp();
        measured(parts, "other", 1);
        _furnace = measured(steel, "furnace", 1_000_000);
        vm.prank(steel);
        equipment.transferFrom(steel, parts, uint128(_furnace));
        vm.warp(HANDOVER + 1 days);
    }

    function test_recordOf_tellsHoldingsApart() public {
        submit(_next(HANDOVER, 2_000_000));
        uint32[] memory records = reports.recordsOf(_furnace);
        vm.assertEq(records.length, 2);
        vm.assertEq(reports.recordCount(_furnace), 2);
        vm.assertEq(records[0], 0);
        vm.assertEq(records[1], (1 << 24) + 1);
        vm.assertEq(reports.recordOf(_furnace, records[0]).intensityPg, 1_000_000);
        vm.assertEq(reports.recordOf(_furnace, records[1]).intensityPg, 2_000_000);
        vm.assertEq(reports.intensityAt(_furnace, START).intensityPg, 1_000_000);
        vm.assertEq(reports.intensityAt(_furnace, HANDOVER).intensityPg, 2_000_000);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsNoIntensity.selector, _furnace));
        reports.intensityAt(_furnace, HANDOVER - 1);
    }

    function test_submit_refusesAPeriodFromBeforeTheHandover() public {
        IOracleReports.Report memory report = _next(HANDOVER - 1, 2_000_000);
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IOracleReports.OracleReportsPeriodOverlaps.selector, _furnace, HANDOVER - 1, HANDOVER
            )
        );
        reports.submit(report, list);
    }

    function test_submit_acceptsAPeriodFromTheSecondOfTheHandoverBesideALaterOne() public {
        vm.prank(parts);
        equipment.register(id("press"), Unit.Second);
        IOracleReports.Report memory report = _next(HANDOVER + 1 hours, 7);
        report.entries = entry(id("press"), 7);
        submit(report);
        submit(_next(HANDOVER, 2_000_000));
        vm.assertEq(reports.intensityAt(_furnace, HANDOVER).intensityPg, 2_000_000);
    }

    function test_submit_saysByWhichHoldingEachEntryIs() public {
        vm.prank(parts);
        equipment.register(id("press"), Unit.Second);
        IOracleReports.Report memory report = _next(HANDOVER, 2);
        report.entries = bytes.concat(entry(id("press"), 1), report.entries);
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectEmit();
        emit IOracleReports.ReportAccepted(
            partsId,
            report.sequence,
            report.periodStart,
            report.periodEnd,
            report.formulaId,
            report.evidenceRoot,
            report.declaredUg,
            report.entries,
            hex"0001"
        );
        reports.submit(report, list);
    }

    function test_placeOf_isNoneForAHoldingToCome() public view {
        vm.assertTrue(equipment.placeOf(_furnace, 2).isNone());
    }

    function test_submit_byTheFormerBusinessIsRefused() public {
        IOracleReports.Report memory report = _next(HANDOVER, 2_000_000);
        (report.businessId, report.sequence) = (steelId, 1);
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsNotEquipmentOf.selector, steelId, _furnace));
        reports.submit(report, list);
    }

    function test_settle_withAnIntensityOfTheFormerHolding() public {
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, _furnace, 0, 3);
        addLot(batch, id("lot"), 3, 3, 1);
        // The time was the former business's: it settles it after the handover, and nobody else does.
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsNotOwnEquipment.selector, _furnace));
        settle(steel, batch);
    }

    function test_submit_ofAnEarlierPeriodOfOtherEquipmentIsAccepted() public {
        submit(_next(HANDOVER, 2_000_000));
        vm.prank(parts);
        equipment.register(id("press"), Unit.Second);
        IOracleReports.Report memory report = _next(START - 1 days, 7);
        report.periodEnd = START;
        report.entries = entry(id("press"), 7);
        submit(report);
        vm.assertEq(reports.intensityAt(id("press"), START - 1).intensityPg, 7);
        vm.assertEq(reports.intensityAt(_furnace, HANDOVER).intensityPg, 2_000_000);
        // A later period after it, and none between.
        report = _next(START, 8);
        report.entries = entry(id("press"), 8);
        submit(report);
        vm.assertEq(reports.intensityAt(id("press"), START).intensityPg, 8);
    }

    function test_submit_refusesPartsOfEntriesAndTheLargestIntensity() public {
        IOracleReports.Report memory report = _next(HANDOVER, type(uint64).max);
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsIntensityTooLarge.selector, _furnace));
        reports.submit(report, list);
        report.entries = bytes.concat(report.entries, hex"00");
        list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsInvalidEntries.selector, 25));
        reports.submit(report, list);
        report.entries = entry(_furnace, type(uint64).max - 1);
        submit(report);
        vm.assertEq(reports.intensityAt(_furnace, HANDOVER).intensityPg, type(uint64).max - 1);
    }

    /// @dev A report of the furnace by its new business over the hour from `start` on.
    function _next(uint40 start, uint64 intensityPg) private view returns (IOracleReports.Report memory report) {
        report = reportOf(partsId, _furnace, intensityPg);
        (report.periodStart, report.periodEnd) = (start, start + 1 hours);
        report.deadline = HANDOVER + 2 days;
    }

    function test_intensitiesFor_noUsesAreNone() public view {
        vm.assertEq(reports.intensitiesFor(businesses.numberOf(steelId), START, END, "", 28).length, 0);
    }
}
