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

    /// @notice What a business settles in one transaction: in = out + left over. `BatchPacking` packs it.
    /// @param batchId Hashed 128-bit ID, used once.
    /// @param periodStart First second (Unix time) of the production period.
    /// @param periodEnd First second after it.
    /// @param formula Number of the registered formula by which CO2 was allocated to the lots.
    struct Batch {
        bytes16 batchId;
        uint40 periodStart;
        uint40 periodEnd;
        uint32 formula;
        MaterialUse[] materials;
        ExternalUse[] externals;
        EquipmentUse[] equipment;
        NewLot[] lots;
        LeftOver[] leftOvers;
    }

    /// @notice What stands on the ledger of a lot; the rest (batch, unit, defects, breakdown root) is in the event
    ///         `BatchSettled` of its business, and bound to the ledger by `lotsHashOf`.
    /// @param co2Ug Micrograms CO2e as the lot was settled; this is what its tokens carry.
    /// @param primaryUg The part of it that comes from metered equipment.
    /// @param firstBlock The event is in one of the 1,024 blocks from this one on. Repeats after 2^30 blocks.
    /// @param restatements How often the producer restated the lot; zero: the two restated figures are zero, too.
    /// @param restatedUg Micrograms CO2e of the whole lot by the latest restatement.
    /// @param restatedPrimaryUg The part of that which comes from metered equipment.
    /// @param chargedUg Micrograms CO2e that the producer's account bears for the lot beside what it carries.
    struct LotState {
        bytes16 businessId;
        uint64 co2Ug;
        uint64 primaryUg;
        uint64 good;
        uint64 firstBlock;
        uint32 restatements;
        uint64 restatedUg;
        uint64 restatedPrimaryUg;
        uint64 chargedUg;
    }

    /// @notice A holder's part of a lot.
    struct Position {
        uint64 quantity;
        uint64 co2Ug;
        uint64 primaryUg;
    }

    /// @notice A batch was settled: everything that went in and came out.
    /// @param settlement The batch as it was given to `settle`, then the CO2 that the ledger worked out: per material
    ///        16 bytes, CO2 µg (8) and of it primary (8); per external 12 bytes, CO2 µg; per equipment use 24 bytes,
    ///        CO2 µg as charged (12) and of it primary, which is as measured (12).
    event BatchSettled(bytes16 indexed batchId, bytes16 indexed businessId, bytes settlement);

    /// @notice A part of a lot went from one business to another, and its CO2 with it. Follows the `TransferSingle` or
    ///         `TransferBatch` that says who, to whom, which lot and how much; one for each item that is not zero and
    ///         not to oneself. It has no topic, which saves gas: it is the only event of this contract without.
    /// @param part Quantity (lowest 42 bits), primary µg (next 64), CO2 µg (next 64).
    event CarbonShipped(uint256 part) anonymous;

    /// @notice Part of a lot was consumed for good, by its holder and not in a batch: its CO2 stays with the holder.
    /// @param purposeHash keccak256 of what for; may be zero.
    event LotConsumed(
        bytes16 indexed lotId,
        bytes16 indexed businessId,
        uint64 quantity,
        uint64 co2Ug,
        uint64 primaryUg,
        bytes32 purposeHash
    );

    /// @notice A lot's CO2 turned out to be another than it was settled with. The lot and its tokens stay as they are.
    /// @param businessId The producer.
    /// @param number Restatements of this lot so far, with this one.
    /// @param co2Ug Micrograms CO2e of the whole lot as now known.
    /// @param primaryUg The part of it that comes from metered equipment.
    /// @param chargedUg What the producer's account bears for this lot from now on, in all: the most that any restatement
    ///        said it should carry above what it does carry. It never falls, as nobody is given carbon back.
    /// @param reasonHash keccak256 of the reason.
    event LotRestated(
        bytes16 indexed lotId,
        bytes16 indexed businessId,
        uint32 number,
        uint64 co2Ug,
        uint64 primaryUg,
        uint64 chargedUg,
        bytes32 reasonHash
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

    /// @notice Thrown when a quantity of a lot is above 2^42 - 1 base units: it must be split in two lots.
    error LotsQuantityTooLarge(uint256 quantity);

    /// @notice Thrown when a lot's CO2 is above 2^64 - 1 micrograms (18 million tonnes): it must be split in two lots.
    error LotsMassTooLarge(uint256 co2Ug);

    /// @notice Thrown when the unit is none of the enumeration.
    error LotsInvalidUnit(bytes16 lotId, uint8 unit);

    /// @notice Thrown when a packed batch has another layout than 1, or another length than its counts say.
    error LotsInvalidLayout(uint256 length, uint256 expected);

    /// @notice Thrown when more of a lot is consumed than held.
    error LotsInsufficient(bytes16 lotId, uint256 held, uint256 needed);

    /// @notice Thrown when the equipment is not run by the settling business.
    error LotsNotOwnEquipment(bytes16 equipmentId);

    /// @notice Thrown when the intensity's period does not touch the batch's period.
    error LotsIntensityOutsidePeriod(bytes16 equipmentId, uint32 record);

    /// @notice Thrown when a lot or left-over claims more primary data than its CO2.
    error LotsPrimaryAboveTotal(uint256 primaryUg, uint256 co2Ug);

    /// @notice Thrown when no formula has this number.
    error LotsUnknownFormula(uint32 formula);

    /// @notice Thrown when a business restates a lot that it did not produce.
    error LotsNotProducer(bytes16 lotId, bytes16 businessId);

    /// @notice Thrown when a restatement claims more primary data than the lot was settled with.
    error LotsPrimaryRaised(bytes16 lotId, uint64 primaryUg, uint256 settledUg);

    /// @notice Thrown when a restatement gives no reason.
    error LotsNoReason(bytes16 lotId);

    /// @notice Thrown when a restatement repeats the figures that the lot has already.
    error LotsSameFigures(bytes16 lotId, uint64 co2Ug, uint64 primaryUg);

    /// @notice Thrown when carbon does not close: `inUg` went in, `outUg` is in lots and left-overs.
    error LotsCarbonNotClosed(uint256 inUg, uint256 outUg);

    /// @notice Thrown when the primary-data part does not close.
    error LotsPrimaryNotClosed(uint256 inUg, uint256 outUg);

    /// @notice Thrown when a left-over has no name.
    error LotsUnnamedLeftOver();

    /// @notice Settles a batch of the calling business and mints its lots to it.
    /// @dev An intensity's period must touch the batch's, and the batch must not end after all the periods it uses. When
    ///      equipment was used within the batch is the business's word: the ledger does not cap activity. CO2 of a material use is what `shareOf` says, of an external or equipment use `activity * intensityPg / 1e6`
    ///      rounded up; uses are worked through in the order given. Use of equipment that is enrolled in a credit
    ///      programme is charged its baseline, where that is above what was measured, in batches that end after it was
    ///      enrolled; only what was measured is primary.
    /// @param batch Layout 1, numbers big-endian, sizes in bytes. Head: layout (1), batch ID (16), period start (5) and
    ///        end (5), formula number (4), and how many materials, externals, equipment uses, lots and left-overs follow
    ///        (2 each). Material: lot ID (16), quantity (6). External: factor ID (16), quantity (8). Equipment use:
    ///        equipment ID (16), record (4), activity (8). Lot: lot ID (16), breakdown root (32), unit (1), CO2 µg (8),
    ///        of it primary (8), good (6), defects (6). Left-over: name (32), CO2 µg (12), of it primary (12).
    function settle(bytes calldata batch) external;

    /// @notice Ships part of an own lot: what `safeTransferFrom` does, for less gas.
    /// @dev Warning: whether the receiver is a contract, whose hook must be called, is not looked up anew, as
    ///      `safeTransferFrom` does: it is what it was when the ledger admitted the account, or when the account was
    ///      given its part of this lot. `admit` makes the ledger look again; a part that is there keeps what it was given with.
    /// @param token Lot ID as a number.
    /// @param toAndQuantity Account of the receiving business in the upper 160 bits, quantity in the lower 96.
    function ship(uint256 token, uint256 toAndQuantity) external;

    /// @notice Consumes part of an own lot for good: burns the tokens; the CO2 stays with the consumer's account.
    /// @param quantity Base units, above zero.
    /// @param purposeHash keccak256 of what for, or zero.
    function consume(bytes16 lotId, uint64 quantity, bytes32 purposeHash) external;

    /// @notice Restates the CO2 of an own product after the fact. Nothing is rewritten: both figures stay readable, and
    ///         what the lot should have carried more is charged to the producer's account.
    /// @param co2Ug Micrograms CO2e of the whole lot as now known.
    /// @param primaryUg The part of it that comes from metered equipment; at most what the lot was settled with.
    /// @param reasonHash keccak256 of the reason, not zero.
    function restate(bytes16 lotId, uint64 co2Ug, uint64 primaryUg, bytes32 reasonHash) external;

    /// @notice A lot's record; reverts when there is none. Costs the same at any depth of genealogy.
    function lotOf(bytes16 lotId) external view returns (LotState memory);

    /// @notice A holder's part of a lot; all zero when it holds none.
    function positionOf(bytes16 lotId, address holder) external view returns (Position memory);

    /// @notice CO2 and primary data that go along when the holder consumes that much of the lot next.
    /// @dev Of what came from another holder, `part * quantity / partQuantity`, rounded up. Of what the producer never
    ///      gave away, primary data and the rest are each `whole * given / good`, rounded up cumulatively over all that
    ///      it gave. A producer that also got goods of the lot back consumes those first, and ships them last.
    function shareOf(bytes16 lotId, address holder, uint256 quantity)
        external
        view
        returns (uint64 co2Ug, uint64 primaryUg);

    /// @notice Whether the batch ID was used.
    function isSettled(bytes16 batchId) external view returns (bool);

    /// @notice keccak256 of the packed lots of a batch, by which anyone can check them; zero when it is not settled.
    function lotsHashOf(bytes16 batchId) external view returns (bytes32);
}
