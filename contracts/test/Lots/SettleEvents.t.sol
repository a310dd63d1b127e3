// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {KeepingReceiver} from "./BatchTransfer.t.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";
import {Vm} from "../utils/Vm.sol";

/// @notice What a settlement says of tokens: burned materials, then the batch, then minted lots.
contract LotsSettleEventsTest is LotsWorld {
    function test_settle_ofOneLotSaysThatItWasMinted() public {
        Vm.Log[] memory logs = _settled(steel, _batch("batch", "A", ""));
        vm.assertEq(logs.length, 2);
        vm.assertEq(logs[0].topics[0], ILots.BatchSettled.selector);
        _assertSingle(logs[1], address(0), steel, "A", 5);
    }

    function test_settle_ofTwoLotsSaysThatBothWereMinted() public {
        Vm.Log[] memory logs = _settled(steel, _batch("batch", "A", "B"));
        vm.assertEq(logs.length, 2);
        _assertBatch(logs[1], address(0), steel, _two(5, 7));
    }

    function test_settle_ofOneMaterialSaysThatItWasBurned() public {
        settle(steel, _batch("batch", "A", "B"));
        ILots.Batch memory batch = batchOf("next");
        addMaterial(batch, id("A"), 2);
        addLeftOver(batch, "waste", 20, 0);
        Vm.Log[] memory logs = _settled(steel, batch);
        vm.assertEq(logs.length, 2);
        _assertSingle(logs[0], steel, address(0), "A", 2);
        vm.assertEq(logs[1].topics[0], ILots.BatchSettled.selector);
    }

    function test_settle_ofTwoMaterialsSaysThatBothWereBurned() public {
        settle(steel, _batch("batch", "A", "B"));
        ILots.Batch memory batch = batchOf("next");
        addMaterial(batch, id("A"), 2);
        addMaterial(batch, id("B"), 3);
        addLeftOver(batch, "waste", 50, 0);
        Vm.Log[] memory logs = _settled(steel, batch);
        vm.assertEq(logs.length, 2);
        _assertBatch(logs[0], steel, address(0), _two(2, 3));
    }

    function test_settle_ofTwoOfEachInputSaysTheMassOfEach() public {
        settle(steel, _batch("batch", "A", "B"));
        ILots.Batch memory batch = batchOf("next");
        addMaterial(batch, id("A"), 2);
        addMaterial(batch, id("B"), 3);
        addExternal(batch, MICROGRAM, 7);
        addExternal(batch, MICROGRAM, 8);
        addEquipment(batch, measured(steel, "m0", 2_000_000), 0, 4);
        addEquipment(batch, measured(steel, "m1", 3_000_000), 1, 5);
        addLeftOver(batch, "waste", 88, 20);
        addLeftOver(batch, "idle time", 0, 3);
        batch.leftOvers[1].co2Ug = 3;
        batch.leftOvers[0].co2Ug -= 3;
        bytes memory materials = abi.encodePacked(uint64(20), uint64(0), uint64(30), uint64(0));
        bytes memory externals = abi.encodePacked(uint96(7), uint96(8));
        bytes memory metered = abi.encodePacked(uint96(8), uint96(8), uint96(15), uint96(15));
        settleExpecting(steel, batch, bytes.concat(materials, externals, metered));
    }

    function test_settle_ofNothingButLeftOversSaysNothingOfTokens() public {
        ILots.Batch memory batch = batchOf("batch");
        addExternal(batch, MICROGRAM, 9);
        addLeftOver(batch, "waste", 9, 0);
        vm.assertEq(_settled(steel, batch).length, 1);
    }

    function test_settle_tellsAContractOfItsOwnLots() public {
        KeepingReceiver receiver = new KeepingReceiver();
        businesses.register(id("receiver"), address(receiver), keccak256("https://receiver.example"));
        settle(address(receiver), _batch("batch", "A", ""));
        bytes memory told = abi.encode(address(receiver), address(0), uint256(uint128(id("A"))), uint256(5), bytes(""));
        vm.assertEq(keccak256(receiver.told()), keccak256(told));
        settle(address(receiver), _batch("next", "C", "B"));
        uint256[] memory tokens = _two(uint128(id("C")), uint128(id("B")));
        told = abi.encode(address(receiver), address(0), tokens, _two(5, 7), bytes(""));
        vm.assertEq(keccak256(receiver.told()), keccak256(told));
    }

    function test_settle_refusesAnotherLengthByNamingBoth() public {
        bytes memory packed = BatchPacking.pack(_batch("batch", "A", ""));
        uint256 expected = packed.length;
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsInvalidLayout.selector, expected + 1, expected));
        vm.prank(steel);
        lots.settle(bytes.concat(packed, bytes1(0)));
    }

    function test_settle_ofManyOfEverything() public {
        ILots.Batch memory batch = batchOf("many");
        uint32 record;
        for (uint256 i = 0; i < 40; ++i) {
            bytes16 machine = measured(steel, string(abi.encode("machine", i)), uint64(1_000_000 * (i + 1)));
            if (i == 0) record = lastRecord;
            addEquipment(batch, machine, record + uint32(i), 10);
            addExternal(batch, MICROGRAM, uint64(i + 1));
            addLot(batch, bytes16(keccak256(abi.encode("lot", i))), uint96(11 * (i + 1)), uint96(10 * (i + 1)), 3);
        }
        settle(steel, batch);
        vm.assertEq(lots.positionOf(bytes16(keccak256(abi.encode("lot", 39))), steel).primaryUg, 400);
        ILots.Batch memory next = batchOf("next");
        for (uint256 i = 0; i < 40; ++i) {
            addMaterial(next, batch.lots[i].lotId, 3);
        }
        addLot(next, id("all"), 11 * 820, 10 * 820, 1);
        settle(steel, next);
    }

    function _batch(string memory name, string memory first, string memory second)
        private
        pure
        returns (ILots.Batch memory batch)
    {
        batch = batchOf(name);
        addLot(batch, id(first), 50, 0, 5);
        if (bytes(second).length > 0) addLot(batch, id(second), 70, 0, 7);
        addExternal(batch, MICROGRAM, bytes(second).length > 0 ? 120 : 50);
    }

    function _settled(address business, ILots.Batch memory batch) private returns (Vm.Log[] memory) {
        vm.recordLogs();
        settle(business, batch);
        return vm.getRecordedLogs();
    }

    function _assertSingle(Vm.Log memory log, address from, address to, string memory lot, uint256 quantity)
        private
        pure
    {
        _assertParties(log, IERC1155.TransferSingle.selector, from, to);
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(uint256(uint128(id(lot))), quantity)));
    }

    function _assertBatch(Vm.Log memory log, address from, address to, uint256[] memory quantities) private pure {
        _assertParties(log, IERC1155.TransferBatch.selector, from, to);
        uint256[] memory tokens = _two(uint128(id("A")), uint128(id("B")));
        vm.assertEq(keccak256(log.data), keccak256(abi.encode(tokens, quantities)));
    }

    function _assertParties(Vm.Log memory log, bytes32 kind, address from, address to) private pure {
        vm.assertEq(log.topics[0], kind);
        vm.assertEq(uint256(log.topics[1]), uint160(account("steel works")));
        vm.assertEq(uint256(log.topics[2]), uint160(from));
        vm.assertEq(uint256(log.topics[3]), uint160(to));
    }

    function _two(uint256 first, uint256 second) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (first, second);
    }
}
