// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessMirror, IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {ILots} from "./interfaces/ILots.sol";
import {BusinessNumbers} from "./libraries/BusinessNumbers.sol";
import {LotPart, LotRecord, MAX_QUANTITY} from "./libraries/LotSlots.sol";
import {TokenIds} from "./libraries/TokenIds.sol";

/// @title Who holds which part of a lot
/// @notice Moves CO2 along with quantities, to the microgram.
/// @dev A lot's record also holds what its producer never gave away; all else is parts, what came back to the producer
///      too. Of two holdings the record is taken from first.
abstract contract LotPositions is ILots, IERC1155Errors, IBusinessMirror {
    using TokenIds for bytes16;
    using TokenIds for uint256;

    /// @dev A copy of the registry's entry; one slot.
    struct Business {
        bytes16 id;
        uint24 number;
    }

    IBusinessRegistry internal immutable _businesses;

    mapping(uint256 token => LotRecord) internal _records;
    mapping(uint256 token => mapping(address holder => LotPart)) private _parts;
    mapping(address account => Business) private _admitted;

    constructor(IBusinessRegistry businesses) {
        _businesses = businesses;
    }

    /// @inheritdoc IBusinessMirror
    function admit(address account) external {
        _businessOf(account);
    }

    /// @inheritdoc ILots
    function lotOf(bytes16 lotId) external view returns (LotState memory) {
        LotRecord record = _records[lotId.toToken()];
        if (record.isNone()) revert LotsUnknownLot(lotId);
        return LotState(
            // Fields of a record fit the types of the same name.
            // forge-lint: disable-start(unsafe-typecast)
            _businesses.idOfNumber(uint24(record.producer())),
            uint64(record.co2Ug()),
            uint64(record.primaryUg()),
            uint64(record.good()),
            uint64(record.firstBlock())
            // forge-lint: disable-end(unsafe-typecast)
        );
    }

    /// @inheritdoc ILots
    function positionOf(bytes16 lotId, address holder) external view returns (Position memory) {
        uint256 token = lotId.toToken();
        LotPart part = _parts[token][holder];
        (uint256 quantity, uint256 co2Ug, uint256 primaryUg) = (part.quantity(), part.co2Ug(), part.primaryUg());
        LotRecord record = _records[token];
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
        (,, uint256 co2, uint256 primary) = _share(token, holder, quantity, _isProducer(_records[token], holder), true);
        // A share of a lot is no larger than the lot.
        // forge-lint: disable-next-line(unsafe-typecast)
        return (uint64(co2), uint64(primary));
    }

    /// @dev ERC-1155 balance.
    function _balanceOf(address holder, uint256 token) internal view returns (uint256 quantity) {
        quantity = _parts[token][holder].quantity();
        LotRecord record = _records[token];
        if (_isProducer(record, holder)) quantity += record.held();
    }

    /// @dev ID and number of a registered business, from the copy, which is made if it is not there yet.
    function _businessOf(address account) internal returns (bytes16 id, uint24 number) {
        Business storage business = _admitted[account];
        (id, number) = (business.id, business.number);
        if (id == 0) {
            (id, number) = _businesses.businessOf(account);
            _admitted[account] = Business(id, number);
        }
    }

    /// @dev Adds to a holder's part. A holder that had nothing must be a registered business; who has something is.
    function _give(uint256 token, address holder, uint256 quantity, uint256 co2Ug, uint256 primaryUg) internal {
        LotPart part = _parts[token][holder];
        if (part.quantity() == 0) _businessOf(holder);
        _parts[token][holder] = part.add(quantity, co2Ug, primaryUg);
    }

    /// @dev Takes at least one base unit with its CO2 and primary part; reverts when the holder has less.
    /// @param consuming For the batch, not for another holder: it has an error of its own.
    function _take(uint256 token, address holder, uint256 quantity, bool consuming)
        internal
        returns (uint256 co2Ug, uint256 primaryUg)
    {
        LotRecord record = _records[token];
        bool own = _isProducer(record, holder);
        LotPart part;
        (record, part, co2Ug, primaryUg) = _share(token, holder, quantity, own, consuming);
        if (own) _records[token] = record;
        if (!own || LotPart.unwrap(part) != type(uint256).max) _parts[token][holder] = part;
    }

    /// @dev What goes with a quantity, and what stays: the record if `own`, and the holder's part, all ones if unread.
    function _share(uint256 token, address holder, uint256 quantity, bool own, bool consuming)
        private
        view
        returns (LotRecord record, LotPart part, uint256 co2Ug, uint256 primaryUg)
    {
        uint256 needed = quantity;
        part = LotPart.wrap(type(uint256).max);
        if (own) {
            record = _records[token];
            uint256 held = record.held();
            uint256 taken = quantity < held ? quantity : held;
            (record, co2Ug, primaryUg) = record.takeUp(taken);
            needed = quantity - taken;
        }
        if (needed == 0) return (record, part, co2Ug, primaryUg);
        part = _parts[token][holder];
        if (part.quantity() < needed) {
            uint256 heldAll = part.quantity() + quantity - needed;
            if (consuming) revert LotsInsufficient(token.toId(), heldAll, quantity);
            revert ERC1155InsufficientBalance(holder, heldAll, quantity, token);
        }
        uint256 co2Part;
        uint256 primaryPart;
        (part, co2Part, primaryPart) = part.takeUp(needed);
        unchecked {
            // Sums stay within the lot's own masses.
            (co2Ug, primaryUg) = (co2Ug + co2Part, primaryUg + primaryPart);
        }
    }

    /// @dev Whether the record holds anything for the holder. Its account says no at once for most who are not meant.
    function _isProducer(LotRecord record, address holder) private view returns (bool) {
        if (record.held() == 0) return false;
        uint256 number = record.producer();
        return BusinessNumbers.mayBe(number, holder) && _admitted[holder].number == number;
    }

    /// @dev Quantities of lots fit 42 bits; more is refused, never cut off.
    function _checkQuantity(uint256 quantity) internal pure {
        if (quantity > MAX_QUANTITY) revert LotsQuantityTooLarge(quantity);
    }
}
