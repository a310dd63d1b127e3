// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {ILots} from "./interfaces/ILots.sol";
import {Carbon} from "./libraries/Carbon.sol";
import {TokenIds} from "./libraries/TokenIds.sol";

/// @title Who holds which part of a lot
/// @notice Moves CO2 along with the tokens, to the microgram.
/// @dev A position's quantity always equals the holder's token balance. Minting and burning happen in settlement only,
///      which gives and takes positions itself; `_update` moves them in transfers.
abstract contract LotPositions is ERC1155, ILots {
    using SafeCast for uint256;
    using TokenIds for bytes16;
    using TokenIds for uint256;

    IBusinessRegistry internal immutable _businesses;

    mapping(uint256 token => mapping(address holder => Position)) private _positions;

    constructor(IBusinessRegistry businesses) {
        _businesses = businesses;
    }

    /// @inheritdoc ILots
    function positionOf(bytes16 lotId, address holder) public view returns (Position memory) {
        return _positions[lotId.toToken()][holder];
    }

    /// @dev Runs before the receiver's hook, so a receiver that calls back in meets finished positions.
    function _update(address from, address to, uint256[] memory tokens, uint256[] memory quantities) internal override {
        for (uint256 i = 0; i < quantities.length; ++i) {
            if (quantities[i] > type(uint64).max) revert LotsQuantityTooLarge(quantities[i]);
        }
        super._update(from, to, tokens, quantities);
        if (from == address(0) || to == address(0)) return;
        bytes16 fromId = _businesses.idOf(from);
        bytes16 toId = _businesses.idOf(to);
        for (uint256 i = 0; i < tokens.length; ++i) {
            // An empty or a self-transfer ships nothing; nor does the token of an empty one need to exist.
            if (quantities[i] == 0 || from == to) continue;
            uint64 quantity = quantities[i].toUint64();
            (uint96 co2Ug, uint96 primaryUg) = _take(tokens[i], from, quantity);
            _give(tokens[i], to, quantity, co2Ug, primaryUg);
            emit LotShipped(tokens[i].toId(), fromId, toId, quantity, co2Ug, primaryUg);
        }
    }

    /// @dev Adds to a position. Sums stay within the lot's own uint64 and uint96 totals.
    function _give(uint256 token, address holder, uint64 quantity, uint96 co2Ug, uint96 primaryUg) internal {
        Position memory position = _positions[token][holder];
        _positions[token][holder] =
            Position(position.quantity + quantity, position.co2Ug + co2Ug, position.primaryUg + primaryUg);
    }

    /// @dev Takes `quantity` with its CO2 and primary part, each rounded up; callers make sure that it is held.
    ///      Both round the same way so that no part can hold more primary data than CO2: neither the part taken
    ///      (rounding up keeps the order) nor the rest (which is thereby rounded down).
    function _take(uint256 token, address holder, uint64 quantity) internal returns (uint96 co2Ug, uint96 primaryUg) {
        Position memory position = _positions[token][holder];
        co2Ug = Carbon.shareUp(position.co2Ug, quantity, position.quantity);
        primaryUg = Carbon.shareUp(position.primaryUg, quantity, position.quantity);
        _positions[token][holder] =
            Position(position.quantity - quantity, position.co2Ug - co2Ug, position.primaryUg - primaryUg);
    }
}
