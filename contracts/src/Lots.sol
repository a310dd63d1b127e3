// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {IFactorRegistry} from "./interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";
import {ILots} from "./interfaces/ILots.sol";
import {IOracleReports} from "./interfaces/IOracleReports.sol";
import {Carbon} from "./libraries/Carbon.sol";
import {Periods} from "./libraries/Periods.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {LotPositions} from "./LotPositions.sol";

/// @title Lot tokens
contract Lots is LotPositions {
    using TokenIds for bytes16;

    /// @dev A sum over inputs or outputs, in micrograms; 256 bits, so it cannot overflow.
    struct Mass {
        uint256 co2Ug;
        uint256 primaryUg;
    }

    IFormulaRegistry private immutable _formulas;
    IFactorRegistry private immutable _factors;
    IEquipment private immutable _equipment;
    IOracleReports private immutable _reports;

    mapping(bytes16 lotId => Lot) private _lots;
    mapping(bytes16 batchId => bool) private _settled;

    constructor(
        IBusinessRegistry businesses,
        IFormulaRegistry formulas,
        IFactorRegistry factors,
        IEquipment equipment,
        IOracleReports reports
    ) ERC1155("") LotPositions(businesses) {
        _formulas = formulas;
        _factors = factors;
        _equipment = equipment;
        _reports = reports;
    }

    /// @inheritdoc ILots
    function settle(Batch calldata batch) external {
        bytes16 businessId = _businesses.idOf(msg.sender);
        Mass memory output = _sumOutputs(batch);
        _open(batch, businessId, output);

        Mass memory input;
        _consumeMaterials(batch, input);
        _useExternals(batch, input);
        _useEquipment(batch, input);
        if (input.co2Ug != output.co2Ug) revert LotsCarbonNotClosed(input.co2Ug, output.co2Ug);
        if (input.primaryUg != output.primaryUg) revert LotsPrimaryNotClosed(input.primaryUg, output.primaryUg);

        for (uint256 i = 0; i < batch.leftOvers.length; ++i) {
            LeftOver calldata leftOver = batch.leftOvers[i];
            emit LeftOverCharged(batch.batchId, businessId, leftOver.name, leftOver.co2Ug, leftOver.primaryUg);
        }
        _createLots(batch, businessId);
    }

    /// @inheritdoc ILots
    function lotOf(bytes16 lotId) external view returns (Lot memory lot) {
        lot = _lots[lotId];
        if (lot.good == 0) revert LotsUnknownLot(lotId);
    }

    /// @inheritdoc ILots
    function isSettled(bytes16 batchId) external view returns (bool) {
        return _settled[batchId];
    }

    /// @dev Checks each output by itself and adds them up.
    function _sumOutputs(Batch calldata batch) private pure returns (Mass memory output) {
        if (batch.lots.length == 0 && batch.leftOvers.length == 0) revert LotsEmptyBatch(batch.batchId);
        for (uint256 i = 0; i < batch.lots.length; ++i) {
            NewLot calldata lot = batch.lots[i];
            if (lot.lotId == 0) revert LotsZeroId();
            if (lot.good == 0) revert LotsNoGoodUnits(lot.lotId);
            _addOutput(output, lot.co2Ug, lot.primaryUg);
        }
        for (uint256 i = 0; i < batch.leftOvers.length; ++i) {
            LeftOver calldata leftOver = batch.leftOvers[i];
            if (leftOver.name == 0) revert LotsUnnamedLeftOver();
            _addOutput(output, leftOver.co2Ug, leftOver.primaryUg);
        }
    }

    function _addOutput(Mass memory output, uint96 co2Ug, uint96 primaryUg) private pure {
        if (primaryUg > co2Ug) revert LotsPrimaryAboveTotal(primaryUg, co2Ug);
        output.co2Ug += co2Ug;
        output.primaryUg += primaryUg;
    }

    /// @dev Marks the batch as settled. What comes out is what must go in, so it stands in the event for both.
    function _open(Batch calldata batch, bytes16 businessId, Mass memory output) private {
        if (batch.batchId == 0) revert LotsZeroId();
        if (_settled[batch.batchId]) revert LotsBatchSettled(batch.batchId);
        if (!Periods.isPast(batch.periodStart, batch.periodEnd)) {
            revert LotsInvalidPeriod(batch.periodStart, batch.periodEnd);
        }
        _formulas.nameOf(batch.formulaId);
        _settled[batch.batchId] = true;
        emit BatchSettled(
            batch.batchId,
            businessId,
            batch.periodStart,
            batch.periodEnd,
            batch.formulaId,
            output.co2Ug,
            output.primaryUg
        );
    }

    /// @dev Burns the consumed part of each material lot. Burning calls no hook.
    function _consumeMaterials(Batch calldata batch, Mass memory input) private {
        for (uint256 i = 0; i < batch.materials.length; ++i) {
            (bytes16 lotId, uint64 quantity) = (batch.materials[i].lotId, batch.materials[i].quantity);
            if (quantity == 0) revert LotsZeroQuantity();
            if (_lots[lotId].good == 0) revert LotsUnknownLot(lotId);
            uint256 held = positionOf(lotId, msg.sender).quantity;
            if (held < quantity) revert LotsInsufficient(lotId, held, quantity);
            (uint96 co2Ug, uint96 primaryUg) = _take(lotId.toToken(), msg.sender, quantity);
            _burn(msg.sender, lotId.toToken(), quantity);
            emit MaterialConsumed(batch.batchId, lotId, quantity, co2Ug, primaryUg);
            input.co2Ug += co2Ug;
            input.primaryUg += primaryUg;
        }
    }

    /// @dev Nothing of a factor's CO2 is primary data.
    function _useExternals(Batch calldata batch, Mass memory input) private {
        for (uint256 i = 0; i < batch.externals.length; ++i) {
            ExternalUse calldata use = batch.externals[i];
            if (use.quantity == 0) revert LotsZeroQuantity();
            uint64 intensityPg = _factors.factorFor(use.factorId, batch.periodStart, batch.periodEnd).intensityPg;
            uint96 co2Ug = Carbon.emissionsUp(use.quantity, intensityPg);
            emit ExternalUsed(batch.batchId, use.factorId, use.quantity, co2Ug);
            input.co2Ug += co2Ug;
        }
    }

    /// @dev All of an equipment's CO2 is primary data: the intensity was measured and attested.
    function _useEquipment(Batch calldata batch, Mass memory input) private {
        for (uint256 i = 0; i < batch.equipment.length; ++i) {
            EquipmentUse calldata use = batch.equipment[i];
            if (use.activity == 0) revert LotsZeroQuantity();
            uint96 co2Ug = Carbon.emissionsUp(use.activity, _intensityOf(batch, use.equipmentId, use.record));
            emit EquipmentUsed(batch.batchId, use.equipmentId, use.record, use.activity, co2Ug);
            input.co2Ug += co2Ug;
            input.primaryUg += co2Ug;
        }
    }

    /// @dev Intensity of own equipment that was measured in, or into, the batch's period.
    function _intensityOf(Batch calldata batch, bytes16 equipmentId, uint32 record) private view returns (uint64) {
        (address holder,) = _equipment.equipmentOf(equipmentId);
        if (holder != msg.sender) revert LotsNotOwnEquipment(equipmentId);
        IOracleReports.IntensityRecord memory measured = _reports.recordOf(equipmentId, record);
        if (!Periods.overlap(measured.periodStart, measured.periodEnd, batch.periodStart, batch.periodEnd)) {
            revert LotsIntensityOutsidePeriod(equipmentId, record);
        }
        return measured.intensityPg;
    }

    /// @dev Records all lots, then mints them at once: the receiver's hook comes last and meets a finished batch.
    function _createLots(Batch calldata batch, bytes16 businessId) private {
        if (batch.lots.length == 0) return;
        uint256[] memory tokens = new uint256[](batch.lots.length);
        uint256[] memory quantities = new uint256[](batch.lots.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            NewLot calldata lot = batch.lots[i];
            _record(lot, batch.batchId, businessId);
            (tokens[i], quantities[i]) = (lot.lotId.toToken(), lot.good);
            _give(tokens[i], msg.sender, lot.good, lot.co2Ug, lot.primaryUg);
        }
        _mintBatch(msg.sender, tokens, quantities, "");
    }

    function _record(NewLot calldata lot, bytes16 batchId, bytes16 businessId) private {
        if (_lots[lot.lotId].good != 0) revert LotsLotExists(lot.lotId);
        _lots[lot.lotId] =
            Lot(batchId, businessId, lot.unit, lot.co2Ug, lot.primaryUg, lot.good, lot.defects, lot.breakdownRoot);
        emit LotCreated(
            lot.lotId, batchId, businessId, lot.unit, lot.co2Ug, lot.primaryUg, lot.good, lot.defects, lot.breakdownRoot
        );
    }
}
