// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {Vm} from "../utils/Vm.sol";

/// @dev Keeps what it was told of last.
contract KeepingReceiver {
    bytes public told;

    function onERC1155Received(address operator, address from, uint256 token, uint256 quantity, bytes calldata data)
        external
        returns (bytes4)
    {
        told = abi.encode(operator, from, token, quantity, data);
        return this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(
        address operator,
        address from,
        uint256[] calldata tokens,
        uint256[] calldata quantities,
        bytes calldata data
    ) external returns (bytes4) {
        told = abi.encode(operator, from, tokens, quantities, data);
        return this.onERC1155BatchReceived.selector;
    }
}

/// @notice Lots are ERC-1155 tokens in all that the standard says of transfers.
contract LotsBatchTransferTest is LotsWorld {
    bytes16 private _coil;
    bytes16 private _bar;
    KeepingReceiver private _receiver;

    function setUp() public override {
        super.setUp();
        _coil = lotWith(steel, "coil", 1000, 700, 10);
        _bar = lotWith(steel, "bar", 500, 0, 5);
        _receiver = new KeepingReceiver();
        businesses.register(id("receiver"), address(_receiver), keccak256("https://receiver.example"));
    }

    function test_batch_ofTwoSaysSoAndWhatEachCarries() public {
        vm.prank(steel);
        lots.setApprovalForAll(stranger, true);
        vm.recordLogs();
        _send(stranger, steel, parts, _two(_coil, _bar), _two(3, 5));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 3);
        _assertParties(logs[0], IERC1155.TransferBatch.selector, stranger, steel, parts);
        vm.assertEq(keccak256(logs[0].data), keccak256(abi.encode(_two(_coil, _bar), _two(3, 5))));
        vm.assertEq(uint256(bytes32(logs[1].data)), (uint256(300) << 106) | (uint256(210) << 42) | 3);
        vm.assertEq(uint256(bytes32(logs[2].data)), (uint256(500) << 106) | 5);
        vm.assertEq(logs[1].topics.length, 0);
        vm.assertEq(lots.balanceOf(parts, uint128(_coil)), 3);
        vm.assertEq(lots.balanceOf(steel, uint128(_bar)), 0);
    }

    function test_batch_ofOneIsASingleTransfer() public {
        vm.prank(steel);
        lots.setApprovalForAll(stranger, true);
        vm.recordLogs();
        _send(stranger, steel, parts, _one(uint128(_coil)), _one(3));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 2);
        _assertParties(logs[0], IERC1155.TransferSingle.selector, stranger, steel, parts);
        vm.assertEq(keccak256(logs[0].data), keccak256(abi.encode(uint256(uint128(_coil)), uint256(3))));
        vm.assertEq(uint256(bytes32(logs[1].data)), (uint256(300) << 106) | (uint256(210) << 42) | 3);
        vm.assertEq(lots.balanceOf(parts, uint128(_coil)), 3);
    }

    function test_batch_ofNothingAtAllIsAnEmptyBatch() public {
        vm.recordLogs();
        _send(steel, steel, parts, new uint256[](0), new uint256[](0));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        _assertParties(logs[0], IERC1155.TransferBatch.selector, steel, steel, parts);
    }

    function test_batch_refusesListsOfDifferentLength() public {
        bytes4 refusal = IERC1155Errors.ERC1155InvalidArrayLength.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, 1, 2));
        _send(steel, steel, parts, _one(uint128(_coil)), _two(3, 5));
        vm.expectRevert(abi.encodeWithSelector(refusal, 2, 1));
        _send(steel, steel, parts, _two(_coil, _bar), _one(3));
    }

    function test_transfers_areTheHoldersOrAnOperatorsToMakeAndNeverToOrFromNobody() public {
        bytes memory refusal =
            abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, parts, steel);
        vm.expectRevert(refusal);
        _send(parts, steel, parts, _two(_coil, _bar), _two(1, 1));
        vm.expectRevert(refusal);
        vm.prank(parts);
        lots.safeTransferFrom(steel, parts, uint128(_coil), 1, "");
        bytes memory nobody = abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(0));
        vm.expectRevert(nobody);
        _send(steel, steel, address(0), _two(_coil, _bar), _two(1, 1));
        vm.expectRevert(nobody);
        vm.prank(steel);
        lots.safeTransferFrom(steel, address(0), uint128(_coil), 0, "");
        nobody = abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidSender.selector, address(0));
        vm.expectRevert(nobody);
        _send(steel, address(0), parts, _two(_coil, _bar), _two(1, 1));
        vm.expectRevert(nobody);
        vm.prank(steel);
        lots.safeTransferFrom(address(0), parts, uint128(_coil), 1, "");
    }

    function test_batch_tellsTheReceiverEverything() public {
        vm.prank(steel);
        lots.setApprovalForAll(stranger, true);
        vm.prank(stranger);
        lots.safeBatchTransferFrom(steel, address(_receiver), _two(_coil, _bar), _two(3, 5), "data");
        bytes memory expected = abi.encode(stranger, steel, _two(_coil, _bar), _two(3, 5), bytes("data"));
        vm.assertEq(keccak256(_receiver.told()), keccak256(expected));
        vm.prank(stranger);
        lots.safeTransferFrom(steel, address(_receiver), uint128(_coil), 2, "more");
        expected = abi.encode(stranger, steel, uint256(uint128(_coil)), uint256(2), bytes("more"));
        vm.assertEq(keccak256(_receiver.told()), keccak256(expected));
        vm.prank(steel);
        lots.ship(uint128(_coil), (uint256(uint160(address(_receiver))) << 96) | 4);
        expected = abi.encode(steel, steel, uint256(uint128(_coil)), uint256(4), bytes(""));
        vm.assertEq(keccak256(_receiver.told()), keccak256(expected));
    }

    function test_transfers_ofNothingOrToOneselfAreForBusinessesThatHoldEnough() public {
        bytes memory unknown =
            abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger);
        vm.expectRevert(unknown);
        vm.prank(steel);
        lots.safeTransferFrom(steel, stranger, uint128(_coil), 0, "");
        vm.expectRevert(unknown);
        vm.prank(stranger);
        lots.safeTransferFrom(stranger, steel, uint128(_coil), 0, "");
        // Who sends is looked at first.
        vm.expectRevert(unknown);
        vm.prank(stranger);
        lots.safeTransferFrom(stranger, account("another stranger"), uint128(_coil), 0, "");
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC1155Errors.ERC1155InsufficientBalance.selector, steel, 10, 11, uint256(uint128(_coil))
            )
        );
        vm.prank(steel);
        lots.safeTransferFrom(steel, steel, uint128(_coil), 11, "");
        vm.recordLogs();
        vm.prank(steel);
        lots.safeTransferFrom(steel, steel, uint128(_coil), 10, "");
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertEq(lots.positionOf(_coil, steel).co2Ug, 1000);
        // The largest quantity of a lot, and one more.
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsQuantityTooLarge.selector, uint256(1) << 42));
        vm.prank(steel);
        lots.safeTransferFrom(steel, steel, uint128(_coil), 1 << 42, "");
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC1155Errors.ERC1155InsufficientBalance.selector, steel, 10, (1 << 42) - 1, uint256(uint128(_coil))
            )
        );
        vm.prank(steel);
        lots.safeTransferFrom(steel, steel, uint128(_coil), (1 << 42) - 1, "");
    }

    function test_approval_isSaidAndReadAndNeverGivenToNobody() public {
        vm.expectEmit();
        emit IERC1155.ApprovalForAll(steel, parts, true);
        vm.prank(steel);
        lots.setApprovalForAll(parts, true);
        vm.assertTrue(lots.isApprovedForAll(steel, parts));
        vm.assertFalse(lots.isApprovedForAll(parts, steel));
        vm.prank(steel);
        lots.setApprovalForAll(parts, false);
        vm.assertFalse(lots.isApprovedForAll(steel, parts));
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidOperator.selector, address(0)));
        vm.prank(steel);
        lots.setApprovalForAll(address(0), true);
    }

    function test_balanceOfBatch_answersForEachHolderAndToken() public {
        _send(steel, steel, parts, _two(_coil, _bar), _two(3, 5));
        address[] memory holders = new address[](3);
        (holders[0], holders[1], holders[2]) = (steel, parts, stranger);
        uint256[] memory tokens = new uint256[](3);
        (tokens[0], tokens[1], tokens[2]) = (uint128(_coil), uint128(_bar), uint128(_coil));
        uint256[] memory balances = lots.balanceOfBatch(holders, tokens);
        vm.assertEq(balances.length, 3);
        vm.assertEq(balances[0], 7);
        vm.assertEq(balances[1], 5);
        vm.assertEq(balances[2], 0);
        vm.expectRevert(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidArrayLength.selector, 2, 3));
        lots.balanceOfBatch(holders, _two(_coil, _bar));
    }

    function test_interfaces_areTheStandards() public view {
        IERC165 ledger = IERC165(address(lots));
        vm.assertTrue(ledger.supportsInterface(type(IERC1155).interfaceId));
        vm.assertTrue(ledger.supportsInterface(type(IERC1155MetadataURI).interfaceId));
        vm.assertTrue(ledger.supportsInterface(type(IERC165).interfaceId));
        vm.assertFalse(ledger.supportsInterface(0xffffffff));
        vm.assertEq(bytes(IERC1155MetadataURI(address(lots)).uri(uint128(_coil))).length, 0);
    }

    function _send(address caller, address from, address to, uint256[] memory tokens, uint256[] memory quantities)
        private
    {
        vm.prank(caller);
        lots.safeBatchTransferFrom(from, to, tokens, quantities, "");
    }

    function _assertParties(Vm.Log memory log, bytes32 event_, address operator, address from, address to)
        private
        pure
    {
        vm.assertEq(log.topics[0], event_);
        vm.assertEq(uint256(log.topics[1]), uint160(operator));
        vm.assertEq(uint256(log.topics[2]), uint160(from));
        vm.assertEq(uint256(log.topics[3]), uint160(to));
    }

    function _one(uint256 value) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = value;
    }

    function _two(bytes16 first, bytes16 second) private pure returns (uint256[] memory list) {
        return _two(uint128(first), uint128(second));
    }

    function _two(uint256 first, uint256 second) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }
}
