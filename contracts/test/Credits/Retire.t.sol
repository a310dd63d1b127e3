// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

/// @notice Credits may be sold to anyone and retired by whoever holds them.
contract CreditsRetireTest is CreditsWorld {
    bytes32 private constant PURPOSE = keccak256("a product sold with an offset");

    function setUp() public override {
        super.setUp();
        bundle(hourly(0, 5 * TONNE + 1));
        vm.prank(assembler);
        credits.safeTransferFrom(assembler, stranger, TOKEN, 3, "");
    }

    function test_retire_burnsAndLeavesANumberedCertificate() public {
        vm.startPrank(stranger);
        vm.expectEmit();
        emit ICredits.CreditsRetired(1, PROGRAMME, stranger, 2, steelId, PURPOSE);
        vm.assertEq(credits.retire(PROGRAMME, 2, steelId, PURPOSE), 1);
        vm.assertEq(credits.retire(PROGRAMME, 1, 0, PURPOSE), 2);
        vm.stopPrank();
        ICredits.Certificate memory certificate = credits.certificateOf(1);
        vm.assertEq(certificate.programmeId, PROGRAMME);
        vm.assertEq(certificate.account, stranger);
        vm.assertEq(certificate.tonnes, 2);
        vm.assertEq(certificate.beneficiaryId, steelId);
        vm.assertEq(certificate.purposeHash, PURPOSE);
        vm.assertEq(credits.certificateOf(2).beneficiaryId, bytes16(0));
        vm.assertEq(credits.balanceOf(stranger, TOKEN), 0);
        vm.assertEq(credits.programmeOf(PROGRAMME).retiredTonnes, 3);
        vm.assertEq(credits.programmeOf(PROGRAMME).issuedTonnes, 5);
    }

    function test_safeTransferFrom_byAnotherAccountTakesTheHoldersApproval() public {
        bytes memory refusal =
            abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, parts, stranger);
        vm.prank(parts);
        vm.expectRevert(refusal);
        credits.safeTransferFrom(stranger, parts, TOKEN, 3, "");
        vm.prank(stranger);
        credits.setApprovalForAll(parts, true);
        vm.prank(parts);
        credits.safeTransferFrom(stranger, parts, TOKEN, 3, "");
        vm.assertEq(credits.balanceOf(parts, TOKEN), 3);
    }

    function test_retire_refusesToRetireTwice() public {
        vm.prank(stranger);
        credits.retire(PROGRAMME, 3, 0, PURPOSE);
        _refuse(PROGRAMME, 1, 0, _insufficient(0, 1));
    }

    function test_retire_refusesMoreThanHeld() public {
        _refuse(PROGRAMME, 4, 0, _insufficient(3, 4));
        _refuse(PROGRAMME, type(uint64).max, 0, _insufficient(3, type(uint64).max));
    }

    function test_retire_refusesZeroTonnes() public {
        _refuse(PROGRAMME, 0, 0, abi.encodeWithSelector(ICredits.CreditsZeroAmount.selector));
    }

    function test_retire_refusesAnUnknownProgramme() public {
        _refuse(id("nothing"), 1, 0, abi.encodeWithSelector(ICredits.CreditsUnknownProgramme.selector, id("nothing")));
    }

    function test_retire_refusesAnUnknownBeneficiary() public {
        bytes memory reason = abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownId.selector, id("nobody"));
        _refuse(PROGRAMME, 1, id("nobody"), reason);
    }

    function test_certificateOf_isAllZeroWhenThereIsNone() public view {
        vm.assertEq(credits.certificateOf(1).tonnes, 0);
        vm.assertEq(credits.certificateOf(1).account, address(0));
    }

    function _refuse(bytes16 programmeId, uint64 tonnes, bytes16 beneficiaryId, bytes memory reason) private {
        vm.prank(stranger);
        vm.expectRevert(reason);
        credits.retire(programmeId, tonnes, beneficiaryId, PURPOSE);
    }

    function _insufficient(uint256 held, uint256 needed) private view returns (bytes memory) {
        return abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, stranger, held, needed, TOKEN);
    }
}
