// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {LotsWorld} from "./utils/LotsWorld.sol";

interface IMints {
    function mintBatch(uint256[] calldata tokens, uint256[] calldata quantities) external;
}

/// @notice Gas of each behaviour as a transaction of its own. `make gas` compares it with `snapshots/gas.json`, which is
///         committed; `make gas-update` writes it there.
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
        _settle(1, 2, 3, "settle 1 lot (2 materials, 3 equipment)");
    }

    function test_gas_settleHundredLots() public {
        _settle(100, 20, 10, "settle 100 lots (20 materials, 10 equipment)");
    }

    function test_gas_ship() public {
        bytes16 coil = resinLot(steel, "coil", 10, 30);
        vm.prank(steel);
        lots.ship(uint128(coil), _shipment(parts, 3));
        vm.snapshotGasLastCall("gas", "ship to a new holder");
        vm.prank(steel);
        lots.ship(uint128(coil), _shipment(parts, 4));
        vm.snapshotGasLastCall("gas", "ship to a holder");
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(coil), 4, "");
        vm.snapshotGasLastCall("gas", "ship to a holder by safeTransferFrom");
        vm.prank(steel);
        lots.safeTransferFrom(steel, assembler, uint128(coil), 4, "");
        vm.snapshotGasLastCall("gas", "ship to a new holder by safeTransferFrom");
        vm.prank(parts);
        lots.ship(uint128(coil), _shipment(assembler, 4));
        vm.snapshotGasLastCall("gas", "ship on to a holder");
        bytes16 bar = resinLot(steel, "bar", 10, 30);
        vm.prank(steel);
        lots.ship(uint128(bar), _shipment(parts, 10));
        vm.prank(parts);
        lots.ship(uint128(bar), _shipment(assembler, 4));
        vm.snapshotGasLastCall("gas", "ship on to a new holder");
    }

    /// @dev A lot's CO2 is fixed when it is made, so reading costs the same however long its genealogy is.
    function test_gas_readingALotIsFlat() public {
        bytes16 lotId = resinLot(steel, "generation 0", 10, 30);
        lots.lotOf(lotId);
        vm.snapshotGasLastCall("gas", "read a lot made of no lot");
        for (uint256 i = 1; i <= 20; ++i) {
            (uint64 co2Ug,) = lots.shareOf(lotId, steel, 30);
            ILots.Batch memory batch = batchOf(vm.toString(i));
            addMaterial(batch, lotId, 30);
            lotId = bytes16(keccak256(abi.encode("generation", i)));
            addLot(batch, lotId, co2Ug, 0, 30);
            settle(steel, batch);
        }
        lots.lotOf(lotId);
        vm.snapshotGasLastCall("gas", "read a lot after 20 generations");
        _restatedAfter(lotId);
    }

    function _restatedAfter(bytes16 lotId) private {
        vm.prank(steel);
        lots.restate(lotId, 1, 0, keccak256("reason"));
        vm.snapshotGasLastCall("gas", "restate a lot");
        vm.prank(steel);
        lots.consume(lotId, 1, keccak256("purpose"));
        vm.snapshotGasLastCall("gas", "consume part of a lot");
    }

    function test_gas_openZeppelinMintBatchOfHundred() public {
        IMints plain = IMints(vm.deployCode("PlainTokens.sol:PlainTokens", ""));
        uint256[] memory tokens = new uint256[](100);
        uint256[] memory quantities = new uint256[](100);
        for (uint256 i = 0; i < 100; ++i) {
            (tokens[i], quantities[i]) = (uint128(bytes16(keccak256(abi.encode(i)))), 1000);
        }
        vm.prank(parts);
        plain.mintBatch(tokens, quantities);
        vm.snapshotGasLastCall("gas", "OpenZeppelin ERC-1155 mintBatch of 100");
    }

    function test_gas_credits() public {
        bytes16 programmeId = id("programme");
        vm.prank(assembler);
        credits.createProgramme(programmeId, METHODOLOGY);
        vm.snapshotGasLastCall("gas", "create programme");
        vm.startPrank(parts);
        equipment.register(id("roof"), Unit.WattHour);
        credits.enrol(programmeId, id("roof"), 452_000_000_000);
        vm.snapshotGasLastCall("gas", "enrol equipment");
        vm.stopPrank();
        ICredits.Reduction memory reduction = ICredits.Reduction(
            id("roof"),
            programmeId,
            START,
            END,
            2e12 + 1,
            452_000_000_000,
            NOW + 1 hours,
            METHODOLOGY,
            keccak256("evidence")
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

    function test_gas_agreements() public {
        bytes16 agreementId = id("agreement");
        vm.prank(steel);
        agreements.propose(agreementId, partsId, keccak256("terms"), NOW + 30 days);
        vm.snapshotGasLastCall("gas", "propose agreement");
        vm.prank(parts);
        agreements.accept(agreementId, keccak256("terms"));
        vm.snapshotGasLastCall("gas", "accept agreement");
        vm.prank(steel);
        agreements.demandDeletion(agreementId);
        vm.snapshotGasLastCall("gas", "demand deletion");
        vm.prank(parts);
        agreements.confirmDeletion(agreementId, keccak256("confirmation"));
        vm.snapshotGasLastCall("gas", "confirm deletion");
    }

    function _report(uint256 count, string memory name) private {
        IOracleReports.Report memory report = reportOf(steelId, 0, 0);
        report.entries = "";
        for (uint256 i = 0; i < count; ++i) {
            bytes16 equipmentId = bytes16(keccak256(abi.encode(i)));
            vm.prank(steel);
            equipment.register(equipmentId, Unit.Second);
            report.entries = bytes.concat(report.entries, entry(equipmentId, 4_184_000_000_000));
        }
        submit(report);
        vm.warp(NOW + 1 days);
        (report.periodStart, report.periodEnd, report.sequence) = (END, END + 1 days, 1);
        report.deadline = NOW + 2 days;
        bytes[] memory signed = signatures(reports.digestOf(report), 2);
        reports.submit(report, signed);
        vm.snapshotGasLastCall("gas", name);
    }

    /// @dev Materials were bought from another business, and some of each is left. Lots have 1,000 pieces.
    function _settle(uint256 count, uint256 materials, uint256 machines, string memory name) private {
        ILots.Batch memory batch = batchOf("batch");
        for (uint256 i = 0; i < materials; ++i) {
            bytes16 coil = resinLot(steel, string.concat("coil ", string(abi.encode(i))), 1_000_000, 1_000_000);
            vm.prank(steel);
            lots.safeTransferFrom(steel, parts, uint128(coil), 500_000, "");
            addMaterial(batch, coil, 1000);
        }
        IOracleReports.Report memory report = reportOf(partsId, 0, 0);
        report.entries = "";
        for (uint256 i = 0; i < machines; ++i) {
            bytes16 machine = bytes16(keccak256(abi.encode("machine", i)));
            vm.prank(parts);
            equipment.register(machine, Unit.Second);
            // 4.184 g a second.
            report.entries = bytes.concat(report.entries, entry(machine, 4_184_000_000_000));
            addEquipment(batch, machine, 0, 3600);
        }
        submit(report);
        uint256 primaryUg = machines * 4_184_000 * 3600;
        uint256 co2Ug = materials * 254_000_000 + primaryUg;
        for (uint256 i = 0; i < count; ++i) {
            bytes16 lotId = bytes16(keccak256(abi.encode(i)));
            addLot(batch, lotId, uint96(co2Ug / count), uint96(primaryUg / count), 1000);
        }
        if (co2Ug % count > 0) addLeftOver(batch, "rest", uint96(co2Ug % count), uint96(primaryUg % count));
        settle(parts, batch);
        vm.snapshotGasLastCall("gas", name);
    }

    function _shipment(address to, uint256 quantity) private pure returns (uint256) {
        return (uint256(uint160(to)) << 96) | quantity;
    }
}
