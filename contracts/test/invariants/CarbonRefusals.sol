// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {CarbonWorld} from "./CarbonWorld.sol";
import {Actions} from "./Suite.sol";

/// @title What businesses may try in vain, and the error that names why
abstract contract CarbonRefusals is CarbonWorld, Actions {
    /// @notice To show less or more than went in, to call more of it measured, to use what one does not have.
    function tryToSettleOtherwise(uint256 actor, uint256 pick, uint64 quantity, uint256 way) external counted {
        actor %= 4;
        bytes16 lotId = _held(actor, pick);
        uint256 held = positionOf(lotId, actor).quantity;
        quantity = uint64(between(quantity, 1, held));
        Books memory used = shareOf(lotId, actor, quantity);
        ILots.Batch memory batch = _nextBatch();
        addMaterial(batch, lotId, quantity);
        addLot(batch, id("cheap"), uint96(used.co2Ug), uint96(used.primaryUg), 1);
        bytes4 reason = _spoil(batch, way % 9, actor, lotId, uint64(held));
        address caller = way % 9 == 6 ? stranger : _actors[actor];
        _refused(caller, abi.encodeCall(ILots.settle, (BatchPacking.pack(batch))), reason);
    }

    /// @notice To ship more than one holds, to somebody who is no business, from another's.
    function tryToShipOtherwise(uint256 from, uint256 to, uint256 pick, uint256 way) external counted {
        from %= 4;
        bytes16 lotId = _held(from, pick);
        uint256 held = positionOf(lotId, from).quantity;
        (address holder, address other) = (_actors[from], _actors[(from + 1) % 4]);
        bytes4 tooMuch = held == MAX_QUANTITY
            ? ILots.LotsQuantityTooLarge.selector
            : IERC1155Errors.ERC1155InsufficientBalance.selector;
        way %= 5;
        if (way == 0) {
            _refused(holder, abi.encodeCall(ILots.ship, (uint128(lotId), _packed(to % 4, held + 1))), tooMuch);
        } else if (way == 1) {
            _refused(holder, _transfer(holder, _actors[to % 4], lotId, held + 1), tooMuch);
        } else if (way == 2) {
            bytes4 reason = IERC1155Errors.ERC1155MissingApprovalForAll.selector;
            _refused(other, _transfer(holder, other, lotId, 1), reason);
        } else {
            bytes4 reason = IBusinessRegistry.BusinessRegistryUnknownAccount.selector;
            uint256 packed = (uint256(uint160(stranger)) << 96) | held;
            if (way == 3) _refused(holder, abi.encodeCall(ILots.ship, (uint128(lotId), packed)), reason);
            else _refused(holder, _transfer(holder, stranger, lotId, held), reason);
        }
    }

    /// @notice To consume what one does not have, to restate what one did not make or without a reason.
    function tryToConsumeOrRestateOtherwise(uint256 actor, uint256 pick, uint64 co2Ug, uint256 way) external counted {
        actor %= 4;
        bytes16 lotId = _held(actor, pick);
        address holder = _actors[actor];
        uint64 held = uint64(positionOf(lotId, actor).quantity);
        way %= 7;
        if (way == 0) {
            bytes4 reason = held == MAX_QUANTITY ? ILots.LotsQuantityTooLarge.selector : ILots.LotsInsufficient.selector;
            return _refused(holder, abi.encodeCall(ILots.consume, (lotId, held + 1, 0)), reason);
        }
        if (way == 1) {
            return _refused(holder, abi.encodeCall(ILots.consume, (lotId, 0, 0)), ILots.LotsZeroQuantity.selector);
        }
        if (way == 2) {
            bytes4 reason = IBusinessRegistry.BusinessRegistryUnknownAccount.selector;
            return _refused(stranger, abi.encodeCall(ILots.consume, (lotId, held, 0)), reason);
        }
        uint256 producer = made[lotId].producer;
        (address maker, address other) = (_actors[producer], _actors[(producer + 1) % 4]);
        if (way == 3) {
            bytes memory call = abi.encodeCall(ILots.restate, (lotId, co2Ug, 0, "reason"));
            return _refused(other, call, ILots.LotsNotProducer.selector);
        }
        if (way == 4) {
            bytes memory call = abi.encodeCall(ILots.restate, (lotId, co2Ug, co2Ug, 0));
            return _refused(maker, call, ILots.LotsNoReason.selector);
        }
        if (way == 5) {
            if (co2Ug == type(uint64).max) --co2Ug;
            bytes memory call = abi.encodeCall(ILots.restate, (lotId, co2Ug, co2Ug + 1, "reason"));
            return _refused(maker, call, ILots.LotsPrimaryAboveTotal.selector);
        }
        Books memory present = presentOf(lotId);
        bytes memory same =
            abi.encodeCall(ILots.restate, (lotId, uint64(present.co2Ug), uint64(present.primaryUg), "reason"));
        _refused(maker, same, ILots.LotsSameFigures.selector);
    }

    /// @notice Anything at all while the ledger of lots is paused.
    function tryWhilePaused(uint256 actor, uint256 to, uint256 pick) external counted {
        (actor, to) = (actor % 4, to % 4);
        bytes16 lotId = _held(actor, pick);
        (address holder, address other) = (_actors[actor], _actors[to]);
        (uint256[] memory tokens, uint256[] memory quantities) = (new uint256[](1), new uint256[](1));
        (tokens[0], quantities[0]) = (uint128(lotId), 1);
        IPausing(address(lots)).pause();
        bytes4 reason = Pausable.EnforcedPause.selector;
        _refused(holder, abi.encodeCall(ILots.settle, (new bytes(0))), reason);
        _refused(holder, abi.encodeCall(ILots.ship, (uint128(lotId), _packed(to, 1))), reason);
        _refused(holder, _transfer(holder, other, lotId, 1), reason);
        _refused(holder, abi.encodeCall(lots.safeBatchTransferFrom, (holder, other, tokens, quantities, "")), reason);
        _refused(holder, abi.encodeCall(lots.setApprovalForAll, (other, true)), reason);
        _refused(holder, abi.encodeCall(ILots.consume, (lotId, 1, 0)), reason);
        _refused(holder, abi.encodeCall(ILots.restate, (lotId, 1, 1, "reason")), reason);
        IPausing(address(lots)).unpause();
    }

    /// @dev Makes one thing wrong with a batch; which error must follow.
    function _spoil(ILots.Batch memory batch, uint256 way, uint256 actor, bytes16 lotId, uint64 held)
        private
        view
        returns (bytes4 reason)
    {
        ILots.NewLot memory lot = batch.lots[0];
        if (way == 0 || (way == 1 && lot.co2Ug == 0)) {
            addLeftOver(batch, "more", 1, 0);
            return ILots.LotsCarbonNotClosed.selector;
        }
        if (way == 1) {
            lot.co2Ug -= 1;
            if (lot.primaryUg > lot.co2Ug) lot.primaryUg -= 1;
            return ILots.LotsCarbonNotClosed.selector;
        }
        if (way == 2) {
            if (lot.primaryUg < lot.co2Ug) {
                lot.primaryUg += 1;
                return ILots.LotsPrimaryNotClosed.selector;
            }
            addLeftOver(batch, "more measured than there is", 0, 1);
            return ILots.LotsPrimaryAboveTotal.selector;
        }
        if (way == 3) {
            addMaterial(batch, lotId, held - batch.materials[0].quantity + 1);
            return ILots.LotsInsufficient.selector;
        }
        if (way == 4) {
            uint256 other = (actor + 1) % 4;
            addEquipment(batch, _machines[other], _records[other], 1);
            return ILots.LotsNotOwnEquipment.selector;
        }
        if (way == 5) {
            (batch.periodStart, batch.periodEnd) = (NOW, NOW + 1);
            return ILots.LotsInvalidPeriod.selector;
        }
        if (way == 6) return IBusinessRegistry.BusinessRegistryUnknownAccount.selector;
        if (way == 7) {
            batch.batchId = bytes16(keccak256(abi.encode("batch", uint256(1))));
            return ILots.LotsBatchSettled.selector;
        }
        lot.lotId = lotId;
        return ILots.LotsLotExists.selector;
    }

    function _refused(address caller, bytes memory call, bytes4 reason) private {
        vm.prank(caller);
        (bool done, bytes memory answer) = address(lots).call(call);
        vm.assertFalse(done);
        vm.assertEq(bytes4(answer), reason);
    }
}
