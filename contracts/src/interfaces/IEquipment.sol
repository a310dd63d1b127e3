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

    /// @notice The equipment was enrolled in a credit programme: its later uses count at the baseline at least.
    /// @param baselinePg Picograms CO2e per base unit of activity.
    /// @param from Batches that end after this Unix time are affected.
    event EquipmentBaselineSet(bytes16 indexed equipmentId, uint64 baselinePg, uint40 from);

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

    /// @notice Thrown when a baseline is zero: it would leave nothing to reduce.
    error EquipmentZeroBaseline(bytes16 equipmentId);

    /// @notice Thrown when the equipment has a baseline already: enrolment is for good.
    error EquipmentEnrolled(bytes16 equipmentId, uint64 baselinePg);

    /// @notice Registers a piece of equipment of the calling business.
    function register(bytes16 equipmentId, Unit unit) external;

    /// @notice Sets the baseline of enrolled equipment, for good; needs the role ENROLLER, which Credits has.
    /// @dev Warning: uses of the equipment in batches that end after `from` are charged the baseline where that is above
    ///      what was measured, as the value of the reduction was given to the programme.
    /// @param baselinePg Picograms CO2e per base unit of activity, above zero.
    /// @param from Unix time, raised to when the present business took the equipment over.
    /// @return start From when the baseline counts.
    function enrol(bytes16 equipmentId, uint64 baselinePg, uint40 from) external returns (uint40 start);

    /// @notice Account that runs the equipment and the unit of its activity; reverts when it is unknown.
    function equipmentOf(bytes16 equipmentId) external view returns (address holder, Unit unit);

    /// @notice Unix time at which the present business took the equipment over; zero for the one that registered it.
    ///         Reverts when the equipment is unknown.
    function heldSince(bytes16 equipmentId) external view returns (uint40);

    /// @notice Baseline of the equipment, picograms CO2e per base unit, and from when it counts (Unix time); both zero when
    ///         it is in no credit programme. Reverts when the equipment is unknown.
    function baselineOf(bytes16 equipmentId) external view returns (uint64 baselinePg, uint40 from);

    /// @notice Where the equipment stood in its `holding`-th holding (from 0); zero when there was none so far.
    ///         Reverts when the equipment is unknown.
    function placeOf(bytes16 equipmentId, uint8 holding) external view returns (Place place);

    /// @notice Where several pieces of equipment stand; reverts when one is unknown.
    /// @param list Entries of `size` bytes each, of which the first 16 are an equipment ID.
    /// @return places A word (`Place`) per entry, as bytes: an array would cost its reader more than the look-ups.
    function placesOf(bytes calldata list, uint256 size) external view returns (bytes memory places);
}
