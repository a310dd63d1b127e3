// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {Unit} from "src/interfaces/Types.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice What comes out of a batch: lots and left-overs, recorded once.
contract LotsSettleOutputsTest is LotsWorld {
    bytes16 private immutable A = id("lot A");
    bytes16 private immutable B = id("lot B");

    function test_settle_recordsTheLotAndGivesItsTokensToTheBusiness() public {
        ILots.Batch memory batch = _batch();
        batch.lots[0].defects = 3;
        batch.lots[0].unit = Unit.Gram;
        settleExpecting(parts, batch, abi.encodePacked(uint96(100)));
        ILots.LotState memory lot = lots.lotOf(A);
        vm.assertEq(lot.businessId, partsId);
        vm.assertEq(lot.co2Ug, 100);
        vm.assertEq(lot.primaryUg, 0);
        vm.assertEq(lot.good, 10);
        // What the record does not hold is in the event, and bound to the batch.
        bytes memory packed = bytes.concat(
            bytes.concat(A, batch.lots[0].breakdownRoot, bytes1(uint8(Unit.Gram)), bytes8(uint64(100))),
            bytes.concat(bytes8(0), bytes6(uint48(10)), bytes6(uint48(3)))
        );
        vm.assertEq(lots.lotsHashOf(batch.batchId), keccak256(packed));
        vm.assertEq(lots.balanceOf(parts, uint128(A)), 10);
        vm.assertEq(lots.positionOf(A, parts).quantity, 10);
        vm.assertEq(lots.positionOf(A, parts).co2Ug, 100);
        vm.assertTrue(lots.isSettled(batch.batchId));
    }

    function test_settle_recordsALotInEveryUnit() public {
        for (uint8 unit = 0; unit <= uint8(type(Unit).max); ++unit) {
            ILots.Batch memory batch = _batch();
            batch.batchId = bytes16(keccak256(abi.encode("batch", unit)));
            batch.lots[0].lotId = bytes16(keccak256(abi.encode("lot", unit)));
            batch.lots[0].unit = Unit(unit);
            settle(parts, batch);
            vm.assertEq(lots.lotOf(batch.lots[0].lotId).good, 10);
        }
    }

    function test_settle_ofTheLargestLotSaysWhatIsWrongWithIt() public {
        ILots.Batch memory batch = _batch();
        (batch.lots[0].good, batch.lots[0].primaryUg) = (uint64(MAX_QUANTITY), 101);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsPrimaryAboveTotal.selector, 101, 100));
    }

    function test_settle_chargesLeftOversByName() public {
        ILots.Batch memory batch = _batch();
        batch.lots[0].co2Ug = 60;
        addLeftOver(batch, "idle time", 30, 0);
        addLeftOver(batch, "waste", 10, 0);
        settleExpecting(parts, batch, abi.encodePacked(uint96(100)));
    }

    function test_settle_ofLeftOversOnlyMintsNothing() public {
        ILots.Batch memory batch = _batch();
        delete batch.lots;
        addLeftOver(batch, "waste", 100, 0);
        settle(parts, batch);
        vm.assertTrue(lots.isSettled(batch.batchId));
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsUnknownLot.selector, A));
        lots.lotOf(A);
    }

    function test_settle_ofALotThatExistsIsRefusedAsSuchInEveryUnit() public {
        settle(parts, _batch());
        ILots.Batch memory again = _batch();
        again.batchId = id("again");
        (again.lots[0].unit, again.lots[0].primaryUg) = (type(Unit).max, again.lots[0].co2Ug);
        refuse(parts, again, abi.encodeWithSelector(ILots.LotsLotExists.selector, A));
    }

    function test_settle_refusesABatchTwice() public {
        ILots.Batch memory batch = _batch();
        settle(parts, batch);
        batch.lots[0].lotId = B;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsBatchSettled.selector, batch.batchId));
    }

    function test_settle_refusesABatchIdOfAnotherBusiness() public {
        ILots.Batch memory batch = _batch();
        settle(parts, batch);
        batch.lots[0].lotId = B;
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsBatchSettled.selector, batch.batchId));
    }

    function test_settle_refusesALotThatExists() public {
        settle(parts, _batch());
        ILots.Batch memory batch = _batch();
        batch.batchId = id("another batch");
        refuse(steel, batch, abi.encodeWithSelector(ILots.LotsLotExists.selector, A));
    }

    function test_settle_refusesALotThatWasUsedUp() public {
        settle(parts, _batch());
        ILots.Batch memory batch = batchOf("using up");
        addMaterial(batch, A, 10);
        addLot(batch, A, 100, 0, 10);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsLotExists.selector, A));
    }

    function test_settle_refusesALotTwiceInOneBatch() public {
        ILots.Batch memory batch = _batch();
        batch.lots[0].co2Ug = 50;
        addLot(batch, A, 50, 0, 10);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsLotExists.selector, A));
    }

    function test_settle_refusesZeroIds() public {
        ILots.Batch memory batch = _batch();
        batch.batchId = 0;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsZeroId.selector));
        batch = _batch();
        batch.lots[0].lotId = 0;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsZeroId.selector));
    }

    function test_settle_refusesABatchWithoutOutput() public {
        ILots.Batch memory batch = _batch();
        delete batch.lots;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsEmptyBatch.selector, batch.batchId));
    }

    function test_settle_refusesALotWithoutGoodUnits() public {
        ILots.Batch memory batch = _batch();
        (batch.lots[0].good, batch.lots[0].defects) = (0, 10);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsNoGoodUnits.selector, A));
    }

    function test_settle_refusesALeftOverWithoutName() public {
        ILots.Batch memory batch = _batch();
        addLeftOver(batch, 0, 0, 0);
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsUnnamedLeftOver.selector));
    }

    function test_settle_refusesAnEmptyPeriod() public {
        ILots.Batch memory batch = _batch();
        batch.periodStart = END;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsInvalidPeriod.selector, END, END));
    }

    function test_settle_refusesAPeriodThatEndsInTheFuture() public {
        ILots.Batch memory batch = _batch();
        batch.periodEnd = NOW + 1;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsInvalidPeriod.selector, START, NOW + 1));
        batch.periodEnd = NOW;
        settle(parts, batch);
    }

    function test_settle_refusesAnUnknownFormula() public {
        ILots.Batch memory batch = _batch();
        batch.formula = 3;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsUnknownFormula.selector, 3));
        batch.formula = 0;
        refuse(parts, batch, abi.encodeWithSelector(ILots.LotsUnknownFormula.selector, 0));
    }

    function test_settle_acceptsAFormulaThatWasRegisteredSinceTheLastBatch() public {
        ILots.Batch memory batch = _batch();
        batch.formula = 3;
        formulas.register(keccak256("new formula"), "tanso-new", 1);
        settle(parts, batch);
    }

    function test_settle_refusesAnUnregisteredCaller() public {
        refuse(
            stranger,
            _batch(),
            abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger)
        );
    }

    /// @dev 100 µg of an external material make 10 pieces of lot A.
    function _batch() private view returns (ILots.Batch memory batch) {
        batch = batchOf("batch");
        addExternal(batch, MICROGRAM, 100);
        addLot(batch, A, 100, 0, 10);
    }
}
