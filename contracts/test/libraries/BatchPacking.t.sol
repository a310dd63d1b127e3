// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

contract BatchPackingTest is LotsWorld {
    function pack(ILots.Batch calldata batch) external pure returns (bytes memory) {
        return BatchPacking.pack(batch);
    }

    function test_pack_refusesWhatALotCannotHold() public {
        ILots.Batch memory batch = batchOf("batch");
        addLot(batch, id("lot"), uint96(1) << 64, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsMassTooLarge.selector, uint256(1) << 64));
        this.pack(batch);
        batch.lots[0].co2Ug = 1;
        batch.lots[0].good = uint64(1) << 42;
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, uint256(1) << 42));
        this.pack(batch);
        batch.lots[0].good = 1;
        batch.lots[0].defects = uint64(1) << 48;
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, uint256(1) << 48));
        this.pack(batch);
    }

    function testFuzz_settle_refusesAnyOtherLength(uint256 length) public {
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, MICROGRAM, 1);
        addLot(batch, id("lot"), 1, 0, 1);
        bytes memory packed = BatchPacking.pack(batch);
        length = between(length, 0, 2 * packed.length);
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < packed.length; ++i) {
            other[i] = packed[i];
        }
        vm.prank(steel);
        (bool done, bytes memory answer) = address(lots).call(abi.encodeCall(ILots.settle, (other)));
        vm.assertTrue(done == (length == packed.length));
        if (!done) vm.assertEq(bytes4(answer), ILots.LotsInvalidLayout.selector);
    }

    function test_settle_refusesAQuantityOf42BitsAndMore() public {
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, MICROGRAM, 1);
        addLot(batch, id("lot"), 1, 0, 1);
        bytes memory packed = BatchPacking.pack(batch);
        // Good units are the six bytes before the six of the defects, at the end.
        packed[packed.length - 12] = 0x04;
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, (uint256(1) << 42) + 1));
        lots.settle(packed);
    }

    function test_settle_refusesAnUnknownUnitAndLayout() public {
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, MICROGRAM, 1);
        addLot(batch, id("lot"), 1, 0, 1);
        bytes memory packed = BatchPacking.pack(batch);
        packed[packed.length - 29] = 0x05;
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsInvalidUnit.selector, id("lot"), 5));
        lots.settle(packed);
        packed[0] = 0x02;
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsInvalidLayout.selector, packed.length, packed.length));
        lots.settle(packed);
    }
}
