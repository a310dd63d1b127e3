// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";

contract EquipmentRegisterTest is World {
    bytes16 private immutable FURNACE = id("furnace");

    function test_register_givesTheCallerTheTokenOfTheId() public {
        vm.prank(steel);
        vm.expectEmit();
        emit IEquipment.EquipmentRegistered(FURNACE, steelId, Unit.WattHour);
        equipment.register(FURNACE, Unit.WattHour);
        (address holder, Unit unit) = equipment.equipmentOf(FURNACE);
        vm.assertEq(holder, steel);
        vm.assertTrue(unit == Unit.WattHour);
        vm.assertEq(equipment.ownerOf(uint128(FURNACE)), steel);
    }

    function test_register_refusesAZeroId() public {
        vm.prank(steel);
        vm.expectRevert(IEquipment.EquipmentZeroId.selector);
        equipment.register(0, Unit.Second);
    }

    function test_register_refusesATakenIdEvenOfAnotherBusiness() public {
        vm.prank(steel);
        equipment.register(FURNACE, Unit.Second);
        vm.prank(parts);
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentIdTaken.selector, FURNACE));
        equipment.register(FURNACE, Unit.Second);
    }

    function test_register_refusesAnUnregisteredCaller() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        equipment.register(FURNACE, Unit.Second);
    }

    function test_equipmentOf_refusesAnUnknownId() public {
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, FURNACE));
        equipment.equipmentOf(FURNACE);
    }
}
