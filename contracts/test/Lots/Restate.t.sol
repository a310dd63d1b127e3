// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {LotsWorld} from "../utils/LotsWorld.sol";

contract LotsRestateTest is LotsWorld {
    bytes32 private constant REASON = keccak256("the gas meter stood still");

    bytes16 private _coil;

    function setUp() public override {
        super.setUp();
        _coil = lotWith(steel, "coil", 1000, 700, 300);
        vm.prank(steel);
        lots.safeTransferFrom(steel, parts, uint128(_coil), 100, "");
    }

    function test_restate_chargesTheProducerWithWhatTheLotShouldHaveCarriedMore() public {
        _restate(1300, 600, 1, 300);
    }

    function test_restate_givesNobodyCarbonBack() public {
        _restate(400, 400, 1, 0);
    }

    function test_restate_again_chargesTheMostThatWasEverSaid() public {
        _restate(1300, 700, 1, 300);
        _restate(1100, 700, 2, 300);
        _restate(1000, 700, 3, 300);
        _restate(1301, 700, 4, 301);
        _restate(type(uint64).max, 700, 5, type(uint64).max - 1000);
        _restate(0, 0, 6, type(uint64).max - 1000);
    }

    function test_restate_isReadBesideTheLotsOwnFigures() public {
        ILots.LotState memory before = lots.lotOf(_coil);
        vm.assertEq(before.restatements, 0);
        vm.assertEq(before.restatedUg, 0);
        _restate(1300, 600, 1, 300);
        _restate(1200, 500, 2, 300);
        ILots.LotState memory state = lots.lotOf(_coil);
        vm.assertEq(state.co2Ug, 1000);
        vm.assertEq(state.primaryUg, 700);
        vm.assertEq(state.restatements, 2);
        vm.assertEq(state.restatedUg, 1200);
        vm.assertEq(state.restatedPrimaryUg, 500);
        vm.assertEq(state.chargedUg, 300);
    }

    function testFuzz_restate_changesNoTokenAndNoPosition(uint64 co2Ug, uint64 primaryUg) public {
        primaryUg = uint64(between(primaryUg, 0, co2Ug < 700 ? co2Ug : 700));
        if (co2Ug == 1000 && primaryUg == 700) co2Ug = 1001;
        bytes memory before = _holdings();
        vm.prank(steel);
        lots.restate(_coil, co2Ug, primaryUg, REASON);
        vm.assertEq(keccak256(_holdings()), keccak256(before));
    }

    function test_restate_isForTheProducerAlone() public {
        _refuse(parts, _coil, 1001, 700, abi.encodeWithSelector(ILots.LotsNotProducer.selector, _coil, partsId));
        _refuse(
            stranger,
            _coil,
            1001,
            700,
            abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger)
        );
    }

    function test_restate_refusesMorePrimaryThanAll() public {
        _refuse(steel, _coil, 800, 801, abi.encodeWithSelector(ILots.LotsPrimaryAboveTotal.selector, 801, 800));
    }

    function test_restate_refusesPrimaryDataThatTheLotWasNotSettledWith() public {
        _refuse(steel, _coil, 2000, 701, abi.encodeWithSelector(ILots.LotsPrimaryRaised.selector, _coil, 701, 700));
        _restate(2000, 699, 1, 1000);
        _restate(2000, 700, 2, 1000);
    }

    function test_restate_refusesFiguresThatHoldAlready() public {
        bytes memory reason = abi.encodeWithSelector(ILots.LotsSameFigures.selector, _coil, 1000, 700);
        _refuse(steel, _coil, 1000, 700, reason);
        _restate(1000, 699, 1, 0);
        _restate(1000, 700, 2, 0);
        _refuse(steel, _coil, 1000, 700, reason);
    }

    function test_restate_refusesAnUnknownLotAndNoReason() public {
        _refuse(steel, id("nothing"), 1, 0, abi.encodeWithSelector(ILots.LotsUnknownLot.selector, id("nothing")));
        vm.prank(steel);
        vm.expectRevert(abi.encodeWithSelector(ILots.LotsNoReason.selector, _coil));
        lots.restate(_coil, 1001, 700, 0);
    }

    function _restate(uint64 co2Ug, uint64 primaryUg, uint32 number, uint64 chargedUg) private {
        vm.prank(steel);
        vm.expectEmit();
        emit ILots.LotRestated(_coil, steelId, number, co2Ug, primaryUg, chargedUg, REASON);
        lots.restate(_coil, co2Ug, primaryUg, REASON);
    }

    function _refuse(address business, bytes16 lotId, uint64 co2Ug, uint64 primaryUg, bytes memory reason) private {
        vm.prank(business);
        vm.expectRevert(reason);
        lots.restate(lotId, co2Ug, primaryUg, REASON);
    }

    function _holdings() private view returns (bytes memory) {
        ILots.LotState memory state = lots.lotOf(_coil);
        return abi.encode(state.co2Ug, state.primaryUg, lots.positionOf(_coil, steel), lots.positionOf(_coil, parts));
    }
}
