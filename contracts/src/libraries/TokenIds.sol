// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Token IDs
/// @notice A 128-bit hashed ID and the number that stands for it as an ERC-721 or ERC-1155 token ID.
library TokenIds {
    /// @notice Token ID of a hashed ID, always below 2^128.
    function toToken(bytes16 id) internal pure returns (uint256) {
        return uint128(id);
    }

    /// @notice Hashed ID of a token.
    /// @dev Warning: drops bits above 2^128. Call it only for tokens that exist: those were made by `toToken`.
    function toId(uint256 token) internal pure returns (bytes16) {
        // Only tokens below 2^128 are ever made.
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes16(uint128(token));
    }
}
