// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Unit} from "../interfaces/Types.sol";

/// @notice Where a piece of equipment stands, in one word: the business that runs it and its number among that
///         business's equipment. Zero for none.
/// @dev From the lowest bit: business number 24 | number within the business 24 | holding 8 | unit 8 | since 40 |
///      enrolled from 40 | baseline 64.
type Place is uint256;

using Places for Place global;

/// @title Places of equipment
/// @notice `holding` counts the businesses that ran the equipment before; `since` is the Unix time at which the
///         present one took it over, zero for the first, who may have run it before it was registered. Enrolment in a
///         credit programme stays with the equipment for good, whoever runs it.
library Places {
    function pack(uint24 runBy, uint24 rank, uint8 earlier, Unit counted, uint40 takenOver)
        internal
        pure
        returns (Place)
    {
        return Place.wrap(
            uint256(runBy) | uint256(rank) << 24 | uint256(earlier) << 48 | uint256(uint8(counted)) << 56
                | uint256(takenOver) << 64
        );
    }

    /// @notice The place with a baseline, picograms CO2e per base unit, for batches that end after `from`.
    /// @dev Only for a place that is not enrolled.
    function enrolled(Place place, uint64 baseline, uint40 from) internal pure returns (Place) {
        return Place.wrap(Place.unwrap(place) | uint256(from) << 104 | uint256(baseline) << 144);
    }

    /// @notice The place with the enrolment of another one, the place before.
    function enrolledAs(Place place, Place before) internal pure returns (Place) {
        return Place.wrap(Place.unwrap(place) | (Place.unwrap(before) >> 104 << 104));
    }

    function isNone(Place place) internal pure returns (bool) {
        return Place.unwrap(place) == 0;
    }

    function business(Place place) internal pure returns (uint24) {
        return uint24(Place.unwrap(place));
    }

    function number(Place place) internal pure returns (uint24) {
        return uint24(Place.unwrap(place) >> 24);
    }

    function holding(Place place) internal pure returns (uint8) {
        return uint8(Place.unwrap(place) >> 48);
    }

    function unit(Place place) internal pure returns (Unit) {
        return Unit(uint8(Place.unwrap(place) >> 56));
    }

    function since(Place place) internal pure returns (uint40) {
        return uint40(Place.unwrap(place) >> 64);
    }

    function enrolledFrom(Place place) internal pure returns (uint40) {
        return uint40(Place.unwrap(place) >> 104);
    }

    /// @notice Picograms CO2e per base unit; zero for equipment that is not enrolled.
    function baselinePg(Place place) internal pure returns (uint64) {
        return uint64(Place.unwrap(place) >> 144);
    }
}
