// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

contract CreditsCreateProgrammeTest is CreditsWorld {
    function test_createProgramme_isRunByTheCallersBusiness() public {
        vm.prank(assembler);
        vm.expectEmit();
        emit ICredits.ProgrammeCreated(id("second"), assemblerId, METHODOLOGY);
        credits.createProgramme(id("second"), METHODOLOGY);
        ICredits.Programme memory programme = credits.programmeOf(id("second"));
        vm.assertEq(programme.businessId, assemblerId);
        vm.assertEq(programme.methodologyId, METHODOLOGY);
        vm.assertEq(programme.carriedUg + programme.issuedTonnes + programme.retiredTonnes, 0);
    }

    function test_createProgramme_refusesAZeroId() public {
        _refuse(assembler, 0, METHODOLOGY, abi.encodeWithSelector(ICredits.CreditsZeroId.selector));
    }

    function test_createProgramme_refusesATakenId() public {
        bytes memory reason = abi.encodeWithSelector(ICredits.CreditsProgrammeExists.selector, PROGRAMME);
        _refuse(assembler, PROGRAMME, METHODOLOGY, reason);
    }

    function test_createProgramme_refusesAnUnknownMethodology() public {
        bytes memory reason = abi.encodeWithSelector(IFormulaRegistry.FormulaRegistryUnknown.selector, bytes32("x"));
        _refuse(assembler, id("second"), "x", reason);
    }

    function test_createProgramme_refusesAnAggregatorThatIsNoBusiness() public {
        manager.grantRole(AGGREGATOR, stranger, 0);
        bytes memory reason =
            abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger);
        _refuse(stranger, id("second"), METHODOLOGY, reason);
    }

    function test_createProgramme_refusesACallerWithoutTheRole() public {
        bytes memory reason = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, parts);
        _refuse(parts, id("second"), METHODOLOGY, reason);
    }

    function test_programmeOf_refusesAnUnknownProgramme() public {
        vm.expectRevert(abi.encodeWithSelector(ICredits.CreditsUnknownProgramme.selector, id("second")));
        credits.programmeOf(id("second"));
    }

    function _refuse(address caller, bytes16 programmeId, bytes32 methodologyId, bytes memory reason) private {
        vm.prank(caller);
        vm.expectRevert(reason);
        credits.createProgramme(programmeId, methodologyId);
    }
}
