// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessMirror, IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {ILots} from "./interfaces/ILots.sol";
import {BusinessNumbers} from "./libraries/BusinessNumbers.sol";
import {LotPart, LotRecord, MAX_QUANTITY} from "./libraries/LotSlots.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {Pausing} from "./Pausing.sol";

/// @title Who holds which part of a lot
/// @notice Moves CO2 along with quantities, to the microgram.
/// @dev A lot's record also holds what its producer never gave away; all else is parts, what came back to the producer
///      too. Which of its two holdings a producer's goods come from is decided by cost: shipments read the record first,
///      consumption reads the part first.
abstract contract LotPositions is Pausing, ILots, IERC1155Errors, IBusinessMirror {
    using TokenIds for bytes16;
    using TokenIds for uint256;

    /// @dev Structs of one slot, so that a slot is found once and read and written.
    struct RecordSlot {
        LotRecord value;
    }

    struct PartSlot {
        LotPart value;
    }

    /// @dev In a part, and moved down by `HOOK_SHIFT` in a copy of a registration: the account is a contract.
    uint256 private constant HOOKED = 1 << 170;
    uint256 private constant HOOK_SHIFT = 146;

    IBusinessRegistry internal immutable _businesses;

    /// @dev Formulas known to be registered: numbers 1 to this. It shares a slot with the pause, which every settlement
    ///      reads.
    uint32 internal _formulaCount;
    mapping(uint256 token => RecordSlot) internal _records;
    mapping(uint256 token => mapping(address holder => PartSlot)) private _parts;
    /// @dev A copy of the registry: ID in the upper 128 bits, number in the lowest 24, and above that a bit that says
    ///      whether the account is a contract.
    mapping(address account => uint256 business) private _admitted;

    constructor(address authority, IBusinessRegistry businesses) Pausing(authority) {
        _businesses = businesses;
    }

    /// @inheritdoc IBusinessMirror
    function admit(address account) external whenNotPaused {
        _admit(account);
    }

    /// @inheritdoc ILots
    function positionOf(bytes16 lotId, address holder) external view returns (Position memory) {
        uint256 token = lotId.toToken();
        LotPart part = _parts[token][holder].value;
        (uint256 quantity, uint256 co2Ug, uint256 primaryUg) = (part.quantity(), part.co2Ug(), part.primaryUg());
        LotRecord record = _records[token].value;
        if (_isProducer(record, holder)) {
            (uint256 heldUg, uint256 heldPrimaryUg) = record.heldMassDown();
            (quantity, co2Ug, primaryUg) = (quantity + record.held(), co2Ug + heldUg, primaryUg + heldPrimaryUg);
        }
        // Parts of a lot are no larger than the lot.
        // forge-lint: disable-next-line(unsafe-typecast)
        return Position(uint64(quantity), uint64(co2Ug), uint64(primaryUg));
    }

    /// @inheritdoc ILots
    function shareOf(bytes16 lotId, address holder, uint256 quantity)
        external
        view
        returns (uint64 co2Ug, uint64 primaryUg)
    {
        uint256 token = lotId.toToken();
        uint256 number = _numberIn(_admitted[holder]);
        (,, uint256 co2, uint256 primary) =
            quantity == 0 ? _nothing() : _consumed(token, _parts[token][holder].value, number, quantity);
        // A share of a lot is no larger than the lot.
        // forge-lint: disable-next-line(unsafe-typecast)
        return (uint64(co2), uint64(primary));
    }

    /// @dev ERC-1155 balance.
    function _balanceOf(address holder, uint256 token) internal view returns (uint256 quantity) {
        quantity = _parts[token][holder].value.quantity();
        LotRecord record = _records[token].value;
        if (_isProducer(record, holder)) quantity += record.held();
    }

    /// @dev ID and number of a registered business, from the copy, which is made if it is not there yet.
    function _businessOf(address account) internal returns (bytes16 id, uint256 number) {
        uint256 business = _admitted[account];
        if (business == 0) business = _admit(account);
        return (bytes16(bytes32(business)), _numberIn(business));
    }

    /// @dev Takes what the business with this number consumes, at least one base unit, with its CO2 and primary part.
    function _consume(uint256 token, address holder, uint256 number, uint256 quantity)
        internal
        returns (uint256 co2Ug, uint256 primaryUg)
    {
        PartSlot storage slot = _parts[token][holder];
        LotPart part = slot.value;
        LotRecord record;
        (part, record, co2Ug, primaryUg) = _consumed(token, part, number, quantity);
        slot.value = part;
        if (!record.isNone()) _records[token].value = record;
    }

    /// @dev Takes what is shipped, at least one base unit, from one holder and gives it to another.
    ///      Slots of mappings are found in scratch memory, as the compiler lays them out, and fields are cut out in
    ///      place: a shipment is what this ledger does most, and must cost little. `LotRecord.takeUp` and
    ///      `LotPart.add` say the same at length; tests hold them together.
    /// @return part What is shipped, as a `LotPart`.
    /// @return hooked Whether the receiver is known as a contract.
    function _ship(uint256 token, address from, address to, uint256 quantity)
        internal
        returns (uint256 part, bool hooked)
    {
        LotRecord record;
        bool own;
        assembly ("memory-safe") {
            mstore(0, token)
            mstore(32, _records.slot)
            let slot := keccak256(0, 64)
            record := sload(slot)
            let held := and(record, MAX_QUANTITY)
            // The lowest 24 bits are the producer's number, what is above does not matter.
            let producer := shr(84, record)
            // `BusinessNumbers.mayBe`, and enough held.
            if iszero(or(lt(held, quantity), and(xor(producer, from), 15))) {
                mstore(0, from)
                mstore(32, _admitted.slot)
                own := iszero(shl(232, xor(sload(keccak256(0, 64)), producer)))
                if own {
                    // Held is not zero, so neither is good; products stay below 2^106.
                    let good := and(shr(42, record), MAX_QUANTITY)
                    let rest := sub(held, quantity)
                    let whole := and(shr(128, record), 0xffffffffffffffff)
                    let primary := sub(div(mul(whole, held), good), div(mul(whole, rest), good))
                    whole := sub(shr(192, record), whole)
                    let other := sub(div(mul(whole, held), good), div(mul(whole, rest), good))
                    part := or(shl(106, add(other, primary)), or(shl(42, primary), quantity))
                    sstore(slot, sub(record, quantity))
                }
            }
        }
        uint256 parts;
        assembly ("memory-safe") {
            mstore(0, token)
            mstore(32, _parts.slot)
            parts := keccak256(0, 64)
        }
        if (!own) part = _takeParts(token, parts, from, quantity, record);
        uint256 given;
        uint256 had;
        uint256 admitted = 1;
        assembly ("memory-safe") {
            mstore(32, parts)
            mstore(0, to)
            given := keccak256(0, 64)
            had := sload(given)
            // A holder that had nothing must be a registered business; who has something is.
            if iszero(had) {
                mstore(32, _admitted.slot)
                admitted := sload(keccak256(0, 64))
                had := and(shl(HOOK_SHIFT, admitted), HOOKED)
            }
        }
        if (admitted == 0) {
            if (to == address(0)) revert ERC1155InvalidReceiver(to);
            had = (_admit(to) << HOOK_SHIFT) & HOOKED;
        }
        assembly ("memory-safe") {
            // Sums stay within the lot's own.
            sstore(given, add(had, part))
            hooked := and(shr(170, had), 1)
        }
    }

    /// @dev Copies an account's registration, and whether it is a contract now.
    function _admit(address account) private returns (uint256 business) {
        (bytes16 id, uint24 number) = _businesses.businessOf(account);
        business = (uint256(uint128(id)) << 128) | number;
        if (account.code.length > 0) business |= HOOKED >> HOOK_SHIFT;
        _admitted[account] = business;
    }

    /// @dev Takes from a holder's part, and before that from the record what it holds for the producer.
    /// @param parts Where the lot's parts lie: the slot of the inner mapping.
    /// @return moved What is taken, as a `LotPart`.
    function _takeParts(uint256 token, uint256 parts, address from, uint256 quantity, LotRecord record)
        private
        returns (uint256 moved)
    {
        unchecked {
            uint256 needed = quantity;
            if (_isProducer(record, from)) {
                // Less than what is needed, or all of it would have come from the record.
                moved = record.held();
                needed -= moved;
                (LotRecord rest, uint256 co2Ug, uint256 primaryUg) = record.takeUp(moved);
                _records[token].value = rest;
                moved |= (co2Ug << 106) | (primaryUg << 42);
            }
            PartSlot storage slot;
            assembly ("memory-safe") {
                mstore(32, parts)
                mstore(0, from)
                slot.slot := keccak256(0, 64)
            }
            LotPart part = slot.value;
            uint256 held = part.quantity();
            if (held < needed) revert ERC1155InsufficientBalance(from, held + quantity - needed, quantity, token);
            LotPart taken;
            (slot.value, taken) = part.takeUp(needed);
            // Sums stay within the lot's own masses.
            moved += LotPart.unwrap(taken);
        }
    }

    /// @dev What is left of a part, of the record if that is drawn on (else none), and the mass that goes.
    function _consumed(uint256 token, LotPart part, uint256 number, uint256 quantity)
        private
        view
        returns (LotPart rest, LotRecord record, uint256 co2Ug, uint256 primaryUg)
    {
        unchecked {
            uint256 had = part.quantity();
            if (had >= quantity) {
                (rest, part) = part.takeUp(quantity);
                return (rest, record, part.co2Ug(), part.primaryUg());
            }
            record = _records[token].value;
            if (record.isNone()) revert LotsUnknownLot(token.toId());
            uint256 held = record.producer() == number ? record.held() : 0;
            if (had + held < quantity) revert LotsInsufficient(token.toId(), had + held, quantity);
            // All of the part goes, and the rest from the record.
            (record, co2Ug, primaryUg) = record.takeUp(quantity - had);
            (co2Ug, primaryUg) = (co2Ug + part.co2Ug(), primaryUg + part.primaryUg());
        }
    }

    function _nothing() private pure returns (LotPart, LotRecord, uint256, uint256) {
        return (LotPart.wrap(0), LotRecord.wrap(0), 0, 0);
    }

    /// @dev Whether the record holds anything for the holder. Its account says no at once for most who are not meant.
    function _isProducer(LotRecord record, address holder) private view returns (bool) {
        if (record.held() == 0) return false;
        uint256 number = record.producer();
        return BusinessNumbers.mayBe(number, holder) && _numberIn(_admitted[holder]) == number;
    }

    function _numberIn(uint256 business) private pure returns (uint256) {
        return business & type(uint24).max;
    }
}
