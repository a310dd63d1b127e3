// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {World} from "../utils/World.sol";

contract FactorRegistryRegisterTest is World {
    bytes16 private immutable NEW = id("new factor");

    function test_register_keepsTheWholeFactor() public {
        IFactorRegistry.Factor memory factor = factorWith(452_000_000);
        vm.expectEmit();
        emit IFactorRegistry.FactorRegistered(
            NEW, 452_000_000, factor.validFrom, factor.validUntil, factor.unit, factor.gwpSet, factor.sourceHash
        );
        factors.register(NEW, factor);
        vm.assertEq(keccak256(abi.encode(factors.factorOf(NEW))), keccak256(abi.encode(factor)));
    }

    function test_register_acceptsAZeroIntensity() public {
        factors.register(NEW, factorWith(0));
        vm.assertEq(factors.factorOf(NEW).intensityPg, 0);
    }

    function test_register_refusesAZeroId() public {
        _refuse(0, factorWith(1));
    }

    function test_register_refusesAMissingSource() public {
        IFactorRegistry.Factor memory factor = factorWith(1);
        factor.sourceHash = 0;
        _refuse(NEW, factor);
    }

    function test_register_refusesAnEmptyValidity() public {
        IFactorRegistry.Factor memory factor = factorWith(1);
        factor.validUntil = factor.validFrom;
        _refuse(NEW, factor);
    }

    function test_register_refusesATakenId() public {
        vm.expectRevert(abi.encodeWithSelector(IFactorRegistry.FactorRegistryTaken.selector, RESIN));
        factors.register(RESIN, factorWith(1));
    }

    function test_register_refusesACallerWithoutTheRole() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        factors.register(NEW, factorWith(1));
    }

    function _refuse(bytes16 factorId, IFactorRegistry.Factor memory factor) private {
        vm.expectRevert(abi.encodeWithSelector(IFactorRegistry.FactorRegistryInvalid.selector, factorId));
        factors.register(factorId, factor);
    }
}
