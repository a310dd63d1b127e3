// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Carbon} from "src/libraries/Carbon.sol";
import {Test} from "../utils/Test.sol";

contract CarbonTest is Test {
    function testFuzz_emissionsUp_isTheSmallestWholeNumberNotBelow(uint64 activity, uint64 intensityPg) public view {
        uint256 most = activity == 0 ? type(uint64).max : uint256(type(uint96).max) * 1e6 / activity;
        if (intensityPg > most) intensityPg = uint64(between(intensityPg, 0, most));
        uint256 pg = uint256(activity) * intensityPg;
        uint256 ug = this.emissionsUp(activity, intensityPg);
        vm.assertGe(ug * 1e6, pg);
        if (ug > 0) vm.assertLt((ug - 1) * 1e6, pg);
        else vm.assertEq(pg, 0);
    }

    function test_emissionsUp_roundsOnePicogramToOneMicrogram() public view {
        vm.assertEq(this.emissionsUp(1, 1), 1);
        vm.assertEq(this.emissionsUp(1, 1e6), 1);
        vm.assertEq(this.emissionsUp(1, 1e6 + 1), 2);
        vm.assertEq(this.emissionsUp(type(uint64).max, 0), 0);
    }

    function test_emissionsUp_refusesWhatDoesNotFit() public {
        uint256 tooMuch = (uint256(type(uint64).max) * type(uint64).max + 1e6 - 1) / 1e6;
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, uint8(96), tooMuch));
        this.emissionsUp(type(uint64).max, type(uint64).max);
    }

    function testFuzz_tonnesDown_neverIssuesMoreThanThereIs(uint96 totalUg) public view {
        (uint256 tonnes, uint256 rest) = this.tonnesDown(totalUg);
        vm.assertEq(tonnes * 1e12 + rest, totalUg);
        vm.assertLt(rest, 1e12);
    }

    function test_tonnesDown_keepsTheLastMicrogram() public view {
        (uint256 tonnes, uint256 rest) = this.tonnesDown(77e12 - 1);
        vm.assertEq(tonnes, 76);
        vm.assertEq(rest, 1e12 - 1);
    }

    function test_tonnesDown_refusesMoreTonnesThan64Bits() public {
        uint256 most = uint256(type(uint64).max) * 1e12;
        (uint256 tonnes, uint256 rest) = this.tonnesDown(most + 5);
        vm.assertEq(tonnes, type(uint64).max);
        vm.assertEq(rest, 5);
        bytes4 refusal = SafeCast.SafeCastOverflowedUintDowncast.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, uint8(64), uint256(1) << 64));
        this.tonnesDown(most + 1e12);
    }

    // The library's functions behind calls, so that a revert can be expected.

    function emissionsUp(uint64 activity, uint64 intensityPg) external pure returns (uint96) {
        return Carbon.emissionsUp(activity, intensityPg);
    }

    function tonnesDown(uint256 totalUg) external pure returns (uint64, uint96) {
        return Carbon.tonnesDown(totalUg);
    }
}
