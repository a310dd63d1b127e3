// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Timelines
/// @notice Rising Unix times in seconds, each the first second of something that holds until the next.
library Timelines {
    /// @notice Appends the current block's time: what is appended holds from now on.
    function append(uint40[] storage times) internal returns (uint40 since) {
        // 40 bits of seconds last for 34,000 years.
        // forge-lint: disable-next-line(unsafe-typecast)
        since = uint40(block.timestamp);
        times.push(since);
    }

    /// @notice How many times have come at `time`: what holds then is the one before that index.
    /// @dev Of several that came in one second, the last one holds.
    function comeBy(uint40[] storage times, uint40 time) internal view returns (uint256 low) {
        uint256 high = times.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (times[middle] > time) high = middle;
            else low = middle + 1;
        }
    }
}
