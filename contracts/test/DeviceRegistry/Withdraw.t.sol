// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {DevicesWorld} from "../utils/DevicesWorld.sol";

contract DeviceRegistryWithdrawTest is DevicesWorld {
    bytes16 private constant PRESS_METER = bytes16(keccak256("the press's meter"));

    function setUp() public override {
        super.setUp();
        devices.calibrate(METER, START, END, CERTIFICATE);
    }

    function test_withdraw_endsACalibrationEarlierAndKeepsWhatItSaid() public {
        vm.warp(NOW + 7);
        vm.expectEmit();
        emit IDeviceRegistry.CalibrationWithdrawn(METER, 0, START + 100, NOW + 7, REASON);
        devices.withdraw(METER, 0, START + 100, REASON);
        vm.assertTrue(devices.isCalibratedAt(METER, START + 99));
        vm.assertFalse(devices.isCalibratedAt(METER, START + 100));
        IDeviceRegistry.Calibration memory found = devices.calibrationsOf(METER)[0];
        vm.assertEq(
            keccak256(abi.encode(found)),
            keccak256(abi.encode(IDeviceRegistry.Calibration(START, END, START + 100, NOW, CERTIFICATE)))
        );
        IDeviceRegistry.Withdrawal[] memory withdrawals = devices.withdrawalsOf(METER);
        vm.assertEq(withdrawals.length, 1);
        vm.assertEq(
            keccak256(abi.encode(withdrawals[0])),
            keccak256(abi.encode(IDeviceRegistry.Withdrawal(0, START + 100, NOW + 7, REASON)))
        );
    }

    function test_withdraw_fromTheFirstSecondLeavesNothing() public {
        devices.withdraw(METER, 0, START, REASON);
        vm.assertFalse(devices.isCalibratedAt(METER, START));
        vm.assertEq(devices.calibrationsOf(METER).length, 1);
    }

    function test_withdraw_aSecondTimeReachesBackFurther() public {
        devices.withdraw(METER, 0, END - 1, REASON);
        devices.withdraw(METER, 0, END - 2, REASON);
        vm.assertTrue(devices.isCalibratedAt(METER, END - 3));
        vm.assertFalse(devices.isCalibratedAt(METER, END - 2));
        vm.assertEq(devices.withdrawalsOf(METER)[0].withdrawnFrom, END - 1);
        vm.assertEq(devices.withdrawalsOf(METER)[1].withdrawnFrom, END - 2);
    }

    function test_withdraw_leavesOtherCalibrationsOfTheDeviceAlone() public {
        devices.calibrate(METER, START + 50, END, keccak256("another certificate"));
        devices.withdraw(METER, 0, START, REASON);
        vm.assertFalse(devices.isCalibratedAt(METER, START + 49));
        vm.assertTrue(devices.isCalibratedAt(METER, START + 50));
        vm.assertEq(devices.calibrationsOf(METER)[1].heldUntil, END);
    }

    function test_withdraw_refusesToBeginBeforeTheCalibration() public {
        _refuse(START - 1, END);
    }

    function test_withdraw_refusesToBeginWhereTheCalibrationEnds() public {
        _refuse(END, END);
    }

    function test_withdraw_neverRestoresWhatWasWithdrawn() public {
        devices.withdraw(METER, 0, START + 10, REASON);
        _refuse(START + 10, START + 10);
        _refuse(START + 11, START + 10);
    }

    function test_withdraw_refusesAnUnknownCalibration() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryUnknownCalibration.selector, METER, 1));
        devices.withdraw(METER, 1, START, REASON);
    }

    function test_withdraw_refusesAZeroHash() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryZeroHash.selector, METER));
        devices.withdraw(METER, 0, START, 0);
    }

    function test_withdraw_refusesTheDevicesOwnHolder() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        devices.withdraw(METER, 0, START, REASON);
    }

    function test_withdraw_refusesMoreEntriesThanADeviceCanHave() public {
        for (uint40 i = 1; i <= MAX_ENTRIES; ++i) {
            devices.withdraw(METER, 0, END - i, REASON);
        }
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryHistoryFull.selector, METER, MAX_ENTRIES));
        devices.withdraw(METER, 0, START, REASON);
    }

    /// @dev Against the plainest account of it: what any certificate covers and no withdrawal of it took away.
    function test_isCalibratedAt_isWhatCertificatesAndWithdrawalsSay(
        uint8[6] memory starts,
        uint8[6] memory lengths,
        uint8[12] memory froms,
        uint16 offset
    ) public {
        vm.prank(parts);
        devices.register(PRESS_METER, PRESS, key);
        uint40[6] memory ends;
        for (uint32 i = 0; i < 6; ++i) {
            ends[i] = uint40(starts[i]) + 1 + lengths[i];
            devices.calibrate(PRESS_METER, starts[i], ends[i], CERTIFICATE);
        }
        for (uint32 i = 0; i < 12; ++i) {
            if (froms[i] < starts[i % 6] || froms[i] >= ends[i % 6]) continue;
            devices.withdraw(PRESS_METER, i % 6, froms[i], REASON);
            ends[i % 6] = froms[i];
        }
        uint40 time = uint40(between(offset, 0, 512));
        bool covered = false;
        for (uint256 i = 0; i < 6; ++i) {
            if (starts[i] <= time && time < ends[i]) covered = true;
        }
        vm.assertTrue(devices.isCalibratedAt(PRESS_METER, time) == covered);
    }

    function _refuse(uint40 from, uint40 heldUntil) private {
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.DeviceRegistryNothingWithdrawn.selector, METER, 0, from, heldUntil)
        );
        devices.withdraw(METER, 0, from, REASON);
    }
}
