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
import {LotRecords} from "./libraries/LotSlots.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {Periods} from "./libraries/Periods.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {LotPositions} from "./LotPositions.sol";
import {LotTransfers} from "./LotTransfers.sol";

/// @title Lot tokens
contract Lots is LotTransfers {
    using TokenIds for bytes16;

    /// @dev A sum over outputs, in micrograms; 256 bits, so it cannot overflow.
    struct Mass {
        uint256 co2Ug;
        uint256 primaryUg;
    }

    IFormulaRegistry private immutable _formulas;
    IFactorRegistry private immutable _factors;
    IOracleReports private immutable _reports;

    /// @dev keccak256 of a batch's packed lots.
    mapping(bytes16 batchId => bytes32) private _batches;

    constructor(
        IBusinessRegistry businesses,
        IFormulaRegistry formulas,
        IFactorRegistry factors,
        IOracleReports reports
    ) LotPositions(businesses) {
        _formulas = formulas;
        _factors = factors;
        _reports = reports;
    }

    /// @inheritdoc ILots
    function settle(PackedBatch calldata batch) external {
        (bytes16 businessId, uint24 business) = _businessOf(msg.sender);
        _open(batch);

        Inputs memory input;
        input.materials = _consumeMaterials(batch.materials, input);
        input.externals = _useExternals(batch, input);
        input.equipment = _useEquipment(batch, business, input);

        Mass memory output;
        (uint256[] memory tokens, uint256[] memory quantities) = _createLots(batch.lots, business, output);
        _sumLeftOvers(batch.leftOvers, output);
        if (input.co2Ug != output.co2Ug) revert LotsCarbonNotClosed(input.co2Ug, output.co2Ug);
        if (input.primaryUg != output.primaryUg) revert LotsPrimaryNotClosed(input.primaryUg, output.primaryUg);
        emit BatchSettled(
            batch.batchId,
            businessId,
            batch.periodStart,
            batch.periodEnd,
            batch.formulaId,
            input,
            batch.lots,
            batch.leftOvers
        );
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

    /// @dev Marks the batch as settled, by the hash of its lots.
    function _open(PackedBatch calldata batch) private {
        if (batch.lots.length == 0 && batch.leftOvers.length == 0) revert LotsEmptyBatch(batch.batchId);
        if (batch.batchId == 0) revert LotsZeroId();
        if (_batches[batch.batchId] != 0) revert LotsBatchSettled(batch.batchId);
        if (!Periods.isPast(batch.periodStart, batch.periodEnd)) {
            revert LotsInvalidPeriod(batch.periodStart, batch.periodEnd);
        }
        _formulas.nameOf(batch.formulaId);
        _batches[batch.batchId] = keccak256(batch.lots);
    }

    /// @dev Burns the consumed part of each material lot. Burning calls no hook.
    function _consumeMaterials(bytes calldata list, Inputs memory input) private returns (bytes memory used) {
        uint256 count = _count(list, BatchPacking.MATERIAL);
        if (count == 0) return used;
        (uint256[] memory tokens, uint256[] memory quantities) = (new uint256[](count), new uint256[](count));
        uint256 to;
        (used, to) = PackedBytes.reserve(count * BatchPacking.MATERIAL_EVENT);
        uint256 offset = PackedBytes.start(list);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 use = PackedBytes.word(offset);
            (uint256 token, uint256 quantity) = (uint256(use) >> 128, (uint256(use) >> 80) & type(uint48).max);
            (uint256 co2Ug, uint256 primaryUg) = _consume(bytes16(use), quantity);
            (tokens[i], quantities[i]) = (token, quantity);
            PackedBytes.put(to, use);
            unchecked {
                // Within the list and what was reserved; sums of 64-bit masses.
                PackedBytes.put(to + BatchPacking.MATERIAL, bytes32((co2Ug << 192) | (primaryUg << 128)));
                offset += BatchPacking.MATERIAL;
                to += BatchPacking.MATERIAL_EVENT;
                input.co2Ug += co2Ug;
                input.primaryUg += primaryUg;
            }
        }
        if (count == 1) emit TransferSingle(msg.sender, msg.sender, address(0), tokens[0], quantities[0]);
        else emit TransferBatch(msg.sender, msg.sender, address(0), tokens, quantities);
    }

    function _consume(bytes16 lotId, uint256 quantity) private returns (uint256 co2Ug, uint256 primaryUg) {
        if (quantity == 0) revert LotsZeroQuantity();
        uint256 token = lotId.toToken();
        if (_records[token].isNone()) revert LotsUnknownLot(lotId);
        return _take(token, msg.sender, quantity, true);
    }

    /// @dev Nothing of a factor's CO2 is primary data.
    function _useExternals(PackedBatch calldata batch, Inputs memory input) private view returns (bytes memory used) {
        bytes calldata list = batch.externals;
        uint256 count = _count(list, BatchPacking.EXTERNAL);
        if (count == 0) return used;
        uint256 to;
        (used, to) = PackedBytes.reserve(count * BatchPacking.EXTERNAL_EVENT);
        uint256 offset = PackedBytes.start(list);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 use = PackedBytes.word(offset);
            // 8 bytes after the first 16.
            // forge-lint: disable-next-line(unsafe-typecast)
            uint64 quantity = uint64(uint256(use) >> 64);
            if (quantity == 0) revert LotsZeroQuantity();
            uint64 intensityPg = _factors.factorFor(bytes16(use), batch.periodStart, batch.periodEnd).intensityPg;
            uint256 co2Ug = Carbon.emissionsUp(quantity, intensityPg);
            PackedBytes.put(to, use);
            unchecked {
                // Within the list and what was reserved; sums of 96-bit masses.
                PackedBytes.put(to + BatchPacking.EXTERNAL, bytes32(co2Ug << 160));
                offset += BatchPacking.EXTERNAL;
                to += BatchPacking.EXTERNAL_EVENT;
                input.co2Ug += co2Ug;
            }
        }
    }

    /// @dev All of an equipment's CO2 is primary data: the intensity was measured and attested.
    function _useEquipment(PackedBatch calldata batch, uint24 business, Inputs memory input)
        private
        view
        returns (bytes memory used)
    {
        bytes calldata list = batch.equipment;
        uint256 count = _count(list, BatchPacking.EQUIPMENT);
        if (count == 0) return used;
        uint256[] memory intensities =
            _reports.intensitiesFor(business, batch.periodStart, batch.periodEnd, list, BatchPacking.EQUIPMENT);
        uint256 to;
        (used, to) = PackedBytes.reserve(count * BatchPacking.EQUIPMENT_EVENT);
        uint256 offset = PackedBytes.start(list);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 use = PackedBytes.word(offset);
            uint256 co2Ug = _emissionsOf(use, intensities[i]);
            PackedBytes.put(to, use);
            unchecked {
                // Within the list and what was reserved; sums of 96-bit masses.
                PackedBytes.put(to + BatchPacking.EQUIPMENT, bytes32(co2Ug << 160));
                offset += BatchPacking.EQUIPMENT;
                to += BatchPacking.EQUIPMENT_EVENT;
                input.co2Ug += co2Ug;
                input.primaryUg += co2Ug;
            }
        }
    }

    function _emissionsOf(bytes32 use, uint256 intensityPg) private pure returns (uint256) {
        // 8 bytes after the first 20, 4 bytes after the first 16.
        // forge-lint: disable-next-line(unsafe-typecast)
        (uint64 activity, uint32 record) = (uint64(uint256(use) >> 32), uint32(uint256(use) >> 96));
        if (activity == 0) revert LotsZeroQuantity();
        if (intensityPg > type(uint64).max) {
            if (intensityPg == Intensities.NOT_OWN) revert LotsNotOwnEquipment(bytes16(use));
            if (intensityPg == Intensities.NONE) revert IOracleReports.OracleReportsNoIntensity(bytes16(use));
            revert LotsIntensityOutsidePeriod(bytes16(use), record);
        }
        // At most 64 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return Carbon.emissionsUp(activity, uint64(intensityPg));
    }

    /// @dev Records all lots as the business's, and adds them up.
    function _createLots(bytes calldata list, uint24 business, Mass memory output)
        private
        returns (uint256[] memory tokens, uint256[] memory quantities)
    {
        uint256 count = _count(list, BatchPacking.LOT);
        (tokens, quantities) = (new uint256[](count), new uint256[](count));
        uint256 offset = PackedBytes.start(list);
        for (uint256 i = 0; i < count; ++i) {
            (tokens[i], quantities[i]) = _createLot(offset, business, output);
            unchecked {
                // Within the list.
                offset += BatchPacking.LOT;
            }
        }
    }

    /// @param offset Offset of the lot's entry in the call data.
    function _createLot(uint256 offset, uint24 business, Mass memory output) private returns (uint256 token, uint256 good) {
        token = uint256(PackedBytes.word(offset)) >> 128;
        // Unit (1), CO2 (8), primary (8), good (6), defects (6) follow on ID (16) and root (32).
        uint256 figures = uint256(PackedBytes.word(offset + 48));
        uint256 co2Ug = (figures >> 184) & type(uint64).max;
        uint256 primaryUg = (figures >> 120) & type(uint64).max;
        good = (figures >> 72) & type(uint48).max;
        if (token == 0) revert LotsZeroId();
        if (good == 0) revert LotsNoGoodUnits(TokenIds.toId(token));
        if (figures >> 248 > uint256(type(Unit).max)) {
            // The uppermost byte.
            // forge-lint: disable-next-line(unsafe-typecast)
            revert LotsInvalidUnit(TokenIds.toId(token), uint8(figures >> 248));
        }
        if (primaryUg > co2Ug) revert LotsPrimaryAboveTotal(primaryUg, co2Ug);
        _checkQuantity(good);
        if (!_records[token].isNone()) revert LotsLotExists(TokenIds.toId(token));
        _records[token] = LotRecords.create(co2Ug, primaryUg, good, business);
        unchecked {
            // Sums of 64-bit masses.
            output.co2Ug += co2Ug;
            output.primaryUg += primaryUg;
        }
    }

    function _sumLeftOvers(bytes calldata list, Mass memory output) private pure {
        uint256 count = _count(list, BatchPacking.LEFT_OVER);
        uint256 offset = PackedBytes.start(list);
        for (uint256 i = 0; i < count; ++i) {
            if (PackedBytes.word(offset) == 0) revert LotsUnnamedLeftOver();
            uint256 masses = uint256(PackedBytes.word(offset + 32));
            (uint256 co2Ug, uint256 primaryUg) = (masses >> 160, (masses >> 64) & type(uint96).max);
            if (primaryUg > co2Ug) revert LotsPrimaryAboveTotal(primaryUg, co2Ug);
            unchecked {
                // Within the list; sums of 96-bit masses.
                offset += BatchPacking.LEFT_OVER;
                output.co2Ug += co2Ug;
                output.primaryUg += primaryUg;
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

    /// @dev Entries in a packed list.
    function _count(bytes calldata list, uint256 size) private pure returns (uint256) {
        if (list.length % size != 0) revert LotsInvalidList(list.length, size);
        return list.length / size;
    }
}
