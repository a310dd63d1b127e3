// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {World} from "./utils/World.sol";

/// @notice Every role against every function that needs one.
contract RolesTest is World {
    struct Guarded {
        address target;
        bytes data;
        uint64 role;
    }

    address private _holder = account("holder of a role");

    function test_everyRole_mayCallItsOwnFunctionsOnly() public {
        businesses.register(id("holder"), _holder, keccak256("https://holder.example"));
        for (uint64 role = REGISTRAR; role <= AGGREGATOR; ++role) {
            manager.grantRole(role, _holder, 0);
            for (uint256 i = 0; i < 5; ++i) {
                _check(_guarded(i), role);
            }
            manager.revokeRole(role, _holder);
        }
    }

    function test_nobody_mayCallAGuardedFunctionWithoutARole() public {
        for (uint256 i = 0; i < 5; ++i) {
            _check(_guarded(i), 0);
        }
    }

    /// @dev The functions' own checks would refuse the second of two equal calls, so each is called once.
    function _check(Guarded memory guarded, uint64 role) private {
        vm.prank(_holder);
        (bool done, bytes memory answer) = guarded.target.call(guarded.data);
        vm.assertTrue(done == (guarded.role == role));
        if (!done) {
            bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, _holder);
            vm.assertEq(keccak256(answer), keccak256(refusal));
        }
    }

    function _guarded(uint256 i) private view returns (Guarded memory) {
        if (i == 0) {
            bytes memory data = abi.encodeCall(IBusinessRegistry.register, (id("new"), stranger, 0));
            return Guarded(address(businesses), data, REGISTRAR);
        }
        if (i == 1) {
            bytes memory data = abi.encodeCall(IFormulaRegistry.register, (keccak256("new"), "new@1"));
            return Guarded(address(formulas), data, REGISTRAR);
        }
        if (i == 2) {
            bytes memory data = abi.encodeCall(IFactorRegistry.register, (id("new"), factorWith(1)));
            return Guarded(address(factors), data, REGISTRAR);
        }
        if (i == 3) {
            bytes memory data = abi.encodeCall(IOracleQuorum.setKeys, (oracleAddresses(), 3));
            return Guarded(address(quorum), data, ORACLE_ADMIN);
        }
        bytes memory create = abi.encodeCall(ICredits.createProgramme, (id("new"), METHODOLOGY));
        return Guarded(address(credits), create, AGGREGATOR);
    }
}
