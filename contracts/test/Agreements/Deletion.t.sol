// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "src/interfaces/IAgreements.sol";
import {AgreementsWorld} from "../utils/AgreementsWorld.sol";

/// @notice The provider demands deletion, the receiver confirms it.
contract AgreementsDeletionTest is AgreementsWorld {
    bytes private _demand = abi.encodeCall(IAgreements.demandDeletion, (AGREEMENT));
    bytes private _confirm = abi.encodeCall(IAgreements.confirmDeletion, (AGREEMENT, CONFIRMATION));

    function test_demandDeletion_refusesEverybodyButTheProvider() public {
        accept();
        refusedToOthersThan(steel, _demand, IAgreements.AgreementsNotProvider.selector);
    }

    function test_demandDeletion_refusesAnIdThatIsNotThere() public {
        bytes memory data = abi.encodeCall(IAgreements.demandDeletion, (id("nothing")));
        refused(steel, data, abi.encodeWithSelector(IAgreements.AgreementsUnknown.selector, id("nothing")));
    }

    function test_demandDeletion_refusesWhatWasNeverAccepted() public {
        bytes memory refusal = abi.encodeWithSelector(IAgreements.AgreementsNotAccepted.selector, AGREEMENT);
        refused(steel, _demand, refusal);
        withdraw(steel);
        refused(steel, _demand, refusal);
    }

    function test_demandDeletion_refusesASecondTime() public {
        accept();
        demandDeletion();
        vm.warp(NOW + 1);
        bytes4 demanded = IAgreements.AgreementsDeletionDemanded.selector;
        refused(steel, _demand, abi.encodeWithSelector(demanded, AGREEMENT, NOW));
    }

    function test_demandDeletion_endsTheAgreementAtOnce() public {
        accept();
        vm.warp(NOW + 60);
        vm.expectEmit();
        emit IAgreements.DeletionDemanded(AGREEMENT);
        demandDeletion();
        assertRecord(NOW, NOW + 60, NOW + 60, 0);
        vm.assertTrue(agreements.inForce(AGREEMENT, NOW + 59));
        vm.assertFalse(agreements.inForce(AGREEMENT, NOW + 60));
    }

    function test_demandDeletion_comesAlsoAfterWithdrawalAndKeepsItsTime() public {
        accept();
        withdraw(parts);
        vm.warp(NOW + 60);
        demandDeletion();
        assertRecord(NOW, NOW, NOW + 60, 0);
    }

    function test_demandDeletion_comesAlsoAfterTheAgreementIsOver() public {
        accept();
        vm.warp(UNTIL + 1);
        demandDeletion();
        assertRecord(NOW, UNTIL + 1, UNTIL + 1, 0);
        vm.assertTrue(agreements.inForce(AGREEMENT, UNTIL - 1));
        vm.assertFalse(agreements.inForce(AGREEMENT, UNTIL));
    }

    function test_confirmDeletion_refusesEverybodyButTheReceiver() public {
        accept();
        demandDeletion();
        refusedToOthersThan(parts, _confirm, IAgreements.AgreementsNotReceiver.selector);
    }

    function test_confirmDeletion_refusesAnIdThatIsNotThere() public {
        bytes memory data = abi.encodeCall(IAgreements.confirmDeletion, (id("nothing"), CONFIRMATION));
        refused(parts, data, abi.encodeWithSelector(IAgreements.AgreementsUnknown.selector, id("nothing")));
    }

    function test_confirmDeletion_refusesAZeroHash() public {
        accept();
        demandDeletion();
        bytes memory data = abi.encodeCall(IAgreements.confirmDeletion, (AGREEMENT, 0));
        refused(parts, data, abi.encodeWithSelector(IAgreements.AgreementsZero.selector));
    }

    function test_confirmDeletion_refusesWhatNobodyDemanded() public {
        bytes4 selector = IAgreements.AgreementsDeletionNotDemanded.selector;
        refused(parts, _confirm, abi.encodeWithSelector(selector, AGREEMENT));
        accept();
        refused(parts, _confirm, abi.encodeWithSelector(selector, AGREEMENT));
        withdraw(parts);
        refused(parts, _confirm, abi.encodeWithSelector(selector, AGREEMENT));
    }

    function test_confirmDeletion_refusesASecondTime() public {
        accept();
        demandDeletion();
        confirmDeletion();
        vm.warp(NOW + 1);
        bytes memory other = abi.encodeCall(IAgreements.confirmDeletion, (AGREEMENT, keccak256("other")));
        bytes4 confirmed = IAgreements.AgreementsDeletionConfirmed.selector;
        refused(parts, other, abi.encodeWithSelector(confirmed, AGREEMENT, NOW));
    }

    function test_confirmDeletion_putsTheConfirmationOnRecord() public {
        accept();
        demandDeletion();
        vm.warp(NOW + 60);
        vm.expectEmit();
        emit IAgreements.DeletionConfirmed(AGREEMENT, CONFIRMATION);
        confirmDeletion();
        assertRecord(NOW, NOW, NOW, NOW + 60);
    }
}
