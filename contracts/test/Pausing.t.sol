// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IAgreements} from "src/interfaces/IAgreements.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {DevicesWorld} from "./utils/DevicesWorld.sol";
import {Write} from "./utils/Write.sol";

/// @notice The registries while they are paused: every function that writes, and those that read.
contract PausingTest is DevicesWorld {
    function setUp() public override {
        super.setUp();
        devices.calibrate(METER, START, END, CERTIFICATE);
    }

    function test_pause_stopsEveryFunctionThatWrites() public {
        _pauseAll();
        Write[] memory writes = _writes();
        for (uint256 i = 0; i < writes.length; ++i) {
            vm.prank(writes[i].caller);
            (bool done, bytes memory answer) = writes[i].target.call(writes[i].data);
            vm.assertFalse(done);
            vm.assertEq(keccak256(answer), keccak256(abi.encodeWithSelector(Pausable.EnforcedPause.selector)));
        }
    }

    function test_unpause_letsEveryFunctionThatWritesGoOn() public {
        _pauseAll();
        address[5] memory all = _all();
        for (uint256 i = 0; i < all.length; ++i) {
            IPausing(all[i]).unpause();
        }
        Write[] memory writes = _writes();
        for (uint256 i = 0; i < writes.length; ++i) {
            vm.prank(writes[i].caller);
            (bool done,) = writes[i].target.call(writes[i].data);
            vm.assertTrue(done);
        }
    }

    function test_pause_neverStopsReading() public {
        _pauseAll();
        vm.assertEq(businesses.idOf(steel), steelId);
        vm.assertEq(businesses.endpointAt(steelId, NOW), keccak256("https://steel.example"));
        vm.assertEq(formulas.idOfNumber(formulas.numberOf(FORMULA)), FORMULA);
        vm.assertEq(factors.factorFor(RESIN, START, END).intensityPg, RESIN_PG);
        vm.assertEq(devices.installationAt(METER, NOW).equipmentId, FURNACE);
        vm.assertTrue(devices.isCalibratedAt(METER, START));
        vm.assertFalse(agreements.inForce(id("new"), NOW));
    }

    function test_pause_andUnpauseRefuseACallerWithoutTheRole() public {
        address[5] memory all = _all();
        for (uint256 i = 0; i < all.length; ++i) {
            vm.startPrank(steel);
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
            IPausing(all[i]).pause();
            vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
            IPausing(all[i]).unpause();
            vm.stopPrank();
        }
    }

    function test_pause_refusesASecondTimeAndUnpauseAFirst() public {
        vm.expectRevert(Pausable.ExpectedPause.selector);
        IPausing(address(devices)).unpause();
        IPausing(address(devices)).pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        IPausing(address(devices)).pause();
    }

    function _pauseAll() private {
        address[5] memory all = _all();
        for (uint256 i = 0; i < all.length; ++i) {
            IPausing(all[i]).pause();
        }
    }

    function _all() private view returns (address[5] memory) {
        return [address(businesses), address(formulas), address(factors), address(devices), address(agreements)];
    }

    /// @dev Calls that succeed one after the other when nothing is paused.
    function _writes() private view returns (Write[] memory writes) {
        writes = new Write[](15);
        bytes16 meter = id("new meter");
        bytes32 hash = keccak256("something");
        bytes memory data = abi.encodeCall(IBusinessRegistry.register, (id("new"), stranger, hash));
        writes[0] = Write(address(businesses), address(this), data);
        writes[1] = Write(address(businesses), steel, abi.encodeCall(IBusinessRegistry.setEndpoint, (hash)));
        data = abi.encodeCall(IFormulaRegistry.register, (hash, "new", 1));
        writes[2] = Write(address(formulas), address(this), data);
        data = abi.encodeCall(IFactorRegistry.register, (id("new"), factorWith(1)));
        writes[3] = Write(address(factors), address(this), data);
        data = abi.encodeCall(IDeviceRegistry.register, (meter, FURNACE, key));
        writes[4] = Write(address(devices), steel, data);
        writes[5] = Write(address(devices), steel, abi.encodeCall(IDeviceRegistry.install, (meter, MILL)));
        writes[6] = Write(address(devices), steel, abi.encodeCall(IDeviceRegistry.changeKey, (meter, address(0))));
        data = abi.encodeCall(IDeviceRegistry.calibrate, (meter, START, END, hash));
        writes[7] = Write(address(devices), address(this), data);
        data = abi.encodeCall(IDeviceRegistry.withdraw, (METER, 0, START, hash));
        writes[8] = Write(address(devices), address(this), data);
        data = abi.encodeCall(IFactorRegistry.withdraw, (RESIN, START, hash));
        writes[9] = Write(address(factors), address(this), data);
        data = abi.encodeCall(IAgreements.propose, (id("new"), partsId, hash, NOW + 1));
        writes[10] = Write(address(agreements), steel, data);
        data = abi.encodeCall(IAgreements.accept, (id("new"), hash));
        writes[11] = Write(address(agreements), parts, data);
        writes[12] = Write(address(agreements), steel, abi.encodeCall(IAgreements.withdraw, (id("new"))));
        writes[13] = Write(address(agreements), steel, abi.encodeCall(IAgreements.demandDeletion, (id("new"))));
        data = abi.encodeCall(IAgreements.confirmDeletion, (id("new"), hash));
        writes[14] = Write(address(agreements), parts, data);
    }
}
