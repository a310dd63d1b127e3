// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice In = out + left over, to the microgram, for CO2 and for its primary part.
contract LotsSettleClosingTest is LotsWorld {
    bytes16 private immutable A = id("lot A");
    bytes16 private immutable B = id("lot B");
    bytes16 private _furnace;

    function setUp() public override {
        super.setUp();
        _furnace = measured(parts, "furnace", 1_000_000);
    }

    function testFuzz_settle_closesForAnySplit(uint64 external_, uint64 primary, uint96 split, uint96 primarySplit)
        public
    {
        ILots.Batch memory batch = _batch(external_, primary, split, primarySplit);
        settle(parts, batch);
        uint256 co2Ug = lots.positionOf(A, parts).co2Ug + uint256(batch.leftOvers[0].co2Ug);
        uint256 primaryUg = lots.positionOf(A, parts).primaryUg + uint256(batch.leftOvers[0].primaryUg);
        vm.assertEq(co2Ug, _activity(external_) + _activity(primary));
        vm.assertEq(primaryUg, _activity(primary));
    }

    function testFuzz_settle_refusesAnyOtherTotal(
        uint64 external_,
        uint64 primary,
        uint96 split,
        uint96 primarySplit,
        uint96 claimed
    ) public {
        ILots.Batch memory batch = _batch(external_, primary, split, primarySplit);
        claimed = uint96(between(claimed, batch.lots[0].primaryUg, type(uint64).max));
        vm.assume(claimed != batch.lots[0].co2Ug);
        batch.lots[0].co2Ug = claimed;
        uint256 input = _activity(external_) + _activity(primary);
        uint256 output = uint256(claimed) + batch.leftOvers[0].co2Ug;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsCarbonNotClosed.selector, input, output));
    }

    function test_settle_refusesABatchThatIsOneMicrogramShortOrOver() public {
        ILots.Batch memory batch = _batch(60, 40, 100, 40);
        batch.lots[0].co2Ug = 99;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsCarbonNotClosed.selector, 100, 99));
        batch.lots[0].co2Ug = 101;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsCarbonNotClosed.selector, 100, 101));
        batch.lots[0].co2Ug = 100;
        settle(parts, batch);
    }

    function test_settle_refusesAPrimaryPartThatIsOneMicrogramShortOrOver() public {
        ILots.Batch memory batch = _batch(60, 40, 100, 40);
        batch.lots[0].primaryUg = 41;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsPrimaryNotClosed.selector, 40, 41));
        batch.lots[0].primaryUg = 39;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsPrimaryNotClosed.selector, 40, 39));
    }

    function test_settle_refusesMorePrimaryDataThanCo2InALot() public {
        ILots.Batch memory batch = _batch(60, 40, 30, 30);
        batch.lots[0].primaryUg = 31;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsPrimaryAboveTotal.selector, 31, 30));
    }

    function test_settle_refusesMorePrimaryDataThanCo2InALeftOver() public {
        ILots.Batch memory batch = _batch(60, 40, 90, 0);
        addLeftOver(batch, "waste", 0, 1);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsPrimaryAboveTotal.selector, 1, 0));
    }

    function test_settle_acceptsALotWithoutCo2() public {
        ILots.Batch memory batch = batchOf("free of carbon");
        addLot(batch, B, 0, 0, 1);
        settle(parts, batch);
        vm.assertEq(lots.lotOf(B).co2Ug, 0);
    }

    function test_settle_thatIsRefusedChangesNothing() public {
        bytes16 coil = lotWith(parts, "coil", 10, 0, 3);
        ILots.Batch memory batch = batchOf("batch");
        addMaterial(batch, coil, 2);
        addLot(batch, A, 6, 0, 1);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsCarbonNotClosed.selector, 7, 6));
        vm.assertFalse(lots.isSettled(batch.batchId));
        vm.assertEq(lots.positionOf(coil, parts).co2Ug, 10);
        vm.assertEq(lots.balanceOf(parts, uint128(coil)), 3);
        vm.assertEq(lots.positionOf(A, parts).quantity, 0);
    }

    function _activity(uint64 seed) private pure returns (uint256) {
        return between(seed, 1, type(uint64).max);
    }

    /// @dev A batch of `external_` plus `primary` µg, at least one each, split between lot A and a left-over.
    function _batch(uint64 external_, uint64 primary, uint96 split, uint96 primarySplit)
        private
        view
        returns (ILots.Batch memory batch)
    {
        (uint256 total, uint256 measuredUg) = (_activity(external_) + _activity(primary), _activity(primary));
        // A lot has 64 bits of CO2.
        uint256 co2Ug = between(split, 0, total < type(uint64).max ? total : type(uint64).max);
        // Neither part may hold more primary data than CO2.
        uint256 restUg = total - co2Ug;
        uint256 least = measuredUg > restUg ? measuredUg - restUg : 0;
        uint256 most = measuredUg < co2Ug ? measuredUg : co2Ug;
        uint256 primaryUg = between(primarySplit, least, most);
        batch = batchOf("batch");
        addExternal(batch, MICROGRAM, uint64(_activity(external_)));
        addEquipment(batch, _furnace, 0, uint64(measuredUg));
        addLot(batch, A, uint96(co2Ug), uint96(primaryUg), 10);
        addLeftOver(batch, "idle time", uint96(restUg), uint96(measuredUg - primaryUg));
    }
}
