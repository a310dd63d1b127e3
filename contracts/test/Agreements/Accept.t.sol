// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "src/interfaces/IAgreements.sol";
import {AgreementsWorld} from "../utils/AgreementsWorld.sol";

contract AgreementsAcceptTest is AgreementsWorld {
    bytes private _call = abi.encodeCall(IAgreements.accept, (AGREEMENT, TERMS));

    function test_accept_refusesEverybodyButTheReceiver() public {
        refusedToOthersThan(parts, _call, IAgreements.AgreementsNotReceiver.selector);
    }

    function test_accept_refusesAnIdThatIsNotThere() public {
        bytes memory data = abi.encodeCall(IAgreements.accept, (id("nothing"), TERMS));
        refused(parts, data, abi.encodeWithSelector(IAgreements.AgreementsUnknown.selector, id("nothing")));
    }

    function test_accept_refusesAnyOtherTerms(bytes32 given) public {
        vm.assume(given != TERMS);
        bytes memory data = abi.encodeCall(IAgreements.accept, (AGREEMENT, given));
        refused(parts, data, abi.encodeWithSelector(IAgreements.AgreementsOtherTerms.selector, AGREEMENT, given, TERMS));
    }

    function test_accept_refusesASecondTime() public {
        accept();
        vm.warp(NOW + 1);
        refused(parts, _call, abi.encodeWithSelector(IAgreements.AgreementsAccepted.selector, AGREEMENT, NOW));
    }

    function test_accept_refusesWhatWasWithdrawn() public {
        withdraw(steel);
        refused(parts, _call, abi.encodeWithSelector(IAgreements.AgreementsEnded.selector, AGREEMENT, NOW));
    }

    function test_accept_refusesWhatIsOver(uint40 time) public {
        bytes memory expired = abi.encodeWithSelector(IAgreements.AgreementsExpired.selector, AGREEMENT, UNTIL);
        vm.warp(UNTIL);
        refused(parts, _call, expired);
        vm.warp(between(time, UNTIL, type(uint40).max));
        refused(parts, _call, expired);
    }

    function test_accept_putsTheAgreementInForceUntilItIsOver() public {
        vm.warp(NOW + 7);
        vm.expectEmit();
        emit IAgreements.AgreementAccepted(AGREEMENT);
        accept();
        assertRecord(NOW + 7, 0, 0, 0);
        vm.assertFalse(agreements.inForce(AGREEMENT, NOW + 6));
        vm.assertTrue(agreements.inForce(AGREEMENT, NOW + 7));
        vm.assertTrue(agreements.inForce(AGREEMENT, UNTIL - 1));
        vm.assertFalse(agreements.inForce(AGREEMENT, UNTIL));
    }

    function test_accept_isPossibleToTheLastSecond() public {
        vm.warp(UNTIL - 1);
        accept();
        vm.assertTrue(agreements.inForce(AGREEMENT, UNTIL - 1));
    }
}
