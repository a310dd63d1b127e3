// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {Unit} from "src/interfaces/Types.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

contract CreditsEnrolTest is CreditsWorld {
    bytes16 private immutable BOILER = id("boiler");

    function setUp() public override {
        super.setUp();
        vm.prank(steel);
        equipment.register(BOILER, Unit.Second);
    }

    function test_enrol_isAnnouncedWithItsBusiness() public {
        vm.prank(steel);
        vm.expectEmit();
        emit ICredits.EquipmentEnrolled(PROGRAMME, BOILER, steelId, BASELINE_PG, 0);
        credits.enrol(PROGRAMME, BOILER, BASELINE_PG);
    }

    function test_enrol_refusesEquipmentThatIsEnrolledInThisOrAnotherProgramme() public {
        vm.prank(assembler);
        credits.createProgramme(id("second"), METHODOLOGY);
        bytes memory reason = abi.encodeWithSelector(ICredits.CreditsEnrolled.selector, ROOF, PROGRAMME);
        _refuse(parts, PROGRAMME, ROOF, reason);
        _refuse(parts, id("second"), ROOF, reason);
    }

    function test_enrol_staysWithEquipmentThatIsSold() public {
        vm.prank(parts);
        equipment.transferFrom(parts, steel, uint128(ROOF));
        bytes memory reason = abi.encodeWithSelector(ICredits.CreditsEnrolled.selector, ROOF, PROGRAMME);
        _refuse(steel, PROGRAMME, ROOF, reason);
    }

    function test_enrol_refusesEquipmentOfAnotherBusiness() public {
        // Not even the operator may give away what is not its own.
        bytes memory reason = abi.encodeWithSelector(ICredits.CreditsNotOwnEquipment.selector, BOILER);
        _refuse(assembler, PROGRAMME, BOILER, reason);
    }

    function test_enrol_refusesUnknownEquipment() public {
        bytes memory reason = abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing"));
        _refuse(steel, PROGRAMME, id("nothing"), reason);
    }

    function test_enrol_refusesAnUnknownProgramme() public {
        bytes memory reason = abi.encodeWithSelector(ICredits.CreditsUnknownProgramme.selector, id("nothing"));
        _refuse(steel, id("nothing"), BOILER, reason);
    }

    function test_enrol_refusesAnUnregisteredCaller() public {
        bytes memory reason =
            abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger);
        _refuse(stranger, PROGRAMME, BOILER, reason);
    }

    function test_enrol_refusesABaselineOfZero() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentZeroBaseline.selector, BOILER));
        credits.enrol(PROGRAMME, BOILER, 0);
    }

    function test_enrol_countsFromTheEndOfWhatWasReportedOfTheBusiness() public {
        bytes16 furnace = measured(steel, "furnace", 5);
        vm.prank(steel);
        vm.expectEmit();
        emit ICredits.EquipmentEnrolled(PROGRAMME, BOILER, steelId, BASELINE_PG, END);
        credits.enrol(PROGRAMME, BOILER, BASELINE_PG);
        vm.prank(steel);
        vm.expectEmit();
        emit IEquipment.EquipmentBaselineSet(furnace, BASELINE_PG, END);
        credits.enrol(PROGRAMME, furnace, BASELINE_PG);
        (uint64 baselinePg, uint40 from) = equipment.baselineOf(furnace);
        vm.assertEq(baselinePg, BASELINE_PG);
        vm.assertEq(from, END);
    }

    function test_enrol_isWhatGivesABaseline() public {
        (uint64 baselinePg, uint40 from) = equipment.baselineOf(BOILER);
        vm.assertEq(baselinePg, 0);
        vm.assertEq(from, 0);
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
        equipment.baselineOf(id("nothing"));
    }

    function test_enrol_countsFromWhenTheBusinessTookTheEquipmentOver() public {
        vm.prank(steel);
        equipment.transferFrom(steel, parts, uint128(BOILER));
        vm.prank(parts);
        vm.expectEmit();
        emit ICredits.EquipmentEnrolled(PROGRAMME, BOILER, partsId, BASELINE_PG, NOW);
        credits.enrol(PROGRAMME, BOILER, BASELINE_PG);
    }

    function test_enrol_leavesNoReductionOfWhatLotsMayHaveBeenChargedAlready() public {
        bytes16 furnace = measured(steel, "furnace", 5);
        vm.prank(steel);
        credits.enrol(PROGRAMME, furnace, BASELINE_PG);
        vm.warp(END + 2 hours);
        ICredits.Reduction memory reduction = reductionOf(furnace, TONNE);
        (reduction.periodStart, reduction.periodEnd, reduction.deadline) = (END - 1, END + 1, END + 2 hours);
        bytes[] memory list = signatures(credits.digestOf(reduction), 2);
        vm.expectRevert(abi.encodeWithSelector(ICredits.CreditsInvalidPeriod.selector, furnace, END - 1, END + 1));
        credits.record(reduction, list);
        reduction.periodStart = END;
        recorded(reduction);
    }

    function _refuse(address caller, bytes16 programmeId, bytes16 equipmentId, bytes memory reason) private {
        vm.prank(caller);
        vm.expectRevert(reason);
        credits.enrol(programmeId, equipmentId, BASELINE_PG);
    }
}
