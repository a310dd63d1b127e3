// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {World} from "../utils/World.sol";

contract FormulaRegistryLookupsTest is World {
    bytes32 private constant NEW = keccak256("new formula");

    function test_numbers_countFromOneInOrderOfRegistration() public view {
        vm.assertEq(formulas.numberOf(FORMULA), 1);
        vm.assertEq(formulas.numberOf(METHODOLOGY), 2);
        vm.assertEq(formulas.idOfNumber(1), FORMULA);
        vm.assertEq(formulas.idOfNumber(2), METHODOLOGY);
        vm.assertEq(formulas.count(), 2);
    }

    function test_nameOf_refusesAnUnknownFormula() public {
        _expectUnknown();
        formulas.nameOf(NEW);
    }

    function test_formulaOf_refusesAnUnknownFormula() public {
        _expectUnknown();
        formulas.formulaOf(NEW);
    }

    function test_numberOf_refusesAnUnknownFormula() public {
        _expectUnknown();
        formulas.numberOf(NEW);
    }

    function test_idOfNumber_refusesZero() public {
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknownNumber.selector, 0));
        formulas.idOfNumber(0);
    }

    function test_idOfNumber_refusesANumberThatWasNotGivenYet() public {
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknownNumber.selector, 3));
        formulas.idOfNumber(3);
    }

    function test_versionOf_refusesAVersionThatIsNotThere() public {
        bytes32 name = "tanso-cfp";
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknownVersion.selector, name, 2));
        formulas.versionOf(name, 2);
    }

    function test_latestVersionOf_isZeroForAnUnknownName() public view {
        vm.assertEq(formulas.latestVersionOf("new"), 0);
    }

    function _expectUnknown() private {
        vm.expectRevert(abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknown.selector, NEW));
    }
}
