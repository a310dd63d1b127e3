// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {Test} from "../utils/Test.sol";
import {LotsHandler} from "./LotsHandler.sol";

/// @notice Whatever three businesses do, no microgram comes or goes: what they hold of a lot and what was consumed
///         of it is the lot.
contract LotsConservationTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    LotsHandler private _handler;
    ILots private _lots;

    function setUp() public {
        _handler = new LotsHandler();
        _lots = _handler.ledger();
    }

    /// @dev Asked by forge: only these are called.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), new bytes4[](4));
        targets[0].selectors[0] = LotsHandler.settleNew.selector;
        targets[0].selectors[1] = LotsHandler.settleConsuming.selector;
        targets[0].selectors[2] = LotsHandler.ship.selector;
        targets[0].selectors[3] = LotsHandler.shipTwice.selector;
    }

    /// @dev Asked by forge.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_heldAndConsumedAreTheLotAndPositionsAreTheTokens() public view {
        address[3] memory actors = _handler.actors();
        for (uint256 i = 0; i < _handler.lotCount(); ++i) {
            bytes16 lotId = _handler.lotIds(i);
            (uint256 quantity, uint256 co2Ug, uint256 primaryUg) = _handler.consumed(lotId);
            for (uint256 j = 0; j < 3; ++j) {
                ILots.Position memory position = _checked(lotId, actors[j]);
                quantity += position.quantity;
                co2Ug += position.co2Ug;
                primaryUg += position.primaryUg;
            }
            ILots.LotState memory lot = _lots.lotOf(lotId);
            vm.assertEq(quantity, lot.good, "pieces");
            vm.assertEq(co2Ug, lot.co2Ug, "CO2");
            vm.assertEq(primaryUg, lot.primaryUg, "primary part");
        }
    }

    /// @dev A run that left an action out would prove nothing about it.
    function afterInvariant() external view {
        vm.assertGt(_handler.calls("settleNew"), 0, "settleNew was not called");
        vm.assertGt(_handler.calls("settleConsuming"), 0, "settleConsuming was not called");
        vm.assertGt(_handler.calls("ship"), 0, "ship was not called");
        vm.assertGt(_handler.calls("shipTwice"), 0, "shipTwice was not called");
    }

    /// @dev A position that is what its tokens say and holds no more primary data than CO2.
    function _checked(bytes16 lotId, address actor) private view returns (ILots.Position memory position) {
        position = _lots.positionOf(lotId, actor);
        vm.assertEq(position.quantity, _lots.balanceOf(actor, uint128(lotId)), "tokens");
        vm.assertLe(position.primaryUg, position.co2Ug);
        if (position.quantity == 0) vm.assertEq(position.co2Ug, 0, "CO2 without tokens");
    }
}
