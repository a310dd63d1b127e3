// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice A producer that also got goods of its own lot back ships what it kept first, and consumes it last.
contract LotsShipReturnedTest is LotsWorld {
    bytes16 private _coil;
    uint256 private _token;

    /// @dev Of ten pieces steel kept six, with 601 µg, of them 420 primary; three came back, with 302 and 211.
    function setUp() public override {
        super.setUp();
        _coil = lotWith(steel, "coil", 1003, 701, 10);
        _token = uint128(_coil);
        _ship(steel, parts, 4);
        _assertPosition(parts, 4, 402, 281);
        _ship(parts, steel, 3);
        _assertPosition(parts, 1, 100, 70);
        _assertPosition(steel, 9, 903, 631);
    }

    function test_ship_ofReturnedGoodsTakesWhatWasKeptFirst() public {
        _ship(steel, assembler, 8);
        // All that was kept, and two thirds of what came back, rounded up.
        _assertPosition(assembler, 8, 601 + 202, 420 + 141);
        _assertPosition(steel, 1, 100, 70);
    }

    function test_ship_ofAllThatIsKeptAndReturnedLeavesNothing() public {
        _ship(steel, assembler, 9);
        _assertPosition(assembler, 9, 903, 631);
        _assertPosition(steel, 0, 0, 0);
    }

    function test_ship_ofMoreThanIsKeptAndReturnedIsRefusedWithBoth() public {
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, steel, 9, 10, _token)
        );
        _ship(steel, assembler, 10);
    }

    function test_ship_ofLessThanIsKeptLeavesWhatCameBack() public {
        _ship(steel, assembler, 6);
        _assertPosition(assembler, 6, 601, 420);
        _assertPosition(steel, 3, 302, 211);
    }

    function test_consume_takesWhatCameBackFirst() public {
        _consume(2, 202, 141);
        _assertPosition(steel, 7, 701, 490);
        // The last piece that came back, and one of the six that were kept: of these, 501 µg stay, rounded down.
        _consume(2, 100 + 100, 70 + 70);
        _assertPosition(steel, 5, 501, 350);
    }

    function test_consume_ofMoreThanIsKeptAndReturnedIsRefusedWithBoth() public {
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsInsufficient.selector, _coil, 9, 10));
        vm.prank(steel);
        lots.consume(_coil, 10, 0);
    }

    function test_shareOf_nothingIsNothingAlsoOfAnUnknownLot() public view {
        (uint64 co2Ug, uint64 primaryUg) = lots.shareOf(_coil, steel, 0);
        vm.assertEq(co2Ug + primaryUg, 0);
        (co2Ug, primaryUg) = lots.shareOf(id("no lot"), stranger, 0);
        vm.assertEq(co2Ug + primaryUg, 0);
    }

    function _consume(uint64 quantity, uint256 co2Ug, uint256 primaryUg) private {
        (uint64 shareUg, uint64 sharePrimaryUg) = lots.shareOf(_coil, steel, quantity);
        vm.assertEq(shareUg, co2Ug);
        vm.assertEq(sharePrimaryUg, primaryUg);
        vm.prank(steel);
        lots.consume(_coil, quantity, 0);
    }

    function _ship(address from, address to, uint256 quantity) private {
        vm.prank(from);
        lots.ship(_token, (uint256(uint160(to)) << 96) | quantity);
    }

    function _assertPosition(address holder, uint256 quantity, uint256 co2Ug, uint256 primaryUg) private view {
        ILots.Position memory position = lots.positionOf(_coil, holder);
        vm.assertEq(position.quantity, quantity, "quantity");
        vm.assertEq(position.co2Ug, co2Ug, "CO2");
        vm.assertEq(position.primaryUg, primaryUg, "primary part");
        vm.assertEq(lots.balanceOf(holder, _token), quantity);
    }
}
