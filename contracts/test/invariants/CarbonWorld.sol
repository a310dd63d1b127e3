// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {MAX_QUANTITY} from "src/libraries/LotSlots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {CarbonBooks} from "./CarbonBooks.sol";
import {Trader} from "./Trader.sol";

/// @title Four businesses, each with a machine, and what they settle
/// @dev The fourth is a contract that calls back in when it receives something.
abstract contract CarbonWorld is LotsWorld, CarbonBooks {
    /// @dev 0.333333 µg a second, so that nearly every use rounds.
    uint64 internal constant INTENSITY_PG = 333_333;
    uint256 internal constant TRADER = 3;
    bytes16 private constant PROGRAMME = bytes16(keccak256("programme"));

    Trader internal _trader;
    address[4] internal _actors;
    bytes16[4] internal _machines;
    uint32[4] internal _records;
    /// @dev What a second of each machine is charged at.
    uint64[4] internal _chargedPg;
    uint256 private _batches;

    constructor() {
        super.setUp();
        _trader = new Trader(address(lots));
        businesses.register(id("trader"), address(_trader), keccak256("https://trader.example"));
        _actors = [steel, parts, assembler, address(_trader)];
        vm.prank(assembler);
        credits.createProgramme(PROGRAMME, METHODOLOGY);
        // Enrolled after the machine was measured, before it was, never, and at less than was measured.
        _register(0);
        _measure(0, INTENSITY_PG);
        _enrol(0, 5 * INTENSITY_PG);
        _register(1);
        _enrol(1, 777_777);
        _measure(1, 777_777);
        _register(2);
        _measure(2, INTENSITY_PG);
        _register(3);
        _enrol(3, 111_111);
        _measure(3, INTENSITY_PG);
    }

    /// @dev Set up in the constructor already.
    function setUp() public override {}

    function ledger() external view returns (ILots) {
        return lots;
    }

    function actors() external view returns (address[4] memory) {
        return _actors;
    }

    /// @dev A lot that the business holds: the first from `pick` on, else a new one.
    function _held(uint256 actor, uint256 pick) internal returns (bytes16 lotId) {
        for (uint256 i = 0; i < lotIds.length; ++i) {
            lotId = lotIds[(pick % lotIds.length + i) % lotIds.length];
            if (positionOf(lotId, actor).quantity > 0) return lotId;
        }
        _settleNew(actor, 1000, 1000, 7, pick);
        return lotIds[lotIds.length - 1];
    }

    function _settleNew(uint256 actor, uint64 grams, uint32 activity, uint64 good, uint256 split) internal {
        ILots.Batch memory batch = _nextBatch();
        if (grams == 0) grams = 1;
        addExternal(batch, MICROGRAM, grams);
        Books memory came = _sum(_takeIn(actor, uint256(grams) * 1e6, 0), _meter(batch, actor, activity));
        _settle(actor, _close(actor, batch, came, good, split));
    }

    function _settle(uint256 actor, bytes memory batch) internal {
        vm.prank(_actors[actor]);
        lots.settle(batch);
    }

    /// @dev A batch that uses up to that much of a lot, as two materials if it is more than one base unit.
    function _consuming(uint256 actor, bytes16 lotId, uint64 quantity, uint32 activity, uint256 split)
        internal
        returns (bytes memory packed)
    {
        ILots.Batch memory batch = _nextBatch();
        quantity = uint64(_some(quantity, 1, positionOf(lotId, actor).quantity));
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

    function _meter(ILots.Batch memory batch, uint256 actor, uint32 activity) internal returns (Books memory metered) {
        if (activity == 0) return metered;
        addEquipment(batch, _machines[actor], _records[actor], activity);
        return _takeIn(actor, uint256(activity) * _chargedPg[actor], uint256(activity) * INTENSITY_PG);
    }

    /// @dev Splits what went in between a lot and a left-over, and packs.
    function _close(uint256 actor, ILots.Batch memory batch, Books memory used, uint64 good, uint256 split)
        internal
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

    function _nextBatch() internal returns (ILots.Batch memory batch) {
        batch = batchOf("batch");
        batch.batchId = bytes16(keccak256(abi.encode("batch", ++_batches)));
    }

    /// @dev All of it or all but one often, else anything.
    function _some(uint256 seed, uint256 least, uint256 most) internal pure returns (uint256) {
        if (seed % 5 == 0) return most;
        if (seed % 5 == 1 && most > least) return most - 1;
        return between(seed, least, most);
    }

    function _packed(uint256 to, uint256 quantity) internal view returns (uint256) {
        return (uint256(uint160(_actors[to])) << 96) | quantity;
    }

    function _transfer(address from, address to, bytes16 lotId, uint256 quantity) internal view returns (bytes memory) {
        return abi.encodeCall(lots.safeTransferFrom, (from, to, uint128(lotId), quantity, ""));
    }

    function _register(uint256 actor) private {
        _machines[actor] = bytes16(keccak256(abi.encode("machine", actor)));
        vm.prank(_actors[actor]);
        equipment.register(_machines[actor], Unit.Second);
    }

    /// @param chargedPg What its use must be charged at from now on.
    function _measure(uint256 actor, uint64 chargedPg) private {
        IOracleReports.Report memory report = reportOf(businesses.idOf(_actors[actor]), _machines[actor], INTENSITY_PG);
        _records[actor] = report.sequence;
        submit(report);
        _chargedPg[actor] = chargedPg;
    }

    function _enrol(uint256 actor, uint64 baselinePg) private {
        vm.prank(_actors[actor]);
        credits.enrol(PROGRAMME, _machines[actor], baselinePg);
    }
}
