// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {Unit} from "./Types.sol";

/// @title Lot tokens
/// @notice Production lots as ERC-1155 tokens: the token ID is the 128-bit lot ID as a number, the supply is the
///         number of good base units (pieces, g, …), and every holder's balance carries its exact part of the CO2.
///         Lots come to be by settlement only, and a settlement closes to the microgram. Tokens move between
///         registered businesses only: a transfer is the shipment.
interface ILots is IERC1155 {
    /// @notice Part of a held lot that goes into the batch; its tokens are burned, its CO2 follows.
    struct MaterialUse {
        bytes16 lotId;
        uint64 quantity;
    }

    /// @notice Material from outside the network, by registered factor.
    struct ExternalUse {
        bytes16 factorId;
        uint64 quantity;
    }

    /// @notice Use of own equipment, at the intensity registered under `record`.
    /// @param activity Base units of the equipment's activity (usually seconds).
    struct EquipmentUse {
        bytes16 equipmentId;
        uint32 record;
        uint64 activity;
    }

    /// @param co2Ug Micrograms CO2e of the whole lot, fixed for good.
    /// @param primaryUg The part of it that comes from metered equipment.
    /// @param good Good base units: the supply.
    /// @param defects Defective base units: their CO2 loads the good ones.
    /// @param breakdownRoot Root of the Merkle tree over the lot's salted breakdown leaves.
    struct NewLot {
        bytes16 lotId;
        Unit unit;
        uint96 co2Ug;
        uint96 primaryUg;
        uint64 good;
        uint64 defects;
        bytes32 breakdownRoot;
    }

    /// @notice CO2 that goes into no lot but to the business's own account, by name.
    /// @param name ASCII, for example "idle time", "waste", "work in progress".
    struct LeftOver {
        bytes32 name;
        uint96 co2Ug;
        uint96 primaryUg;
    }

    /// @notice What a business settles in one transaction: in = out + left over.
    /// @param batchId Hashed 128-bit ID, used once.
    /// @param periodStart First second (Unix time) of the production period.
    /// @param periodEnd First second after it.
    /// @param formulaId Registered formula by which CO2 was allocated to the lots.
    struct Batch {
        bytes16 batchId;
        uint40 periodStart;
        uint40 periodEnd;
        bytes32 formulaId;
        MaterialUse[] materials;
        ExternalUse[] externals;
        EquipmentUse[] equipment;
        NewLot[] lots;
        LeftOver[] leftOvers;
    }

    /// @notice What stands on the ledger of a lot.
    struct Lot {
        bytes16 batchId;
        bytes16 businessId;
        Unit unit;
        uint96 co2Ug;
        uint96 primaryUg;
        uint64 good;
        uint64 defects;
        bytes32 breakdownRoot;
    }

    /// @notice A holder's part of a lot.
    struct Position {
        uint64 quantity;
        uint96 co2Ug;
        uint96 primaryUg;
    }

    event BatchSettled(
        bytes16 indexed batchId,
        bytes16 indexed businessId,
        uint40 periodStart,
        uint40 periodEnd,
        bytes32 formulaId,
        uint256 co2Ug,
        uint256 primaryUg
    );

    event MaterialConsumed(
        bytes16 indexed batchId, bytes16 indexed lotId, uint64 quantity, uint96 co2Ug, uint96 primaryUg
    );

    event ExternalUsed(bytes16 indexed batchId, bytes16 indexed factorId, uint64 quantity, uint96 co2Ug);

    event EquipmentUsed(
        bytes16 indexed batchId, bytes16 indexed equipmentId, uint32 record, uint64 activity, uint96 co2Ug
    );

    event LotCreated(
        bytes16 indexed lotId,
        bytes16 indexed batchId,
        bytes16 indexed businessId,
        Unit unit,
        uint96 co2Ug,
        uint96 primaryUg,
        uint64 good,
        uint64 defects,
        bytes32 breakdownRoot
    );

    event LeftOverCharged(
        bytes16 indexed batchId, bytes16 indexed businessId, bytes32 indexed name, uint96 co2Ug, uint96 primaryUg
    );

    /// @notice A part of a lot went from one business to another, and its CO2 with it.
    event LotShipped(
        bytes16 indexed lotId,
        bytes16 indexed fromBusinessId,
        bytes16 indexed toBusinessId,
        uint64 quantity,
        uint96 co2Ug,
        uint96 primaryUg
    );

    /// @notice Thrown when an ID is zero.
    error LotsZeroId();

    /// @notice Thrown when a batch makes no lot and names no left-over.
    error LotsEmptyBatch(bytes16 batchId);

    /// @notice Thrown when the batch was settled before.
    error LotsBatchSettled(bytes16 batchId);

    /// @notice Thrown when the period is empty or ends in the future.
    error LotsInvalidPeriod(uint40 periodStart, uint40 periodEnd);

    /// @notice Thrown when the lot exists already.
    error LotsLotExists(bytes16 lotId);

    /// @notice Thrown when no lot has this ID.
    error LotsUnknownLot(bytes16 lotId);

    /// @notice Thrown when a lot has no good unit: its CO2 belongs to a left-over.
    error LotsNoGoodUnits(bytes16 lotId);

    /// @notice Thrown when an input's quantity is zero.
    error LotsZeroQuantity();

    /// @notice Thrown when a quantity is above 2^64 - 1 base units.
    error LotsQuantityTooLarge(uint256 quantity);

    /// @notice Thrown when more of a lot is consumed than held.
    error LotsInsufficient(bytes16 lotId, uint256 held, uint256 needed);

    /// @notice Thrown when the equipment is not run by the settling business.
    error LotsNotOwnEquipment(bytes16 equipmentId);

    /// @notice Thrown when the intensity's period does not touch the batch's period.
    error LotsIntensityOutsidePeriod(bytes16 equipmentId, uint32 record);

    /// @notice Thrown when a lot or left-over claims more primary data than its CO2.
    error LotsPrimaryAboveTotal(uint96 primaryUg, uint96 co2Ug);

    /// @notice Thrown when carbon does not close: `inUg` went in, `outUg` is in lots and left-overs.
    error LotsCarbonNotClosed(uint256 inUg, uint256 outUg);

    /// @notice Thrown when the primary-data part does not close.
    error LotsPrimaryNotClosed(uint256 inUg, uint256 outUg);

    /// @notice Thrown when a left-over has no name.
    error LotsUnnamedLeftOver();

    /// @notice Settles a batch of the calling business and mints its lots to it.
    /// @dev CO2 of a material use is `positionUg * quantity / positionQuantity` rounded up, of an external or equipment
    ///      use `activity * intensityPg / 1e6` rounded up; uses are worked through in the order given.
    function settle(Batch calldata batch) external;

    /// @notice A lot's record; reverts when there is none. Costs the same at any depth of genealogy.
    function lotOf(bytes16 lotId) external view returns (Lot memory);

    /// @notice A holder's part of a lot; all zero when it holds none.
    function positionOf(bytes16 lotId, address holder) external view returns (Position memory);

    /// @notice Whether the batch ID was used.
    function isSettled(bytes16 batchId) external view returns (bool);
}
