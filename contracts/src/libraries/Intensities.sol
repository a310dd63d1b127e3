// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Sheets of intensities
/// @notice A report keeps its intensities on sheets of four, by the equipment's number within its business: lane
///         `number % 4` of sheet `number / 4`, 64 bits each, kept one higher so that zero means none.
library Intensities {
    /// @dev Answers of `IOracleReports.intensitiesFor` that are no intensity.
    uint256 internal constant NOT_OWN = 1 << 128;
    uint256 internal constant NONE = 1 << 129;
    uint256 internal constant OUTSIDE_PERIOD = 1 << 130;

    /// @notice The sheet that the equipment is on.
    function sheetOf(uint256 number) internal pure returns (uint256) {
        return number >> 2;
    }

    /// @notice What a lane holds: an intensity plus one, or zero.
    function lane(uint256 sheet, uint256 number) internal pure returns (uint256) {
        return (sheet >> ((number & 3) << 6)) & type(uint64).max;
    }

    /// @notice The sheet with an intensity below 2^64 - 1 in an empty lane.
    function withLane(uint256 sheet, uint256 number, uint256 intensityPg) internal pure returns (uint256) {
        unchecked {
            return sheet | ((intensityPg + 1) << ((number & 3) << 6));
        }
    }
}
