// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
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
    Guarded[] private _guarded;

    function setUp() public override {
        super.setUp();
        // Work of the registrar, of the oracle's admin, of aggregators, calibrators and enrollers, then of pausers.
        bytes32 hash = keccak256("something");
        _add(address(businesses), abi.encodeCall(IBusinessRegistry.register, (id("new"), stranger, hash)), REGISTRAR);
        _add(address(formulas), abi.encodeCall(IFormulaRegistry.register, (hash, "new", 1)), REGISTRAR);
        _add(address(factors), abi.encodeCall(IFactorRegistry.register, (id("new"), factorWith(1))), REGISTRAR);
        _add(address(factors), abi.encodeCall(IFactorRegistry.withdraw, (RESIN, START, hash)), REGISTRAR);
        _add(address(quorum), abi.encodeCall(IOracleQuorum.setKeys, (oracleAddresses(), 3)), ORACLE_ADMIN);
        _add(address(credits), abi.encodeCall(ICredits.createProgramme, (id("new"), METHODOLOGY)), AGGREGATOR);
        _add(address(devices), abi.encodeCall(IDeviceRegistry.calibrate, (METER, START, END, hash)), CALIBRATOR);
        _add(address(devices), abi.encodeCall(IDeviceRegistry.withdraw, (METER, 0, START, hash)), CALIBRATOR);
        _add(address(equipment), abi.encodeCall(IEquipment.enrol, (FURNACE, 1, START)), ENROLLER);
        address[9] memory pausable = [
            address(businesses),
            address(formulas),
            address(factors),
            address(equipment),
            address(devices),
            address(reports),
            address(lots),
            address(credits),
            address(agreements)
        ];
        for (uint256 i = 0; i < pausable.length; ++i) {
            _add(pausable[i], abi.encodeCall(IPausing.pause, ()), PAUSER);
            _add(pausable[i], abi.encodeCall(IPausing.unpause, ()), PAUSER);
        }
    }

    function test_everyRole_mayCallItsOwnFunctionsOnly() public {
        businesses.register(id("holder"), _holder, keccak256("https://holder.example"));
        for (uint64 role = REGISTRAR; role <= ENROLLER; ++role) {
            manager.grantRole(role, _holder, 0);
            for (uint256 i = 0; i < _guarded.length; ++i) {
                _check(_guarded[i], role);
            }
            manager.revokeRole(role, _holder);
        }
    }

    function test_nobody_mayCallAGuardedFunctionWithoutARole() public {
        for (uint256 i = 0; i < _guarded.length; ++i) {
            _check(_guarded[i], 0);
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

    function _add(address target, bytes memory data, uint64 role) private {
        _guarded.push(Guarded(target, data, role));
    }
}
