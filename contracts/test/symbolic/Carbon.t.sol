// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Carbon} from "src/libraries/Carbon.sol";
import {Test} from "../utils/Test.sol";

/// @notice What halmos proves of the compiled arithmetic, for all arguments of the types; docs/symbolic.md says what follows.
/// @dev Each property is stated in plain operations. Those below 2^256 never wrap round: 96 + 64 bits are the most.
contract CarbonSymbolic is Test {
    /// @dev ceil(total * quantity / held), by the formula that the lemmas start from.
    function check_shareUp_isTheFormula(uint96 totalUg, uint64 quantity, uint64 held) external pure {
        vm.assume(held > 0);
        uint96 part = Carbon.shareUp(totalUg, quantity, held);
        uint256 exact = uint256(totalUg) * quantity;
        if (exact == 0) assert(part == 0);
        else assert(part == (exact - 1) / held + 1);
    }

    function check_shareUp_ofNothingIsNothing(uint96 totalUg, uint64 held) external pure {
        assert(Carbon.shareUp(totalUg, 0, held) == 0);
    }

    function check_emissionsUp_isTheFormula(uint64 activity, uint64 intensityPg) external pure {
        uint96 co2Ug = Carbon.emissionsUp(activity, intensityPg);
        uint256 exactPg = uint256(activity) * intensityPg;
        if (exactPg == 0) assert(co2Ug == 0);
        else assert(co2Ug == (exactPg - 1) / 1e6 + 1);
    }

    function check_tonnesDown_isTheFormula(uint256 totalUg) external pure {
        (uint64 tonnes, uint96 restUg) = Carbon.tonnesDown(totalUg);
        assert(tonnes == totalUg / 1e12);
        assert(restUg == totalUg % 1e12);
    }
}
