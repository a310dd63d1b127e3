// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "../interfaces/ILots.sol";
import {MAX_QUANTITY} from "./LotSlots.sol";

/// @title Packing of batches
/// @notice Turns a `Batch` into the `PackedBatch` (layout 1) that is sent. What does not fit has a named revert.
library BatchPacking {
    /// @dev Bytes of an entry in call data, and with its CO2 in the event.
    uint256 internal constant MATERIAL = 22;
    uint256 internal constant MATERIAL_EVENT = 38;
    uint256 internal constant EXTERNAL = 24;
    uint256 internal constant EXTERNAL_EVENT = 36;
    uint256 internal constant EQUIPMENT = 28;
    uint256 internal constant EQUIPMENT_EVENT = 40;
    uint256 internal constant LOT = 77;
    uint256 internal constant LEFT_OVER = 56;

    /// @notice The batch as it is sent.
    function pack(ILots.Batch memory batch) internal pure returns (ILots.PackedBatch memory packed) {
        packed.batchId = batch.batchId;
        packed.periodStart = batch.periodStart;
        packed.periodEnd = batch.periodEnd;
        packed.formulaId = batch.formulaId;
        for (uint256 i = 0; i < batch.materials.length; ++i) {
            ILots.MaterialUse memory use = batch.materials[i];
            packed.materials = bytes.concat(packed.materials, use.lotId, bytes6(_quantity(use.quantity)));
        }
        for (uint256 i = 0; i < batch.externals.length; ++i) {
            ILots.ExternalUse memory use = batch.externals[i];
            packed.externals = bytes.concat(packed.externals, use.factorId, bytes8(use.quantity));
        }
        for (uint256 i = 0; i < batch.equipment.length; ++i) {
            ILots.EquipmentUse memory use = batch.equipment[i];
            packed.equipment =
                bytes.concat(packed.equipment, use.equipmentId, bytes4(use.record), bytes8(use.activity));
        }
        for (uint256 i = 0; i < batch.lots.length; ++i) {
            packed.lots = bytes.concat(packed.lots, _lot(batch.lots[i]));
        }
        for (uint256 i = 0; i < batch.leftOvers.length; ++i) {
            ILots.LeftOver memory left = batch.leftOvers[i];
            packed.leftOvers =
                bytes.concat(packed.leftOvers, left.name, bytes12(left.co2Ug), bytes12(left.primaryUg));
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
