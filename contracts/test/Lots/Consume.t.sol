// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

contract LotsConsumeTest is LotsWorld {
    bytes32 private constant PURPOSE = keccak256("sold to consumers");

    bytes16 private _coil;

    function setUp() public override {
        super.setUp();
        _coil = lotWith(steel, "coil", 1000, 700, 300);
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(_coil), 100, "");
    }

    function test_consume_burnsAndSaysWhatStaysWithTheConsumer() public {
        vm.prank(parts);
        vm.expectEmit();
        emit IERC1155.TransferSingle(parts, parts, address(0), uint128(_coil), 10);
        vm.expectEmit();
        // 334 of 1000 µg came along with 100 units, 234 of them primary; a tenth of each, rounded up.
        emit ILots.LotConsumed(_coil, partsId, 10, 34, 24, PURPOSE);
        lots.consume(_coil, 10, PURPOSE);
        ILots.Position memory rest = lots.positionOf(_coil, parts);
        vm.assertEq(rest.quantity, 90);
        vm.assertEq(rest.co2Ug, 334 - 34);
        vm.assertEq(rest.primaryUg, 234 - 24);
    }

    function testFuzz_consume_takesWhatShareOfSaid(uint256 quantity) public {
        quantity = between(quantity, 1, 200);
        (uint64 co2Ug, uint64 primaryUg) = lots.shareOf(_coil, steel, quantity);
        vm.prank(steel);
        vm.expectEmit();
        emit ILots.LotConsumed(_coil, steelId, uint64(quantity), co2Ug, primaryUg, 0);
        lots.consume(_coil, uint64(quantity), 0);
        vm.assertEq(lots.balanceOf(steel, uint128(_coil)), 200 - quantity);
    }

    function test_consume_ofEverythingLeavesNothing() public {
        vm.prank(parts);
        lots.consume(_coil, 100, PURPOSE);
        vm.prank(steel);
        lots.consume(_coil, 200, PURPOSE);
        ILots.Position memory rest = lots.positionOf(_coil, steel);
        vm.assertEq(rest.quantity + rest.co2Ug + rest.primaryUg, 0);
        _refuse(steel, _coil, 1, abi.encodeWithSelector(ILots.LotsInsufficient.selector, _coil, 0, 1));
        _refuse(parts, _coil, 1, abi.encodeWithSelector(ILots.LotsInsufficient.selector, _coil, 0, 1));
    }

    function test_consume_refusesMoreThanIsHeld() public {
        _refuse(parts, _coil, 101, abi.encodeWithSelector(ILots.LotsInsufficient.selector, _coil, 100, 101));
        _refuse(assembler, _coil, 1, abi.encodeWithSelector(ILots.LotsInsufficient.selector, _coil, 0, 1));
    }

    function test_consume_refusesNothingAndTooMuch() public {
        _refuse(parts, _coil, 0, abi.encodeWithSelector(ILots.LotsZeroQuantity.selector));
        _refuse(parts, _coil, 1 << 42, abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, uint256(1) << 42));
        _refuse(
            parts,
            _coil,
            type(uint64).max,
            abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, uint256(type(uint64).max))
        );
    }

    function test_consume_refusesAnUnknownLotAndAStranger() public {
        _refuse(parts, id("nothing"), 1, abi.encodeWithSelector(ILots.LotsUnknownLot.selector, id("nothing")));
        _refuse(
            stranger,
            _coil,
            1,
            abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger)
        );
    }

    function _refuse(address holder, bytes16 lotId, uint64 quantity, bytes memory reason) private {
        vm.prank(holder);
        vm.expectRevert(reason);
        lots.consume(lotId, quantity, PURPOSE);
    }

    function test_consume_ofTheLargestLotAtOnce() public {
        uint64 most = (1 << 42) - 1;
        bytes16 lotId = lotWith(steel, "largest", 1_000_000, 300_000, most);
        vm.prank(steel);
        lots.consume(lotId, most, 0);
        vm.assertEq(lots.positionOf(lotId, steel).quantity, 0);
        vm.assertEq(lots.positionOf(lotId, steel).co2Ug, 0);
    }
}
