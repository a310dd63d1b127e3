// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice Lots that use enrolled equipment are charged the baseline.
contract LotsSettleBaselineTest is LotsWorld {
    /// @dev 2 µg a second.
    uint64 private constant BASELINE_PG = 2_000_000;
    bytes16 private constant PROGRAMME = bytes16(keccak256("programme"));
    uint40 private constant NEXT_END = END + 1 days;

    bytes16 private _furnace;
    uint32 private _before;
    uint32 private _after;

    /// @dev The furnace has one intensity from before its enrolment and one from after it, 1.5 µg a second each.
    function setUp() public override {
        super.setUp();
        vm.prank(assembler);
        credits.createProgramme(PROGRAMME, METHODOLOGY);
        _furnace = measured(steel, "furnace", 1_500_000);
        _before = lastRecord;
        vm.prank(steel);
        credits.enrol(PROGRAMME, _furnace, BASELINE_PG);
        vm.warp(NEXT_END + 1 hours);
        _after = _report(1_500_000, END, NEXT_END);
    }

    function test_settle_chargesTheBaselineAndCallsOnlyWhatWasMeasuredPrimary() public {
        ILots.Batch memory batch = _batch(_after, 11);
        addLot(batch, id("lot"), 22, 17, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(22), uint96(17)));
    }

    function test_settle_refusesTheLowerFootprintOfEquipmentWhoseReductionWasGivenAway() public {
        ILots.Batch memory batch = _batch(_after, 11);
        addLot(batch, id("lot"), 17, 17, 1);
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsCarbonNotClosed.selector, 22, 17));
    }

    function test_settle_refusesTheBaselineAsPrimaryData() public {
        ILots.Batch memory batch = _batch(_after, 11);
        addLot(batch, id("lot"), 22, 22, 1);
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsPrimaryNotClosed.selector, 17, 22));
    }

    function test_settle_chargesWhatWasMeasuredBeforeTheEnrolment() public {
        ILots.Batch memory batch = _batch(_before, 10);
        (batch.periodStart, batch.periodEnd) = (START, END);
        addLot(batch, id("lot"), 15, 15, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(15), uint96(15)));
    }

    function test_settle_refusesTheRecordFromBeforeTheEnrolmentForABatchThatEndsAfterIt() public {
        ILots.Batch memory batch = _batch(_before, 10);
        batch.periodStart = START;
        addLot(batch, id("lot"), 15, 15, 1);
        refuse(steel, batch, abi.encodeWithSelector(IOracleReports.OracleReportsNotReported.selector, NEXT_END, END));
        batch.periodEnd = END + 1;
        refuse(steel, batch, abi.encodeWithSelector(IOracleReports.OracleReportsNotReported.selector, END + 1, END));
        batch.periodEnd = END;
        settle(steel, batch);
    }

    function test_settle_chargesTheBaselineForAllUsesInABatchThatEndsAfterTheEnrolment() public {
        ILots.Batch memory batch = _batch(_before, 10);
        addEquipment(batch, _furnace, _after, 1);
        batch.periodStart = START;
        addLot(batch, id("lot"), 22, 17, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(20), uint96(15), uint96(2), uint96(2)));
    }

    function test_settle_isReportedToTheLatestEndWhicheverUseComesLast() public {
        ILots.Batch memory batch = _batch(_after, 1);
        addEquipment(batch, _furnace, _before, 10);
        batch.periodStart = START;
        addLot(batch, id("lot"), 22, 17, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(2), uint96(2), uint96(20), uint96(15)));
    }

    function test_settle_chargesWhatWasMeasuredWhereThatIsMore() public {
        vm.warp(NEXT_END + 1 days);
        uint32 record = _report(2_000_001, NEXT_END, NEXT_END + 1 days);
        ILots.Batch memory batch = _batch(record, 1_000_000);
        (batch.periodStart, batch.periodEnd) = (NEXT_END, NEXT_END + 1 days);
        addLot(batch, id("lot"), 2_000_001, 2_000_001, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(2_000_001), uint96(2_000_001)));
    }

    function test_settle_chargesTheBaselineToABusinessThatTookTheEquipmentOver() public {
        vm.prank(steel);
        equipment.transferFrom(steel, parts, uint128(_furnace));
        (uint40 start, uint40 end) = (uint40(block.timestamp), uint40(block.timestamp) + 1 hours);
        vm.warp(end);
        IOracleReports.Report memory report = reportOf(partsId, _furnace, 1_500_000);
        (report.periodStart, report.periodEnd, report.deadline) = (start, end, end + 1 days);
        submit(report);
        ILots.Batch memory batch = _batch(uint32(1 << 24) | report.sequence, 11);
        (batch.periodStart, batch.periodEnd) = (start, end);
        addLot(batch, id("lot"), 22, 17, 1);
        settle(parts, batch);
    }

    function testFuzz_settle_neverChargesLessThanWasMeasured(uint64 measuredPg, uint32 activity) public {
        measuredPg = uint64(between(measuredPg, 0, type(uint64).max - 1));
        activity = uint32(between(activity, 1, type(uint32).max));
        vm.warp(NEXT_END + 1 days);
        uint32 record = _report(measuredPg, NEXT_END, NEXT_END + 1 days);
        uint256 measuredUg = (uint256(activity) * measuredPg + 999_999) / 1e6;
        uint256 baselineUg = uint256(activity) * BASELINE_PG / 1e6;
        uint256 chargedUg = measuredUg > baselineUg ? measuredUg : baselineUg;
        ILots.Batch memory batch = _batch(record, activity);
        (batch.periodStart, batch.periodEnd) = (NEXT_END, NEXT_END + 1 days);
        addLeftOver(batch, "idle time", uint96(chargedUg), uint96(measuredUg));
        settle(steel, batch);
    }

    function _batch(uint32 record, uint64 activity) private view returns (ILots.Batch memory batch) {
        batch = batchOf("batch");
        (batch.periodStart, batch.periodEnd) = (END, NEXT_END);
        addEquipment(batch, _furnace, record, activity);
    }

    function _report(uint64 intensityPg, uint40 start, uint40 end) private returns (uint32 record) {
        IOracleReports.Report memory report = reportOf(steelId, _furnace, intensityPg);
        (report.periodStart, report.periodEnd, report.deadline) = (start, end, end + 1 days);
        submit(report);
        return report.sequence;
    }
}
