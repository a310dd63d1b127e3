// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {LotPart, LotRecord, LotRecords, MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {Test} from "../utils/Test.sol";

/// @notice What halmos proves of records and parts, for all values of their fields; docs/symbolic.md says what follows.
/// @dev Formulas are stated in plain, checked operations.
contract SlotsSymbolic is Test {
    /// @dev No field runs into another.
    function check_record_keepsItsFields(uint64 co2, uint64 primary, uint256 count, uint24 business) external view {
        vm.assume(count <= MAX_QUANTITY);
        LotRecord record = LotRecords.create(co2, primary, count, LotRecords.originOf(business));
        assert(record.co2Ug() == co2);
        assert(record.primaryUg() == primary);
        assert(record.good() == count);
        assert(record.held() == count);
        assert(record.producer() == business);
        assert(record.firstBlock() == (block.number / 1024 * 1024) % (1 << 30));
    }

    /// @dev kept(q) = primary * q / good + (co2 - primary) * q / good; what goes is the difference of two of these.
    ///      Nothing of the record changes but what is held.
    function check_record_takeUp_isTheFormula(uint256 word, uint256 quantity) external pure {
        LotRecord record = LotRecord.wrap(word);
        (uint256 primary, uint256 all, uint256 held) = (record.primaryUg(), record.good(), record.held());
        vm.assume(primary <= record.co2Ug() && all > 0 && held <= all && quantity <= held);
        (LotRecord rest, uint256 co2Goes, uint256 primaryGoes) = record.takeUp(quantity);
        uint256 later = held - quantity;
        uint256 other = record.co2Ug() - primary;
        unchecked {
            assert(primaryGoes == primary * held / all - primary * later / all);
            assert(co2Goes == primaryGoes + (other * held / all - other * later / all));
        }
        assert(rest.held() == later);
        assert(LotRecord.unwrap(rest) >> 42 == word >> 42);
    }

    function check_record_heldMassDown_isTheFormula(uint256 word) external pure {
        LotRecord record = LotRecord.wrap(word);
        (uint256 primary, uint256 all, uint256 held) = (record.primaryUg(), record.good(), record.held());
        vm.assume(primary <= record.co2Ug() && all > 0 && held <= all);
        (uint256 co2Kept, uint256 primaryKept) = record.heldMassDown();
        unchecked {
            assert(primaryKept == primary * held / all);
            assert(co2Kept == primaryKept + (record.co2Ug() - primary) * held / all);
        }
    }

    /// @dev Whatever stands above them.
    function check_part_keepsItsFields(uint64 co2, uint64 primary, uint256 count, uint256 above) external pure {
        vm.assume(count <= MAX_QUANTITY);
        LotPart part = LotPart.wrap(LotPart.unwrap(_part(co2, primary, count)) | (above << 170));
        assert(part.co2Ug() == co2);
        assert(part.primaryUg() == primary);
        assert(part.quantity() == count);
    }

    /// @dev Sums that fit their fields stay in them.
    function check_part_add_addsFieldByField(
        uint64 co2,
        uint64 primary,
        uint256 count,
        uint64 moreCo2,
        uint64 morePrimary,
        uint256 more
    ) external pure {
        vm.assume(uint256(co2) + moreCo2 <= type(uint64).max && uint256(primary) + morePrimary <= type(uint64).max);
        vm.assume(count <= MAX_QUANTITY && more <= MAX_QUANTITY && count + more <= MAX_QUANTITY);
        LotPart sum = _part(co2, primary, count).add(more, moreCo2, morePrimary);
        assert(LotPart.unwrap(sum) == LotPart.unwrap(_part(co2 + moreCo2, primary + morePrimary, count + more)));
    }

    /// @dev (mass * taken + count - 1) / count goes, which is at most the mass, as is proved of the formula.
    function check_part_takeUp_isTheFormula(uint256 word, uint256 taken) external pure {
        LotPart part = LotPart.wrap(word);
        uint256 count = part.quantity();
        vm.assume(taken > 0 && taken <= count);
        (LotPart rest, LotPart moved) = part.takeUp(taken);
        unchecked {
            uint256 co2Goes = (part.co2Ug() * taken + count - 1) / count;
            uint256 primaryGoes = (part.primaryUg() * taken + count - 1) / count;
            assert(LotPart.unwrap(moved) == (taken | (primaryGoes << 42) | (co2Goes << 106)));
            assert(LotPart.unwrap(rest) == word - LotPart.unwrap(moved));
        }
    }

    /// @dev Shares within the masses come off field by field.
    function check_part_lessItsShare_losesFieldByField(
        uint64 co2,
        uint64 primary,
        uint256 count,
        uint64 co2Goes,
        uint64 primaryGoes,
        uint256 taken
    ) external pure {
        vm.assume(count <= MAX_QUANTITY && taken <= count && co2Goes <= co2 && primaryGoes <= primary);
        uint256 rest = LotPart.unwrap(_part(co2, primary, count))
            - (taken | (uint256(primaryGoes) << 42) | (uint256(co2Goes) << 106));
        assert(rest == LotPart.unwrap(_part(co2 - co2Goes, primary - primaryGoes, count - taken)));
    }

    function _part(uint64 co2, uint64 primary, uint256 count) private pure returns (LotPart) {
        return LotPart.wrap((uint256(co2) << 106) | (uint256(primary) << 42) | count);
    }
}
