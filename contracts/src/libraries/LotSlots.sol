// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice A lot in one word: its CO2, fixed for good, and how much of it the producer still holds of what it made.
/// @dev From the lowest bit: held 42 | good 42 | producer 24 | window 20 | primary µg 64 | CO2 µg 64.
type LotRecord is uint256;

/// @notice A holder's part of a lot in one word, but for what the producer never gave away.
/// @dev From the lowest bit: quantity 42 | primary µg 64 | CO2 µg 64 | whether the holder is a contract 1.
type LotPart is uint256;

using LotRecords for LotRecord global;
using LotParts for LotPart global;

/// @dev Largest quantity of a lot in base units, 4.4 * 10^12.
uint256 constant MAX_QUANTITY = (1 << 42) - 1;

/// @title Records of lots
/// @notice The CO2 of what the producer still holds follows from the lot's own: of primary data and of the rest
///         alike it is `whole * held / good`, rounded down. So what it gives away is rounded up, cumulatively, and
///         however often it gives, nothing is created or lost and no part holds more primary data than CO2.
library LotRecords {
    /// @dev Blocks of a window, as a power of two: where a reader finds the event that made the lot.
    uint256 internal constant WINDOW_BITS = 10;

    /// @notice A new lot, all of it held by its producer.
    /// @param co2 Micrograms, at most 64 bits, as is `primary`, which is no larger.
    /// @param count Good base units, 1 to MAX_QUANTITY.
    /// @param origin What `originOf` says of the producer.
    function create(uint256 co2, uint256 primary, uint256 count, uint256 origin) internal pure returns (LotRecord) {
        return LotRecord.wrap(count | (count << 42) | origin | (primary << 128) | (co2 << 192));
    }

    /// @notice The fields of a record that all lots of a settlement share.
    /// @param business Number of the producer.
    function originOf(uint256 business) internal view returns (uint256) {
        return (business << 84) | (((block.number >> WINDOW_BITS) & ((1 << 20) - 1)) << 108);
    }

    function isNone(LotRecord record) internal pure returns (bool) {
        return LotRecord.unwrap(record) == 0;
    }

    function co2Ug(LotRecord record) internal pure returns (uint256) {
        return LotRecord.unwrap(record) >> 192;
    }

    function primaryUg(LotRecord record) internal pure returns (uint256) {
        return (LotRecord.unwrap(record) >> 128) & type(uint64).max;
    }

    function good(LotRecord record) internal pure returns (uint256) {
        return (LotRecord.unwrap(record) >> 42) & MAX_QUANTITY;
    }

    function held(LotRecord record) internal pure returns (uint256) {
        return LotRecord.unwrap(record) & MAX_QUANTITY;
    }

    function producer(LotRecord record) internal pure returns (uint256) {
        return (LotRecord.unwrap(record) >> 84) & type(uint24).max;
    }

    /// @notice First block of the 1,024 in which the lot was made. Repeats after 2^30 blocks.
    function firstBlock(LotRecord record) internal pure returns (uint256) {
        return ((LotRecord.unwrap(record) >> 108) & ((1 << 20) - 1)) << WINDOW_BITS;
    }

    /// @notice CO2 and primary part of what the producer holds, each rounded down.
    function heldMassDown(LotRecord record) internal pure returns (uint256 co2, uint256 primary) {
        return massDown(record, held(record));
    }

    /// @notice Takes what the producer gives away or consumes, rounded up cumulatively.
    /// @param quantity At most what is held.
    function takeUp(LotRecord record, uint256 quantity)
        internal
        pure
        returns (LotRecord rest, uint256 co2, uint256 primary)
    {
        unchecked {
            // `quantity` is not above the lowest field, products stay below 2^106, and the mass of less is not larger.
            uint256 word = LotRecord.unwrap(record);
            uint256 wholePrimary = (word >> 128) & type(uint64).max;
            rest = LotRecord.wrap(word - quantity);
            assembly ("memory-safe") {
                // A record that holds something has good units: no division is by zero.
                let before := and(word, MAX_QUANTITY)
                let later := sub(before, quantity)
                let all := and(shr(42, word), MAX_QUANTITY)
                primary := sub(div(mul(wholePrimary, before), all), div(mul(wholePrimary, later), all))
                let other := sub(shr(192, word), wholePrimary)
                co2 := add(primary, sub(div(mul(other, before), all), div(mul(other, later), all)))
            }
        }
    }

    /// @dev `quantity` is at most `good`, so products stay below 2^106 and parts below the whole.
    function massDown(LotRecord record, uint256 quantity) private pure returns (uint256 co2, uint256 primary) {
        unchecked {
            (uint256 wholePrimary, uint256 all) = (primaryUg(record), good(record));
            if (all == 0) return (0, 0);
            primary = wholePrimary * quantity / all;
            co2 = primary + (co2Ug(record) - wholePrimary) * quantity / all;
        }
    }
}

/// @title Parts of lots
/// @notice A part given away takes its share of CO2 and of primary data with it, each rounded up: both the same way,
///         so that neither what goes nor what stays can hold more primary data than CO2.
library LotParts {
    /// @notice Adds to a part. Sums stay within the lot's own quantity and masses.
    function add(LotPart part, uint256 addedQuantity, uint256 co2, uint256 primary) internal pure returns (LotPart) {
        unchecked {
            return LotPart.wrap(LotPart.unwrap(part) + (addedQuantity | (primary << 42) | (co2 << 106)));
        }
    }

    function quantity(LotPart part) internal pure returns (uint256) {
        return LotPart.unwrap(part) & MAX_QUANTITY;
    }

    function co2Ug(LotPart part) internal pure returns (uint256) {
        return (LotPart.unwrap(part) >> 106) & type(uint64).max;
    }

    function primaryUg(LotPart part) internal pure returns (uint256) {
        return (LotPart.unwrap(part) >> 42) & type(uint64).max;
    }

    /// @notice Takes `taken` base units, at least one and at most what the part has, and their share, rounded up.
    /// @return rest What stays.
    /// @return moved What goes, as a part.
    function takeUp(LotPart part, uint256 taken) internal pure returns (LotPart rest, LotPart moved) {
        unchecked {
            // Products stay below 2^106, shares within what the part has.
            uint256 all = quantity(part);
            (uint256 co2, uint256 primary) = (co2Ug(part) * taken + all - 1, primaryUg(part) * taken + all - 1);
            assembly ("memory-safe") {
                // Not by zero: the part has at least one unit.
                moved := or(taken, or(shl(42, div(primary, all)), shl(106, div(co2, all))))
            }
            rest = LotPart.wrap(LotPart.unwrap(part) - LotPart.unwrap(moved));
        }
    }
}
