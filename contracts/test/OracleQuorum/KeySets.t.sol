// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {World} from "../utils/World.sol";

contract OracleQuorumKeySetsTest is World {
    function test_keysOf_listsTheKeysInForce() public {
        _expect(quorum.keysOf(), oracleAddresses());
        quorum.setKeys(_one(stranger), 1);
        _expect(quorum.keysOf(), _one(stranger));
    }

    function test_keySetOf_keepsEachSetThatEverWasInForce() public {
        uint256 began = block.timestamp;
        vm.warp(began + 10);
        quorum.setKeys(_one(stranger), 1);
        vm.warp(began + 20);
        quorum.setKeys(_one(steel), 1);
        vm.assertEq(quorum.keySetCount(), 3);
        _expect(quorum.keySetOf(0), began, 2, oracleAddresses());
        _expect(quorum.keySetOf(1), began + 10, 1, _one(stranger));
        _expect(quorum.keySetOf(2), began + 20, 1, _one(steel));
    }

    function test_keySetOf_refusesANumberThatIsNotUsed() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.OracleQuorumUnknownKeySet.selector, 2, 1));
        quorum.keySetOf(2);
    }

    function test_keySetAt_holdsFromTheTimeOfTheChangeUntilTheNext() public {
        uint256 began = block.timestamp;
        vm.warp(began + 10);
        quorum.setKeys(_one(stranger), 1);
        _expectAt(began, 0, 2);
        _expectAt(began + 9, 0, 2);
        _expectAt(began + 10, 1, 1);
        _expectAt(type(uint256).max, 1, 1);
    }

    function test_keySetAt_isTheLastOfSeveralInTheSameBlock() public {
        quorum.setKeys(_one(stranger), 1);
        quorum.setKeys(_one(steel), 1);
        _expectAt(block.timestamp, 2, 1);
    }

    function test_keySetAt_refusesATimeBeforeTheFirstKeys() public {
        uint256 before = block.timestamp - 1;
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.OracleQuorumNoKeysAt.selector, before));
        quorum.keySetAt(before);
    }

    function testFuzz_keySetAt_isNeverChangedByLaterSets(uint8 changes, uint32 time) public {
        uint256 began = block.timestamp;
        vm.warp(began + 1 + time);
        bytes32 before = _hashAt(began + time);
        for (uint256 i = 0; i < uint256(changes) % 8; ++i) {
            quorum.setKeys(_one(address(uint160(i + 1))), 1);
            vm.assertEq(_hashAt(began + time), before);
        }
    }

    function _hashAt(uint256 time) private view returns (bytes32) {
        (uint256 number, IOracleQuorum.KeySet memory found) = quorum.keySetAt(time);
        return keccak256(abi.encode(number, found));
    }

    function _expectAt(uint256 time, uint256 number, uint256 threshold) private view {
        (uint256 foundNumber, IOracleQuorum.KeySet memory found) = quorum.keySetAt(time);
        vm.assertEq(foundNumber, number);
        vm.assertEq(found.threshold, threshold);
    }

    function _expect(IOracleQuorum.KeySet memory found, uint256 since, uint256 threshold, address[] memory keys)
        private
        pure
    {
        vm.assertEq(found.since, since);
        vm.assertEq(found.threshold, threshold);
        _expect(found.keys, keys);
    }

    function _expect(address[] memory found, address[] memory expected) private pure {
        vm.assertEq(keccak256(abi.encode(found)), keccak256(abi.encode(expected)));
    }

    function _one(address key) private pure returns (address[] memory keys) {
        keys = new address[](1);
        keys[0] = key;
    }
}
