// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "../interfaces/ILots.sol";
import {MAX_QUANTITY} from "./LotSlots.sol";

/// @title Packing of batches
/// @notice Turns a `Batch` into the bytes (layout 1) that `ILots.settle` takes. What does not fit has a named revert.
library BatchPacking {
    uint8 internal constant LAYOUT = 1;

    /// @dev Bytes of the head and of an entry of each list.
    uint256 internal constant HEAD = 41;
    uint256 internal constant MATERIAL = 22;
    uint256 internal constant EXTERNAL = 24;
    uint256 internal constant EQUIPMENT = 28;
    uint256 internal constant LOT = 77;
    uint256 internal constant LEFT_OVER = 56;

    /// @dev Bytes of the CO2 of an input in the event.
    uint256 internal constant MATERIAL_MASS = 16;
    uint256 internal constant EXTERNAL_MASS = 12;
    uint256 internal constant EQUIPMENT_MASS = 24;

    /// @notice The batch as it is sent.
    function pack(ILots.Batch memory batch) internal pure returns (bytes memory packed) {
        packed = bytes.concat(
            bytes1(LAYOUT), batch.batchId, bytes5(batch.periodStart), bytes5(batch.periodEnd), bytes4(batch.formula)
        );
        packed = bytes.concat(
            packed,
            _count(batch.materials.length),
            _count(batch.externals.length),
            _count(batch.equipment.length),
            _count(batch.lots.length),
            _count(batch.leftOvers.length)
        );
        for (uint256 i = 0; i < batch.materials.length; ++i) {
            ILots.MaterialUse memory use = batch.materials[i];
            packed = bytes.concat(packed, use.lotId, bytes6(_quantity(use.quantity)));
        }
        for (uint256 i = 0; i < batch.externals.length; ++i) {
            ILots.ExternalUse memory use = batch.externals[i];
            packed = bytes.concat(packed, use.factorId, bytes8(use.quantity));
        }
        for (uint256 i = 0; i < batch.equipment.length; ++i) {
            ILots.EquipmentUse memory use = batch.equipment[i];
            packed = bytes.concat(packed, use.equipmentId, bytes4(use.record), bytes8(use.activity));
        }
        packed = bytes.concat(packed, lotsOf(batch));
        for (uint256 i = 0; i < batch.leftOvers.length; ++i) {
            ILots.LeftOver memory left = batch.leftOvers[i];
            packed = bytes.concat(packed, left.name, bytes12(left.co2Ug), bytes12(left.primaryUg));
        }
    }

    /// @notice The part of the packed batch that holds its lots: what `ILots.lotsHashOf` is the hash of.
    function lotsOf(ILots.Batch memory batch) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < batch.lots.length; ++i) {
            packed = bytes.concat(packed, _lot(batch.lots[i]));
        }
    }

    function _lot(ILots.NewLot memory lot) private pure returns (bytes memory) {
        return bytes.concat(
            lot.lotId,
            lot.breakdownRoot,
            bytes1(uint8(lot.unit)),
            bytes8(_mass(lot.co2Ug)),
            bytes8(_mass(lot.primaryUg)),
            bytes6(_quantity(lot.good)),
            bytes6(_quantity(lot.defects))
        );
    }

    function _count(uint256 count) private pure returns (bytes2) {
        if (count > type(uint16).max) revert ILots.LotsInvalidLayout(count, type(uint16).max);
        // At most 16 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes2(uint16(count));
    }

    function _quantity(uint64 quantity) private pure returns (uint48) {
        if (quantity > MAX_QUANTITY) revert ILots.LotsQuantityTooLarge(quantity);
        // At most 42 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint48(quantity);
    }

    function _mass(uint96 massUg) private pure returns (uint64) {
        if (massUg > type(uint64).max) revert ILots.LotsMassTooLarge(massUg);
        // At most 64 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(massUg);
    }
}
