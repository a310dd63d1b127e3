// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEquipment} from "src/interfaces/IEquipment.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice What goes into a batch: materials, externals, equipment.
contract LotsSettleInputsTest is LotsWorld {
    bytes16 private immutable OUT = id("product");

    function test_settle_material_burnsTokensAndMovesTheirCo2RoundedUp() public {
        bytes16 coil = lotWith(steel, "coil", 10, 7, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 1);
        // ceil(10 / 3) = 4 µg, of it ceil(7 / 3) = 3 µg primary.
        addLot(batch, OUT, 4, 3, 5);
        settleExpecting(steel, batch, bytes.concat(bytes8(uint64(4)), bytes8(uint64(3))));
        ILots.Position memory rest = lots.positionOf(coil, steel);
        vm.assertEq(rest.quantity, 2);
        vm.assertEq(rest.co2Ug, 6);
        vm.assertEq(rest.primaryUg, 4);
        vm.assertEq(lots.balanceOf(steel, uint128(coil)), 2);
        // The lot's own record stays as it was.
        vm.assertEq(lots.lotOf(coil).co2Ug, 10);
    }

    function test_settle_material_usedTwiceInOneBatchIsWorkedThroughInOrder() public {
        bytes16 coil = lotWith(steel, "coil", 10, 0, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 1);
        addMaterial(batch, coil, 1);
        // ceil(10 / 3) = 4, then ceil(6 / 2) = 3.
        addLot(batch, OUT, 7, 0, 1);
        settle(steel, batch);
        vm.assertEq(lots.positionOf(coil, steel).co2Ug, 3);
    }

    function test_settle_material_usedUpLeavesNothing() public {
        bytes16 coil = lotWith(steel, "coil", 10, 7, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 3);
        addLot(batch, OUT, 10, 7, 1);
        settle(steel, batch);
        ILots.Position memory rest = lots.positionOf(coil, steel);
        vm.assertEq(rest.quantity + rest.co2Ug + rest.primaryUg, 0);
    }

    function test_settle_material_beyondWhatIsHeldIsRefused() public {
        bytes16 coil = lotWith(steel, "coil", 10, 0, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 4);
        addLot(batch, OUT, 10, 0, 1);
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsInsufficient.selector, coil, 3, 4));
    }

    function test_settle_material_consumedTwiceBeyondWhatIsHeldIsRefused() public {
        bytes16 coil = lotWith(steel, "coil", 10, 0, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 2);
        addMaterial(batch, coil, 2);
        addLot(batch, OUT, 10, 0, 1);
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsInsufficient.selector, coil, 1, 2));
    }

    function test_settle_material_ofAnotherBusinessIsRefused() public {
        bytes16 coil = lotWith(steel, "coil", 10, 0, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 1);
        addLot(batch, OUT, 4, 0, 1);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsInsufficient.selector, coil, 0, 1));
    }

    function test_settle_material_unknownIsRefused() public {
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, id("nothing"), 1);
        addLot(batch, OUT, 0, 0, 1);
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsUnknownLot.selector, id("nothing")));
    }

    function test_settle_material_madeInTheSameBatchIsRefused() public {
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, OUT, 1);
        addLot(batch, OUT, 0, 0, 1);
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsUnknownLot.selector, OUT));
    }

    function test_settle_inputsOfZeroAreRefused() public {
        bytes16 coil = lotWith(steel, "coil", 10, 0, 3);
        bytes16 furnace = measured(steel, "furnace", 1);
        bytes memory reason = abi.encodeWithSelector(ILots.LotsZeroQuantity.selector);
        ILots.Batch memory batch = batchOf("batch");
        addLot(batch, OUT, 0, 0, 1);
        addMaterial(batch, coil, 0);
        refuse(steel, batch, reason);
        delete batch.materials;
        addExternal(batch, RESIN, 0);
        refuse(steel, batch, reason);
        delete batch.externals;
        addEquipment(batch, furnace, 0, 0);
        refuse(steel, batch, reason);
    }

    function test_settle_external_countsByItsFactorRoundedUpAndIsNoPrimaryData() public {
        factors.register(id("trace gas"), factorWith(1));
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, RESIN, 12);
        addExternal(batch, id("trace gas"), 1);
        addLot(batch, OUT, 12 * 254_000 + 1, 0, 1);
        settleExpecting(parts, batch, bytes.concat(bytes12(uint96(12 * 254_000)), bytes12(uint96(1))));
    }

    function test_settle_external_unknownIsRefused() public {
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, id("nothing"), 1);
        addLot(batch, OUT, 0, 0, 1);
        refuse(steel, batch, abi.encodeWithSelector(IFactorRegistry.FactorRegistryUnknown.selector, id("nothing")));
    }

    function test_settle_external_mustHoldForTheWholePeriod() public {
        IFactorRegistry.Factor memory factor = factorWith(1_000_000);
        factor.validUntil = END - 1;
        factors.register(id("old"), factor);
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, id("old"), 1);
        addLot(batch, OUT, 1, 0, 1);
        refuse(
            steel, batch, abi.encodeWithSelector(IFactorRegistry.FactorRegistryNotValid.selector, id("old"), START, END)
        );
        batch.periodEnd = END - 1;
        settle(steel, batch);
    }

    function test_settle_equipment_countsByItsIntensityAndIsPrimaryData() public {
        bytes16 furnace = measured(steel, "furnace", 1_500_000);
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, furnace, 0, 3);
        // 4.5 µg, rounded up.
        addLot(batch, OUT, 5, 5, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(5), uint96(5)));
    }

    function test_settle_equipment_unknownIsRefused() public {
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, id("nothing"), 0, 1);
        addLot(batch, OUT, 0, 0, 1);
        refuse(steel, batch, abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
    }

    function test_settle_equipment_ofAnotherBusinessIsRefused() public {
        bytes16 furnace = measured(steel, "furnace", 1_000_000);
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, furnace, 0, 1);
        addLot(batch, OUT, 1, 1, 1);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsNotOwnEquipment.selector, furnace));
    }

    function test_settle_equipment_withoutSuchARecordIsRefused() public {
        bytes16 furnace = measured(steel, "furnace", 1_000_000);
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, furnace, 1, 1);
        addLot(batch, OUT, 1, 1, 1);
        refuse(steel, batch, abi.encodeWithSelector(IOracleReports.OracleReportsNoIntensity.selector, furnace));
    }

    function test_settle_equipment_ofOneReportCountsEachByItsOwnIntensity() public {
        // A slot holds four intensities: the first and the last of five lie in two.
        IOracleReports.Report memory report = reportOf(steelId, 0, 0);
        report.entries = "";
        for (uint8 i = 0; i < 5; ++i) {
            vm.prank(steel);
            equipment.register(bytes16(keccak256(abi.encode(i))), Unit.Second);
            report.entries =
                bytes.concat(report.entries, entry(bytes16(keccak256(abi.encode(i))), uint64(1_000_000) << i));
        }
        submit(report);
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, bytes16(keccak256(abi.encode(uint8(0)))), 0, 3);
        addEquipment(batch, bytes16(keccak256(abi.encode(uint8(4)))), 0, 3);
        addLot(batch, OUT, 51, 51, 1);
        settleExpecting(steel, batch, abi.encodePacked(uint96(3), uint96(3), uint96(48), uint96(48)));
    }

    function test_settle_equipment_measuredInAPeriodThatOnlyTouchesIsRefused() public {
        measured(steel, "mill", 1);
        bytes16 furnace = measured(steel, "furnace", 1_000_000);
        ILots.Batch memory batch = batchOf("batch");
        addEquipment(batch, furnace, 1, 1);
        addLot(batch, OUT, 1, 1, 1);
        bytes memory reason = abi.encodeWithSelector(ILots.LotsIntensityOutsidePeriod.selector, furnace, 1);
        (batch.periodStart, batch.periodEnd) = (END, NOW);
        refuse(steel, batch, reason);
        (batch.periodStart, batch.periodEnd) = (START - 1 days, START);
        refuse(steel, batch, reason);
        // One second in common is enough.
        batch.periodEnd = START + 1;
        settle(steel, batch);
    }
}
