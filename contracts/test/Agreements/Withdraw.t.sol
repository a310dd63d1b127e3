// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "src/interfaces/IAgreements.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {AgreementsWorld} from "../utils/AgreementsWorld.sol";

contract AgreementsWithdrawTest is AgreementsWorld {
    bytes private _call = abi.encodeCall(IAgreements.withdraw, (AGREEMENT));

    function test_withdraw_refusesAThirdBusinessAndAStranger() public {
        bytes4 third = IAgreements.AgreementsNotParty.selector;
        refused(assembler, _call, abi.encodeWithSelector(third, AGREEMENT, assemblerId));
        bytes4 unknown = IBusinessRegistry.BusinessRegistryUnknownAccount.selector;
        refused(stranger, _call, abi.encodeWithSelector(unknown, stranger));
    }

    function test_withdraw_refusesAnIdThatIsNotThere() public {
        bytes memory data = abi.encodeCall(IAgreements.withdraw, (id("nothing")));
        refused(steel, data, abi.encodeWithSelector(IAgreements.AgreementsUnknown.selector, id("nothing")));
    }

    function test_withdraw_refusesASecondTimeByEitherParty() public {
        withdraw(steel);
        vm.warp(NOW + 1);
        bytes memory ended = abi.encodeWithSelector(IAgreements.AgreementsEnded.selector, AGREEMENT, NOW);
        refused(steel, _call, ended);
        refused(parts, _call, ended);
    }

    function test_withdraw_byTheProviderTakesAProposalBack() public {
        vm.expectEmit();
        emit IAgreements.AgreementWithdrawn(AGREEMENT, steelId);
        withdraw(steel);
        assertRecord(0, NOW, 0, 0);
    }

    function test_withdraw_byTheReceiverDeclinesAProposal() public {
        vm.expectEmit();
        emit IAgreements.AgreementWithdrawn(AGREEMENT, partsId);
        withdraw(parts);
        assertRecord(0, NOW, 0, 0);
    }

    function test_withdraw_endsAnAgreementAtOnceAndKeepsWhatWas() public {
        accept();
        vm.warp(NOW + 60);
        withdraw(parts);
        assertRecord(NOW, NOW + 60, 0, 0);
        vm.assertTrue(agreements.inForce(AGREEMENT, NOW));
        vm.assertTrue(agreements.inForce(AGREEMENT, NOW + 59));
        vm.assertFalse(agreements.inForce(AGREEMENT, NOW + 60));
        vm.assertFalse(agreements.inForce(AGREEMENT, UNTIL - 1));
    }

    function test_withdraw_inTheSecondOfAcceptanceLeavesNoForceAtAll() public {
        accept();
        withdraw(steel);
        vm.assertFalse(agreements.inForce(AGREEMENT, NOW));
    }

    function test_withdraw_concernsNoOtherAgreement() public {
        accept();
        vm.prank(steel);
        agreements.propose(id("another"), partsId, TERMS, UNTIL);
        vm.prank(steel);
        agreements.withdraw(id("another"));
        assertRecord(NOW, 0, 0, 0);
    }
}
