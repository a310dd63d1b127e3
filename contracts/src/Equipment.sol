// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {Unit} from "./interfaces/Types.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {Place, Places} from "./libraries/Places.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {Pausing} from "./Pausing.sol";

/// @title Equipment tokens
contract Equipment is Pausing, ERC721, IEquipment {
    using TokenIds for bytes16;
    using TokenIds for uint256;

    IBusinessRegistry private immutable _businesses;
    mapping(uint256 token => Place) private _places;
    mapping(uint256 token => mapping(uint256 holding => Place)) private _formerPlaces;
    /// @dev Pieces that a business has run so far: numbers are never given twice.
    mapping(uint24 business => uint24) private _counts;

    constructor(address authority, IBusinessRegistry businesses) Pausing(authority) ERC721("Tanso Equipment", "TEQ") {
        _businesses = businesses;
    }

    /// @inheritdoc IEquipment
    function register(bytes16 equipmentId, Unit unit) external whenNotPaused {
        (bytes16 businessId, uint24 business) = _businesses.businessOf(msg.sender);
        if (equipmentId == 0) revert EquipmentZeroId();
        uint256 token = equipmentId.toToken();
        if (_ownerOf(token) != address(0)) revert EquipmentIdTaken(equipmentId);
        _places[token] = Places.pack(business, _nextNumber(business), 0, unit, 0);
        _mint(msg.sender, token);
        emit EquipmentRegistered(equipmentId, businessId, unit);
    }

    /// @inheritdoc IEquipment
    function enrol(bytes16 equipmentId, uint64 baselinePg, uint40 from)
        external
        restricted
        whenNotPaused
        returns (uint40 start)
    {
        uint256 token = equipmentId.toToken();
        Place place = _places[token];
        if (place.isNone()) revert EquipmentUnknown(equipmentId);
        if (baselinePg == 0) revert EquipmentZeroBaseline(equipmentId);
        if (place.baselinePg() != 0) revert EquipmentEnrolled(equipmentId, place.baselinePg());
        start = place.since() > from ? place.since() : from;
        _places[token] = place.enrolled(baselinePg, start);
        emit EquipmentBaselineSet(equipmentId, baselinePg, start);
    }

    /// @inheritdoc IEquipment
    function equipmentOf(bytes16 equipmentId) external view returns (address holder, Unit unit) {
        uint256 token = equipmentId.toToken();
        holder = _ownerOf(token);
        if (holder == address(0)) revert EquipmentUnknown(equipmentId);
        unit = _places[token].unit();
    }

    /// @inheritdoc IEquipment
    function baselineOf(bytes16 equipmentId) external view returns (uint64 baselinePg, uint40 from) {
        Place place = _places[equipmentId.toToken()];
        if (place.isNone()) revert EquipmentUnknown(equipmentId);
        return (place.baselinePg(), place.enrolledFrom());
    }

    /// @inheritdoc IEquipment
    function heldSince(bytes16 equipmentId) external view returns (uint40) {
        Place place = _places[equipmentId.toToken()];
        if (place.isNone()) revert EquipmentUnknown(equipmentId);
        return place.since();
    }

    /// @inheritdoc IEquipment
    function placeOf(bytes16 equipmentId, uint8 holding) external view returns (Place place) {
        uint256 token = equipmentId.toToken();
        place = _places[token];
        if (place.isNone()) revert EquipmentUnknown(equipmentId);
        if (holding < place.holding()) return _formerPlaces[token][holding];
        if (holding > place.holding()) return Place.wrap(0);
    }

    /// @inheritdoc IEquipment
    function placesOf(bytes calldata list, uint256 size) external view returns (bytes memory places) {
        uint256 count = list.length / size;
        uint256 to;
        (places, to) = PackedBytes.reserve(32 * count);
        uint256 offset = PackedBytes.start(list);
        for (uint256 i = 0; i < count; ++i) {
            bytes16 equipmentId = bytes16(PackedBytes.word(offset));
            Place place = _places[equipmentId.toToken()];
            if (place.isNone()) revert EquipmentUnknown(equipmentId);
            PackedBytes.put(to, bytes32(Place.unwrap(place)));
            unchecked {
                // Stay within the list, and within what was reserved.
                offset += size;
                to += 32;
            }
        }
    }

    /// @dev Equipment is never burned, so `to` is always somebody: it must be a registered business. A new holder
    ///      gives the equipment a number of its own; where it stood before stays readable.
    function _update(address to, uint256 token, address auth) internal override whenNotPaused returns (address from) {
        (bytes16 businessId, uint24 business) = _businesses.businessOf(to);
        from = super._update(to, token, auth);
        if (from == address(0) || from == to) return from;
        Place place = _places[token];
        uint8 holding = place.holding();
        if (holding == type(uint8).max) revert EquipmentMovedTooOften(token.toId(), businessId);
        _formerPlaces[token][holding] = place;
        Place next = Places.pack(business, _nextNumber(business), holding + 1, place.unit(), uint40(block.timestamp));
        _places[token] = next.enrolledAs(place);
    }

    /// @dev Approvals are writing, too.
    function _approve(address to, uint256 token, address auth, bool emitEvent) internal override {
        _requireNotPaused();
        super._approve(to, token, auth, emitEvent);
    }

    function _setApprovalForAll(address holder, address operator, bool approved) internal override whenNotPaused {
        super._setApprovalForAll(holder, operator, approved);
    }

    function _nextNumber(uint24 business) private returns (uint24 number) {
        number = _counts[business];
        if (number == type(uint24).max) revert EquipmentNumbersUsedUp();
        _counts[business] = number + 1;
    }
}
