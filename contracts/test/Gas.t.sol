// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {LotsWorld} from "./utils/LotsWorld.sol";

/// @notice Gas of each behaviour as a transaction of its own, written to `snapshots/gas.json`, which is committed.
/// @dev `FORGE_SNAPSHOT_CHECK=true` makes a difference fail.
/// forge-config: default.isolate = true
contract GasTest is LotsWorld {
    function test_gas_registerEquipment() public {
        vm.prank(steel);
        equipment.register(id("furnace"), Unit.Second);
        vm.snapshotGasLastCall("gas", "register equipment");
    }

    function test_gas_report() public {
        _report(1, "report 1 equipment");
    }

    function test_gas_reportHundred() public {
        _report(100, "report 100 equipment");
    }

    function test_gas_settleOneLot() public {
        _settle(1, "settle 1 lot (1 material, 1 external, 1 equipment)");
    }

    function test_gas_settleHundredLots() public {
        _settle(100, "settle 100 lots (1 material, 1 external, 1 equipment)");
    }

    function test_gas_ship() public {
        resinLot(steel, "coil", 10, 3);
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(id("coil")), 1, "");
        vm.snapshotGasLastCall("gas", "ship part of a lot to a new holder");
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(id("coil")), 2, "");
        vm.snapshotGasLastCall("gas", "ship the rest of a lot");
    }

    function test_gas_credits() public {
        bytes16 programmeId = id("programme");
        vm.prank(assembler);
        credits.createProgramme(programmeId, METHODOLOGY);
        vm.snapshotGasLastCall("gas", "create programme");
        vm.startPrank(parts);
        equipment.register(id("roof"), Unit.WattHour);
        credits.enrol(programmeId, id("roof"));
        vm.snapshotGasLastCall("gas", "enrol equipment");
        vm.stopPrank();
        ICredits.Reduction memory reduction = ICredits.Reduction(
            id("roof"), programmeId, START, END, 2e12 + 1, NOW + 1 hours, METHODOLOGY, keccak256("evidence")
        );
        bytes32[] memory list = new bytes32[](1);
        bytes[] memory signed = signatures(credits.digestOf(reduction), 2);
        list[0] = credits.record(reduction, signed);
        vm.snapshotGasLastCall("gas", "record reduction");
        vm.startPrank(assembler);
        credits.bundle(programmeId, list);
        vm.snapshotGasLastCall("gas", "bundle 1 reduction");
        credits.retire(programmeId, 1, 0, keccak256("purpose"));
        vm.snapshotGasLastCall("gas", "retire");
        vm.stopPrank();
    }

    function _report(uint256 count, string memory name) private {
        IOracleReports.Report memory report = reportOf(steelId, 0, 0);
        report.entries = new IOracleReports.Entry[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes16 equipmentId = bytes16(keccak256(abi.encode(i)));
            vm.prank(steel);
            equipment.register(equipmentId, Unit.Second);
            report.entries[i] = IOracleReports.Entry(equipmentId, 4_184_000_000_000);
        }
        bytes[] memory signed = signatures(reports.digestOf(report), 2);
        reports.submit(report, signed);
        vm.snapshotGasLastCall("gas", name);
    }

    function _settle(uint256 count, string memory name) private {
        bytes16 coil = resinLot(parts, "coil", 1_000_000, 1_000_000);
        bytes16 furnace = measured(parts, "furnace", 1_000_000);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 100);
        addExternal(batch, RESIN, 100);
        addEquipment(batch, furnace, 0, 100);
        for (uint256 i = 0; i < count; ++i) {
            uint96 co2Ug = uint96((200 * 254_000 + 100) / count);
            addLot(batch, bytes16(keccak256(abi.encode(i))), co2Ug, uint96(100 / count), 1000);
        }
        settle(parts, batch);
        vm.snapshotGasLastCall("gas", name);
    }
}
