// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {World} from "../utils/World.sol";

contract OracleQuorumSetKeysTest is World {
    function test_setKeys_replacesAllKeysAndTheThreshold() public {
        address[] memory keys = new address[](2);
        (keys[0], keys[1]) = (stranger, vm.addr(oracleKeys[2]));
        vm.expectEmit();
        emit IOracleQuorum.OracleKeysChanged(keys, 1);
        quorum.setKeys(keys, 1);
        vm.assertEq(quorum.threshold(), 1);
        vm.assertTrue(quorum.isKey(stranger));
        vm.assertTrue(quorum.isKey(vm.addr(oracleKeys[2])));
        vm.assertFalse(quorum.isKey(vm.addr(oracleKeys[0])));
        vm.assertFalse(quorum.isKey(vm.addr(oracleKeys[1])));
    }

    function test_setKeys_acceptsThirtyTwoKeysAndRefusesMore() public {
        quorum.setKeys(_keys(32), 32);
        vm.assertEq(quorum.threshold(), 32);
        _refuse(_keys(33), 32);
    }

    function test_setKeys_refusesAZeroThreshold() public {
        _refuse(_keys(3), 0);
    }

    function test_setKeys_refusesAThresholdAboveTheNumberOfKeys() public {
        _refuse(_keys(3), 4);
    }

    function test_setKeys_refusesAZeroKey() public {
        address[] memory keys = _keys(3);
        keys[1] = address(0);
        _refuse(keys, 2);
    }

    function test_setKeys_refusesAKeyTwice() public {
        address[] memory keys = _keys(3);
        keys[2] = keys[0];
        _refuse(keys, 2);
    }

    function test_setKeys_refusesACallerWithoutTheRole() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, steel));
        quorum.setKeys(_keys(3), 2);
    }

    function _refuse(address[] memory keys, uint256 threshold) private {
        vm.expectRevert(IOracleQuorum.OracleQuorumInvalidKeys.selector);
        quorum.setKeys(keys, threshold);
    }

    function _keys(uint256 count) private pure returns (address[] memory keys) {
        keys = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            keys[i] = address(uint160(i + 1));
        }
    }
}
