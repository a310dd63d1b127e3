// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {World} from "../utils/World.sol";

contract FactorRegistryFactorForTest is World {
    function test_factorFor_holdsForItsWholeValidity() public view {
        vm.assertEq(factors.factorFor(RESIN, START - 365 days, END + 365 days).intensityPg, RESIN_PG);
    }

    function test_factorFor_refusesASecondTooEarly() public {
        _refuse(START - 365 days - 1, END);
    }

    function test_factorFor_refusesASecondTooLate() public {
        _refuse(START, END + 365 days + 1);
    }

    function test_factorFor_refusesAnUnknownFactor() public {
        vm.expectRevert(abi.encodeWithSelector(IFactorRegistry.FactorRegistryUnknown.selector, id("new")));
        factors.factorFor(id("new"), START, END);
    }

    function test_factorOf_refusesAnUnknownFactor() public {
        vm.expectRevert(abi.encodeWithSelector(IFactorRegistry.FactorRegistryUnknown.selector, id("new")));
        factors.factorOf(id("new"));
    }

    function _refuse(uint40 periodStart, uint40 periodEnd) private {
        vm.expectRevert(
            abi.encodeWithSelector(IFactorRegistry.FactorRegistryNotValid.selector, RESIN, periodStart, periodEnd)
        );
        factors.factorFor(RESIN, periodStart, periodEnd);
    }
}
