// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {Actions} from "./Suite.sol";

/// @notice What three businesses may do with lots, in any order, and what they may try in vain; keeps its own books
///         beside the ledger's, by its own arithmetic.
contract CarbonHandler is LotsWorld, Actions {
    /// @param quantity Base units.
    struct Books {
        uint256 quantity;
        uint256 co2Ug;
        uint256 primaryUg;
    }

    /// @notice 0.333333 µg a second, so that nearly every use rounds.
    uint64 public constant INTENSITY_PG = 333_333;

    bytes16[] public lotIds;
    /// @notice What was consumed of each lot.
    mapping(bytes16 lotId => Books) public consumed;
    /// @notice What came to a business: by factor, by meter, with what others shipped to it.
    mapping(address business => Books) public tookIn;
    /// @notice What a business shipped to others or charged to its own account by name.
    mapping(address business => Books) public gaveOut;
    /// @notice Picograms, before any rounding, of what a business used by factor and by meter.
    mapping(address business => uint256) public usedPg;
    address[3] private _actors;
    bytes16[3] private _machines;
    uint256 private _batches;

    constructor() {
        super.setUp();
        _actors = [steel, parts, assembler];
        _machines = [
            measured(steel, "m0", INTENSITY_PG),
            measured(parts, "m1", INTENSITY_PG),
            measured(assembler, "m2", INTENSITY_PG)
        ];
    }

    /// @dev Set up in the constructor already.
    function setUp() public override {}

    function actions() public pure override returns (bytes4[] memory list) {
        list = new bytes4[](7);
        list[0] = this.settleNew.selector;
        list[1] = this.settleConsuming.selector;
        list[2] = this.ship.selector;
        list[3] = this.shipTwice.selector;
        list[4] = this.shipByOperator.selector;
        list[5] = this.tryToSettleOtherwise.selector;
        list[6] = this.tryToShipOtherwise.selector;
    }

    function settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) external counted {
        _settleNew(actor % 3, grams, activity, good, split);
    }

    function settleConsuming(uint256 actor, uint256 pick, uint64 quantity, uint32 activity, uint256 split)
        external
        counted
    {
        actor %= 3;
        bytes16 lotId = _held(actor, pick);
        ILots.Batch memory batch = _nextBatch();
        Books memory used = _share(lotId, _actors[actor], between(quantity, 1, _quantity(lotId, actor)));
        addMaterial(batch, lotId, uint64(used.quantity));
        _add(consumed[lotId], used);
        _use(batch, actor, activity, used);
        _settle(actor, batch, used.co2Ug, used.primaryUg, used.quantity, split);
    }

    function ship(uint256 from, uint256 to, uint256 pick, uint64 quantity) external counted {
        from %= 3;
        bytes16 lotId = _held(from, pick);
        uint256 shipped = between(quantity, 0, _quantity(lotId, from));
        _book(lotId, _actors[from], _actors[to % 3], shipped);
        vm.prank(_actors[from]);
        lots.safeTransferFrom(_actors[from], _actors[to % 3], uint128(lotId), shipped, "");
    }

    /// @notice The same lot twice in one batch transfer, to oneself too.
    function shipTwice(uint256 from, uint256 to, uint256 pick, uint64 first, uint64 second) external counted {
        from %= 3;
        bytes16 lotId = _held(from, pick);
        Books memory position = _position(lotId, _actors[from]);
        (uint256[] memory tokens, uint256[] memory quantities) = (new uint256[](2), new uint256[](2));
        (tokens[0], tokens[1]) = (uint128(lotId), uint128(lotId));
        quantities[0] = between(first, 0, position.quantity);
        quantities[1] = between(second, 0, position.quantity - quantities[0]);
        if (to % 3 != from) {
            for (uint256 i = 0; i < 2; ++i) {
                Books memory part = _shareOf(position, quantities[i]);
                position = Books(
                    position.quantity - part.quantity, position.co2Ug - part.co2Ug, position.primaryUg - part.primaryUg
                );
                _add(gaveOut[_actors[from]], part);
                _add(tookIn[_actors[to % 3]], part);
            }
        }
        vm.prank(_actors[from]);
        lots.safeBatchTransferFrom(_actors[from], _actors[to % 3], tokens, quantities, "");
    }

    /// @notice Somebody who is no business ships for the holder, who allowed it and then no longer does.
    function shipByOperator(uint256 from, uint256 to, uint256 pick, uint64 quantity) external counted {
        from %= 3;
        bytes16 lotId = _held(from, pick);
        uint256 shipped = between(quantity, 1, _quantity(lotId, from));
        _book(lotId, _actors[from], _actors[to % 3], shipped);
        vm.prank(_actors[from]);
        lots.setApprovalForAll(stranger, true);
        vm.prank(stranger);
        lots.safeTransferFrom(_actors[from], _actors[to % 3], uint128(lotId), shipped, "");
        vm.prank(_actors[from]);
        lots.setApprovalForAll(stranger, false);
    }

    /// @notice To show less or more than went in, to call more of it measured, to use what one does not have.
    function tryToSettleOtherwise(uint256 actor, uint256 pick, uint64 quantity, uint8 way) external counted {
        actor %= 3;
        bytes16 lotId = _held(actor, pick);
        Books memory used = _share(lotId, _actors[actor], between(quantity, 1, _quantity(lotId, actor)));
        ILots.Batch memory batch = _nextBatch();
        addMaterial(batch, lotId, uint64(used.quantity));
        way %= 7;
        if (way == 0) used.co2Ug += 1;
        if (way == 1 && used.co2Ug > 0) used.co2Ug -= 1;
        else if (way == 1) used.primaryUg += 1;
        if (way == 2) used.primaryUg += 1;
        if (way == 3) addMaterial(batch, lotId, uint64(_quantity(lotId, actor) - used.quantity + 1));
        if (way == 4) addEquipment(batch, _machines[(actor + 1) % 3], 0, 1);
        if (way == 5) (batch.periodStart, batch.periodEnd) = (NOW, NOW + 1);
        addLot(batch, bytes16(keccak256("cheap")), uint96(used.co2Ug), uint96(used.primaryUg), 1);
        _refused(way == 6 ? stranger : _actors[actor], abi.encodeCall(ILots.settle, (batch)));
    }

    /// @notice To ship more than one holds, to nobody's account, from another's.
    function tryToShipOtherwise(uint256 from, uint256 pick, uint8 way) external counted {
        from %= 3;
        bytes16 lotId = _held(from, pick);
        uint256 held = _quantity(lotId, from);
        (address holder, address other) = (_actors[from], _actors[(from + 1) % 3]);
        way %= 3;
        (address caller, address to) = (way == 1 ? other : holder, way == 2 ? stranger : other);
        uint256 quantity = way == 0 ? held + 1 : held;
        _refused(caller, abi.encodeCall(lots.safeTransferFrom, (holder, to, uint128(lotId), quantity, "")));
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

    function _refused(address caller, bytes memory call) private {
        vm.prank(caller);
        (bool done,) = address(lots).call(call);
        vm.assertFalse(done);
    }

    /// @dev A lot that the actor holds: the first from `pick` on, else a new one.
    function _held(uint256 actor, uint256 pick) private returns (bytes16 lotId) {
        for (uint256 i = 0; i < lotIds.length; ++i) {
            lotId = lotIds[(pick % lotIds.length + i) % lotIds.length];
            if (lots.balanceOf(_actors[actor], uint128(lotId)) > 0) return lotId;
        }
        _settleNew(actor, 1000, 1000, 7, pick);
        return lotIds[lotIds.length - 1];
    }

    function _settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) private {
        ILots.Batch memory batch = _nextBatch();
        grams = uint64(between(grams, 1, type(uint64).max));
        addExternal(batch, MICROGRAM, grams);
        tookIn[_actors[actor]].co2Ug += grams;
        usedPg[_actors[actor]] += uint256(grams) * 1e6;
        Books memory used = Books(0, grams, 0);
        _use(batch, actor, activity, used);
        _settle(actor, batch, used.co2Ug, used.primaryUg, good, split);
    }

    function _use(ILots.Batch memory batch, uint256 actor, uint32 activity, Books memory used) private {
        if (activity == 0) return;
        addEquipment(batch, _machines[actor], 0, activity);
        uint256 pg = uint256(activity) * INTENSITY_PG;
        Books memory metered = Books(0, _ceil(pg, 1e6), _ceil(pg, 1e6));
        _add(tookIn[_actors[actor]], metered);
        usedPg[_actors[actor]] += pg;
        used.co2Ug += metered.co2Ug;
        used.primaryUg += metered.primaryUg;
    }

    /// @dev Splits what went in between a lot and a left-over, and settles.
    function _settle(
        uint256 actor,
        ILots.Batch memory batch,
        uint256 co2Ug,
        uint256 primaryUg,
        uint256 good,
        uint256 split
    ) private {
        uint256 lotUg = between(split, 0, co2Ug);
        uint256 least = primaryUg > co2Ug - lotUg ? primaryUg - (co2Ug - lotUg) : 0;
        uint256 lotPrimaryUg = between(split >> 8, least, primaryUg < lotUg ? primaryUg : lotUg);
        bytes16 lotId = bytes16(keccak256(abi.encode("lot", batch.batchId)));
        addLot(batch, lotId, uint96(lotUg), uint96(lotPrimaryUg), uint64(between(good, 1, type(uint64).max)));
        addLeftOver(batch, "waste", uint96(co2Ug - lotUg), uint96(primaryUg - lotPrimaryUg));
        _add(gaveOut[_actors[actor]], Books(0, co2Ug - lotUg, primaryUg - lotPrimaryUg));
        settle(_actors[actor], batch);
        lotIds.push(lotId);
    }

    function _nextBatch() private returns (ILots.Batch memory batch) {
        batch = batchOf("batch");
        batch.batchId = bytes16(keccak256(abi.encode("batch", ++_batches)));
    }

    function _book(bytes16 lotId, address from, address to, uint256 quantity) private {
        if (from == to) return;
        Books memory part = _share(lotId, from, quantity);
        _add(gaveOut[from], part);
        _add(tookIn[to], part);
    }

    function _add(Books storage books, Books memory part) private {
        books.quantity += part.quantity;
        books.co2Ug += part.co2Ug;
        books.primaryUg += part.primaryUg;
    }

    function _share(bytes16 lotId, address holder, uint256 quantity) private view returns (Books memory) {
        return _shareOf(_position(lotId, holder), quantity);
    }

    function _quantity(bytes16 lotId, uint256 actor) private view returns (uint256) {
        return lots.balanceOf(_actors[actor], uint128(lotId));
    }

    function _position(bytes16 lotId, address holder) private view returns (Books memory) {
        ILots.Position memory position = lots.positionOf(lotId, holder);
        return Books(position.quantity, position.co2Ug, position.primaryUg);
    }

    function _shareOf(Books memory position, uint256 quantity) private pure returns (Books memory) {
        if (quantity == 0) return Books(0, 0, 0);
        return Books(
            quantity,
            _ceil(position.co2Ug * quantity, position.quantity),
            _ceil(position.primaryUg * quantity, position.quantity)
        );
    }

    function _ceil(uint256 number, uint256 divisor) private pure returns (uint256) {
        return number / divisor + (number % divisor == 0 ? 0 : 1);
    }
}
