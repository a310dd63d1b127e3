// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Numbers of businesses
/// @notice 24 bits: rank of registration (20 bits, from 1), then the last four bits of the account.
library BusinessNumbers {
    /// @dev Ranks that fit 20 bits.
    uint256 internal constant MAX_BUSINESSES = (1 << 20) - 1;

    /// @notice Number of the business that was registered as the `rank`-th, `rank` being 1 to MAX_BUSINESSES.
    function numberOf(uint256 rank, address account) internal pure returns (uint24) {
        // A rank of at most 20 bits and four bits make 24.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint24((rank << 4) | (uint160(account) & 15));
    }

    /// @notice False when the number can't be the account's; true for one account in sixteen that is not meant, too.
    function mayBe(uint256 number, address account) internal pure returns (bool) {
        return (number ^ uint160(account)) & 15 == 0;
    }
}
