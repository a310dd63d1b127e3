// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Books of every lot and business, kept beside the ledger's by arithmetic of their own
/// @dev Businesses are numbers here. Nothing in this file asks the ledger.
abstract contract CarbonBooks {
    struct Books {
        uint256 quantity;
        uint256 co2Ug;
        uint256 primaryUg;
    }

    /// @param kept Base units that the producer neither gave away nor consumed.
    struct Made {
        uint256 producer;
        uint256 kept;
        Books whole;
    }

    bytes16[] public lotIds;
    mapping(bytes16 lotId => Made) public made;
    /// @notice What a lot was restated to last, and how often: zero times, as it was made.
    mapping(bytes16 lotId => Books) public restated;
    mapping(bytes16 lotId => uint256) public restatements;
    /// @notice What the producer bears for a lot beside what it carries: it never falls.
    mapping(bytes16 lotId => uint256) public charged;
    /// @notice What a business has of a lot but for what it kept of its own.
    mapping(bytes16 lotId => mapping(uint256 actor => Books)) public partOf;
    /// @notice What was consumed of each lot.
    mapping(bytes16 lotId => Books) public consumed;
    /// @notice What came to a business: by factor, by meter, and with what others shipped to it.
    mapping(uint256 actor => Books) public tookIn;
    /// @notice What a business shipped to others, consumed for good or charged to its own account by name.
    mapping(uint256 actor => Books) public gaveOut;
    /// @notice Picograms, before any rounding, of what a business used by factor and by meter.
    mapping(uint256 actor => uint256) public usedPg;

    function lotCount() external view returns (uint256) {
        return lotIds.length;
    }

    /// @notice What the ledger must show as the business's position.
    function positionOf(bytes16 lotId, uint256 actor) public view returns (Books memory position) {
        position = partOf[lotId][actor];
        if (made[lotId].producer == actor) position = _sum(position, _keptOf(lotId));
    }

    /// @notice The CO2 of the whole lot as known now.
    function presentOf(bytes16 lotId) public view returns (Books memory) {
        return restatements[lotId] == 0 ? made[lotId].whole : restated[lotId];
    }

    /// @notice What goes along when the business consumes that much next.
    function shareOf(bytes16 lotId, uint256 actor, uint256 quantity) public view returns (Books memory share) {
        (share,,) = _shareOf(lotId, actor, quantity, false);
    }

    function _make(bytes16 lotId, uint256 producer, Books memory whole) internal {
        made[lotId] = Made(producer, whole.quantity, whole);
        lotIds.push(lotId);
    }

    /// @dev One business ships to another, or to itself, which ships nothing.
    function _ship(bytes16 lotId, uint256 from, uint256 to, uint256 quantity) internal {
        if (from == to || quantity == 0) return;
        Books memory part = _take(lotId, from, quantity, true);
        _add(partOf[lotId][to], part);
        _add(gaveOut[from], part);
        _add(tookIn[to], part);
    }

    /// @dev What is consumed is gone.
    function _use(bytes16 lotId, uint256 actor, uint256 quantity) internal returns (Books memory used) {
        used = _take(lotId, actor, quantity, false);
        _add(consumed[lotId], used);
    }

    function _restate(bytes16 lotId, Books memory figures) internal returns (uint256 number) {
        restated[lotId] = figures;
        return ++restatements[lotId];
    }

    /// @dev From outside, exactly so many picograms, and of them primary: micrograms are rounded up.
    function _takeIn(uint256 actor, uint256 pg, uint256 primaryPg) internal returns (Books memory came) {
        came = Books(0, _ceil(pg, 1e6), _ceil(primaryPg, 1e6));
        usedPg[actor] += pg;
        _add(tookIn[actor], came);
    }

    function _giveOut(uint256 actor, Books memory part) internal {
        _add(gaveOut[actor], part);
    }

    function _sum(Books memory a, Books memory b) internal pure returns (Books memory) {
        return Books(a.quantity + b.quantity, a.co2Ug + b.co2Ug, a.primaryUg + b.primaryUg);
    }

    function _difference(Books memory a, Books memory b) internal pure returns (Books memory) {
        return Books(a.quantity - b.quantity, a.co2Ug - b.co2Ug, a.primaryUg - b.primaryUg);
    }

    function _take(bytes16 lotId, uint256 actor, uint256 quantity, bool keptFirst)
        private
        returns (Books memory taken)
    {
        Books memory rest;
        (taken, rest, made[lotId].kept) = _shareOf(lotId, actor, quantity, keptFirst);
        partOf[lotId][actor] = rest;
    }

    /// @dev The share, what is left of the part, and of what the producer kept.
    /// @param keptFirst Producers ship what they kept first, and consume what came back first.
    function _shareOf(bytes16 lotId, uint256 actor, uint256 quantity, bool keptFirst)
        private
        view
        returns (Books memory share, Books memory rest, uint256 kept)
    {
        rest = partOf[lotId][actor];
        kept = made[lotId].kept;
        uint256 own = made[lotId].producer == actor ? kept : 0;
        uint256 fromPart = rest.quantity < quantity ? rest.quantity : quantity;
        if (keptFirst) fromPart = own < quantity ? quantity - own : 0;
        if (fromPart > 0) {
            share = Books(
                fromPart, _ceil(rest.co2Ug * fromPart, rest.quantity), _ceil(rest.primaryUg * fromPart, rest.quantity)
            );
            rest = _difference(rest, share);
        }
        if (quantity > fromPart) {
            kept -= quantity - fromPart;
            share = _sum(share, _difference(_massOf(lotId, made[lotId].kept), _massOf(lotId, kept)));
        }
    }

    function _add(Books storage books, Books memory part) private {
        books.quantity += part.quantity;
        books.co2Ug += part.co2Ug;
        books.primaryUg += part.primaryUg;
    }

    function _keptOf(bytes16 lotId) private view returns (Books memory) {
        return _massOf(lotId, made[lotId].kept);
    }

    /// @dev Of what is kept: primary data and the rest, each in proportion, rounded down.
    function _massOf(bytes16 lotId, uint256 kept) private view returns (Books memory) {
        Books memory whole = made[lotId].whole;
        uint256 primaryUg = whole.primaryUg * kept / whole.quantity;
        return Books(kept, primaryUg + (whole.co2Ug - whole.primaryUg) * kept / whole.quantity, primaryUg);
    }

    function _ceil(uint256 number, uint256 divisor) private pure returns (uint256) {
        return number / divisor + (number % divisor == 0 ? 0 : 1);
    }
}
