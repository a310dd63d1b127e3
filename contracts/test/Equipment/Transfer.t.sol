// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";

contract EquipmentTransferTest is World {
    bytes16 private immutable FURNACE = id("furnace");

    function setUp() public override {
        super.setUp();
        vm.prank(steel);
        equipment.register(FURNACE, Unit.Second);
    }

    function test_transfer_toARegisteredBusinessKeepsTheUnit() public {
        vm.prank(steel);
        equipment.transferFrom(steel, parts, uint128(FURNACE));
        (address holder, Unit unit) = equipment.equipmentOf(FURNACE);
        vm.assertEq(holder, parts);
        vm.assertTrue(unit == Unit.Second);
    }

    function test_transfer_toAStrangerIsRefused() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        equipment.transferFrom(steel, stranger, uint128(FURNACE));
    }

    function test_transfer_bySomebodyElseIsRefused() public {
        vm.prank(parts);
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, parts, uint256(uint128(FURNACE)))
        );
        equipment.transferFrom(steel, parts, uint128(FURNACE));
    }
}
