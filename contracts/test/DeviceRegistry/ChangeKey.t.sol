// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {DevicesWorld} from "../utils/DevicesWorld.sol";

contract DeviceRegistryChangeKeyTest is DevicesWorld {
    address private _other = account("another key");

    function test_changeKey_holdsFromItsBlockOnAndLeavesTheDeviceWhereItIs() public {
        vm.warp(NOW + 50);
        vm.expectEmit();
        emit IDeviceRegistry.DeviceInstalled(METER, FURNACE, steelId, _other, NOW + 50);
        vm.prank(steel);
        devices.changeKey(METER, _other);
        vm.assertEq(devices.installationAt(METER, NOW + 49).key, key);
        vm.assertEq(devices.installationAt(METER, NOW + 50).key, _other);
        vm.assertEq(devices.installationAt(METER, NOW + 50).equipmentId, FURNACE);
    }

    function test_changeKey_canTakeTheKeyAway() public {
        vm.prank(steel);
        devices.changeKey(METER, address(0));
        (IDeviceRegistry.Installation memory found,) = devices.deviceOf(METER);
        vm.assertEq(found.key, address(0));
    }

    function test_changeKey_refusesTheSameKey() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistrySameKey.selector, METER, key));
        devices.changeKey(METER, key);
    }

    function test_changeKey_refusesSomebodyElsesDevice() public {
        vm.prank(parts);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, FURNACE, parts));
        devices.changeKey(METER, _other);
    }

    function test_changeKey_refusesWhoeverGaveTheEquipmentAway() public {
        sellFurnace();
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, FURNACE, steel));
        devices.changeKey(METER, _other);
    }

    function test_changeKey_refusesAnUnknownDevice() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknown.selector, id("new")));
        devices.changeKey(id("new"), _other);
    }
}
