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

    /// @dev The latest figures and what is charged, micrograms, and how many restatements there were; one slot.
    struct Restatement {
        uint64 co2Ug;
        uint64 primaryUg;
        uint32 number;
        uint64 chargedUg;
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
        // What was not attested when the lot was settled is attested by nobody now.
        if (primaryUg > record.primaryUg()) revert LotsPrimaryRaised(lotId, primaryUg, record.primaryUg());
        (uint32 number, uint64 chargedUg) = _restate(token, record, co2Ug, primaryUg);
        emit LotRestated(lotId, businessId, number, co2Ug, primaryUg, chargedUg, reasonHash);
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
            latest.primaryUg,
            latest.chargedUg
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
    function _restate(uint256 token, LotRecord record, uint64 co2Ug, uint64 primaryUg)
        private
        returns (uint32 number, uint64 chargedUg)
    {
        Restatement storage latest = _restatements[token];
        (number, chargedUg) = (latest.number, latest.chargedUg);
        uint256 settledUg = record.co2Ug();
        (uint256 presentUg, uint256 presentPrimaryUg) =
            number == 0 ? (settledUg, record.primaryUg()) : (latest.co2Ug, latest.primaryUg);
        if (co2Ug == presentUg && primaryUg == presentPrimaryUg) {
            revert LotsSameFigures(TokenIds.toId(token), co2Ug, primaryUg);
        }
        // What the lot should carry above what it does carry. It never falls: carbon that was shown is not taken back.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (co2Ug > settledUg + chargedUg) chargedUg = uint64(co2Ug - settledUg);
        _restatements[token] = Restatement(co2Ug, primaryUg, ++number, chargedUg);
    }
}
