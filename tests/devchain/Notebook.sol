// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

contract Notebook {
    error NotebookFull(address who, uint256 limit);
    event Noted(address indexed who, uint256 indexed key, string text);

    mapping(uint256 => uint256) public notes;
    uint256 public count;

    function note(uint256 key, uint256 value, string calldata text) external returns (uint256) {
        require(key != 0, "key is zero");
        if (value > 1000) revert NotebookFull(msg.sender, 1000);
        assert(value != 999);
        notes[key] = value;
        emit Noted(msg.sender, key, text);
        return ++count;
    }

    function burn(uint256 rounds) external pure returns (uint256 sum) {
        for (uint256 i = 0; i < rounds; ++i) sum ^= uint256(keccak256(abi.encode(i)));
    }

    function time() external view returns (uint256, uint256) {
        return (block.timestamp, block.number);
    }

    // Cancun: transient storage and MCOPY
    function cancun(uint256 value) external returns (uint256 back) {
        assembly {
            tstore(1, value)
            mstore(0, tload(1))
            mcopy(32, 0, 32)
            back := mload(32)
        }
    }
}
