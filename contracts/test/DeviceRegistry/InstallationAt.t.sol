// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {DevicesWorld} from "../utils/DevicesWorld.sol";

contract DeviceRegistryInstallationAtTest is DevicesWorld {
    function test_installationAt_refusesATimeBeforeTheRegistration() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNotInstalled.selector, METER, NOW - 1));
        devices.installationAt(METER, NOW - 1);
    }

    function test_installationAt_refusesAnUnknownDevice() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknown.selector, id("new")));
        devices.installationAt(id("new"), NOW);
    }

    function test_installationsOf_refusesAnUnknownDevice() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknown.selector, id("new")));
        devices.installationsOf(id("new"));
    }

    /// @dev Moves and key changes in any order and at any distance; what was there before never changes.
    function test_installationAt_isWhatHeldThenAfterAnySequenceOfChanges(uint8[16] memory gaps, uint16 moves) public {
        IDeviceRegistry.Installation[] memory before = devices.installationsOf(METER);
        uint40 time = NOW;
        for (uint256 i = 0; i < 16; ++i) {
            // At least a second apart, so that each holds for some time.
            time += 1 + uint40(gaps[i]);
            vm.warp(time);
            vm.startPrank(steel);
            if ((moves >> i) & 1 == 1) {
                devices.install(METER, before[i].equipmentId == FURNACE ? MILL : FURNACE);
            } else {
                devices.changeKey(METER, address(uint160(i + 1)));
            }
            vm.stopPrank();
            IDeviceRegistry.Installation[] memory found = devices.installationsOf(METER);
            vm.assertEq(found.length, i + 2);
            for (uint256 j = 0; j <= i; ++j) {
                vm.assertEq(keccak256(abi.encode(found[j])), keccak256(abi.encode(before[j])));
            }
            _check(found);
            before = found;
        }
    }

    /// @dev Each installation holds from its first second to the one before the next.
    function _check(IDeviceRegistry.Installation[] memory found) private view {
        for (uint256 i = 0; i < found.length; ++i) {
            uint40 last = i + 1 < found.length ? found[i + 1].since - 1 : type(uint40).max;
            bytes32 expected = keccak256(abi.encode(found[i]));
            vm.assertEq(keccak256(abi.encode(devices.installationAt(METER, found[i].since))), expected);
            vm.assertEq(keccak256(abi.encode(devices.installationAt(METER, last))), expected);
        }
    }
}
