// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice The largest amounts are exact; anything larger has a name. Nothing is cut off.
contract LotsBoundariesTest is LotsWorld {
    uint64 private constant MOST = type(uint64).max;
    /// @dev Base units of the largest lot.
    uint64 private constant UNITS = (1 << 42) - 1;
    bytes16 private immutable HUGE = id("huge");

    function test_settle_ofTheLargestLotIsExactWhenItIsShippedAndConsumed() public {
        // (2^64 - 1) g of 1 µg make 2^42 - 1 pieces.
        ILots.Batch memory batch = batchOf("huge batch");
        addExternal(batch, MICROGRAM, MOST);
        addLot(batch, HUGE, MOST, 0, UNITS);
        settle(steel, batch);
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(HUGE), UNITS, "");
        vm.assertEq(lots.positionOf(HUGE, parts).quantity, UNITS);
        vm.assertEq(lots.positionOf(HUGE, parts).co2Ug, MOST);
        batch = batchOf("all of it");
        addMaterial(batch, HUGE, UNITS);
        addLot(batch, id("next"), MOST, 0, 1);
        settle(parts, batch);
        vm.assertEq(lots.positionOf(HUGE, parts).co2Ug, 0);
        vm.assertEq(lots.positionOf(id("next"), parts).co2Ug, MOST);
    }

    function test_ship_refusesQuantitiesAbove42Bits() public {
        resinLot(steel, "coil", 1, 1);
        uint256[8] memory quantities = [
            uint256(1) << 42,
            uint256(1) << 48,
            (uint256(1) << 64) - 1,
            uint256(1) << 64,
            (uint256(1) << 64) + 1,
            (uint256(1) << 128) - 1,
            uint256(1) << 128,
            type(uint256).max
        ];
        for (uint256 i = 0; i < quantities.length; ++i) {
            vm.prank(steel);
            vm.expectRevert(abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, quantities[i]));
            lots.safeTransferFrom(steel, parts, uint128(id("coil")), quantities[i], "");
        }
    }

    function test_settle_acceptsTheLargestMassAndTotalsAboveIt() public {
        // 10^6 pg a unit less than 2^96 µg needs 128 bits: 2^64 - 1 units of this intensity come close.
        uint64 intensityPg = uint64(uint256(type(uint96).max) * 1e6 / MOST);
        factors.register(id("extreme"), factorWith(intensityPg));
        uint256 each = (uint256(MOST) * intensityPg + 1e6 - 1) / 1e6;
        vm.assertGt(2 * each, type(uint96).max, "two must pass 96 bits");
        ILots.Batch memory batch = batchOf("extreme batch");
        addExternal(batch, id("extreme"), MOST);
        addExternal(batch, id("extreme"), MOST);
        // A lot holds 2^64 - 1 µg; a left-over holds 2^96 - 1.
        addLot(batch, id("first"), MOST, 0, 1);
        addLot(batch, id("second"), MOST, 0, UNITS);
        addLeftOver(batch, "waste", uint96(each), 0);
        addLeftOver(batch, "waste", uint96(each - 2 * uint256(MOST)), 0);
        settle(steel, batch);
        vm.assertEq(lots.lotOf(id("first")).co2Ug, MOST);
        vm.assertEq(lots.lotOf(id("second")).co2Ug, MOST);
        vm.assertEq(lots.positionOf(id("second"), steel).co2Ug, MOST);
    }

    function test_settle_refusesAMassOfMoreThan96Bits() public {
        factors.register(id("extreme"), factorWith(MOST));
        ILots.Batch memory batch = batchOf("extreme batch");
        addExternal(batch, id("extreme"), MOST);
        addLot(batch, HUGE, MOST, 0, 1);
        uint256 tooMuch = (uint256(MOST) * MOST + 1e6 - 1) / 1e6;
        bytes4 selector = SafeCast.SafeCastOverflowedUintDowncast.selector;
        refuse(steel, batch, abi.encodeWithSelector(selector, uint8(96), tooMuch));
    }

    function test_settle_ofASinglePieceOfAHugeLotStillMovesAMicrogram() public {
        ILots.Batch memory batch = batchOf("huge batch");
        addExternal(batch, MICROGRAM, 2);
        addLot(batch, HUGE, 2, 0, UNITS);
        settle(steel, batch);
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(HUGE), 1, "");
        vm.assertEq(lots.positionOf(HUGE, parts).co2Ug, 1);
        vm.assertEq(lots.positionOf(HUGE, steel).co2Ug, 1);
    }
}
