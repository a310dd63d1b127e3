// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {DevicesWorld} from "../utils/DevicesWorld.sol";

contract DeviceRegistryInstallTest is DevicesWorld {
    function test_install_movesADeviceWithItsKeyAndKeepsWhereItWas() public {
        vm.warp(NOW + 50);
        vm.expectEmit();
        emit IDeviceRegistry.DeviceInstalled(METER, MILL, steelId, key, NOW + 50);
        vm.prank(steel);
        devices.install(METER, MILL);
        (IDeviceRegistry.Installation memory found, address holder) = devices.deviceOf(METER);
        vm.assertEq(found.equipmentId, MILL);
        vm.assertEq(found.key, key);
        vm.assertEq(holder, steel);
        vm.assertEq(devices.installationAt(METER, NOW + 49).equipmentId, FURNACE);
        vm.assertEq(devices.installationAt(METER, NOW + 50).equipmentId, MILL);
    }

    function test_install_refusesTheEquipmentItIsInstalledAt() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistrySameEquipment.selector, METER, FURNACE));
        devices.install(METER, FURNACE);
    }

    function test_install_refusesEquipmentOfAnotherBusiness() public {
        _refuse(steel, PRESS);
    }

    function test_install_refusesSomebodyElsesDevice() public {
        vm.prank(parts);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, FURNACE, parts));
        devices.install(METER, PRESS);
    }

    function test_install_refusesAnUnknownDevice() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknown.selector, id("new")));
        devices.install(id("new"), MILL);
    }

    function test_install_isForWhoeverTookTheEquipmentOver() public {
        sellFurnace();
        (, address holder) = devices.deviceOf(METER);
        vm.assertEq(holder, parts);
        vm.prank(parts);
        devices.install(METER, PRESS);
        IDeviceRegistry.Installation[] memory found = devices.installationsOf(METER);
        vm.assertEq(found[0].businessId, steelId);
        vm.assertEq(found[1].businessId, partsId);
    }

    function test_install_isNoLongerForWhoeverGaveTheEquipmentAway() public {
        sellFurnace();
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, FURNACE, steel));
        devices.install(METER, MILL);
    }

    function test_install_refusesMoreEntriesThanADeviceCanHave() public {
        vm.startPrank(steel);
        for (uint256 i = 1; i < MAX_ENTRIES; ++i) {
            devices.install(METER, i % 2 == 1 ? MILL : FURNACE);
        }
        vm.assertEq(devices.installationsOf(METER).length, MAX_ENTRIES);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryHistoryFull.selector, METER, MAX_ENTRIES));
        devices.install(METER, FURNACE);
        vm.stopPrank();
    }

    function _refuse(address caller, bytes16 equipmentId) private {
        vm.prank(caller);
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotOwnEquipment.selector, equipmentId, caller)
        );
        devices.install(METER, equipmentId);
    }
}
