// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {Unit} from "src/interfaces/Types.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

/// @notice What Credits can't be brought to ask of the equipment, asked by another holder of its role.
contract EquipmentEnrolTest is CreditsWorld {
    function setUp() public override {
        super.setUp();
        manager.grantRole(ENROLLER, address(this), 0);
    }

    function test_enrol_refusesEquipmentThatHasABaseline() public {
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentEnrolled.selector, ROOF, BASELINE_PG));
        equipment.enrol(ROOF, BASELINE_PG + 1, 0);
    }

    function test_enrol_refusesUnknownEquipment() public {
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
        equipment.enrol(id("nothing"), BASELINE_PG, 0);
    }

    function test_enrol_staysAsItIsWhenTheEquipmentIsHandedOver() public {
        vm.prank(parts);
        equipment.transferFrom(parts, steel, uint128(ROOF));
        (uint64 baselinePg, uint40 from) = equipment.baselineOf(ROOF);
        vm.assertEq(baselinePg, BASELINE_PG);
        vm.assertEq(from, 0);
    }

    function test_enrol_isForItsRoleAlone() public {
        vm.prank(parts);
        equipment.register(id("second roof"), Unit.WattHour);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, parts));
        vm.prank(parts);
        equipment.enrol(id("second roof"), BASELINE_PG, 0);
    }

    function test_enrol_isRefusedWhilePaused() public {
        vm.prank(parts);
        equipment.register(id("second roof"), Unit.WattHour);
        IPausing(address(equipment)).pause();
        vm.expectRevert(abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        equipment.enrol(id("second roof"), BASELINE_PG, 0);
    }

    function test_enrol_saysTheBaselineAndBeginsWhenTheHolderTookItOver() public {
        vm.prank(parts);
        equipment.register(id("second roof"), Unit.WattHour);
        vm.prank(parts);
        equipment.transferFrom(parts, steel, uint128(id("second roof")));
        vm.expectEmit();
        emit IEquipment.EquipmentBaselineSet(id("second roof"), BASELINE_PG, NOW);
        vm.assertEq(equipment.enrol(id("second roof"), BASELINE_PG, NOW - 1), NOW);
        (uint64 baselinePg, uint40 from) = equipment.baselineOf(id("second roof"));
        vm.assertEq(baselinePg, BASELINE_PG);
        vm.assertEq(from, NOW);
    }
}
