// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {DevicesWorld} from "../utils/DevicesWorld.sol";

contract DeviceRegistryRegisterTest is DevicesWorld {
    bytes16 private constant NEW = bytes16(keccak256("new meter"));

    function test_register_installsADeviceWithItsKey() public {
        vm.expectEmit();
        emit IDeviceRegistry.DeviceRegistered(NEW, steelId);
        vm.expectEmit();
        emit IDeviceRegistry.DeviceInstalled(NEW, MILL, steelId, key, NOW);
        vm.prank(steel);
        devices.register(NEW, MILL, key);
        (IDeviceRegistry.Installation memory found, address holder) = devices.deviceOf(NEW);
        vm.assertEq(found.equipmentId, MILL);
        vm.assertEq(found.businessId, steelId);
        vm.assertEq(found.key, key);
        vm.assertEq(found.since, NOW);
        vm.assertEq(holder, steel);
        vm.assertEq(devices.installationsOf(NEW).length, 1);
    }

    function test_register_acceptsADeviceThatCannotSign() public {
        vm.prank(steel);
        devices.register(NEW, FURNACE, address(0));
        (IDeviceRegistry.Installation memory found,) = devices.deviceOf(NEW);
        vm.assertEq(found.key, address(0));
    }

    function test_register_refusesAZeroId() public {
        vm.prank(steel);
        vm.expectRevert(IDeviceRegistry.DeviceRegistryZeroId.selector);
        devices.register(0, FURNACE, key);
    }

    function test_register_refusesATakenIdEvenOfAnotherBusiness() public {
        vm.prank(parts);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryIdTaken.selector, METER));
        devices.register(METER, PRESS, key);
    }

    function test_register_refusesEquipmentOfAnotherBusiness() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, PRESS, steel));
        devices.register(NEW, PRESS, key);
    }

    function test_register_refusesAStranger() public {
        vm.prank(stranger);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, FURNACE, stranger)
        );
        devices.register(NEW, FURNACE, key);
    }

    function test_register_refusesUnknownEquipment() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, NEW));
        devices.register(NEW, NEW, key);
    }

    function test_deviceOf_refusesAnUnknownDevice() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknown.selector, NEW));
        devices.deviceOf(NEW);
    }
}
