// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "./Vm.sol";

/// @title Base of all tests
abstract contract Test {
    /// @dev Address at which forge answers cheatcodes.
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Maps a fuzzed number into [low, high], keeping it when it is inside already.
    function between(uint256 number, uint256 low, uint256 high) internal pure returns (uint256) {
        if (number >= low && number <= high) return number;
        // A range of all 2^256 numbers returned above, so the size does not overflow.
        return low + number % (high - low + 1);
    }

    function account(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }

    function id(string memory name) internal pure returns (bytes16) {
        return bytes16(keccak256(bytes(name)));
    }
}
