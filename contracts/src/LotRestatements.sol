// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ILots} from "./interfaces/ILots.sol";
import {LotRecord, MAX_QUANTITY} from "./libraries/LotSlots.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {LotPositions} from "./LotPositions.sol";

/// @title What becomes of a lot after it was settled
/// @dev Restatements lie beside the record, which is never rewritten, so an enquiry costs the same with and without.
abstract contract LotRestatements is LotPositions {
    using TokenIds for bytes16;

    /// @dev The latest figures, micrograms, and how many there were; one slot.
    struct Restatement {
        uint64 co2Ug;
        uint64 primaryUg;
        uint32 number;
    }

    mapping(uint256 token => Restatement) private _restatements;

    /// @inheritdoc ILots
    function consume(bytes16 lotId, uint64 quantity, bytes32 purposeHash) external whenNotPaused {
        (bytes16 businessId, uint256 number) = _businessOf(msg.sender);
        if (quantity == 0) revert LotsZeroQuantity();
        if (quantity > MAX_QUANTITY) revert LotsQuantityTooLarge(quantity);
        uint256 token = lotId.toToken();
        (uint256 co2Ug, uint256 primaryUg) = _consume(token, msg.sender, number, quantity);
        emit TransferSingle(msg.sender, msg.sender, address(0), token, quantity);
        // Parts of a lot are no larger than the lot.
        // forge-lint: disable-next-line(unsafe-typecast)
        emit LotConsumed(lotId, businessId, quantity, uint64(co2Ug), uint64(primaryUg), purposeHash);
    }

    /// @inheritdoc ILots
    function restate(bytes16 lotId, uint64 co2Ug, uint64 primaryUg, bytes32 reasonHash) external whenNotPaused {
        uint256 token = lotId.toToken();
        LotRecord record = _records[token].value;
        bytes16 businessId = _checkProducer(lotId, record);
        if (primaryUg > co2Ug) revert LotsPrimaryAboveTotal(primaryUg, co2Ug);
        if (reasonHash == 0) revert LotsNoReason(lotId);
        uint32 number = _restate(token, record, co2Ug, primaryUg);
        emit LotRestated(lotId, businessId, number, co2Ug, primaryUg, _chargedUg(record, co2Ug), reasonHash);
    }

    /// @inheritdoc ILots
    function lotOf(bytes16 lotId) external view returns (LotState memory) {
        uint256 token = lotId.toToken();
        LotRecord record = _records[token].value;
        if (record.isNone()) revert LotsUnknownLot(lotId);
        Restatement storage latest = _restatements[token];
        return LotState(
            // Fields of a record fit the types of the same name.
            // forge-lint: disable-start(unsafe-typecast)
            _businesses.idOfNumber(uint24(record.producer())),
            uint64(record.co2Ug()),
            uint64(record.primaryUg()),
            uint64(record.good()),
            uint64(record.firstBlock()),
            // forge-lint: disable-end(unsafe-typecast)
            latest.number,
            latest.co2Ug,
            latest.primaryUg
        );
    }

    /// @dev Gives the calling business's ID.
    function _checkProducer(bytes16 lotId, LotRecord record) private returns (bytes16 businessId) {
        uint256 business;
        (businessId, business) = _businessOf(msg.sender);
        if (record.isNone()) revert LotsUnknownLot(lotId);
        if (record.producer() != business) revert LotsNotProducer(lotId, businessId);
    }

    /// @dev Replaces the figures that hold until now: those of the record, or of the latest restatement.
    function _restate(uint256 token, LotRecord record, uint64 co2Ug, uint64 primaryUg) private returns (uint32 number) {
        Restatement storage latest = _restatements[token];
        number = latest.number;
        (uint256 presentUg, uint256 presentPrimaryUg) =
            number == 0 ? (record.co2Ug(), record.primaryUg()) : (latest.co2Ug, latest.primaryUg);
        if (co2Ug == presentUg && primaryUg == presentPrimaryUg) {
            revert LotsSameFigures(TokenIds.toId(token), co2Ug, primaryUg);
        }
        _restatements[token] = Restatement(co2Ug, primaryUg, ++number);
    }

    /// @dev What the lot should carry above what it does carry.
    function _chargedUg(LotRecord record, uint64 co2Ug) private pure returns (uint64) {
        uint256 settledUg = record.co2Ug();
        // forge-lint: disable-next-line(unsafe-typecast)
        return co2Ug > settledUg ? uint64(co2Ug - settledUg) : 0;
    }
}
