// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";
import {Actions} from "./Suite.sol";

/// @notice Reports on six machines that change hands among three businesses, good ones and bad ones.
contract ReportsHandler is World, Actions {
    /// @param number Its record on the ledger: holding (8 bits), sequence (24 bits).
    struct Written {
        uint32 number;
        IOracleReports.IntensityRecord record;
    }

    bytes16[6] public machines;
    mapping(bytes16 businessId => uint32) public accepted;
    /// @dev Every record of a machine, as it was when it was written.
    mapping(bytes16 machine => Written[]) private _written;
    mapping(bytes16 machine => uint32) private _holdings;
    /// @dev When the present holder took the machine over.
    mapping(bytes16 machine => uint40) private _since;
    uint40 private _now = NOW;
    bytes private _last;
    address[3] private _actors;

    constructor() {
        super.setUp();
        _actors = [steel, parts, assembler];
        for (uint256 i = 0; i < 6; ++i) {
            machines[i] = bytes16(keccak256(abi.encode("machine", i)));
            vm.prank(_actors[i % 3]);
            equipment.register(machines[i], Unit.Second);
        }
    }

    /// @dev Set up in the constructor already.
    function setUp() public override {}

    function actions() public pure override returns (bytes4[] memory list) {
        list = new bytes4[](4);
        list[0] = this.submitNext.selector;
        list[1] = this.sell.selector;
        list[2] = this.tryReplay.selector;
        list[3] = this.tryOtherwise.selector;
    }

    /// @notice The business's next report, of every machine that it runs, over the time since the last one's end.
    function submitNext(uint256 actor, uint64 intensityPg, uint32 length) external counted {
        _submit(actor % 3, intensityPg, length);
    }

    function sell(uint256 machine, uint256 to) external counted {
        bytes16 machineId = machines[machine % 6];
        address holder = equipment.ownerOf(uint128(machineId));
        vm.prank(holder);
        equipment.transferFrom(holder, _actors[to % 3], uint128(machineId));
        if (holder == _actors[to % 3]) return;
        ++_holdings[machineId];
        _since[machineId] = _now;
    }

    /// @notice The last report once more.
    function tryReplay() external counted {
        if (_last.length == 0) _submit(0, 1, 1);
        (bool done, bytes memory answer) = address(reports).call(_last);
        vm.assertFalse(done);
        vm.assertEq(bytes4(answer), IOracleReports.OracleReportsWrongSequence.selector);
    }

    /// @notice A report that skips a number, is early or late, is about another's machine or one machine twice, is by no
    ///         formula, overlaps, or is signed by one key only.
    function tryOtherwise(uint256 actor, uint256 way) external counted {
        _submit(actor % 3, 7, 1);
        _pass(1);
        IOracleReports.Report memory report = _next(actor % 3, 7);
        way %= 9;
        bytes16 mine = report.entries.length > 0 ? bytes16(bytes32(report.entries)) : bytes16(0);
        bytes4 reason = IOracleReports.OracleReportsPeriodOverlaps.selector;
        if (way == 0) {
            report.sequence += 1;
            reason = IOracleReports.OracleReportsWrongSequence.selector;
        } else if (way == 1) {
            report.periodEnd = _now + 1;
            reason = IOracleReports.OracleReportsInvalidPeriod.selector;
        } else if (way == 2) {
            report.deadline = _now - 1;
            reason = IOracleReports.OracleReportsExpired.selector;
        } else if (way == 3) {
            report.formulaId = keccak256("no formula");
            reason = IFormulaRegistry.FormulaRegistryUnknown.selector;
        } else if (way == 4) {
            report.businessId = id("no business");
            reason = IBusinessRegistry.BusinessRegistryUnknownId.selector;
        } else if (way == 5 || mine == 0) {
            (report.entries, reason) = _foreign(actor % 3);
        } else if (way == 6) {
            report.entries = bytes.concat(report.entries, entry(mine, 8));
        } else if (way == 7) {
            report.periodStart -= 1;
        } else {
            report.entries = bytes.concat(report.entries, bytes1(0));
            reason = IOracleReports.OracleReportsInvalidEntries.selector;
        }
        _refused(report, signatures(reports.digestOf(report), 2), reason);
        // By one key only, which would have been right with two.
        report = _next(actor % 3, 7);
        _refused(report, signatures(reports.digestOf(report), 1), IOracleQuorum.OracleQuorumTooFewSignatures.selector);
    }

    function written(bytes16 machine) external view returns (Written[] memory) {
        return _written[machine];
    }

    function ledger() external view returns (IOracleReports) {
        return reports;
    }

    function businessIds() external view returns (bytes16[3] memory) {
        return [steelId, partsId, assemblerId];
    }

    function _submit(uint256 actor, uint64 intensityPg, uint256 length) private {
        if (intensityPg == type(uint64).max) intensityPg = 0;
        _pass(length);
        IOracleReports.Report memory report = _next(actor, intensityPg);
        bytes[] memory signed = signatures(reports.digestOf(report), 2);
        reports.submit(report, signed);
        ++accepted[report.businessId];
        for (uint256 i = 0; i < 6; ++i) {
            if (!_runs(actor, i)) continue;
            _written[machines[i]].push(
                Written(
                    (_holdings[machines[i]] << 24) | report.sequence,
                    IOracleReports.IntensityRecord(report.periodStart, report.periodEnd, intensityPg, report.sequence)
                )
            );
        }
        _last = abi.encodeCall(IOracleReports.submit, (report, signed));
    }

    function _pass(uint256 length) private {
        _now += uint40(between(length, 1, 30 days));
        vm.warp(_now);
    }

    function _refused(IOracleReports.Report memory report, bytes[] memory signed, bytes4 reason) private {
        try reports.submit(report, signed) {
            vm.assertTrue(false);
        } catch (bytes memory answer) {
            vm.assertEq(bytes4(answer), reason);
        }
    }

    /// @dev Begins where the last record of any machine of the business ended, or where it took the last one over.
    function _next(uint256 actor, uint64 intensityPg) private view returns (IOracleReports.Report memory report) {
        report = reportOf(businesses.idOf(_actors[actor]), 0, 0);
        (report.entries, report.periodStart, report.periodEnd) = ("", START, _now);
        report.deadline = type(uint40).max;
        for (uint256 i = 0; i < 6; ++i) {
            if (!_runs(actor, i)) continue;
            Written[] storage history = _written[machines[i]];
            uint40 earliest = _since[machines[i]];
            if (history.length > 0 && history[history.length - 1].record.periodEnd > earliest) {
                earliest = history[history.length - 1].record.periodEnd;
            }
            if (earliest > report.periodStart) report.periodStart = earliest;
            report.entries = bytes.concat(report.entries, entry(machines[i], intensityPg));
        }
    }

    function _runs(uint256 actor, uint256 machine) private view returns (bool) {
        return equipment.ownerOf(uint128(machines[machine])) == _actors[actor];
    }

    /// @dev An entry about a machine that the business does not run, and why it is refused.
    function _foreign(uint256 actor) private view returns (bytes memory entries, bytes4 reason) {
        for (uint256 i = 0; i < 6; ++i) {
            if (!_runs(actor, i)) {
                return (entry(machines[i], 7), IOracleReports.OracleReportsNotEquipmentOf.selector);
            }
        }
        return (new bytes(1), IOracleReports.OracleReportsInvalidEntries.selector);
    }
}
