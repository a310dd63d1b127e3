// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {CreditsHandler} from "./CreditsHandler.sol";
import {Suite} from "./Suite.sol";

/// @notice Every tonne of credit comes from reductions that were recorded once and bundled once.
contract CreditsInvariants is Suite {
    CreditsHandler private _handler;
    ICredits private _credits;

    function setUp() public {
        _handler = new CreditsHandler();
        _credits = _handler.ledger();
        target(_handler);
    }

    function invariant_issuedAndCarriedAreWhatWasBundledAndCreditsAreIssuedLessRetired() public view {
        bytes16[2] memory programmes = _handler.programmes();
        address[3] memory actors = _handler.actors();
        for (uint256 i = 0; i < 2; ++i) {
            ICredits.Programme memory programme = _credits.programmeOf(programmes[i]);
            vm.assertEq(uint256(programme.issuedTonnes) * 1e12 + programme.carriedUg, _handler.bundledUg(programmes[i]));
            vm.assertLt(programme.carriedUg, 1e12);
            vm.assertEq(programme.retiredTonnes, _handler.retired(programmes[i]));
            vm.assertLe(programme.retiredTonnes, programme.issuedTonnes);
            uint256 held = 0;
            for (uint256 j = 0; j < 3; ++j) {
                held += _credits.balanceOf(actors[j], uint128(programmes[i]));
            }
            vm.assertEq(held + programme.retiredTonnes, programme.issuedTonnes);
            _flagged(_handler.waiting(programmes[i]), false);
            _flagged(_handler.bundledIds(programmes[i]), true);
        }
    }

    function invariant_certificatesAreWhatWasRetired() public view {
        uint256 tonnes = 0;
        for (uint256 i = 1; i <= _handler.certificates(); ++i) {
            tonnes += _credits.certificateOf(i).tonnes;
        }
        vm.assertEq(tonnes, _handler.certifiedTonnes());
        vm.assertEq(_credits.certificateOf(_handler.certificates() + 1).tonnes, 0);
    }

    function _flagged(bytes32[] memory reductionIds, bool expected) private view {
        for (uint256 i = 0; i < reductionIds.length; ++i) {
            (uint96 reductionUg, bool bundled) = _credits.reductionOf(reductionIds[i]);
            vm.assertGt(reductionUg, 0, "a recorded reduction");
            vm.assertTrue(bundled == expected);
        }
    }
}
