// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {CallingReceiver} from "../utils/CallingReceiver.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice A business whose account is a contract that calls back in from the hook, once.
contract CallingBack is CallingReceiver {
    ILots private immutable LOTS;
    bytes[] private _calls;
    bytes4[] public answers;
    /// @notice What it held of the watched lot when the hook was called.
    ILots.Position public seen;
    uint256 public hooks;
    bytes16 private _watched;

    constructor(ILots lots) {
        LOTS = lots;
    }

    function watch(bytes16 lotId) external {
        _watched = lotId;
    }

    function plan(bytes calldata data) external {
        _calls.push(data);
    }

    function call(bytes calldata data) external {
        (bool done, bytes memory answer) = address(LOTS).call(data);
        require(done, string(answer));
    }

    /// @dev Nothing but zero means that a call went through.
    function _callBack() internal override {
        if (hooks++ > 0) return;
        seen = LOTS.positionOf(_watched, address(this));
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool done, bytes memory answer) = address(LOTS).call(_calls[i]);
            answers.push(done ? bytes4(0) : bytes4(answer));
        }
    }
}

contract LotsReentrancyTest is LotsWorld {
    CallingBack private _caller;

    function setUp() public override {
        super.setUp();
        _caller = new CallingBack(lots);
        businesses.register(id("caller"), address(_caller), keccak256("https://caller.example"));
    }

    function test_settle_meetsAReceiverThatSettlesAgainShipsAndConsumes() public {
        ILots.Batch memory batch = _batch("batch", "lot", 9);
        ILots.Batch memory sameLot = _batch("other batch", "lot", 9);
        ILots.Batch memory consuming = batchOf("consuming");
        addMaterial(consuming, id("lot"), 1);
        addLot(consuming, id("product"), 3, 0, 1);
        _caller.watch(id("lot"));
        _caller.plan(abi.encodeCall(ILots.settle, (BatchPacking.pack(batch))));
        _caller.plan(abi.encodeCall(ILots.settle, (BatchPacking.pack(sameLot))));
        _caller.plan(abi.encodeCall(ILots.settle, (BatchPacking.pack(consuming))));
        _caller.plan(_shipment(address(_caller), parts, "lot", 1));
        _caller.plan(_shipment(address(_caller), parts, "lot", 2));
        _caller.call(abi.encodeCall(ILots.settle, (BatchPacking.pack(batch))));

        // The batch was whole when the hook was called …
        (uint64 quantity, uint64 co2Ug,) = _caller.seen();
        vm.assertEq(quantity, 3);
        vm.assertEq(co2Ug, 9);
        // … so what may be done once was refused, and what is one's own to do was done and counted.
        vm.assertEq(_caller.answers(0), ILots.LotsBatchSettled.selector);
        vm.assertEq(_caller.answers(1), ILots.LotsLotExists.selector);
        vm.assertEq(_caller.answers(2), bytes4(0));
        vm.assertEq(_caller.answers(3), bytes4(0));
        vm.assertTrue(_caller.answers(4) != 0);
        vm.assertEq(lots.positionOf(id("lot"), address(_caller)).co2Ug, 3);
        vm.assertEq(lots.positionOf(id("lot"), parts).co2Ug, 3);
        vm.assertEq(lots.positionOf(id("product"), address(_caller)).co2Ug, 3);
    }

    function test_ship_meetsAReceiverThatSendsItBackAndOn() public {
        settle(steel, _batch("batch", "lot", 9));
        _caller.watch(id("lot"));
        _caller.plan(_shipment(address(_caller), steel, "lot", 1));
        _caller.plan(_shipment(address(_caller), parts, "lot", 1));
        _caller.plan(_shipment(address(_caller), parts, "lot", 1));
        vm.prank(steel);
        lots.safeTransferFrom(steel, address(_caller), uint128(id("lot")), 2, "");

        (uint64 quantity, uint64 co2Ug,) = _caller.seen();
        vm.assertEq(quantity, 2);
        vm.assertEq(co2Ug, 6);
        vm.assertEq(_caller.answers(1), bytes4(0));
        vm.assertTrue(_caller.answers(2) != 0);
        vm.assertEq(lots.positionOf(id("lot"), steel).co2Ug, 6);
        vm.assertEq(lots.positionOf(id("lot"), parts).co2Ug, 3);
        vm.assertEq(lots.positionOf(id("lot"), address(_caller)).quantity, 0);
        vm.assertEq(lots.balanceOf(steel, uint128(id("lot"))), 2);
    }

    function _batch(string memory name, string memory lot, uint64 co2Ug)
        private
        pure
        returns (ILots.Batch memory batch)
    {
        batch = batchOf(name);
        addExternal(batch, MICROGRAM, co2Ug);
        addLot(batch, id(lot), co2Ug, 0, 3);
    }

    function _shipment(address from, address to, string memory lot, uint256 quantity)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(lots.safeTransferFrom, (from, to, uint128(id(lot)), quantity, ""));
    }
}
