// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Lists of entries of fixed size, packed one after another
/// @notice Reads words from call data and appends words to memory, without the padding and checks of ABI arrays.
library PackedBytes {
    /// @notice Offset of the list's first byte in the call data.
    function start(bytes calldata list) internal pure returns (uint256 offset) {
        assembly ("memory-safe") {
            offset := list.offset
        }
    }

    /// @notice 32 bytes of call data from `offset` on; zeros follow the end of the call data.
    /// @dev Warning: reads past the list's end. Callers cut off what they did not mean to read.
    function word(uint256 offset) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := calldataload(offset)
        }
    }

    /// @notice The `index`-th word of a list of words in memory.
    /// @dev Warning: callers stay within the list.
    function wordOf(bytes memory list, uint256 index) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(list, shl(5, add(index, 1))))
        }
    }

    /// @notice A part of call data.
    /// @dev Warning: callers make sure that it lies within what they were given.
    function slice(uint256 offset, uint256 size) internal pure returns (bytes calldata part) {
        assembly ("memory-safe") {
            part.offset := offset
            part.length := size
        }
    }

    /// @notice Memory for a list that `put` fills, and where its first byte goes.
    function reserve(uint256 size) internal pure returns (bytes memory list, uint256 to) {
        // One word more than needed, as the last `put` writes a whole word. It needs no zeros: all of it is written.
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(list, size)
            to := add(list, 32)
            mstore(0x40, and(add(add(to, size), 63), not(31)))
        }
    }

    /// @notice Writes a word to memory of `reserve`; the next one follows after as many bytes as are meant of it.
    /// @dev Warning: callers stay within the size that they reserved.
    function put(uint256 to, bytes32 value) internal pure {
        assembly ("memory-safe") {
            mstore(to, value)
        }
    }

    /// @notice Copies a list from call data to memory of `reserve`; returns where it ends.
    /// @dev Warning: callers stay within the size that they reserved.
    function putAll(uint256 to, bytes calldata list) internal pure returns (uint256 end) {
        assembly ("memory-safe") {
            calldatacopy(to, list.offset, list.length)
            end := add(to, list.length)
        }
    }
}
