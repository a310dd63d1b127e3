// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {Vm} from "../utils/Vm.sol";
import {CarbonRefusals} from "./CarbonRefusals.sol";

/// @notice What four businesses may do with lots, in any order, and what they may try in vain.
contract CarbonHandler is CarbonRefusals {
    function actions() public pure override returns (bytes4[] memory list) {
        list = new bytes4[](12);
        list[0] = this.settleNew.selector;
        list[1] = this.settleConsuming.selector;
        list[2] = this.ship.selector;
        list[3] = this.shipTwice.selector;
        list[4] = this.shipByOperator.selector;
        list[5] = this.shipToTraderWhoCallsBack.selector;
        list[6] = this.consume.selector;
        list[7] = this.restate.selector;
        list[8] = this.tryToSettleOtherwise.selector;
        list[9] = this.tryToShipOtherwise.selector;
        list[10] = this.tryToConsumeOrRestateOtherwise.selector;
        list[11] = this.tryWhilePaused.selector;
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
        uint256 shipped = _some(quantity, 0, positionOf(lotId, from).quantity);
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
        uint256 shipped = _some(quantity, 1, positionOf(lotId, from).quantity);
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
        uint256 shipped = _some(quantity, 1, positionOf(lotId, from).quantity);
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

    /// @notice For good: what is consumed stays with the account that consumed it.
    function consume(uint256 actor, uint256 pick, uint64 quantity) external counted {
        actor %= 4;
        bytes16 lotId = _held(actor, pick);
        quantity = uint64(_some(quantity, 1, positionOf(lotId, actor).quantity));
        Books memory used = _use(lotId, actor, quantity);
        _giveOut(actor, used);
        bytes32 topic = ILots.LotConsumed.selector;
        bytes memory said = abi.encode(quantity, used.co2Ug, used.primaryUg, bytes32("for nothing"));
        _announces(actor, abi.encodeCall(ILots.consume, (lotId, quantity, "for nothing")), topic, said);
    }

    /// @notice Of an own lot, wherever its tokens are by now.
    function restate(uint256 pick, uint64 co2Ug, uint64 primaryUg) external counted {
        if (lotIds.length == 0) _held(pick % 4, pick);
        bytes16 lotId = lotIds[pick % lotIds.length];
        uint256 settledPrimaryUg = made[lotId].whole.primaryUg;
        primaryUg = uint64(between(primaryUg, 0, co2Ug < settledPrimaryUg ? co2Ug : settledPrimaryUg));
        Books memory present = presentOf(lotId);
        // As it is already, which is refused: changed a little.
        if (co2Ug == present.co2Ug && primaryUg == present.primaryUg) {
            (co2Ug, primaryUg) = co2Ug == 0 ? (1, 0) : (co2Ug - 1, 0);
        }
        (uint256 producer, uint256 ownUg) = (made[lotId].producer, made[lotId].whole.co2Ug);
        uint256 number = _restate(lotId, Books(0, co2Ug, primaryUg));
        if (co2Ug > ownUg + charged[lotId]) charged[lotId] = co2Ug - ownUg;
        bytes memory call = abi.encodeCall(ILots.restate, (lotId, co2Ug, primaryUg, "reason"));
        bytes memory said = abi.encode(number, co2Ug, primaryUg, charged[lotId], bytes32("reason"));
        _announces(producer, call, ILots.LotRestated.selector, said);
    }

    /// @dev The call goes through and its last event says this.
    function _announces(uint256 actor, bytes memory call, bytes32 topic, bytes memory said) private {
        vm.recordLogs();
        vm.prank(_actors[actor]);
        (bool done,) = address(lots).call(call);
        vm.assertTrue(done);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[logs.length - 1].topics[0], topic);
        vm.assertEq(keccak256(logs[logs.length - 1].data), keccak256(said));
    }
}
