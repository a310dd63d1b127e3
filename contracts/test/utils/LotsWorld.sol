// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {Unit} from "src/interfaces/Types.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {World} from "./World.sol";

/// @title Builders of batches
/// @dev The `add…` functions change the batch they are given.
abstract contract LotsWorld is World {
    function batchOf(string memory name) internal pure returns (ILots.Batch memory batch) {
        batch.batchId = id(name);
        batch.periodStart = START;
        batch.periodEnd = END;
        batch.formula = 1;
    }

    function addLot(ILots.Batch memory batch, bytes16 lotId, uint96 co2Ug, uint96 primaryUg, uint64 good)
        internal
        pure
    {
        ILots.NewLot[] memory list = new ILots.NewLot[](batch.lots.length + 1);
        for (uint256 i = 0; i < batch.lots.length; ++i) {
            list[i] = batch.lots[i];
        }
        list[list.length - 1] =
            ILots.NewLot(lotId, Unit.Piece, co2Ug, primaryUg, good, 0, keccak256(abi.encode("breakdown", lotId)));
        batch.lots = list;
    }

    function addLeftOver(ILots.Batch memory batch, bytes32 name, uint96 co2Ug, uint96 primaryUg) internal pure {
        ILots.LeftOver[] memory list = new ILots.LeftOver[](batch.leftOvers.length + 1);
        for (uint256 i = 0; i < batch.leftOvers.length; ++i) {
            list[i] = batch.leftOvers[i];
        }
        list[list.length - 1] = ILots.LeftOver(name, co2Ug, primaryUg);
        batch.leftOvers = list;
    }

    function addMaterial(ILots.Batch memory batch, bytes16 lotId, uint64 quantity) internal pure {
        ILots.MaterialUse[] memory list = new ILots.MaterialUse[](batch.materials.length + 1);
        for (uint256 i = 0; i < batch.materials.length; ++i) {
            list[i] = batch.materials[i];
        }
        list[list.length - 1] = ILots.MaterialUse(lotId, quantity);
        batch.materials = list;
    }

    function addExternal(ILots.Batch memory batch, bytes16 factorId, uint64 quantity) internal pure {
        ILots.ExternalUse[] memory list = new ILots.ExternalUse[](batch.externals.length + 1);
        for (uint256 i = 0; i < batch.externals.length; ++i) {
            list[i] = batch.externals[i];
        }
        list[list.length - 1] = ILots.ExternalUse(factorId, quantity);
        batch.externals = list;
    }

    function addEquipment(ILots.Batch memory batch, bytes16 equipmentId, uint32 record, uint64 activity) internal pure {
        ILots.EquipmentUse[] memory list = new ILots.EquipmentUse[](batch.equipment.length + 1);
        for (uint256 i = 0; i < batch.equipment.length; ++i) {
            list[i] = batch.equipment[i];
        }
        list[list.length - 1] = ILots.EquipmentUse(equipmentId, record, activity);
        batch.equipment = list;
    }

    function settle(address business, ILots.Batch memory batch) internal {
        bytes memory packed = BatchPacking.pack(batch);
        vm.prank(business);
        lots.settle(packed);
    }

    /// @dev Settles and expects the event to say all of it.
    /// @param masses Packed CO2 of the inputs.
    function settleExpecting(address business, ILots.Batch memory batch, bytes memory masses) internal {
        bytes memory packed = BatchPacking.pack(batch);
        bytes16 businessId = businesses.idOf(business);
        vm.prank(business);
        vm.expectEmit();
        emit ILots.BatchSettled(batch.batchId, businessId, bytes.concat(packed, masses));
        lots.settle(packed);
    }

    function refuse(address business, ILots.Batch memory batch, bytes memory reason) internal {
        bytes memory packed = BatchPacking.pack(batch);
        vm.prank(business);
        vm.expectRevert(reason);
        lots.settle(packed);
    }

    /// @dev A lot of resin only: `grams` g at 0.254 g CO2e each, so 254,000 µg a gram, nothing of it primary.
    function resinLot(address business, string memory name, uint64 grams, uint64 good)
        internal
        returns (bytes16 lotId)
    {
        lotId = id(name);
        ILots.Batch memory batch = batchOf(string.concat("batch of ", name));
        addExternal(batch, RESIN, grams);
        addLot(batch, lotId, uint96(grams) * 254_000, 0, good);
        settle(business, batch);
    }

    /// @dev A lot with any CO2, of which any part is primary, from equipment and factor made for it.
    function lotWith(address business, string memory name, uint96 co2Ug, uint96 primaryUg, uint64 good)
        internal
        returns (bytes16 lotId)
    {
        lotId = id(name);
        ILots.Batch memory batch = batchOf(string.concat("batch of ", name));
        if (primaryUg > 0) {
            // One microgram a second.
            bytes16 machine = measured(business, string.concat("machine of ", name), 1_000_000);
            addEquipment(batch, machine, lastRecord, uint64(primaryUg));
        }
        if (co2Ug > primaryUg) addExternal(batch, MICROGRAM, uint64(co2Ug - primaryUg));
        addLot(batch, lotId, co2Ug, primaryUg, good);
        settle(business, batch);
    }
}
