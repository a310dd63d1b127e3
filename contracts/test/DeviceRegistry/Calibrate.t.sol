// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {DevicesWorld} from "../utils/DevicesWorld.sol";

contract DeviceRegistryCalibrateTest is DevicesWorld {
    function test_calibrate_recordsTheCertificate() public {
        vm.expectEmit();
        emit IDeviceRegistry.DeviceCalibrated(METER, 0, START, END, NOW, CERTIFICATE);
        vm.assertEq(devices.calibrate(METER, START, END, CERTIFICATE), 0);
        IDeviceRegistry.Calibration[] memory found = devices.calibrationsOf(METER);
        vm.assertEq(found.length, 1);
        vm.assertEq(
            keccak256(abi.encode(found[0])),
            keccak256(abi.encode(IDeviceRegistry.Calibration(START, END, END, NOW, CERTIFICATE)))
        );
    }

    function test_calibrate_holdsFromItsFirstSecondToTheOneBeforeItsEnd() public {
        devices.calibrate(METER, START, END, CERTIFICATE);
        vm.assertFalse(devices.isCalibratedAt(METER, START - 1));
        vm.assertTrue(devices.isCalibratedAt(METER, START));
        vm.assertTrue(devices.isCalibratedAt(METER, END - 1));
        vm.assertFalse(devices.isCalibratedAt(METER, END));
    }

    function test_calibrate_numbersCalibrationsOfADeviceAndLeavesGapsAsTheyAre() public {
        devices.calibrate(METER, END + 10, END + 20, CERTIFICATE);
        vm.assertEq(devices.calibrate(METER, START, END, CERTIFICATE), 1);
        vm.assertTrue(devices.isCalibratedAt(METER, START));
        vm.assertFalse(devices.isCalibratedAt(METER, END + 9));
        vm.assertTrue(devices.isCalibratedAt(METER, END + 10));
    }

    function test_calibrate_refusesAnEmptyPeriod() public {
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryInvalidPeriod.selector, METER, START, START)
        );
        devices.calibrate(METER, START, START, CERTIFICATE);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryInvalidPeriod.selector, METER, END, START));
        devices.calibrate(METER, END, START, CERTIFICATE);
    }

    function test_calibrate_refusesAZeroHash() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryZeroHash.selector, METER));
        devices.calibrate(METER, START, END, 0);
    }

    function test_calibrate_refusesAnUnknownDevice() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknown.selector, id("new")));
        devices.calibrate(id("new"), START, END, CERTIFICATE);
    }

    function test_calibrate_refusesTheDevicesOwnHolder() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        devices.calibrate(METER, START, END, CERTIFICATE);
    }

    function test_calibrate_refusesMoreEntriesThanADeviceCanHave() public {
        for (uint256 i = 0; i < MAX_ENTRIES; ++i) {
            devices.calibrate(METER, START, END, CERTIFICATE);
        }
        vm.assertEq(devices.calibrationsOf(METER).length, MAX_ENTRIES);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryHistoryFull.selector, METER, MAX_ENTRIES));
        devices.calibrate(METER, START, END, CERTIFICATE);
    }

    function test_isCalibratedAt_isFalseForAnUnknownDevice() public view {
        vm.assertFalse(devices.isCalibratedAt(id("new"), NOW));
    }
}
