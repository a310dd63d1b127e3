// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {Unit} from "src/interfaces/Types.sol";
import {CallingReceiver} from "../utils/CallingReceiver.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

contract CreditsBundleTest is CreditsWorld {
    function test_bundle_issuesWholeTonnesOverContributorsAndCarriesTheRest() public {
        enrolled(steel, id("boiler"));
        bytes32[] memory list = new bytes32[](2);
        list[0] = recorded(reductionOf(ROOF, 600e9));
        list[1] = recorded(reductionOf(id("boiler"), 1_500e9));
        vm.prank(assembler);
        vm.expectEmit();
        emit ICredits.ReductionBundled(PROGRAMME, list[0], partsId, 600e9);
        vm.expectEmit();
        emit ICredits.ReductionBundled(PROGRAMME, list[1], steelId, 1_500e9);
        vm.expectEmit();
        emit ICredits.CreditsIssued(PROGRAMME, 2, 100e9);
        vm.assertEq(credits.bundle(PROGRAMME, list), 2);
        vm.assertEq(credits.balanceOf(assembler, TOKEN), 2);
        _assertProgramme(100e9, 2);
        (, bool bundled) = credits.reductionOf(list[1]);
        vm.assertTrue(bundled);
    }

    function test_bundle_belowATonneIssuesNothingUntilItsLastMicrogram() public {
        vm.assertEq(bundle(hourly(0, TONNE - 1)), 0);
        _assertProgramme(TONNE - 1, 0);
        vm.assertEq(bundle(hourly(1, 1)), 1);
        _assertProgramme(0, 1);
    }

    function test_bundle_belowATonneMintsNothingNotEvenZero() public {
        bytes32 reductionId = hourly(0, TONNE - 1);
        vm.recordLogs();
        bundle(reductionId);
        // ReductionBundled and CreditsIssued, and no transfer of zero tokens.
        vm.assertEq(vm.getRecordedLogs().length, 2);
    }

    function testFuzz_bundle_issuesAndCarriesExactlyWhatWasReduced(uint96 first, uint96 second, uint96 third) public {
        // Less than 2^96 µg in all, so that the sum below fits the ledger's own numbers.
        uint96[3] memory pieces = [first / 3 + 1, second / 3 + 1, third / 3 + 1];
        uint256 sum;
        for (uint40 i = 0; i < 3; ++i) {
            sum += pieces[i];
            bundle(hourly(i, pieces[i]));
            ICredits.Programme memory programme = credits.programmeOf(PROGRAMME);
            vm.assertEq(uint256(programme.issuedTonnes) * TONNE + programme.carriedUg, sum);
            vm.assertLt(programme.carriedUg, TONNE);
            vm.assertEq(credits.balanceOf(assembler, TOKEN), programme.issuedTonnes);
        }
    }

    function test_bundle_refusesAReductionTwice() public {
        bytes32 reductionId = hourly(0, 5);
        bundle(reductionId);
        _refuse(only(reductionId), abi.encodeWithSelector(ICredits.CreditsReductionBundled.selector, reductionId));
    }

    function test_bundle_refusesAReductionTwiceInOneBundle() public {
        bytes32[] memory list = new bytes32[](2);
        list[0] = hourly(0, 5);
        list[1] = list[0];
        _refuse(list, abi.encodeWithSelector(ICredits.CreditsReductionBundled.selector, list[0]));
    }

    function test_bundle_refusesAnUnknownReduction() public {
        _refuse(only("x"), abi.encodeWithSelector(ICredits.CreditsUnknownReduction.selector, bytes32("x")));
    }

    function test_bundle_refusesAReductionOfAnotherProgramme() public {
        bytes32 reductionId = hourly(0, 5);
        vm.startPrank(assembler);
        credits.createProgramme(id("second"), METHODOLOGY);
        vm.expectRevert(abi.encodeWithSelector(ICredits.CreditsUnknownReduction.selector, reductionId));
        credits.bundle(id("second"), only(reductionId));
        vm.stopPrank();
    }

    function test_bundle_refusesNothing() public {
        _refuse(new bytes32[](0), abi.encodeWithSelector(ICredits.CreditsZeroAmount.selector));
    }

    function test_bundle_refusesAnyoneButTheOperator() public {
        bytes32 reductionId = hourly(0, 5);
        vm.prank(parts);
        vm.expectRevert(abi.encodeWithSelector(ICredits.CreditsNotOperator.selector, PROGRAMME, partsId));
        credits.bundle(PROGRAMME, only(reductionId));
    }

    function test_bundle_refusesAnUnknownProgramme() public {
        vm.prank(assembler);
        vm.expectRevert(abi.encodeWithSelector(ICredits.CreditsUnknownProgramme.selector, id("nothing")));
        credits.bundle(id("nothing"), only("x"));
    }

    function test_bundle_meetsAReceiverThatBundlesAgainAndRetires() public {
        GreedyOperator operator = new GreedyOperator(credits, id("greedy programme"));
        businesses.register(id("greedy"), address(operator), keccak256("https://greedy.example"));
        manager.grantRole(AGGREGATOR, address(operator), 0);
        operator.create(METHODOLOGY);
        vm.startPrank(steel);
        equipment.register(id("boiler"), Unit.Second);
        credits.enrol(id("greedy programme"), id("boiler"), BASELINE_PG);
        vm.stopPrank();
        ICredits.Reduction memory reduction = reductionOf(id("boiler"), 3 * TONNE);
        reduction.programmeId = id("greedy programme");
        operator.bundle(recorded(reduction));
        vm.assertEq(operator.answer(), ICredits.CreditsReductionBundled.selector);
        ICredits.Programme memory programme = credits.programmeOf(id("greedy programme"));
        vm.assertEq(programme.issuedTonnes, 3);
        vm.assertEq(programme.retiredTonnes, 1);
        vm.assertEq(credits.balanceOf(address(operator), uint128(id("greedy programme"))), 2);
    }

    function _refuse(bytes32[] memory list, bytes memory reason) private {
        vm.prank(assembler);
        vm.expectRevert(reason);
        credits.bundle(PROGRAMME, list);
    }

    function _assertProgramme(uint96 carriedUg, uint64 issuedTonnes) private view {
        ICredits.Programme memory programme = credits.programmeOf(PROGRAMME);
        vm.assertEq(programme.carriedUg, carriedUg);
        vm.assertEq(programme.issuedTonnes, issuedTonnes);
    }
}

/// @notice An operator whose hook bundles the same reduction again and retires a tonne of what it gets.
contract GreedyOperator is CallingReceiver {
    ICredits private immutable CREDITS;
    bytes16 private immutable PROGRAMME;
    bytes32[] private _list;
    bytes4 public answer;

    constructor(ICredits credits, bytes16 programmeId) {
        (CREDITS, PROGRAMME) = (credits, programmeId);
    }

    function create(bytes32 methodologyId) external {
        CREDITS.createProgramme(PROGRAMME, methodologyId);
    }

    function bundle(bytes32 reductionId) external {
        _list.push(reductionId);
        CREDITS.bundle(PROGRAMME, _list);
    }

    function _callBack() internal override {
        (, bytes memory data) = address(CREDITS).call(abi.encodeCall(ICredits.bundle, (PROGRAMME, _list)));
        answer = bytes4(data);
        CREDITS.retire(PROGRAMME, 1, 0, 0);
    }
}
