// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// @title OpenZeppelin's own ERC-1155 and nothing else, to measure beside ours
/// @dev No part of the ledger: it is deployed by the gas benchmarks only.
contract PlainTokens is ERC1155("") {
    function mintBatch(uint256[] calldata tokens, uint256[] calldata quantities) external {
        _mintBatch(msg.sender, tokens, quantities, "");
    }
}
