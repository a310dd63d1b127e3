// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LotPart, LotRecord, LotRecords, MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {Test} from "../utils/Test.sol";

contract LotSlotsTest is Test {
    function testFuzz_record_keepsEveryField(uint64 co2, uint64 primary, uint256 good, uint24 business) public view {
        primary = uint64(between(primary, 0, co2));
        good = between(good, 1, MAX_QUANTITY);
        LotRecord record = LotRecords.create(co2, primary, good, LotRecords.originOf(business));
        vm.assertEq(record.co2Ug(), co2);
        vm.assertEq(record.primaryUg(), primary);
        vm.assertEq(record.good(), good);
        vm.assertEq(record.held(), good);
        vm.assertEq(record.producer(), business);
        vm.assertEq(record.firstBlock(), block.number / 1024 * 1024);
    }

    function test_record_namesTheWindowOfItsBlock() public {
        uint256[6] memory blocks = [uint256(0), 1023, 1024, 123_456_789, (1 << 30) - 1, (1 << 30) + 5000];
        for (uint256 i = 0; i < blocks.length; ++i) {
            vm.roll(blocks[i]);
            LotRecord record = LotRecords.create(
                type(uint64).max, type(uint64).max, MAX_QUANTITY, LotRecords.originOf(type(uint24).max)
            );
            vm.assertEq(record.firstBlock(), (blocks[i] % (1 << 30)) / 1024 * 1024);
            vm.assertEq(record.producer(), type(uint24).max);
            vm.assertEq(record.primaryUg(), type(uint64).max);
            vm.assertEq(record.good(), MAX_QUANTITY);
            record = LotRecords.create(0, 0, 1, LotRecords.originOf(1));
            vm.assertEq(record.primaryUg(), 0);
            vm.assertEq(record.co2Ug(), 0);
        }
    }

    function test_recordAndPart_haveQuantitiesOf42Bits() public pure {
        vm.assertEq(MAX_QUANTITY, 4_398_046_511_103);
        vm.assertTrue(LotRecord.wrap(0).isNone());
        vm.assertFalse(LotRecord.wrap(1).isNone());
    }

    function test_record_ofNoLotHasNoMass() public pure {
        (uint256 co2, uint256 primary) = LotRecord.wrap(0).heldMassDown();
        vm.assertEq(co2, 0);
        vm.assertEq(primary, 0);
    }

    function testFuzz_record_givesAllAwayToTheMicrogramAndRoundsUp(
        uint64 co2,
        uint64 primary,
        uint256 good,
        uint256 first,
        uint256 second
    ) public view {
        primary = uint64(between(primary, 0, co2));
        good = between(good, 1, MAX_QUANTITY);
        first = between(first, 0, good);
        second = between(second, 0, good - first);
        LotRecord record = LotRecords.create(co2, primary, good, LotRecords.originOf(1));
        (uint256 sum, uint256 primarySum, uint256 part, uint256 primaryPart) = (0, 0, 0, 0);
        (record, sum, primarySum) = record.takeUp(first);
        vm.assertGe(sum * good, uint256(co2) * first);
        vm.assertLe(primarySum, sum);
        (record, part, primaryPart) = record.takeUp(second);
        vm.assertLe(primaryPart, part);
        (sum, primarySum) = (sum + part, primarySum + primaryPart);
        vm.assertGe(sum * good, uint256(co2) * (first + second));
        // What is kept is what was not given.
        (part, primaryPart) = record.heldMassDown();
        vm.assertEq(sum + part, co2);
        vm.assertEq(primarySum + primaryPart, primary);
        (record, part, primaryPart) = record.takeUp(good - first - second);
        vm.assertEq(sum + part, co2);
        vm.assertEq(primarySum + primaryPart, primary);
        vm.assertEq(record.held(), 0);
        vm.assertEq(record.good(), good);
    }

    function testFuzz_part_splitsToTheMicrogramAndRoundsUp(uint64 co2, uint64 primary, uint256 all, uint256 taken)
        public
        pure
    {
        primary = uint64(between(primary, 0, co2));
        all = between(all, 1, MAX_QUANTITY);
        taken = between(taken, 1, all);
        LotPart part = LotPart.wrap(0).add(all, co2, primary);
        vm.assertEq(part.quantity(), all);
        vm.assertEq(part.co2Ug(), co2);
        vm.assertEq(part.primaryUg(), primary);
        (LotPart rest, LotPart moved) = part.takeUp(taken);
        (uint256 goes, uint256 primaryGoes) = (moved.co2Ug(), moved.primaryUg());
        vm.assertEq(moved.quantity(), taken);
        vm.assertEq(goes, (uint256(co2) * taken + all - 1) / all);
        vm.assertEq(primaryGoes, (uint256(primary) * taken + all - 1) / all);
        vm.assertLe(primaryGoes, goes);
        vm.assertLe(rest.primaryUg(), rest.co2Ug());
        vm.assertEq(LotPart.unwrap(rest.add(taken, goes, primaryGoes)), LotPart.unwrap(part));
    }
}
