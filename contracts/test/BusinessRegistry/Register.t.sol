// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {World} from "../utils/World.sol";

contract BusinessRegistryRegisterTest is World {
    bytes32 private constant ENDPOINT = keccak256("https://new.example");

    function test_register_bindsIdAndAccountBothWays() public {
        vm.expectEmit();
        emit IBusinessRegistry.BusinessRegistered(id("new"), stranger, ENDPOINT);
        businesses.register(id("new"), stranger, ENDPOINT);
        vm.assertEq(businesses.idOf(stranger), id("new"));
        vm.assertEq(businesses.accountOf(id("new")), stranger);
        vm.assertTrue(businesses.isRegistered(stranger));
    }

    function test_register_refusesAZeroId() public {
        vm.expectRevert(IBusinessRegistry.BusinessRegistryZero.selector);
        businesses.register(0, stranger, ENDPOINT);
    }

    function test_register_refusesAZeroAccount() public {
        vm.expectRevert(IBusinessRegistry.BusinessRegistryZero.selector);
        businesses.register(id("new"), address(0), ENDPOINT);
    }

    function test_register_refusesAZeroEndpoint() public {
        vm.expectRevert(IBusinessRegistry.BusinessRegistryZero.selector);
        businesses.register(id("new"), stranger, 0);
    }

    function test_register_refusesATakenId() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryIdTaken.selector, steelId));
        businesses.register(steelId, stranger, ENDPOINT);
    }

    function test_register_refusesAnAccountThatActsAlready() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryAccountTaken.selector, steel));
        businesses.register(id("new"), steel, ENDPOINT);
    }

    function test_register_refusesACallerWithoutTheRole() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        businesses.register(id("new"), stranger, ENDPOINT);
    }

    function test_idOf_refusesAnUnknownAccount() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        businesses.idOf(stranger);
    }

    function test_accountOf_refusesAnUnknownId() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownId.selector, id("new")));
        businesses.accountOf(id("new"));
    }

    function test_isRegistered_isFalseForAStranger() public view {
        vm.assertFalse(businesses.isRegistered(stranger));
    }
}
