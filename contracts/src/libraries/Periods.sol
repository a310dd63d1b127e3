// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Periods of time
/// @notice A period holds its first second and ends before its last: [start, end), Unix time in seconds.
library Periods {
    /// @notice Whether the period is not empty and over by now.
    function isPast(uint40 start, uint40 end) internal view returns (bool) {
        return start < end && end <= block.timestamp;
    }

    /// @notice Whether two periods share at least one second.
    function overlap(uint40 start, uint40 end, uint40 otherStart, uint40 otherEnd) internal pure returns (bool) {
        return start < otherEnd && otherStart < end;
    }
}
