// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {DevicesWorld} from "./utils/DevicesWorld.sol";

/// @notice Every role against every function that needs one.
contract RolesTest is DevicesWorld {
    struct Guarded {
        address target;
        bytes data;
        uint64 role;
    }

    address private _holder = account("holder of a role");

    function test_everyRole_mayCallItsOwnFunctionsOnly() public {
        businesses.register(id("holder"), _holder, keccak256("https://holder.example"));
        for (uint64 role = REGISTRAR; role <= CALIBRATOR; ++role) {
            manager.grantRole(role, _holder, 0);
            for (uint256 i = 0; i < 9; ++i) {
                _check(_guarded(i), role);
            }
            manager.revokeRole(role, _holder);
        }
    }

    function test_nobody_mayCallAGuardedFunctionWithoutARole() public {
        for (uint256 i = 0; i < 9; ++i) {
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
            bytes memory data =
                abi.encodeCall(IBusinessRegistry.register, (id("new"), stranger, keccak256("https://new.example")));
            return Guarded(address(businesses), data, REGISTRAR);
        }
        if (i == 1) {
            bytes memory data = abi.encodeCall(IFormulaRegistry.register, (keccak256("new"), "new", 1));
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
        if (i == 4) {
            bytes memory create = abi.encodeCall(ICredits.createProgramme, (id("new"), METHODOLOGY));
            return Guarded(address(credits), create, AGGREGATOR);
        }
        if (i == 5) {
            bytes memory data = abi.encodeCall(IDeviceRegistry.calibrate, (METER, START, END, keccak256("certificate")));
            return Guarded(address(devices), data, CALIBRATOR);
        }
        if (i == 6) {
            bytes memory data = abi.encodeCall(IDeviceRegistry.withdraw, (METER, 0, START, keccak256("reason")));
            return Guarded(address(devices), data, CALIBRATOR);
        }
        bytes memory switching = i == 7 ? abi.encodeCall(IPausing.pause, ()) : abi.encodeCall(IPausing.unpause, ());
        return Guarded(address(devices), switching, PAUSER);
    }
}
