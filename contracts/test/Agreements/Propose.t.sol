// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "src/interfaces/IAgreements.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {AgreementsWorld} from "../utils/AgreementsWorld.sol";

contract AgreementsProposeTest is AgreementsWorld {
    bytes16 private constant NEW = bytes16(keccak256("new agreement"));

    function test_propose_refusesAZeroIdAndAZeroHash() public {
        _refuse(0, partsId, TERMS, UNTIL, abi.encodeWithSelector(IAgreements.AgreementsZero.selector));
        _refuse(NEW, partsId, 0, UNTIL, abi.encodeWithSelector(IAgreements.AgreementsZero.selector));
    }

    function test_propose_refusesAnIdThatIsTakenWhateverBecameOfIt() public {
        bytes memory taken = abi.encodeWithSelector(IAgreements.AgreementsIdTaken.selector, AGREEMENT);
        _refuse(AGREEMENT, partsId, TERMS, UNTIL, taken);
        withdraw(parts);
        _refuse(AGREEMENT, assemblerId, keccak256("other terms"), UNTIL + 1, taken);
    }

    function test_propose_refusesABusinessThatIsNotRegistered() public {
        bytes4 unknown = IBusinessRegistry.BusinessRegistryUnknownId.selector;
        _refuse(NEW, id("nobody"), TERMS, UNTIL, abi.encodeWithSelector(unknown, id("nobody")));
    }

    function test_propose_refusesACallerThatIsNoBusiness() public {
        bytes4 unknown = IBusinessRegistry.BusinessRegistryUnknownAccount.selector;
        bytes memory data = abi.encodeCall(IAgreements.propose, (NEW, partsId, TERMS, UNTIL));
        refused(stranger, data, abi.encodeWithSelector(unknown, stranger));
    }

    function test_propose_refusesAnAgreementWithOneself() public {
        bytes4 oneself = IAgreements.AgreementsWithOneself.selector;
        _refuse(NEW, steelId, TERMS, UNTIL, abi.encodeWithSelector(oneself, steelId));
    }

    function test_propose_refusesAnyTimeThatIsNotToCome(uint40 validUntil) public {
        _refuseUntil(uint40(between(validUntil, 0, NOW)));
        _refuseUntil(NOW);
    }

    function test_propose_putsTheProposalOnRecordAndIntoNoForce() public {
        vm.expectEmit();
        emit IAgreements.AgreementProposed(NEW, assemblerId, steelId, TERMS, NOW + 1);
        vm.prank(assembler);
        agreements.propose(NEW, steelId, TERMS, NOW + 1);
        IAgreements.Agreement memory found = agreements.agreementOf(NEW);
        vm.assertEq(found.providerId, assemblerId);
        vm.assertEq(found.receiverId, steelId);
        vm.assertEq(found.termsHash, TERMS);
        vm.assertEq(found.validUntil, NOW + 1);
        vm.assertEq(uint256(found.acceptedAt) + found.endedAt + found.demandedAt + found.confirmedAt, 0);
        vm.assertFalse(agreements.inForce(NEW, NOW));
        vm.assertFalse(agreements.inForce(NEW, 0));
        assertRecord(0, 0, 0, 0);
    }

    function test_agreementOf_refusesAnIdThatIsNotThere() public {
        vm.expectRevert(abi.encodeWithSelector(IAgreements.AgreementsUnknown.selector, NEW));
        agreements.agreementOf(NEW);
        vm.assertFalse(agreements.inForce(NEW, NOW));
    }

    function _refuseUntil(uint40 validUntil) private {
        bytes4 expired = IAgreements.AgreementsExpired.selector;
        _refuse(NEW, partsId, TERMS, validUntil, abi.encodeWithSelector(expired, NEW, validUntil));
    }

    function _refuse(bytes16 agreementId, bytes16 receiverId, bytes32 hash, uint40 until, bytes memory refusal)
        private
    {
        refused(steel, abi.encodeCall(IAgreements.propose, (agreementId, receiverId, hash, until)), refusal);
    }
}
