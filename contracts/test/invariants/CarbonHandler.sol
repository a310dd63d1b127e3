// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {CarbonBooks} from "./CarbonBooks.sol";
import {Actions} from "./Suite.sol";
import {Trader} from "./Trader.sol";

/// @notice What four businesses may do with lots, in any order, and what they may try in vain. The fourth is a contract
///         that calls back in when it receives something.
contract CarbonHandler is LotsWorld, CarbonBooks, Actions {
    /// @dev 0.333333 µg a second, so that nearly every use rounds.
    uint64 private constant INTENSITY_PG = 333_333;
    uint256 private constant TRADER = 3;

    Trader private _trader;
    address[4] private _actors;
    bytes16[4] private _machines;
    uint32[4] private _intensities;
    uint256 private _batches;

    constructor() {
        super.setUp();
        _trader = new Trader(address(lots));
        businesses.register(id("trader"), address(_trader), keccak256("https://trader.example"));
        _actors = [steel, parts, assembler, address(_trader)];
        for (uint256 i = 0; i < 4; ++i) {
            _machines[i] = measured(_actors[i], string(abi.encode("machine", i)), INTENSITY_PG);
            _intensities[i] = lastRecord;
        }
    }

    /// @dev Set up in the constructor already.
    function setUp() public override {}

    function actions() public pure override returns (bytes4[] memory list) {
        list = new bytes4[](8);
        list[0] = this.settleNew.selector;
        list[1] = this.settleConsuming.selector;
        list[2] = this.ship.selector;
        list[3] = this.shipTwice.selector;
        list[4] = this.shipByOperator.selector;
        list[5] = this.shipToTraderWhoCallsBack.selector;
        list[6] = this.tryToSettleOtherwise.selector;
        list[7] = this.tryToShipOtherwise.selector;
    }

    function settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) external counted {
        _settleNew(actor % 4, grams, activity, good, split);
    }

    /// @notice Uses a lot twice in one batch, and own equipment.
    function settleConsuming(uint256 actor, uint256 pick, uint64 quantity, uint32 activity, uint256 split)
        external
        counted
    {
        actor %= 4;
        bytes16 lotId = _held(actor, pick);
        _settle(actor, _consuming(actor, lotId, quantity, activity, split));
    }

    /// @notice By the short way or by the standard's.
    function ship(uint256 from, uint256 to, uint256 pick, uint64 quantity, bool short) external counted {
        (from, to) = (from % 4, to % 4);
        bytes16 lotId = _held(from, pick);
        uint256 shipped = between(quantity, 0, positionOf(lotId, from).quantity);
        _ship(lotId, from, to, shipped);
        vm.prank(_actors[from]);
        if (short) lots.ship(uint128(lotId), _packed(to, shipped));
        else lots.safeTransferFrom(_actors[from], _actors[to], uint128(lotId), shipped, "");
    }

    /// @notice The same lot twice in one batch transfer, to oneself too.
    function shipTwice(uint256 from, uint256 to, uint256 pick, uint64 first, uint64 second) external counted {
        (from, to) = (from % 4, to % 4);
        bytes16 lotId = _held(from, pick);
        uint256 held = positionOf(lotId, from).quantity;
        (uint256[] memory tokens, uint256[] memory quantities) = (new uint256[](2), new uint256[](2));
        (tokens[0], tokens[1]) = (uint128(lotId), uint128(lotId));
        quantities[0] = between(first, 0, held);
        quantities[1] = between(second, 0, held - quantities[0]);
        _ship(lotId, from, to, quantities[0]);
        _ship(lotId, from, to, quantities[1]);
        vm.prank(_actors[from]);
        lots.safeBatchTransferFrom(_actors[from], _actors[to], tokens, quantities, "");
    }

    /// @notice Somebody who is no business ships for the holder, who allowed it and then no longer does.
    function shipByOperator(uint256 from, uint256 to, uint256 pick, uint64 quantity) external counted {
        (from, to) = (from % 4, to % 4);
        bytes16 lotId = _held(from, pick);
        uint256 shipped = between(quantity, 1, positionOf(lotId, from).quantity);
        _ship(lotId, from, to, shipped);
        vm.prank(_actors[from]);
        lots.setApprovalForAll(stranger, true);
        vm.prank(stranger);
        lots.safeTransferFrom(_actors[from], _actors[to], uint128(lotId), shipped, "");
        vm.prank(_actors[from]);
        lots.setApprovalForAll(stranger, false);
    }

    /// @notice From the hook, the trader tries to ship more than it got, ships some of it on, and consumes some.
    function shipToTraderWhoCallsBack(uint256 from, uint256 to, uint256 pick, uint64 quantity, uint256 split)
        external
        counted
    {
        (from, to) = (from % 3, to % 3);
        bytes16 lotId = _held(from, pick);
        uint256 shipped = between(quantity, 1, positionOf(lotId, from).quantity);
        _ship(lotId, from, TRADER, shipped);
        uint256 held = positionOf(lotId, TRADER).quantity;
        _trader.plan(abi.encodeCall(ILots.ship, (uint128(lotId), _packed(to, held + 1))), false);
        uint256 onward = between(split, 1, held);
        _ship(lotId, TRADER, to, onward);
        _trader.plan(abi.encodeCall(ILots.ship, (uint128(lotId), _packed(to, onward))), true);
        if (onward < held) {
            bytes memory batch = _consuming(TRADER, lotId, uint64(split >> 64), uint32(split >> 128), split);
            _trader.plan(abi.encodeCall(ILots.settle, (batch)), true);
            _trader.plan(abi.encodeCall(ILots.settle, (batch)), false);
        }
        vm.prank(_actors[from]);
        lots.ship(uint128(lotId), _packed(TRADER, shipped));
        vm.assertTrue(_trader.isIdle());
    }

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

    function ledger() external view returns (ILots) {
        return lots;
    }

    function actors() external view returns (address[4] memory) {
        return _actors;
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
            addEquipment(batch, _machines[other], _intensities[other], 1);
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

    /// @dev A lot that the business holds: the first from `pick` on, else a new one.
    function _held(uint256 actor, uint256 pick) private returns (bytes16 lotId) {
        for (uint256 i = 0; i < lotIds.length; ++i) {
            lotId = lotIds[(pick % lotIds.length + i) % lotIds.length];
            if (positionOf(lotId, actor).quantity > 0) return lotId;
        }
        _settleNew(actor, 1000, 1000, 7, pick);
        return lotIds[lotIds.length - 1];
    }

    function _settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) private {
        ILots.Batch memory batch = _nextBatch();
        if (grams == 0) grams = 1;
        addExternal(batch, MICROGRAM, grams);
        Books memory came = _sum(_takeIn(actor, uint256(grams) * 1e6, false), _meter(batch, actor, activity));
        _settle(actor, _close(actor, batch, came, good, split));
    }

    function _settle(uint256 actor, bytes memory batch) private {
        vm.prank(_actors[actor]);
        lots.settle(batch);
    }

    /// @dev A batch that uses up to that much of a lot, as two materials if it is more than one base unit.
    function _consuming(uint256 actor, bytes16 lotId, uint64 quantity, uint32 activity, uint256 split)
        private
        returns (bytes memory packed)
    {
        ILots.Batch memory batch = _nextBatch();
        quantity = uint64(between(quantity, 1, positionOf(lotId, actor).quantity));
        Books memory used;
        if (quantity > 1) {
            uint64 first = uint64(between(split >> 16, 1, quantity - 1));
            addMaterial(batch, lotId, first);
            used = _use(lotId, actor, first);
            quantity -= first;
        }
        addMaterial(batch, lotId, quantity);
        used = _sum(used, _use(lotId, actor, quantity));
        return _close(actor, batch, _sum(used, _meter(batch, actor, activity)), quantity, split);
    }

    function _meter(ILots.Batch memory batch, uint256 actor, uint32 activity) private returns (Books memory metered) {
        if (activity == 0) return metered;
        addEquipment(batch, _machines[actor], _intensities[actor], activity);
        return _takeIn(actor, uint256(activity) * INTENSITY_PG, true);
    }

    /// @dev Splits what went in between a lot and a left-over, and packs.
    function _close(uint256 actor, ILots.Batch memory batch, Books memory used, uint64 good, uint256 split)
        private
        returns (bytes memory packed)
    {
        // A lot has 64 bits of CO2.
        uint256 co2Ug = between(split, 0, used.co2Ug < type(uint64).max ? used.co2Ug : type(uint64).max);
        uint256 rest = used.co2Ug - co2Ug;
        uint256 least = used.primaryUg > rest ? used.primaryUg - rest : 0;
        uint256 primaryUg = between(split >> 8, least, used.primaryUg < co2Ug ? used.primaryUg : co2Ug);
        Books memory lot = Books(between(good, 1, MAX_QUANTITY), co2Ug, primaryUg);
        Books memory left = Books(0, rest, used.primaryUg - primaryUg);
        bytes16 lotId = bytes16(keccak256(abi.encode("lot", batch.batchId)));
        addLot(batch, lotId, uint96(co2Ug), uint96(primaryUg), uint64(lot.quantity));
        addLeftOver(batch, "waste", uint96(left.co2Ug), uint96(left.primaryUg));
        _make(lotId, actor, lot);
        _giveOut(actor, left);
        return BatchPacking.pack(batch);
    }

    function _nextBatch() private returns (ILots.Batch memory batch) {
        batch = batchOf("batch");
        batch.batchId = bytes16(keccak256(abi.encode("batch", ++_batches)));
    }

    function _packed(uint256 to, uint256 quantity) private view returns (uint256) {
        return (uint256(uint160(_actors[to])) << 96) | quantity;
    }

    function _transfer(address from, address to, bytes16 lotId, uint256 quantity) private view returns (bytes memory) {
        return abi.encodeCall(lots.safeTransferFrom, (from, to, uint128(lotId), quantity, ""));
    }
}
