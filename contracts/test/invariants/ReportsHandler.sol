// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";
import {Actions} from "./Suite.sol";

/// @notice Reports on six machines that change hands among three businesses, good ones and bad ones.
contract ReportsHandler is World, Actions {
    bytes16[6] public machines;
    /// @notice Every record of a machine, as it was when it was written.
    mapping(bytes16 machine => IOracleReports.IntensityRecord[]) private _written;
    mapping(bytes16 businessId => uint32) public accepted;
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
        uint256 token = uint128(machines[machine % 6]);
        address holder = equipment.ownerOf(token);
        vm.prank(holder);
        equipment.transferFrom(holder, _actors[to % 3], token);
    }

    /// @notice The last report once more.
    function tryReplay() external counted {
        if (_last.length == 0) _submit(0, 1, 1);
        (bool done,) = address(reports).call(_last);
        vm.assertFalse(done);
    }

    /// @notice A report that overlaps, skips a number, is late, is about another's machine or signed by one key only.
    function tryOtherwise(uint256 actor, uint8 way) external counted {
        _pass(1);
        actor %= 3;
        way %= 6;
        IOracleReports.Report memory report = _next(actor, 7);
        if (way == 0) report.sequence += 1;
        if (way == 1) report.periodEnd = _now + 1;
        if (way == 2) report.deadline = _now - 1;
        if (way == 3) report.entries = _entry(_foreign(actor), 7);
        if (way == 4) report.formulaId = keccak256("no formula");
        bytes[] memory signed = signatures(reports.digestOf(report), way == 5 ? 1 : 2);
        _refused(report, signed);
        if (report.entries.length > 0 && reports.recordCount(report.entries[0].equipmentId) > 0 && way == 0) {
            // Right but for its period, which begins before the machine's last one ended.
            (report.sequence, report.periodStart) = (report.sequence - 1, report.periodStart - 1);
            _refused(report, signatures(reports.digestOf(report), 2));
        }
    }

    function written(bytes16 machine) external view returns (IOracleReports.IntensityRecord[] memory) {
        return _written[machine];
    }

    function ledger() external view returns (IOracleReports) {
        return reports;
    }

    function businessIds() external view returns (bytes16[3] memory) {
        return [steelId, partsId, assemblerId];
    }

    function _submit(uint256 actor, uint64 intensityPg, uint256 length) private {
        _pass(length);
        IOracleReports.Report memory report = _next(actor, intensityPg);
        bytes[] memory signed = signatures(reports.digestOf(report), 2);
        reports.submit(report, signed);
        ++accepted[report.businessId];
        for (uint256 i = 0; i < report.entries.length; ++i) {
            _written[report.entries[i].equipmentId].push(
                IOracleReports.IntensityRecord(
                    report.periodStart, report.periodEnd, report.entries[i].intensityPg, report.sequence
                )
            );
        }
        _last = abi.encodeCall(IOracleReports.submit, (report, signed));
    }

    function _pass(uint256 length) private {
        _now += uint40(between(length, 1, 30 days));
        vm.warp(_now);
    }

    function _refused(IOracleReports.Report memory report, bytes[] memory signed) private {
        try reports.submit(report, signed) {
            vm.assertTrue(false);
        } catch {}
    }

    /// @dev Begins where the last record of any machine of the business ended.
    function _next(uint256 actor, uint64 intensityPg) private view returns (IOracleReports.Report memory report) {
        bytes16 businessId = businesses.idOf(_actors[actor]);
        report = reportOf(businessId, 0, 0);
        report.entries = new IOracleReports.Entry[](0);
        (report.periodStart, report.periodEnd, report.deadline) = (START, _now, _now);
        for (uint256 i = 0; i < 6; ++i) {
            if (equipment.ownerOf(uint128(machines[i])) != _actors[actor]) continue;
            uint32 count = reports.recordCount(machines[i]);
            if (count > 0) {
                uint40 end = reports.recordOf(machines[i], count - 1).periodEnd;
                if (end > report.periodStart) report.periodStart = end;
            }
            report.entries = _appended(report.entries, machines[i], intensityPg);
        }
    }

    function _foreign(uint256 actor) private view returns (bytes16 machine) {
        for (uint256 i = 0; i < 6; ++i) {
            if (equipment.ownerOf(uint128(machines[i])) != _actors[actor]) return machines[i];
        }
        return id("no machine");
    }

    function _entry(bytes16 machine, uint64 intensityPg) private pure returns (IOracleReports.Entry[] memory) {
        return _appended(new IOracleReports.Entry[](0), machine, intensityPg);
    }

    function _appended(IOracleReports.Entry[] memory entries, bytes16 machine, uint64 intensityPg)
        private
        pure
        returns (IOracleReports.Entry[] memory list)
    {
        list = new IOracleReports.Entry[](entries.length + 1);
        for (uint256 i = 0; i < entries.length; ++i) {
            list[i] = entries[i];
        }
        list[entries.length] = IOracleReports.Entry(machine, intensityPg);
    }
}
