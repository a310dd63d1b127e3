// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Carbon} from "src/libraries/Carbon.sol";
import {Test} from "../utils/Test.sol";

/// @notice What halmos proves of the compiled arithmetic, for all arguments of the types; docs/symbolic.md says what follows.
/// @dev Formulas are stated in plain, checked operations.
contract CarbonSymbolic is Test {
    function check_emissionsUp_isTheFormula(uint64 activity, uint64 intensityPg) external pure {
        assert(Carbon.emissionsUp(activity, intensityPg) == (uint256(activity) * intensityPg + 1e6 - 1) / 1e6);
    }

    function check_tonnesDown_isTheFormula(uint256 totalUg) external pure {
        (uint64 tonnes, uint96 restUg) = Carbon.tonnesDown(totalUg);
        assert(tonnes == totalUg / 1e12);
        assert(restUg == totalUg % 1e12);
    }
}
