// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Base unit in which a lot, an equipment's activity or a factor's activity is counted, always whole.
enum Unit {
    Piece,
    Gram,
    Millilitre,
    WattHour,
    Second
}

/// @dev Picograms in a microgram: intensities are pg CO2e per base unit, masses are µg CO2e.
uint256 constant PG_PER_UG = 1e6;

/// @dev Micrograms in a tonne.
uint256 constant UG_PER_TONNE = 1e12;
