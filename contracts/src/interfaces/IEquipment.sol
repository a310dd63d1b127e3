// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Place} from "../libraries/Places.sol";
import {Unit} from "./Types.sol";

/// @title Equipment tokens
/// @notice One ERC-721 token per piece of equipment; the token ID is the 128-bit equipment ID as a number.
///         The holder is the business that runs it; transfers go to registered businesses only.
interface IEquipment is IERC721 {
    /// @param equipmentId Hashed 128-bit ID.
    /// @param businessId Business that registers it.
    /// @param unit Base unit in which its activity is counted, usually seconds of operation.
    event EquipmentRegistered(bytes16 indexed equipmentId, bytes16 indexed businessId, Unit unit);

    /// @notice Thrown when the ID is zero.
    error EquipmentZeroId();

    /// @notice Thrown when the ID is registered already.
    error EquipmentIdTaken(bytes16 equipmentId);

    /// @notice Thrown when no equipment has this ID.
    error EquipmentUnknown(bytes16 equipmentId);

    /// @notice Thrown when a business has had 2^24 - 1 pieces of equipment: its numbers for them are used up.
    error EquipmentNumbersUsedUp();

    /// @notice Thrown when equipment that was handed over 255 times is to be handed over again.
    error EquipmentMovedTooOften(bytes16 equipmentId, bytes16 businessId);

    /// @notice Registers a piece of equipment of the calling business.
    function register(bytes16 equipmentId, Unit unit) external;

    /// @notice Account that runs the equipment and the unit of its activity; reverts when it is unknown.
    function equipmentOf(bytes16 equipmentId) external view returns (address holder, Unit unit);

    /// @notice Where the equipment stood in its `holding`-th holding (from 0); zero when there was none so far.
    ///         Reverts when the equipment is unknown.
    function placeOf(bytes16 equipmentId, uint8 holding) external view returns (Place place);

    /// @notice Where several pieces of equipment stand; reverts when one is unknown.
    /// @param list Entries of `size` bytes each, of which the first 16 are an equipment ID.
    /// @return places A word (`Place`) per entry, as bytes: an array would cost its reader more than the look-ups.
    function placesOf(bytes calldata list, uint256 size) external view returns (bytes memory places);
}
