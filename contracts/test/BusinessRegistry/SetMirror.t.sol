// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {World} from "../utils/World.sol";

contract BusinessRegistrySetMirrorTest is World {
    /// @dev A registry that has no mirror yet.
    IBusinessRegistry private _fresh;

    address[] private _admitted;

    function setUp() public override {
        super.setUp();
        _fresh = IBusinessRegistry(vm.deployCode("BusinessRegistry.sol:BusinessRegistry", abi.encode(manager)));
    }

    /// @dev This test is the mirror.
    function admit(address account) external {
        vm.assertEq(msg.sender, address(_fresh));
        _admitted.push(account);
    }

    function test_setMirror_fromThenOnTheMirrorIsToldOfRegistrations() public {
        _fresh.register(id("before"), steel, keccak256("endpoint"));
        vm.expectEmit();
        emit IBusinessRegistry.BusinessMirrorSet(address(this));
        _fresh.setMirror(address(this));
        _fresh.register(id("after"), parts, keccak256("endpoint"));
        vm.assertEq(_admitted.length, 1);
        vm.assertEq(_admitted[0], parts);
    }

    function test_setMirror_refusesASecondTime() public {
        _fresh.setMirror(address(this));
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryMirrorSet.selector, address(this)));
        _fresh.setMirror(address(lots));
    }

    function test_setMirror_refusesZero() public {
        vm.expectRevert(IBusinessRegistry.BusinessRegistryZero.selector);
        _fresh.setMirror(address(0));
    }

    function test_setMirror_waitsUntilWritingGoesOn() public {
        IPausing(address(_fresh)).pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        _fresh.setMirror(address(this));
        IPausing(address(_fresh)).unpause();
        _fresh.setMirror(address(this));
    }

    function test_setMirror_refusesAnybodyButTheAdmin() public {
        manager.grantRole(REGISTRAR, steel, 0);
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        _fresh.setMirror(address(this));
    }
}
