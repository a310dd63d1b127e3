// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {World} from "../utils/World.sol";

contract FormulaRegistryRegisterTest is World {
    bytes32 private constant NEW = keccak256("new formula");

    function test_register_bindsADocumentToItsName() public {
        vm.expectEmit();
        emit IFormulaRegistry.FormulaRegistered(NEW, "new@1");
        formulas.register(NEW, "new@1");
        vm.assertEq(formulas.nameOf(NEW), bytes32("new@1"));
    }

    function test_register_refusesAZeroHash() public {
        vm.expectRevert(IFormulaRegistry.FormulaRegistryZero.selector);
        formulas.register(0, "new@1");
    }

    function test_register_refusesAZeroName() public {
        vm.expectRevert(IFormulaRegistry.FormulaRegistryZero.selector);
        formulas.register(NEW, 0);
    }

    function test_register_refusesADocumentTwice() public {
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryTaken.selector, FORMULA));
        formulas.register(FORMULA, "new@1");
    }

    function test_register_refusesANameThatStandsForAnotherDocument() public {
        bytes32 name = "tanso-cfp@1";
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryNameTaken.selector, name, FORMULA));
        formulas.register(NEW, name);
    }

    function test_register_refusesACallerWithoutTheRole() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        formulas.register(NEW, "new@1");
    }

    function test_nameOf_refusesAnUnknownFormula() public {
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknown.selector, NEW));
        formulas.nameOf(NEW);
    }
}
