// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {PackedBytes} from "src/libraries/PackedBytes.sol";
import {Test} from "../utils/Test.sol";

contract PackedBytesTest is Test {
    function testFuzz_word_readsWhereTheListHasIt(bytes calldata list, uint256 where) public pure {
        vm.assume(list.length > 0);
        where = between(where, 0, list.length - 1);
        vm.assertEq(uint8(bytes1(PackedBytes.word(PackedBytes.start(list) + where))), uint8(list[where]));
    }

    function testFuzz_slice_isThatPartOfTheList(bytes calldata list, uint256 from, uint256 size) public pure {
        from = between(from, 0, list.length);
        size = between(size, 0, list.length - from);
        bytes calldata part = PackedBytes.slice(PackedBytes.start(list) + from, size);
        vm.assertEq(keccak256(part), keccak256(list[from:from + size]));
    }

    function testFuzz_putAll_copiesTheListBesideWhatIsThere(bytes calldata list, bytes32 next) public pure {
        (bytes memory copy, uint256 to) = PackedBytes.reserve(list.length + 32);
        bytes memory neighbour = abi.encode("neighbour");
        uint256 end = PackedBytes.putAll(to, list);
        vm.assertEq(end, to + list.length);
        PackedBytes.put(end, next);
        vm.assertEq(keccak256(copy), keccak256(bytes.concat(list, next)));
        vm.assertEq(keccak256(neighbour), keccak256(abi.encode("neighbour")));
    }

    /// @dev The last word that is put may reach 31 bytes beyond the list: no other memory must be there.
    function testFuzz_reserve_leavesRoomForAWholeLastWord(uint256 size) public pure {
        size = between(size, 1, 200);
        (bytes memory list, uint256 to) = PackedBytes.reserve(size);
        uint256 free;
        assembly {
            free := mload(0x40)
        }
        bytes memory neighbour = abi.encode("neighbour");
        PackedBytes.put(to + size - 1, bytes32(type(uint256).max));
        vm.assertEq(list.length, size);
        vm.assertEq(uint8(list[size - 1]), 255);
        vm.assertEq(keccak256(neighbour), keccak256(abi.encode("neighbour")));
        // Where the compiler allocates next is a multiple of a word, and no memory is wasted.
        vm.assertEq(free % 32, 0);
        vm.assertLe(to + size + 31, free);
        vm.assertLe(free, to + size + 63);
    }

    function test_wordOf_readsEachWord() public pure {
        bytes memory list = abi.encodePacked(uint256(11), uint256(22), uint256(33));
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(PackedBytes.wordOf(list, i), 11 * (i + 1));
        }
    }
}
