// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IFactorRegistry} from "./interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";
import {ILots} from "./interfaces/ILots.sol";
import {IOracleReports} from "./interfaces/IOracleReports.sol";
import {Unit} from "./interfaces/Types.sol";
import {BatchPacking} from "./libraries/BatchPacking.sol";
import {Carbon} from "./libraries/Carbon.sol";
import {Intensities} from "./libraries/Intensities.sol";
import {LotRecords, MAX_QUANTITY} from "./libraries/LotSlots.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {Periods} from "./libraries/Periods.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {LotPositions} from "./LotPositions.sol";
import {LotTransfers} from "./LotTransfers.sol";

/// @title Lot tokens
contract Lots is LotTransfers {
    /// @dev What a settlement works with: where it is in the call data, and sums in micrograms, 256 bits, so that they
    ///      cannot overflow.
    struct Work {
        uint256 offset;
        uint256 to;
        uint256 counts;
        uint256 business;
        uint40 periodStart;
        uint40 periodEnd;
        uint256 inUg;
        uint256 inPrimaryUg;
        uint256 outUg;
        uint256 outPrimaryUg;
    }

    IFormulaRegistry private immutable _formulas;
    IFactorRegistry private immutable _factors;
    IOracleReports private immutable _reports;

    /// @dev keccak256 of a batch's packed lots.
    mapping(bytes16 batchId => bytes32) private _batches;

    constructor(
        address authority,
        IBusinessRegistry businesses,
        IFormulaRegistry formulas,
        IFactorRegistry factors,
        IOracleReports reports
    ) LotPositions(authority, businesses) {
        _formulas = formulas;
        _factors = factors;
        _reports = reports;
    }

    /// @inheritdoc ILots
    function settle(bytes calldata batch) external whenNotPaused {
        Work memory work;
        bytes16 businessId;
        (businessId, work.business) = _businessOf(msg.sender);
        bytes16 batchId = _open(batch, work);

        // The event's data: the batch, and the CO2 of its inputs.
        bytes memory settlement;
        unchecked {
            // Counts have 16 bits.
            uint256 masses = (work.counts >> 64) * BatchPacking.MATERIAL_MASS + ((work.counts >> 48) & 0xffff)
                * BatchPacking.EXTERNAL_MASS + ((work.counts >> 32) & 0xffff) * BatchPacking.EQUIPMENT_MASS;
            (settlement, work.to) = PackedBytes.reserve(batch.length + masses);
        }
        work.to = PackedBytes.putAll(work.to, batch);

        _consumeMaterials(work);
        _useExternals(work);
        _useEquipment(work);
        (uint256[] memory tokens, uint256[] memory quantities) = _createLots(work, batchId);
        _sumLeftOvers(work);
        if (work.inUg != work.outUg) revert LotsCarbonNotClosed(work.inUg, work.outUg);
        if (work.inPrimaryUg != work.outPrimaryUg) revert LotsPrimaryNotClosed(work.inPrimaryUg, work.outPrimaryUg);
        emit BatchSettled(batchId, businessId, settlement);
        if (tokens.length > 0) _mint(tokens, quantities);
    }

    /// @inheritdoc ILots
    function isSettled(bytes16 batchId) external view returns (bool) {
        return _batches[batchId] != 0;
    }

    /// @inheritdoc ILots
    function lotsHashOf(bytes16 batchId) external view returns (bytes32) {
        return _batches[batchId];
    }

    /// @dev Reads and checks the head.
    function _open(bytes calldata batch, Work memory work) private returns (bytes16 batchId) {
        uint256 start = PackedBytes.start(batch);
        // Layout (1), batch ID (16), period start (5), period end (5), formula number (4), a byte of the counts.
        uint256 head = uint256(PackedBytes.word(start));
        // Counts (2 each) from byte 31 on.
        uint256 counts = uint256(PackedBytes.word(start + 31)) >> 176;
        _checkLayout(batch.length, head >> 248, counts);
        batchId = bytes16(bytes32(head << 8));
        // Five bytes each.
        // forge-lint: disable-next-line(unsafe-typecast)
        (work.periodStart, work.periodEnd) = (uint40(head >> 80), uint40(head >> 40));
        (work.counts, work.offset) = (counts, start + BatchPacking.HEAD);
        // No lots and no left-overs.
        if (counts & type(uint32).max == 0) revert LotsEmptyBatch(batchId);
        if (batchId == 0) revert LotsZeroId();
        if (_batches[batchId] != 0) revert LotsBatchSettled(batchId);
        if (!Periods.isPast(work.periodStart, work.periodEnd)) {
            revert LotsInvalidPeriod(work.periodStart, work.periodEnd);
        }
        // Four bytes.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint32 formula = uint32(head >> 8);
        if (formula > _formulaCount) _formulaCount = _formulas.count();
        if (formula == 0 || formula > _formulaCount) revert LotsUnknownFormula(formula);
    }

    function _checkLayout(uint256 length, uint256 version, uint256 counts) private pure {
        uint256 expected;
        unchecked {
            // Counts have 16 bits.
            expected = BatchPacking.HEAD + ((counts >> 64) & 0xffff) * BatchPacking.MATERIAL + ((counts >> 48) & 0xffff)
                * BatchPacking.EXTERNAL + ((counts >> 32) & 0xffff) * BatchPacking.EQUIPMENT + ((counts >> 16) & 0xffff)
                * BatchPacking.LOT + (counts & 0xffff) * BatchPacking.LEFT_OVER;
        }
        if (length != expected || version != BatchPacking.LAYOUT) revert LotsInvalidLayout(length, expected);
    }

    /// @dev Entries of the `list`-th list.
    function _number(uint256 counts, uint256 list) private pure returns (uint256) {
        unchecked {
            // `list` is at most 4.
            return (counts >> (64 - 16 * list)) & type(uint16).max;
        }
    }

    /// @dev Burns the consumed part of each material lot. Burning calls no hook.
    function _consumeMaterials(Work memory work) private {
        uint256 count = _number(work.counts, 0);
        if (count == 0) return;
        (uint256[] memory tokens, uint256[] memory quantities) = (new uint256[](count), new uint256[](count));
        (uint256 offset, uint256 to, uint256 number) = (work.offset, work.to, work.business);
        for (uint256 i = 0; i < count; ++i) {
            uint256 use = uint256(PackedBytes.word(offset));
            (uint256 token, uint256 quantity) = (use >> 128, (use >> 80) & type(uint48).max);
            if (quantity == 0) revert LotsZeroQuantity();
            (uint256 co2Ug, uint256 primaryUg) = _consume(token, msg.sender, number, quantity);
            (tokens[i], quantities[i]) = (token, quantity);
            PackedBytes.put(to, bytes32((co2Ug << 192) | (primaryUg << 128)));
            unchecked {
                // Within the batch and what was reserved; sums of 64-bit masses.
                offset += BatchPacking.MATERIAL;
                to += BatchPacking.MATERIAL_MASS;
                work.inUg += co2Ug;
                work.inPrimaryUg += primaryUg;
            }
        }
        (work.offset, work.to) = (offset, to);
        if (count == 1) emit TransferSingle(msg.sender, msg.sender, address(0), tokens[0], quantities[0]);
        else emit TransferBatch(msg.sender, msg.sender, address(0), tokens, quantities);
    }

    /// @dev Nothing of a factor's CO2 is primary data.
    function _useExternals(Work memory work) private view {
        for (uint256 count = _number(work.counts, 1); count > 0; --count) {
            bytes32 use = PackedBytes.word(work.offset);
            // 8 bytes after the first 16.
            // forge-lint: disable-next-line(unsafe-typecast)
            uint64 quantity = uint64(uint256(use) >> 64);
            if (quantity == 0) revert LotsZeroQuantity();
            uint64 intensityPg = _factors.factorFor(_idOf(use), work.periodStart, work.periodEnd).intensityPg;
            uint256 co2Ug = Carbon.emissionsUp(quantity, intensityPg);
            PackedBytes.put(work.to, bytes32(co2Ug << 160));
            unchecked {
                // Within the batch and what was reserved; sums of 96-bit masses.
                work.offset += BatchPacking.EXTERNAL;
                work.to += BatchPacking.EXTERNAL_MASS;
                work.inUg += co2Ug;
            }
        }
    }

    /// @dev What was measured and attested is primary data; what a baseline adds is not.
    function _useEquipment(Work memory work) private view {
        uint256 count = _number(work.counts, 2);
        if (count == 0) return;
        bytes memory intensities = _reports.intensitiesFor(
            // A business number.
            // forge-lint: disable-next-line(unsafe-typecast)
            uint24(work.business),
            work.periodStart,
            work.periodEnd,
            PackedBytes.slice(work.offset, count * BatchPacking.EQUIPMENT),
            BatchPacking.EQUIPMENT
        );
        for (uint256 i = 0; i < count; ++i) {
            (uint256 co2Ug, uint256 primaryUg) =
                _emissionsOf(PackedBytes.word(work.offset), PackedBytes.wordOf(intensities, i));
            PackedBytes.put(work.to, bytes32((co2Ug << 160) | (primaryUg << 64)));
            unchecked {
                // Within the batch and what was reserved; sums of 96-bit masses.
                work.offset += BatchPacking.EQUIPMENT;
                work.to += BatchPacking.EQUIPMENT_MASS;
                work.inUg += co2Ug;
                work.inPrimaryUg += primaryUg;
            }
        }
    }

    /// @param intensity Measured and charged, or what is wrong, as `IOracleReports.intensitiesFor` says it.
    function _emissionsOf(bytes32 use, uint256 intensity) private pure returns (uint256 co2Ug, uint256 primaryUg) {
        // 8 bytes after the first 20, 4 bytes after the first 16.
        // forge-lint: disable-next-line(unsafe-typecast)
        (uint64 activity, uint32 record) = (uint64(uint256(use) >> 32), uint32(uint256(use) >> 96));
        if (activity == 0) revert LotsZeroQuantity();
        if (intensity > type(uint128).max) {
            if (intensity == Intensities.NOT_OWN) revert LotsNotOwnEquipment(_idOf(use));
            if (intensity == Intensities.NONE) revert IOracleReports.OracleReportsNoIntensity(_idOf(use));
            revert LotsIntensityOutsidePeriod(_idOf(use), record);
        }
        // Of 64 bits each.
        // forge-lint: disable-next-line(unsafe-typecast)
        (uint64 measuredPg, uint64 chargedPg) = (uint64(intensity), uint64(intensity >> 64));
        primaryUg = Carbon.emissionsUp(activity, measuredPg);
        co2Ug = chargedPg == measuredPg ? primaryUg : Carbon.emissionsUp(activity, chargedPg);
    }

    /// @dev The ID that every entry begins with.
    function _idOf(bytes32 entry) private pure returns (bytes16) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes16(entry);
    }

    /// @dev Records all lots as the business's, adds them up, and marks the batch as settled by their hash.
    function _createLots(Work memory work, bytes16 batchId)
        private
        returns (uint256[] memory tokens, uint256[] memory quantities)
    {
        uint256 count = _number(work.counts, 3);
        (tokens, quantities) = (new uint256[](count), new uint256[](count));
        uint256 offset = work.offset;
        _batches[batchId] = keccak256(PackedBytes.slice(offset, count * BatchPacking.LOT));
        uint256 origin = LotRecords.originOf(work.business);
        unchecked {
            // Within the batch, and within the two lists of as many entries as there are lots.
            uint256 end = offset + count * BatchPacking.LOT;
            uint256 toToken;
            uint256 toQuantity;
            assembly ("memory-safe") {
                toToken := add(tokens, 32)
                toQuantity := add(quantities, 32)
            }
            (uint256 outUg, uint256 outPrimaryUg) = (0, 0);
            for (; offset < end; offset += BatchPacking.LOT) {
                (uint256 good, uint256 co2Ug, uint256 primaryUg) = _createLot(offset, origin);
                PackedBytes.put(toToken, PackedBytes.word(offset) >> 128);
                PackedBytes.put(toQuantity, bytes32(good));
                (toToken, toQuantity) = (toToken + 32, toQuantity + 32);
                // Sums of 64-bit masses.
                outUg += co2Ug;
                outPrimaryUg += primaryUg;
            }
            (work.outUg, work.outPrimaryUg) = (outUg, outPrimaryUg);
        }
        work.offset = offset;
    }

    /// @param offset Of the lot's entry in the call data.
    /// @param origin Producer and window of the record.
    function _createLot(uint256 offset, uint256 origin)
        private
        returns (uint256 good, uint256 co2Ug, uint256 primaryUg)
    {
        unchecked {
            uint256 token = uint256(PackedBytes.word(offset)) >> 128;
            // Unit (1), CO2 (8), primary (8), good (6), defects (6) follow on ID (16) and root (32).
            uint256 figures = uint256(PackedBytes.word(offset + 48));
            co2Ug = (figures >> 184) & type(uint64).max;
            primaryUg = (figures >> 120) & type(uint64).max;
            good = (figures >> 72) & type(uint48).max;
            RecordSlot storage slot = _records[token];
            if (
                token == 0 || good == 0 || good > MAX_QUANTITY || primaryUg > co2Ug
                    || figures >> 248 > uint256(type(Unit).max) || !slot.value.isNone()
            ) _refuseLot(TokenIds.toId(token), figures >> 248, co2Ug, primaryUg, good);
            slot.value = LotRecords.create(co2Ug, primaryUg, good, origin);
        }
    }

    /// @dev Says what is wrong with a lot.
    function _refuseLot(bytes16 lotId, uint256 unit, uint256 co2Ug, uint256 primaryUg, uint256 good) private pure {
        if (lotId == 0) revert LotsZeroId();
        if (good == 0) revert LotsNoGoodUnits(lotId);
        if (good > MAX_QUANTITY) revert LotsQuantityTooLarge(good);
        if (primaryUg > co2Ug) revert LotsPrimaryAboveTotal(primaryUg, co2Ug);
        // One byte.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (unit > uint256(type(Unit).max)) revert LotsInvalidUnit(lotId, uint8(unit));
        revert LotsLotExists(lotId);
    }

    function _sumLeftOvers(Work memory work) private pure {
        uint256 offset = work.offset;
        for (uint256 count = _number(work.counts, 4); count > 0; --count) {
            if (PackedBytes.word(offset) == 0) revert LotsUnnamedLeftOver();
            unchecked {
                uint256 masses = uint256(PackedBytes.word(offset + 32));
                (uint256 co2Ug, uint256 primaryUg) = (masses >> 160, (masses >> 64) & type(uint96).max);
                if (primaryUg > co2Ug) revert LotsPrimaryAboveTotal(primaryUg, co2Ug);
                // Within the batch; sums of 96-bit masses.
                offset += BatchPacking.LEFT_OVER;
                work.outUg += co2Ug;
                work.outPrimaryUg += primaryUg;
            }
        }
    }

    /// @dev The receiver's hook comes last and meets a finished batch.
    function _mint(uint256[] memory tokens, uint256[] memory quantities) private {
        address none = address(0);
        if (tokens.length == 1) {
            emit TransferSingle(msg.sender, none, msg.sender, tokens[0], quantities[0]);
            ERC1155Utils.checkOnERC1155Received(msg.sender, none, msg.sender, tokens[0], quantities[0], "");
        } else {
            emit TransferBatch(msg.sender, none, msg.sender, tokens, quantities);
            ERC1155Utils.checkOnERC1155BatchReceived(msg.sender, none, msg.sender, tokens, quantities, "");
        }
    }
}
