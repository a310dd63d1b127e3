// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {World} from "../utils/World.sol";

contract FactorRegistryWithdrawTest is World {
    bytes32 private constant REASON = keccak256("wrong by a factor of a thousand");

    function test_withdraw_barsPeriodsThatEndLaterAndNoOthers() public {
        vm.expectEmit();
        emit IFactorRegistry.FactorWithdrawn(RESIN, END, REASON);
        factors.withdraw(RESIN, END, REASON);
        factors.factorFor(RESIN, START, END);
        vm.expectRevert(abi.encodeWithSelector(IFactorRegistry.FactorRegistryNotValid.selector, RESIN, START, END + 1));
        factors.factorFor(RESIN, START, END + 1);
    }

    function test_withdraw_leavesTheFactorReadable() public {
        factors.withdraw(RESIN, 0, REASON);
        vm.assertEq(factors.factorOf(RESIN).intensityPg, RESIN_PG);
        vm.assertEq(factors.withdrawnFromOf(RESIN), 0);
        vm.assertEq(factors.withdrawnFromOf(MICROGRAM), type(uint40).max);
    }

    function test_withdraw_reachesFurtherBackAndIsNeverTakenBack() public {
        factors.withdraw(RESIN, END, REASON);
        _refuse(
            RESIN, END, REASON, abi.encodeWithSelector(IFactorRegistry.FactorRegistryWithdrawn.selector, RESIN, END)
        );
        _refuse(
            RESIN,
            END + 1,
            REASON,
            abi.encodeWithSelector(IFactorRegistry.FactorRegistryWithdrawn.selector, RESIN, END + 1)
        );
        factors.withdraw(RESIN, END - 1, REASON);
        vm.assertEq(factors.withdrawnFromOf(RESIN), END - 1);
    }

    function test_withdraw_refusesAnUnknownFactorAndNoReason() public {
        bytes16 nothing = id("nothing");
        _refuse(nothing, END, REASON, abi.encodeWithSelector(IFactorRegistry.FactorRegistryUnknown.selector, nothing));
        _refuse(RESIN, END, 0, abi.encodeWithSelector(IFactorRegistry.FactorRegistryInvalid.selector, RESIN));
    }

    function _refuse(bytes16 factorId, uint40 withdrawnFrom, bytes32 reason, bytes memory refusal) private {
        vm.expectRevert(refusal);
        factors.withdraw(factorId, withdrawnFrom, reason);
    }
}
