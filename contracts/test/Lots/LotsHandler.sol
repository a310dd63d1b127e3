// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

/// @notice What three businesses may do with lots, in any order; keeps its own books beside the ledger's.
/// @dev No call may revert: each handler makes what it needs first.
contract LotsHandler is LotsWorld {
    struct Books {
        uint256 quantity;
        uint256 co2Ug;
        uint256 primaryUg;
    }

    bytes16[] public lotIds;
    /// @dev Largest quantity of a lot.
    uint64 private constant MOST = (1 << 42) - 1;

    /// @dev Producer of a lot, and how much of it that one never gave away or consumed.
    mapping(bytes16 lotId => uint256) private _producers;
    mapping(bytes16 lotId => uint256) private _kept;
    /// @dev What was consumed of each lot, by this contract's own arithmetic.
    mapping(bytes16 lotId => Books) public consumed;
    mapping(string action => uint256) public calls;
    address[3] private _actors;
    bytes16[3] private _machines;
    uint256 private _batches;

    constructor() {
        super.setUp();
        _actors = [steel, parts, assembler];
        // 0.333333 µg a second, so that nearly every use rounds.
        _machines = [measured(steel, "m0", 333_333), measured(parts, "m1", 333_333), measured(assembler, "m2", 333_333)];
    }

    /// @dev Set up in the constructor already.
    function setUp() public override {}

    function settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) external {
        ++calls["settleNew"];
        _settleNew(actor % 3, grams, activity, good, split);
    }

    function settleConsuming(uint256 actor, uint256 pick, uint64 quantity, uint32 activity, uint256 split) external {
        ++calls["settleConsuming"];
        actor %= 3;
        bytes16 lotId = _held(actor, pick);
        ILots.Position memory position = lots.positionOf(lotId, _actors[actor]);
        quantity = uint64(between(quantity, 1, position.quantity));
        ILots.Batch memory batch = _nextBatch();
        addMaterial(batch, lotId, quantity);
        (uint256 co2Ug, uint256 primaryUg) = _share(actor, lotId, quantity);
        Books storage books = consumed[lotId];
        books.quantity += quantity;
        books.co2Ug += co2Ug;
        books.primaryUg += primaryUg;
        uint256 measuredUg = _use(batch, actor, activity);
        _settle(actor, batch, co2Ug + measuredUg, primaryUg + measuredUg, quantity, split);
    }

    function ship(uint256 from, uint256 to, uint256 pick, uint64 quantity) external {
        ++calls["ship"];
        from %= 3;
        bytes16 lotId = _held(from, pick);
        quantity = uint64(between(quantity, 0, lots.positionOf(lotId, _actors[from]).quantity));
        if (to % 3 != from) _give(from, lotId, quantity);
        vm.prank(_actors[from]);
        lots.safeTransferFrom(_actors[from], _actors[to % 3], uint128(lotId), quantity, "");
    }

    /// @dev The same lot twice in one batch transfer, to oneself too.
    function shipTwice(uint256 from, uint256 to, uint256 pick, uint64 first, uint64 second) external {
        ++calls["shipTwice"];
        from %= 3;
        bytes16 lotId = _held(from, pick);
        uint64 held = lots.positionOf(lotId, _actors[from]).quantity;
        (uint256[] memory tokens, uint256[] memory quantities) = (new uint256[](2), new uint256[](2));
        (tokens[0], tokens[1]) = (uint128(lotId), uint128(lotId));
        quantities[0] = between(first, 0, held);
        quantities[1] = between(second, 0, held - quantities[0]);
        if (to % 3 != from) _give(from, lotId, quantities[0] + quantities[1]);
        vm.prank(_actors[from]);
        lots.safeBatchTransferFrom(_actors[from], _actors[to % 3], tokens, quantities, "");
    }

    function lotCount() external view returns (uint256) {
        return lotIds.length;
    }

    function ledger() external view returns (ILots) {
        return lots;
    }

    function actors() external view returns (address[3] memory) {
        return _actors;
    }

    /// @dev A lot that the actor holds: the first from `pick` on, else a new one.
    function _held(uint256 actor, uint256 pick) private returns (bytes16 lotId) {
        for (uint256 i = 0; i < lotIds.length; ++i) {
            lotId = lotIds[(pick % lotIds.length + i) % lotIds.length];
            if (lots.positionOf(lotId, _actors[actor]).quantity > 0) return lotId;
        }
        _settleNew(actor, 1000, 1000, 7, pick);
        return lotIds[lotIds.length - 1];
    }

    function _settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) private {
        ILots.Batch memory batch = _nextBatch();
        grams = uint64(between(grams, 1, type(uint64).max));
        addExternal(batch, MICROGRAM, grams);
        uint256 measuredUg = _use(batch, actor, activity);
        _settle(actor, batch, grams + measuredUg, measuredUg, good, split);
    }

    function _use(ILots.Batch memory batch, uint256 actor, uint32 activity) private view returns (uint256 co2Ug) {
        if (activity == 0) return 0;
        addEquipment(batch, _machines[actor], 0, activity);
        return _ceil(uint256(activity) * 333_333, 1e6);
    }

    /// @dev Splits what went in between a lot and a left-over, and settles.
    function _settle(
        uint256 actor,
        ILots.Batch memory batch,
        uint256 co2Ug,
        uint256 primaryUg,
        uint64 good,
        uint256 split
    ) private {
        // A lot has 64 bits of CO2.
        uint256 lotUg = between(split, 0, co2Ug < type(uint64).max ? co2Ug : type(uint64).max);
        uint256 least = primaryUg > co2Ug - lotUg ? primaryUg - (co2Ug - lotUg) : 0;
        uint256 lotPrimaryUg = between(split >> 8, least, primaryUg < lotUg ? primaryUg : lotUg);
        bytes16 lotId = bytes16(keccak256(abi.encode("lot", batch.batchId)));
        good = uint64(between(good, 1, MOST));
        addLot(batch, lotId, uint96(lotUg), uint96(lotPrimaryUg), good);
        addLeftOver(batch, "waste", uint96(co2Ug - lotUg), uint96(primaryUg - lotPrimaryUg));
        settle(_actors[actor], batch);
        lotIds.push(lotId);
        (_producers[lotId], _kept[lotId]) = (actor, good);
    }

    /// @dev CO2 and primary data of what the actor is about to consume of a lot; notes that it does.
    function _share(uint256 actor, bytes16 lotId, uint256 quantity) private returns (uint256 co2Ug, uint256 primaryUg) {
        ILots.Position memory rest = lots.positionOf(lotId, _actors[actor]);
        (uint256 partUg, uint256 partPrimaryUg, uint256 part) = (rest.co2Ug, rest.primaryUg, rest.quantity);
        if (_producers[lotId] == actor) {
            (uint256 keptUg, uint256 keptPrimaryUg) = _keptMass(lotId);
            (partUg, partPrimaryUg, part) = (partUg - keptUg, partPrimaryUg - keptPrimaryUg, part - _kept[lotId]);
            // What came back is consumed first, then what was kept.
            if (quantity > part) {
                _give(actor, lotId, quantity - part);
                (uint256 stillUg, uint256 stillPrimaryUg) = _keptMass(lotId);
                return (partUg + keptUg - stillUg, partPrimaryUg + keptPrimaryUg - stillPrimaryUg);
            }
        }
        return (_ceil(partUg * quantity, part), _ceil(partPrimaryUg * quantity, part));
    }

    /// @dev Notes that the producer gives away, or consumes, so much of what it kept.
    function _give(uint256 actor, bytes16 lotId, uint256 quantity) private returns (uint256 given) {
        if (_producers[lotId] != actor) return 0;
        given = quantity < _kept[lotId] ? quantity : _kept[lotId];
        _kept[lotId] -= given;
    }

    /// @dev Primary data and the rest, each in proportion, rounded down.
    function _keptMass(bytes16 lotId) private view returns (uint256 co2Ug, uint256 primaryUg) {
        ILots.LotState memory lot = lots.lotOf(lotId);
        primaryUg = uint256(lot.primaryUg) * _kept[lotId] / lot.good;
        co2Ug = primaryUg + uint256(lot.co2Ug - lot.primaryUg) * _kept[lotId] / lot.good;
    }

    function _nextBatch() private returns (ILots.Batch memory batch) {
        batch = batchOf("batch");
        batch.batchId = bytes16(keccak256(abi.encode("batch", ++_batches)));
    }

    function _ceil(uint256 number, uint256 divisor) private pure returns (uint256) {
        return number / divisor + (number % divisor == 0 ? 0 : 1);
    }
}
