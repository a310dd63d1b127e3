// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PG_PER_UG, UG_PER_TONNE} from "../interfaces/Types.sol";

/// @title Arithmetic of carbon
/// @notice Every rounding names its direction. Footprints round up, credits round down, remainders are kept.
library Carbon {
    using SafeCast for uint256;

    /// @notice Micrograms CO2e of an activity, rounded up.
    /// @param activity Base units of activity.
    /// @param intensityPg Picograms CO2e per base unit.
    /// @dev The product stays below 2^128. Reverts with SafeCastOverflowedUintDowncast at 2^96 µg (7.9 × 10^16 tonnes).
    function emissionsUp(uint64 activity, uint64 intensityPg) internal pure returns (uint96 co2Ug) {
        unchecked {
            return ((uint256(activity) * intensityPg + PG_PER_UG - 1) / PG_PER_UG).toUint96();
        }
    }

    /// @notice Whole tonnes in `totalUg`, rounded down, and the micrograms that are left, below one tonne.
    function tonnesDown(uint256 totalUg) internal pure returns (uint64 tonnes, uint96 restUg) {
        return ((totalUg / UG_PER_TONNE).toUint64(), (totalUg % UG_PER_TONNE).toUint96());
    }
}
