// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IBusinessMirror, IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {Vm} from "../utils/Vm.sol";

/// @dev Counts what it is told of.
contract CountingReceiver {
    uint256 public calls;
    uint256 public received;

    function onERC1155Received(address, address, uint256, uint256 quantity, bytes calldata) external returns (bytes4) {
        ++calls;
        received += quantity;
        return this.onERC1155Received.selector;
    }
}

/// @dev Has code, but takes no tokens.
contract Refuser {}

/// @notice `ship` does what `safeTransferFrom` of the caller's own goods does.
contract LotsShipFunctionTest is LotsWorld {
    bytes16 private _coil;
    bytes16 private _twin;

    function setUp() public override {
        super.setUp();
        _coil = lotWith(steel, "coil", 1000, 700, 333);
        _twin = lotWith(steel, "twin", 1000, 700, 333);
    }

    function testFuzz_ship_movesAndSaysWhatSafeTransferFromDoes(uint256 seed) public {
        address[3] memory holders = [steel, parts, assembler];
        for (uint256 i = 0; i < 8; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (address from, address to) = (holders[seed % 3], holders[(seed >> 8) % 3]);
            uint256 quantity = between(seed >> 16, 0, lots.balanceOf(from, uint128(_coil)));
            vm.recordLogs();
            _ship(from, to, uint128(_coil), quantity);
            Vm.Log[] memory ours = vm.getRecordedLogs();
            vm.prank(from);
            lots.safeTransferFrom(from, to, uint128(_twin), quantity, "");
            Vm.Log[] memory standards = vm.getRecordedLogs();
            vm.assertEq(ours.length, standards.length);
            vm.assertEq(ours[0].topics[0], IERC1155.TransferSingle.selector);
            for (uint256 j = 0; j < 4; ++j) {
                vm.assertEq(ours[0].topics[j], standards[0].topics[j]);
            }
            vm.assertEq(keccak256(ours[0].data), keccak256(abi.encode(uint256(uint128(_coil)), quantity)));
            if (ours.length == 2) vm.assertEq(keccak256(ours[1].data), keccak256(standards[1].data));
            for (uint256 j = 0; j < 3; ++j) {
                ILots.Position memory position = lots.positionOf(_coil, holders[j]);
                ILots.Position memory twin = lots.positionOf(_twin, holders[j]);
                vm.assertEq(keccak256(abi.encode(position)), keccak256(abi.encode(twin)));
            }
        }
    }

    function test_ship_refusesWhatSafeTransferFromRefuses() public {
        uint256 token = uint128(_coil);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0)));
        _ship(steel, address(0), token, 1);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0)));
        _ship(steel, address(0), token, 0);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        _ship(steel, stranger, token, 1);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        _ship(steel, stranger, token, 0);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        _ship(stranger, steel, token, 0);
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, uint256(1) << 42));
        _ship(steel, parts, token, uint256(1) << 42);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, steel, 333, 334, token)
        );
        _ship(steel, parts, token, 334);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, parts, 0, 1, token));
        _ship(parts, steel, token, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, steel, 333, 334, token)
        );
        _ship(steel, steel, token, 334);
        // A token that is no lot's, because it has more than 128 bits.
        token |= uint256(1) << 128;
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, steel, 0, 1, token));
        _ship(steel, parts, token, 1);
    }

    function test_ship_byAnAccountWithTheSameLastBitsAsTheProducerIsRefused() public {
        address twin = address(uint160(steel) ^ (uint160(1) << 100));
        businesses.register(id("same last bits"), twin, keccak256("https://twin.example"));
        vm.assertEq(lots.balanceOf(twin, uint128(_coil)), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, twin, 0, 1, uint128(_coil))
        );
        _ship(twin, parts, uint128(_coil), 1);
    }

    function test_ship_callsTheHookOfAReceiverThatWasAContractWhenItWasAdmitted() public {
        (CountingReceiver receiver, uint256 token) = (new CountingReceiver(), uint128(_coil));
        businesses.register(id("receiver"), address(receiver), keccak256("https://receiver.example"));
        _ship(steel, address(receiver), token, 1);
        _ship(steel, address(receiver), token, 2);
        vm.assertEq(receiver.calls(), 2);
        vm.assertEq(receiver.received(), 3);
        // All of it sent on, and back again: still a contract.
        vm.prank(address(receiver));
        lots.ship(token, (uint256(uint160(parts)) << 96) | 3);
        _ship(steel, address(receiver), token, 4);
        vm.assertEq(receiver.calls(), 3);
    }

    function test_ship_callsTheHookOfALaterContractOnceItIsAdmittedAgain() public {
        address later = account("account that becomes a contract");
        businesses.register(id("later"), later, keccak256("https://later.example"));
        vm.etch(later, address(new CountingReceiver()).code);
        _ship(steel, later, uint128(_coil), 1);
        vm.assertEq(CountingReceiver(later).calls(), 0);
        // `safeTransferFrom` always looks.
        vm.prank(steel);
        lots.safeTransferFrom(steel, later, uint128(_coil), 1, "");
        vm.assertEq(CountingReceiver(later).calls(), 1);
        IBusinessMirror(address(lots)).admit(later);
        _ship(steel, later, uint128(_twin), 1);
        vm.assertEq(CountingReceiver(later).calls(), 2);
        _ship(steel, later, uint128(_twin), 1);
        vm.assertEq(CountingReceiver(later).calls(), 3);
    }

    function test_ship_toAContractThatRefusesIsRefused() public {
        address refuser = address(new Refuser());
        businesses.register(id("refuser"), refuser, keccak256("https://refuser.example"));
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, refuser));
        _ship(steel, refuser, uint128(_coil), 1);
    }

    function _ship(address from, address to, uint256 token, uint256 quantity) private {
        vm.prank(from);
        lots.ship(token, (uint256(uint160(to)) << 96) | quantity);
    }
}
