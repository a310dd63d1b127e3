// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

contract CreditsRecordTest is CreditsWorld {
    function test_record_keepsTheReductionForItsContributor() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        bytes[] memory list = signatures(credits.digestOf(reduction), 2);
        bytes32 expected = keccak256(abi.encode(ROOF, START, END));
        vm.expectEmit();
        emit ICredits.ReductionRecorded(
            expected, PROGRAMME, ROOF, partsId, START, END, 5, BASELINE_PG, keccak256("evidence")
        );
        vm.prank(stranger);
        vm.assertEq(credits.record(reduction, list), expected);
        (uint96 reductionUg, bool bundled) = credits.reductionOf(expected);
        vm.assertEq(reductionUg, 5);
        vm.assertFalse(bundled);
    }

    function test_record_refusesTheSameReductionTwice() public {
        recorded(reductionOf(ROOF, 5));
        _refuse(reductionOf(ROOF, 5), _invalidPeriod(START, END));
    }

    function test_record_refusesAPeriodThatOverlapsTheLastOneByASecond() public {
        hourly(0, 5);
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        reduction.periodStart = START + 1 hours - 1;
        _refuse(reduction, _invalidPeriod(START + 1 hours - 1, END));
        reduction.periodStart = START + 1 hours;
        recorded(reduction);
    }

    function test_record_refusesAPeriodBeforeTheLastOne() public {
        hourly(1, 5);
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        reduction.periodEnd = START + 1 hours;
        _refuse(reduction, _invalidPeriod(START, START + 1 hours));
    }

    function test_record_refusesAnEmptyPeriodAndOneThatEndsInTheFuture() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        reduction.periodStart = END;
        _refuse(reduction, _invalidPeriod(END, END));
        (reduction.periodStart, reduction.periodEnd) = (START, NOW + 1);
        _refuse(reduction, _invalidPeriod(START, NOW + 1));
        reduction.periodEnd = NOW;
        recorded(reduction);
    }

    function test_record_refusesEquipmentThatIsNotEnrolledThere() public {
        _refuse(
            reductionOf(id("boiler"), 5),
            abi.encodeWithSelector(ICredits.CreditsNotEnrolled.selector, id("boiler"), PROGRAMME)
        );
        vm.prank(assembler);
        credits.createProgramme(id("second"), METHODOLOGY);
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        reduction.programmeId = id("second");
        _refuse(reduction, abi.encodeWithSelector(ICredits.CreditsNotEnrolled.selector, ROOF, id("second")));
    }

    function test_record_refusesAnUnknownProgramme() public {
        ICredits.Reduction memory reduction = reductionOf(id("boiler"), 5);
        reduction.programmeId = 0;
        _refuse(reduction, abi.encodeWithSelector(ICredits.CreditsUnknownProgramme.selector, bytes16(0)));
    }

    function test_record_refusesAnotherMethodology() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        reduction.methodologyId = FORMULA;
        _refuse(reduction, abi.encodeWithSelector(ICredits.CreditsWrongMethodology.selector, FORMULA, METHODOLOGY));
    }

    function test_record_refusesAReductionOfZero() public {
        _refuse(reductionOf(ROOF, 0), abi.encodeWithSelector(ICredits.CreditsZeroReduction.selector));
    }

    function test_record_refusesAnAttestationAfterItsDeadline() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        vm.warp(uint256(reduction.deadline) + 1);
        _refuse(reduction, abi.encodeWithSelector(ICredits.CreditsExpired.selector, reduction.deadline));
        vm.warp(reduction.deadline);
        recorded(reduction);
    }

    function test_record_refusesTooFewSignatures() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        bytes[] memory list = signatures(credits.digestOf(reduction), 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.OracleQuorumTooFewSignatures.selector, 1, 2));
        credits.record(reduction, list);
    }

    function test_record_refusesSignaturesOfAnotherChainContractOrAmount() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        bytes[] memory list = signatures(credits.digestOf(reduction), 2);
        vm.chainId(1);
        _assertUnsigned(reduction, list);
        vm.chainId(31337);
        reduction.reductionUg = 6;
        _assertUnsigned(reduction, list);
        reduction.reductionUg = 5;
        reduction.deadline += 1;
        _assertUnsigned(reduction, list);
        reduction.deadline -= 1;
        _assertUnsigned(reduction, signatures(newCredits().digestOf(reduction), 2));
        credits.record(reduction, list);
    }

    function test_digestOf_isThatOfTheTypedDataStandard() public view {
        bytes32 typeHash = keccak256(
            "Reduction(bytes16 equipmentId,bytes16 programmeId,uint40 periodStart,uint40 periodEnd,uint96 reductionUg,uint64 baselinePg,uint40 deadline,bytes32 methodologyId,bytes32 evidenceRoot)"
        );
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tanso Credits"),
                keccak256("1"),
                block.chainid,
                address(credits)
            )
        );
        // All members are static, so the struct encodes as its members one after the other.
        bytes32 structHash = keccak256(abi.encode(typeHash, reduction));
        vm.assertEq(credits.digestOf(reduction), keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }

    function test_record_refusesAReductionAgainstAnotherBaselineThanLotsAreCharged() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        reduction.baselinePg = BASELINE_PG + 1;
        _refuse(
            reduction,
            abi.encodeWithSelector(ICredits.CreditsWrongBaseline.selector, ROOF, BASELINE_PG + 1, BASELINE_PG)
        );
        reduction.baselinePg = BASELINE_PG - 1;
        _refuse(
            reduction,
            abi.encodeWithSelector(ICredits.CreditsWrongBaseline.selector, ROOF, BASELINE_PG - 1, BASELINE_PG)
        );
    }

    function test_record_refusesAReductionFromBeforeTheBusinessRanTheEquipment() public {
        vm.prank(parts);
        equipment.transferFrom(parts, steel, uint128(ROOF));
        vm.assertEq(equipment.heldSince(ROOF), NOW);
        _refuse(reductionOf(ROOF, 5), _invalidPeriod(START, END));
        vm.warp(NOW + 2 hours);
        ICredits.Reduction memory reduction = reductionOf(ROOF, 5);
        (reduction.periodStart, reduction.periodEnd, reduction.deadline) = (NOW - 1, NOW + 1 hours, NOW + 3 hours);
        _refuse(reduction, _invalidPeriod(NOW - 1, NOW + 1 hours));
        reduction.periodStart = NOW;
        bytes[] memory list = signatures(credits.digestOf(reduction), 2);
        vm.expectEmit();
        emit ICredits.ReductionRecorded(
            keccak256(abi.encode(ROOF, NOW, NOW + 1 hours)),
            PROGRAMME,
            ROOF,
            steelId,
            NOW,
            NOW + 1 hours,
            5,
            BASELINE_PG,
            keccak256("evidence")
        );
        credits.record(reduction, list);
    }

    function _refuse(ICredits.Reduction memory reduction, bytes memory reason) private {
        bytes[] memory list = signatures(credits.digestOf(reduction), 2);
        vm.expectRevert(reason);
        credits.record(reduction, list);
    }

    /// @dev The signatures recover to other, unknown signers, in this or that order.
    function _assertUnsigned(ICredits.Reduction memory reduction, bytes[] memory list) private {
        (bool accepted, bytes memory answer) = address(credits).call(abi.encodeCall(ICredits.record, (reduction, list)));
        vm.assertFalse(accepted);
        vm.assertTrue(
            bytes4(answer) == IOracleQuorum.OracleQuorumUnknownKey.selector
                || bytes4(answer) == IOracleQuorum.OracleQuorumUnsorted.selector
        );
    }

    function _invalidPeriod(uint40 periodStart, uint40 periodEnd) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICredits.CreditsInvalidPeriod.selector, ROOF, periodStart, periodEnd);
    }
}
