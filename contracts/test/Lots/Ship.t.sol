// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {Vm} from "../utils/Vm.sol";

/// @notice A transfer is a shipment: CO2 moves with the tokens, to the microgram.
contract LotsShipTest is LotsWorld {
    bytes16 private _coil;
    uint256 private _token;

    function setUp() public override {
        super.setUp();
        _coil = lotWith(steel, "coil", 10, 7, 3);
        _token = uint128(_coil);
    }

    function test_ship_movesCo2RoundedUpAndKeepsTheRest() public {
        vm.prank(steel);
        vm.expectEmitAnonymous();
        emit ILots.CarbonShipped((4 << 106) | (3 << 42) | 1);
        lots.safeTransferFrom(steel, parts, _token, 1, "");
        _assertPosition(steel, 2, 6, 4);
        _assertPosition(parts, 1, 4, 3);
    }

    function test_ship_ofAllMovesTheWholePosition() public {
        _ship(steel, parts, 3);
        _assertPosition(steel, 0, 0, 0);
        _assertPosition(parts, 3, 10, 7);
    }

    function test_ship_thereAndBackRestoresThePosition() public {
        _ship(steel, parts, 1);
        _ship(parts, steel, 1);
        _assertPosition(steel, 3, 10, 7);
        _assertPosition(parts, 0, 0, 0);
    }

    function test_ship_toOneselfChangesNothing() public {
        _ship(steel, steel, 2);
        _assertPosition(steel, 3, 10, 7);
        _ship(steel, steel, 3);
        _assertPosition(steel, 3, 10, 7);
    }

    function test_ship_ofNothingChangesNothing() public {
        _ship(steel, parts, 0);
        _assertPosition(steel, 3, 10, 7);
        _assertPosition(parts, 0, 0, 0);
    }

    function test_ship_ofNothingOfAnUnknownLotChangesNothing() public {
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, type(uint256).max, 0, "");
        _assertPosition(steel, 3, 10, 7);
    }

    function test_ship_ofNothingOrToOneselfIsNoShipment() public {
        vm.recordLogs();
        _ship(steel, steel, 2);
        _ship(steel, parts, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], IERC1155.TransferSingle.selector);
        vm.assertEq(logs[1].topics[0], IERC1155.TransferSingle.selector);
    }

    function test_ship_ofTheSameLotTwiceInABatchIsExact() public {
        (uint256[] memory tokens, uint256[] memory quantities) = _two(_token, 1, _token, 2);
        vm.prank(steel);
        vm.expectEmitAnonymous();
        emit ILots.CarbonShipped((4 << 106) | (3 << 42) | 1);
        vm.expectEmitAnonymous();
        emit ILots.CarbonShipped((6 << 106) | (4 << 42) | 2);
        lots.safeBatchTransferFrom(steel, parts, tokens, quantities, "");
        _assertPosition(steel, 0, 0, 0);
        _assertPosition(parts, 3, 10, 7);
    }

    function test_ship_ofTheSameLotTwiceBeyondWhatIsHeldIsRefused() public {
        (uint256[] memory tokens, uint256[] memory quantities) = _two(_token, 2, _token, 2);
        vm.prank(steel);
        vm.expectRevert(_insufficient(steel, 1, 2));
        lots.safeBatchTransferFrom(steel, parts, tokens, quantities, "");
    }

    function test_ship_ofSeveralLotsMovesEach() public {
        bytes16 bar = lotWith(steel, "bar", 8, 0, 2);
        (uint256[] memory tokens, uint256[] memory quantities) = _two(_token, 3, uint128(bar), 1);
        vm.prank(steel);
        lots.safeBatchTransferFrom(steel, parts, tokens, quantities, "");
        _assertPosition(parts, 3, 10, 7);
        vm.assertEq(lots.positionOf(bar, parts).co2Ug, 4);
        vm.assertEq(lots.positionOf(bar, steel).co2Ug, 4);
    }

    function test_ship_byAnApprovedOperatorIsTheHoldersShipment() public {
        vm.prank(steel);
        lots.setApprovalForAll(stranger, true);
        vm.prank(stranger);
        lots.safeTransferFrom(steel, parts, _token, 3, "");
        _assertPosition(parts, 3, 10, 7);
    }

    function test_ship_bySomebodyElseIsRefused() public {
        vm.prank(parts);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, parts, steel));
        lots.safeTransferFrom(steel, parts, _token, 1, "");
    }

    function test_ship_toAnUnregisteredAccountIsRefused() public {
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        lots.safeTransferFrom(steel, stranger, _token, 1, "");
    }

    function test_ship_beyondWhatIsHeldIsRefused() public {
        vm.prank(steel);
        vm.expectRevert(_insufficient(steel, 3, 4));
        lots.safeTransferFrom(steel, parts, _token, 4, "");
    }

    function testFuzz_ship_neverLosesAMicrogramAndRoundsUp(
        uint64 co2Ug,
        uint64 primaryUg,
        uint64 good,
        uint64 first,
        uint64 second
    ) public {
        co2Ug = uint64(between(co2Ug, 1, type(uint64).max));
        primaryUg = uint64(between(primaryUg, 0, co2Ug));
        good = uint64(between(good, 1, (1 << 42) - 1));
        first = uint64(between(first, 0, good));
        second = uint64(between(second, 0, first));
        _coil = lotWith(steel, "fuzzed", co2Ug, primaryUg, good);
        _token = uint128(_coil);
        _ship(steel, parts, first);
        // Who ships keeps no more than its share.
        vm.assertLe(uint256(lots.positionOf(_coil, steel).co2Ug) * good, uint256(co2Ug) * (good - first));
        _ship(parts, assembler, second);
        uint256 sum;
        uint256 primarySum;
        address[3] memory holders = [steel, parts, assembler];
        for (uint256 i = 0; i < 3; ++i) {
            ILots.Position memory position = lots.positionOf(_coil, holders[i]);
            vm.assertEq(position.quantity, lots.balanceOf(holders[i], _token));
            vm.assertLe(position.primaryUg, position.co2Ug);
            (sum, primarySum) = (sum + position.co2Ug, primarySum + position.primaryUg);
        }
        vm.assertEq(sum, co2Ug);
        vm.assertEq(primarySum, primaryUg);
    }

    function _ship(address from, address to, uint64 quantity) private {
        vm.prank(from);
        lots.safeTransferFrom(from, to, _token, quantity, "");
    }

    function _assertPosition(address holder, uint256 quantity, uint256 co2Ug, uint256 primaryUg) private view {
        ILots.Position memory position = lots.positionOf(_coil, holder);
        vm.assertEq(position.quantity, quantity);
        vm.assertEq(position.co2Ug, co2Ug);
        vm.assertEq(position.primaryUg, primaryUg);
        vm.assertEq(lots.balanceOf(holder, _token), quantity);
    }

    function _insufficient(address holder, uint256 held, uint256 needed) private view returns (bytes memory) {
        return abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, holder, held, needed, _token);
    }

    function _two(uint256 token, uint256 quantity, uint256 otherToken, uint256 otherQuantity)
        private
        pure
        returns (uint256[] memory tokens, uint256[] memory quantities)
    {
        (tokens, quantities) = (new uint256[](2), new uint256[](2));
        (tokens[0], tokens[1]) = (token, otherToken);
        (quantities[0], quantities[1]) = (quantity, otherQuantity);
    }
}
