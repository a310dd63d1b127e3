// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {CarbonHandler} from "./CarbonHandler.sol";
import {Suite} from "./Suite.sol";

/// @notice Whatever three businesses do and try, no microgram comes or goes.
contract CarbonInvariants is Suite {
    CarbonHandler private _handler;
    ILots private _lots;

    function setUp() public {
        _handler = new CarbonHandler();
        _lots = _handler.ledger();
        target(_handler);
    }

    /// @dev Of each lot: supply = held + consumed, with its CO2 and its primary part; and of each business: what it
    ///      took in is what it holds, consumed into what it holds, shipped or was charged for.
    function invariant_carbonClosesPerLotAndPerBusiness() public view {
        address[3] memory actors = _handler.actors();
        uint256[3] memory heldUg;
        uint256[3] memory heldPrimaryUg;
        for (uint256 i = 0; i < _handler.lotCount(); ++i) {
            bytes16 lotId = _handler.lotIds(i);
            (uint256 quantity, uint256 co2Ug, uint256 primaryUg) = _handler.consumed(lotId);
            for (uint256 j = 0; j < 3; ++j) {
                ILots.Position memory position = _checked(lotId, actors[j]);
                quantity += position.quantity;
                co2Ug += position.co2Ug;
                primaryUg += position.primaryUg;
                heldUg[j] += position.co2Ug;
                heldPrimaryUg[j] += position.primaryUg;
            }
            ILots.Lot memory lot = _lots.lotOf(lotId);
            vm.assertEq(quantity, lot.good, "pieces");
            vm.assertEq(co2Ug, lot.co2Ug, "CO2");
            vm.assertEq(primaryUg, lot.primaryUg, "primary part");
            vm.assertLe(lot.primaryUg, lot.co2Ug);
        }
        for (uint256 j = 0; j < 3; ++j) {
            _balanced(actors[j], heldUg[j], heldPrimaryUg[j]);
        }
    }

    function _balanced(address business, uint256 heldUg, uint256 heldPrimaryUg) private view {
        (, uint256 inUg, uint256 inPrimaryUg) = _handler.tookIn(business);
        (, uint256 outUg, uint256 outPrimaryUg) = _handler.gaveOut(business);
        vm.assertEq(heldUg + outUg, inUg, "carbon of a business");
        vm.assertEq(heldPrimaryUg + outPrimaryUg, inPrimaryUg, "primary part of a business");
        // By factor and by meter, the rounding never favours the business.
        vm.assertGe(inUg * 1e6, _handler.usedPg(business));
    }

    /// @dev A position that is what its tokens say and holds no more primary data than CO2.
    function _checked(bytes16 lotId, address actor) private view returns (ILots.Position memory position) {
        position = _lots.positionOf(lotId, actor);
        vm.assertEq(position.quantity, _lots.balanceOf(actor, uint128(lotId)), "tokens");
        vm.assertLe(position.primaryUg, position.co2Ug);
        if (position.quantity == 0) vm.assertEq(position.co2Ug, 0, "CO2 without tokens");
    }
}
