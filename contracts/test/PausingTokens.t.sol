// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IBusinessMirror} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {Unit} from "src/interfaces/Types.sol";
import {BatchPacking} from "src/libraries/BatchPacking.sol";
import {LotsWorld} from "./utils/LotsWorld.sol";
import {Write} from "./utils/Write.sol";

/// @notice Equipment, reports, lots and credits while they are paused: every function that writes, and those that read.
contract PausingTokensTest is LotsWorld {
    bytes16 private constant PROGRAMME = bytes16(keccak256("programme"));
    uint64 private constant BASELINE_PG = 1_000_000;
    /// @dev Times of `_reduction`, in the second day.
    uint40 private constant NEXT = END + 1 days;

    bytes16 private _coil;
    bytes16 private _furnace;
    bytes16 private _roof = id("roof");
    Write[] private _writes;

    function setUp() public override {
        super.setUp();
        _coil = resinLot(steel, "coil", 1000, 300);
        _furnace = measured(steel, "furnace", 5);
        vm.prank(assembler);
        credits.createProgramme(PROGRAMME, METHODOLOGY);
        vm.startPrank(steel);
        equipment.register(_roof, Unit.WattHour);
        credits.enrol(PROGRAMME, _roof, BASELINE_PG);
        vm.stopPrank();
        vm.warp(NEXT + 1 hours);
        credits.record(_reduction(END, END + 1), signatures(credits.digestOf(_reduction(END, END + 1)), 2));
        bytes32[] memory reductionIds = new bytes32[](1);
        reductionIds[0] = keccak256(abi.encode(_roof, END, END + 1));
        vm.prank(assembler);
        credits.bundle(PROGRAMME, reductionIds);
        _listEquipmentAndReports();
        _listLots();
        _listCredits();
    }

    function test_pause_stopsEveryFunctionThatWrites() public {
        _switchAll(true);
        for (uint256 i = 0; i < _writes.length; ++i) {
            vm.prank(_writes[i].caller);
            (bool done, bytes memory answer) = _writes[i].target.call(_writes[i].data);
            vm.assertFalse(done);
            vm.assertEq(keccak256(answer), keccak256(abi.encodeWithSelector(Pausable.EnforcedPause.selector)));
        }
    }

    function test_unpause_letsEveryFunctionThatWritesGoOn() public {
        _switchAll(true);
        _switchAll(false);
        for (uint256 i = 0; i < _writes.length; ++i) {
            vm.prank(_writes[i].caller);
            (bool done, bytes memory answer) = _writes[i].target.call(_writes[i].data);
            if (!done) vm.assertEq(keccak256(answer), bytes32(i));
        }
    }

    function test_pause_neverStopsReading() public {
        _switchAll(true);
        vm.assertEq(lots.lotOf(_coil).co2Ug, 254_000_000);
        vm.assertEq(lots.balanceOf(steel, uint128(_coil)), 300);
        vm.assertEq(lots.positionOf(_coil, steel).quantity, 300);
        (uint64 co2Ug,) = lots.shareOf(_coil, steel, 300);
        vm.assertEq(co2Ug, 254_000_000);
        vm.assertTrue(lots.isSettled(id("batch of coil")));
        (address holder,) = equipment.equipmentOf(_furnace);
        vm.assertEq(holder, steel);
        vm.assertEq(reports.intensityAt(_furnace, START).intensityPg, 5);
        vm.assertEq(credits.programmeOf(PROGRAMME).issuedTonnes, 3);
    }

    function _listEquipmentAndReports() private {
        _add(address(equipment), steel, abi.encodeCall(IEquipment.register, (id("press"), Unit.Second)));
        _add(address(equipment), steel, abi.encodeCall(IERC721.approve, (parts, uint128(_furnace))));
        _add(address(equipment), steel, abi.encodeCall(IERC721.setApprovalForAll, (assembler, true)));
        _add(address(equipment), parts, abi.encodeCall(IERC721.transferFrom, (steel, parts, uint128(_furnace))));
        // Selectors of the two functions of one name.
        bytes memory data =
            abi.encodeWithSignature("safeTransferFrom(address,address,uint256)", parts, steel, uint128(_furnace));
        _add(address(equipment), parts, data);
        data = abi.encodeWithSignature(
            "safeTransferFrom(address,address,uint256,bytes)", steel, parts, uint128(_furnace), ""
        );
        _add(address(equipment), steel, data);
        IOracleReports.Report memory report = reportOf(steelId, _roof, 5);
        (report.periodStart, report.periodEnd, report.deadline) = (END, NEXT, NEXT + 1 days);
        data = abi.encodeCall(IOracleReports.submit, (report, signatures(reports.digestOf(report), 2)));
        _add(address(reports), stranger, data);
    }

    function _listLots() private {
        ILots.Batch memory batch = batchOf("bars");
        addExternal(batch, RESIN, 10);
        addLot(batch, id("bar"), 2_540_000, 0, 100);
        _add(address(lots), steel, abi.encodeCall(ILots.settle, (BatchPacking.pack(batch))));
        _add(address(lots), steel, abi.encodeCall(ILots.ship, (uint128(_coil), (uint256(uint160(parts)) << 96) | 10)));
        bytes memory data = abi.encodeCall(IERC1155.safeTransferFrom, (steel, parts, uint128(_coil), 10, ""));
        _add(address(lots), steel, data);
        uint256[] memory list = new uint256[](1);
        list[0] = uint128(_coil);
        uint256[] memory one = new uint256[](1);
        one[0] = 1;
        data = abi.encodeCall(IERC1155.safeBatchTransferFrom, (steel, parts, list, one, ""));
        _add(address(lots), steel, data);
        _add(address(lots), steel, abi.encodeCall(IERC1155.setApprovalForAll, (parts, true)));
        _add(address(lots), parts, abi.encodeCall(ILots.consume, (_coil, 5, keccak256("purpose"))));
        _add(address(lots), steel, abi.encodeCall(ILots.restate, (_coil, 1, 0, keccak256("reason"))));
        _add(address(lots), stranger, abi.encodeCall(IBusinessMirror.admit, (steel)));
    }

    function _listCredits() private {
        bytes memory data = abi.encodeCall(ICredits.createProgramme, (id("second"), METHODOLOGY));
        _add(address(credits), assembler, data);
        data = abi.encodeCall(ICredits.enrol, (PROGRAMME, id("press"), BASELINE_PG));
        _add(address(credits), steel, data);
        ICredits.Reduction memory reduction = _reduction(END + 1, END + 2);
        data = abi.encodeCall(ICredits.record, (reduction, signatures(credits.digestOf(reduction), 2)));
        _add(address(credits), stranger, data);
        bytes32[] memory reductionIds = new bytes32[](1);
        reductionIds[0] = keccak256(abi.encode(_roof, END + 1, END + 2));
        _add(address(credits), assembler, abi.encodeCall(ICredits.bundle, (PROGRAMME, reductionIds)));
        _add(address(credits), assembler, abi.encodeCall(ICredits.retire, (PROGRAMME, 1, 0, keccak256("purpose"))));
        uint256 token = uint128(PROGRAMME);
        data = abi.encodeCall(IERC1155.safeTransferFrom, (assembler, parts, token, 1, ""));
        _add(address(credits), assembler, data);
        uint256[] memory list = new uint256[](1);
        list[0] = token;
        uint256[] memory one = new uint256[](1);
        one[0] = 1;
        data = abi.encodeCall(IERC1155.safeBatchTransferFrom, (assembler, parts, list, one, ""));
        _add(address(credits), assembler, data);
        _add(address(credits), assembler, abi.encodeCall(IERC1155.setApprovalForAll, (parts, true)));
    }

    function _add(address target, address caller, bytes memory data) private {
        _writes.push(Write(target, caller, data));
    }

    function _reduction(uint40 start, uint40 end) private view returns (ICredits.Reduction memory) {
        return ICredits.Reduction(
            _roof, PROGRAMME, start, end, 3e12, BASELINE_PG, NEXT + 1 days, METHODOLOGY, keccak256("evidence")
        );
    }

    function _switchAll(bool off) private {
        address[4] memory all = [address(equipment), address(reports), address(lots), address(credits)];
        for (uint256 i = 0; i < all.length; ++i) {
            if (off) IPausing(all[i]).pause();
            else IPausing(all[i]).unpause();
        }
    }
}
