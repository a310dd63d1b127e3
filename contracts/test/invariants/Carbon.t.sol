// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {CarbonBooks} from "./CarbonBooks.sol";
import {CarbonHandler} from "./CarbonHandler.sol";
import {Suite} from "./Suite.sol";

/// @notice Whatever four businesses do and try, no microgram comes or goes.
contract CarbonInvariants is Suite {
    CarbonHandler private _handler;
    ILots private _lots;

    function setUp() public {
        _handler = new CarbonHandler();
        _lots = _handler.ledger();
        target(_handler);
    }

    /// @dev One sequence of actions serves all checks.
    function invariant_carbonClosesPerLotAndPerBusinessAsTheBooksSay() public view {
        _carbonCloses();
        _positionsAreWhatTheBooksSay();
        _whatAProducerKeepsIsRoundedDown();
    }

    /// @dev Of each lot: supply = held + consumed, with its CO2 and its primary part. Of each business: what it took in
    ///      is what it holds, shipped, consumed or was charged for by name.
    function _carbonCloses() private view {
        address[4] memory actors = _handler.actors();
        CarbonBooks.Books[4] memory held;
        for (uint256 i = 0; i < _handler.lotCount(); ++i) {
            bytes16 lotId = _handler.lotIds(i);
            (uint256 quantity, uint256 co2Ug, uint256 primaryUg) = _handler.consumed(lotId);
            for (uint256 j = 0; j < 4; ++j) {
                ILots.Position memory position = _lots.positionOf(lotId, actors[j]);
                quantity += position.quantity;
                co2Ug += position.co2Ug;
                primaryUg += position.primaryUg;
                held[j].co2Ug += position.co2Ug;
                held[j].primaryUg += position.primaryUg;
            }
            ILots.LotState memory lot = _lots.lotOf(lotId);
            vm.assertEq(quantity, lot.good, "pieces");
            vm.assertEq(co2Ug, lot.co2Ug, "CO2");
            vm.assertEq(primaryUg, lot.primaryUg, "primary part");
            vm.assertLe(lot.primaryUg, lot.co2Ug);
            _stated(lotId, lot);
        }
        for (uint256 j = 0; j < 4; ++j) {
            _balanced(j, held[j]);
        }
    }

    /// @dev The ledger shows of each holder what books kept by other arithmetic say, and what its tokens say.
    function _positionsAreWhatTheBooksSay() private view {
        address[4] memory actors = _handler.actors();
        for (uint256 i = 0; i < _handler.lotCount(); ++i) {
            bytes16 lotId = _handler.lotIds(i);
            for (uint256 j = 0; j < 4; ++j) {
                ILots.Position memory position = _lots.positionOf(lotId, actors[j]);
                CarbonBooks.Books memory books = _handler.positionOf(lotId, j);
                vm.assertEq(position.quantity, books.quantity, "quantity");
                vm.assertEq(position.co2Ug, books.co2Ug, "CO2");
                vm.assertEq(position.primaryUg, books.primaryUg, "primary part");
                vm.assertEq(position.quantity, _lots.balanceOf(actors[j], uint128(lotId)), "tokens");
                vm.assertLe(position.primaryUg, position.co2Ug);
                if (position.quantity == 0) vm.assertEq(position.co2Ug, 0, "CO2 without tokens");
                else _shared(lotId, actors[j], j, position);
            }
        }
    }

    /// @dev What a producer gave away or consumed of its own has at least its exact share: by what it kept, at most.
    function _whatAProducerKeepsIsRoundedDown() private view {
        for (uint256 i = 0; i < _handler.lotCount(); ++i) {
            bytes16 lotId = _handler.lotIds(i);
            (uint256 producer, uint256 kept, CarbonBooks.Books memory whole) = _handler.made(lotId);
            (, uint256 partUg,) = _handler.partOf(lotId, producer);
            uint256 keptUg = _lots.positionOf(lotId, _handler.actors()[producer]).co2Ug - partUg;
            vm.assertLe(keptUg * whole.quantity, whole.co2Ug * kept);
        }
    }

    /// @dev As it was made, and beside it as it was restated last.
    function _stated(bytes16 lotId, ILots.LotState memory lot) private view {
        (,, CarbonBooks.Books memory whole) = _handler.made(lotId);
        (, uint256 restatedUg, uint256 restatedPrimaryUg) = _handler.restated(lotId);
        vm.assertEq(lot.co2Ug, whole.co2Ug, "restated CO2 must not replace the lot's own");
        vm.assertEq(lot.primaryUg, whole.primaryUg);
        vm.assertEq(lot.restatements, _handler.restatements(lotId));
        vm.assertEq(lot.restatedUg, restatedUg);
        vm.assertEq(lot.restatedPrimaryUg, restatedPrimaryUg);
    }

    /// @dev The share of all is all; the share of one base unit is what the books say.
    function _shared(bytes16 lotId, address holder, uint256 actor, ILots.Position memory position) private view {
        (uint64 co2Ug, uint64 primaryUg) = _lots.shareOf(lotId, holder, position.quantity);
        vm.assertEq(co2Ug, position.co2Ug, "share of all");
        vm.assertEq(primaryUg, position.primaryUg, "primary share of all");
        CarbonBooks.Books memory one = _handler.shareOf(lotId, actor, 1);
        (co2Ug, primaryUg) = _lots.shareOf(lotId, holder, 1);
        vm.assertEq(co2Ug, one.co2Ug, "share of one");
        vm.assertEq(primaryUg, one.primaryUg, "primary share of one");
    }

    function _balanced(uint256 actor, CarbonBooks.Books memory held) private view {
        (, uint256 inUg, uint256 inPrimaryUg) = _handler.tookIn(actor);
        (, uint256 outUg, uint256 outPrimaryUg) = _handler.gaveOut(actor);
        vm.assertEq(held.co2Ug + outUg, inUg, "carbon of a business");
        vm.assertEq(held.primaryUg + outPrimaryUg, inPrimaryUg, "primary part of a business");
        // By factor and by meter, the rounding never favours the business.
        vm.assertGe(inUg * 1e6, _handler.usedPg(actor));
    }
}
