// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
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

    function test_transfer_byAnOperatorOfTheHolderAndByWhoIsApprovedForThePiece() public {
        vm.prank(steel);
        equipment.setApprovalForAll(stranger, true);
        vm.assertTrue(equipment.isApprovedForAll(steel, stranger));
        vm.assertFalse(equipment.isApprovedForAll(stranger, steel));
        vm.prank(stranger);
        equipment.transferFrom(steel, parts, uint128(FURNACE));
        vm.assertEq(equipment.ownerOf(uint128(FURNACE)), parts);
        vm.prank(parts);
        equipment.approve(assembler, uint128(FURNACE));
        vm.assertEq(equipment.getApproved(uint128(FURNACE)), assembler);
        vm.prank(assembler);
        equipment.transferFrom(parts, steel, uint128(FURNACE));
        vm.assertEq(equipment.ownerOf(uint128(FURNACE)), steel);
    }

    function test_heldSince_isWhenTheHolderTookItOver() public {
        vm.assertEq(equipment.heldSince(FURNACE), 0);
        vm.prank(steel);
        equipment.transferFrom(steel, parts, uint128(FURNACE));
        vm.assertEq(equipment.heldSince(FURNACE), NOW);
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
        equipment.heldSince(id("nothing"));
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
        equipment.baselineOf(id("nothing"));
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
        equipment.equipmentOf(id("nothing"));
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentUnknown.selector, id("nothing")));
        equipment.placeOf(id("nothing"), 0);
    }

    function test_transfer_moreThan255TimesIsRefused() public {
        address[2] memory holders = [steel, parts];
        for (uint256 i = 0; i < 255; ++i) {
            vm.prank(holders[i % 2]);
            equipment.transferFrom(holders[i % 2], holders[(i + 1) % 2], uint128(FURNACE));
        }
        vm.assertEq(equipment.placeOf(FURNACE, 255).holding(), 255);
        vm.assertEq(equipment.placeOf(FURNACE, 254).holding(), 254);
        vm.expectRevert(abi.encodeWithSelector(IEquipment.EquipmentMovedTooOften.selector, FURNACE, steelId));
        vm.prank(parts);
        equipment.transferFrom(parts, steel, uint128(FURNACE));
    }
}
