// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ILots} from "./interfaces/ILots.sol";
import {MAX_QUANTITY} from "./libraries/LotSlots.sol";
import {LotRestatements} from "./LotRestatements.sol";

/// @title Lot tokens as ERC-1155
/// @dev The standard's functions over the ledger's own slots. State is complete before a receiver's hook is called.
abstract contract LotTransfers is LotRestatements, ERC165, IERC1155MetadataURI {
    mapping(address holder => mapping(address operator => bool)) private _approvals;

    /// @inheritdoc IERC1155
    function safeTransferFrom(address from, address to, uint256 token, uint256 quantity, bytes calldata data)
        external
        whenNotPaused
    {
        _checkParties(from, to);
        _transfer(from, to, token, quantity, data);
    }

    /// @inheritdoc ILots
    /// @dev `_transfer` for the one case that is common: own goods, some of them, to somebody else. The rest goes there.
    function ship(uint256 token, uint256 toAndQuantity) external whenNotPaused {
        bytes32 topic = TransferSingle.selector;
        address to;
        uint256 quantity;
        bool common;
        assembly ("memory-safe") {
            to := shr(96, toAndQuantity)
            quantity := and(toAndQuantity, 0xffffffffffffffffffffffff)
            // Nothing less one is more than any quantity.
            common := lt(sub(quantity, 1), mul(MAX_QUANTITY, iszero(eq(to, caller()))))
            if common {
                mstore(0, token)
                mstore(32, quantity)
                log4(0, 64, topic, caller(), caller(), to)
            }
        }
        if (!common) {
            if (to == address(0)) revert ERC1155InvalidReceiver(to);
            return _transfer(msg.sender, to, token, quantity, "");
        }
        (uint256 part, bool hooked) = _ship(token, msg.sender, to, quantity);
        assembly ("memory-safe") {
            mstore(0, part)
            log0(0, 32)
        }
        if (hooked) ERC1155Utils.checkOnERC1155Received(msg.sender, msg.sender, to, token, quantity, "");
    }

    /// @inheritdoc IERC1155
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata tokens,
        uint256[] calldata quantities,
        bytes calldata data
    ) external whenNotPaused {
        _checkParties(from, to);
        if (tokens.length != quantities.length) revert ERC1155InvalidArrayLength(tokens.length, quantities.length);
        if (tokens.length == 1) return _transfer(from, to, tokens[0], quantities[0], data);
        emit TransferBatch(msg.sender, from, to, tokens, quantities);
        for (uint256 i = 0; i < tokens.length; ++i) {
            _move(from, to, tokens[i], quantities[i]);
        }
        if (to.code.length > 0) {
            ERC1155Utils.checkOnERC1155BatchReceived(msg.sender, from, to, tokens, quantities, data);
        }
    }

    /// @inheritdoc IERC1155
    function setApprovalForAll(address operator, bool approved) external whenNotPaused {
        if (operator == address(0)) revert ERC1155InvalidOperator(operator);
        _approvals[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// @inheritdoc IERC1155
    function balanceOf(address holder, uint256 token) external view returns (uint256) {
        return _balanceOf(holder, token);
    }

    /// @inheritdoc IERC1155
    function balanceOfBatch(address[] calldata holders, uint256[] calldata tokens)
        external
        view
        returns (uint256[] memory balances)
    {
        if (holders.length != tokens.length) revert ERC1155InvalidArrayLength(tokens.length, holders.length);
        balances = new uint256[](holders.length);
        for (uint256 i = 0; i < holders.length; ++i) {
            balances[i] = _balanceOf(holders[i], tokens[i]);
        }
    }

    /// @inheritdoc IERC1155
    function isApprovedForAll(address holder, address operator) public view returns (bool) {
        return _approvals[holder][operator];
    }

    /// @notice Empty: what a lot is, is its producer's to disclose.
    function uri(uint256) external pure returns (string memory) {
        return "";
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC165, IERC165) returns (bool) {
        return interfaceId == type(IERC1155).interfaceId || interfaceId == type(IERC1155MetadataURI).interfaceId
            || super.supportsInterface(interfaceId);
    }

    function _transfer(address from, address to, uint256 token, uint256 quantity, bytes memory data) private {
        _announceTransfer(from, to, token, quantity);
        _move(from, to, token, quantity);
        if (to.code.length > 0) {
            ERC1155Utils.checkOnERC1155Received(msg.sender, from, to, token, quantity, data);
        }
    }

    /// @dev Moves quantity and CO2. An empty or a self-transfer ships nothing; nor need the token of an empty one exist.
    function _move(address from, address to, uint256 token, uint256 quantity) private {
        unchecked {
            // Nothing less one is more than any quantity.
            if (quantity - 1 >= MAX_QUANTITY || from == to) return _moveNothing(from, to, token, quantity);
        }
        (uint256 part,) = _ship(token, from, to, quantity);
        // `CarbonShipped`, from scratch memory.
        assembly ("memory-safe") {
            mstore(0, part)
            log0(0, 32)
        }
    }

    /// @dev Writes `TransferSingle`, from scratch memory.
    function _announceTransfer(address from, address to, uint256 token, uint256 quantity) private {
        bytes32 topic = TransferSingle.selector;
        assembly ("memory-safe") {
            mstore(0, token)
            mstore(32, quantity)
            log4(0, 64, topic, caller(), from, to)
        }
    }

    function _moveNothing(address from, address to, uint256 token, uint256 quantity) private {
        if (quantity > MAX_QUANTITY) revert LotsQuantityTooLarge(quantity);
        _businessOf(from);
        _businessOf(to);
        uint256 held = _balanceOf(from, token);
        if (held < quantity) revert ERC1155InsufficientBalance(from, held, quantity, token);
    }

    function _checkParties(address from, address to) private view {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        if (from == address(0)) revert ERC1155InvalidSender(from);
        if (from != msg.sender && !isApprovedForAll(from, msg.sender)) {
            revert ERC1155MissingApprovalForAll(msg.sender, from);
        }
    }
}
