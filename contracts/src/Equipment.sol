// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {Unit} from "./interfaces/Types.sol";
import {TokenIds} from "./libraries/TokenIds.sol";

/// @title Equipment tokens
contract Equipment is ERC721, IEquipment {
    using TokenIds for bytes16;

    IBusinessRegistry private immutable _businesses;
    mapping(uint256 token => Unit) private _units;

    constructor(IBusinessRegistry businesses) ERC721("Tanso Equipment", "TEQ") {
        _businesses = businesses;
    }

    /// @inheritdoc IEquipment
    function register(bytes16 equipmentId, Unit unit) external {
        bytes16 businessId = _businesses.idOf(msg.sender);
        if (equipmentId == 0) revert EquipmentZeroId();
        uint256 token = equipmentId.toToken();
        if (_ownerOf(token) != address(0)) revert EquipmentIdTaken(equipmentId);
        _units[token] = unit;
        _mint(msg.sender, token);
        emit EquipmentRegistered(equipmentId, businessId, unit);
    }

    /// @inheritdoc IEquipment
    function equipmentOf(bytes16 equipmentId) external view returns (address holder, Unit unit) {
        uint256 token = equipmentId.toToken();
        holder = _ownerOf(token);
        if (holder == address(0)) revert EquipmentUnknown(equipmentId);
        unit = _units[token];
    }

    /// @dev Equipment is never burned, so `to` is always somebody: it must be a registered business.
    function _update(address to, uint256 token, address auth) internal override returns (address from) {
        _businesses.idOf(to);
        return super._update(to, token, auth);
    }
}
