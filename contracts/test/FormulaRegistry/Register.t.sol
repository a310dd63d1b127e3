// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {World} from "../utils/World.sol";

contract FormulaRegistryRegisterTest is World {
    bytes32 private constant NEW = keccak256("new formula");

    function test_register_bindsADocumentToItsNameVersionAndNumber() public {
        uint32 number = formulas.count() + 1;
        vm.expectEmit();
        emit IFormulaRegistry.FormulaRegistered(NEW, "new", 1, number);
        formulas.register(NEW, "new", 1);
        (bytes32 name, uint32 version) = formulas.formulaOf(NEW);
        vm.assertEq(name, bytes32("new"));
        vm.assertEq(version, 1);
        vm.assertEq(formulas.nameOf(NEW), bytes32("new"));
        vm.assertEq(formulas.numberOf(NEW), number);
        vm.assertEq(formulas.count(), number);
    }

    function test_register_takesTheNextVersionOfANameAndKeepsTheFormer() public {
        formulas.register(NEW, "tanso-cfp", 2);
        vm.assertEq(formulas.versionOf("tanso-cfp", 1), FORMULA);
        vm.assertEq(formulas.versionOf("tanso-cfp", 2), NEW);
        vm.assertEq(formulas.latestVersionOf("tanso-cfp"), 2);
        vm.assertEq(formulas.latestVersionOf("tanso-solar"), 1);
    }

    function test_register_refusesAZeroHash() public {
        vm.expectRevert(IFormulaRegistry.FormulaRegistryZero.selector);
        formulas.register(0, "new", 1);
    }

    function test_register_refusesAZeroName() public {
        vm.expectRevert(IFormulaRegistry.FormulaRegistryZero.selector);
        formulas.register(NEW, 0, 1);
    }

    function test_register_refusesADocumentTwice() public {
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryTaken.selector, FORMULA));
        formulas.register(FORMULA, "new", 1);
    }

    function test_register_refusesAVersionThatIsThereAlready() public {
        _refuse("tanso-cfp", 1, 2);
    }

    function test_register_refusesAGapInTheVersions() public {
        _refuse("tanso-cfp", 3, 2);
    }

    function test_register_refusesAnyFirstVersionButOne(uint32 version) public {
        if (version != 1) _refuse("new", version, 1);
    }

    function test_register_refusesACallerWithoutTheRole() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        formulas.register(NEW, "new", 1);
    }

    function test_register_changesNothingThatWasRegisteredBefore(uint8 versions) public {
        for (uint32 version = 1; version <= versions; ++version) {
            formulas.register(keccak256(abi.encode(version)), "many", version);
        }
        for (uint32 version = 1; version <= versions; ++version) {
            bytes32 formulaId = keccak256(abi.encode(version));
            (bytes32 name, uint32 found) = formulas.formulaOf(formulaId);
            vm.assertEq(name, bytes32("many"));
            vm.assertEq(found, version);
            // Two formulas were there before.
            vm.assertEq(formulas.numberOf(formulaId), version + 2);
            vm.assertEq(formulas.idOfNumber(version + 2), formulaId);
            vm.assertEq(formulas.versionOf("many", version), formulaId);
        }
        vm.assertEq(formulas.latestVersionOf("many"), versions);
        vm.assertEq(formulas.idOfNumber(1), FORMULA);
    }

    function _refuse(bytes32 name, uint32 given, uint32 expected) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryWrongVersion.selector, name, given, expected)
        );
        formulas.register(NEW, name, given);
    }
}
