// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Unit} from "src/interfaces/Types.sol";
import {BusinessNumbers} from "src/libraries/BusinessNumbers.sol";
import {Intensities} from "src/libraries/Intensities.sol";
import {Periods} from "src/libraries/Periods.sol";
import {Place, Places} from "src/libraries/Places.sol";
import {TokenIds} from "src/libraries/TokenIds.sol";
import {Test} from "../utils/Test.sol";

/// @notice Numbers, places and sheets: what is packed is read back, and nothing runs into another field.
contract NumbersTest is Test {
    function testFuzz_place_keepsEveryField(uint24 business, uint24 rank, uint8 holding, uint8 unit, uint40 since)
        public
        pure
    {
        Unit counted = Unit(unit % 5);
        Place place = Places.pack(business, rank, holding, counted, since);
        vm.assertEq(place.business(), business);
        vm.assertEq(place.number(), rank);
        vm.assertEq(place.holding(), holding);
        vm.assertTrue(place.unit() == counted);
        vm.assertEq(place.since(), since);
        vm.assertTrue(place.isNone() == (Place.unwrap(place) == 0));
    }

    function test_place_isNoneOnlyWhenItIsZero() public pure {
        vm.assertTrue(Place.wrap(0).isNone());
        vm.assertFalse(Place.wrap(1).isNone());
    }

    function testFuzz_lanes_keepFourIntensitiesApart(uint64[4] memory intensities, uint256 number) public pure {
        number = between(number, 0, type(uint24).max) & ~uint256(3);
        uint256 sheet = 0;
        for (uint256 i = 0; i < 4; ++i) {
            if (intensities[i] == type(uint64).max) intensities[i] = 0;
            vm.assertEq(Intensities.sheetOf(number + i), number / 4);
            vm.assertEq(Intensities.lane(sheet, number + i), 0);
            sheet = Intensities.withLane(sheet, number + i, intensities[i]);
        }
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(Intensities.lane(sheet, number + i), uint256(intensities[i]) + 1);
        }
    }

    function test_answersThatAreNoIntensityAreAboveAllIntensitiesAndDiffer() public pure {
        // Two intensities of 64 bits each lie below.
        vm.assertEq(Intensities.NOT_OWN, uint256(type(uint128).max) + 1);
        vm.assertEq(Intensities.NONE, 2 * Intensities.NOT_OWN);
        vm.assertEq(Intensities.OUTSIDE_PERIOD, 4 * Intensities.NOT_OWN);
    }

    function testFuzz_businessNumber_isRankAndLastFourBits(uint256 rank, address business, address other) public pure {
        rank = between(rank, 1, BusinessNumbers.MAX_BUSINESSES);
        uint256 number = BusinessNumbers.numberOf(rank, business);
        vm.assertEq(number, rank * 16 + uint160(business) % 16);
        vm.assertTrue(BusinessNumbers.mayBe(number, business));
        vm.assertTrue(BusinessNumbers.mayBe(number, other) == (uint160(business) % 16 == uint160(other) % 16));
    }

    function test_businessNumbers_fit24Bits() public pure {
        vm.assertEq(BusinessNumbers.MAX_BUSINESSES, (1 << 20) - 1);
        address last = address(type(uint160).max);
        vm.assertEq(BusinessNumbers.numberOf(BusinessNumbers.MAX_BUSINESSES, last), type(uint24).max);
    }

    function test_period_isPastWhenItIsNotEmptyAndOver() public {
        vm.warp(1000);
        vm.assertTrue(Periods.isPast(999, 1000));
        vm.assertFalse(Periods.isPast(999, 1001));
        vm.assertFalse(Periods.isPast(1000, 1000));
        vm.assertFalse(Periods.isPast(900, 899));
    }

    function test_periods_overlapWhenTheyShareASecond() public pure {
        vm.assertTrue(Periods.overlap(10, 20, 19, 30));
        vm.assertFalse(Periods.overlap(10, 20, 20, 30));
        vm.assertTrue(Periods.overlap(20, 30, 10, 21));
        vm.assertFalse(Periods.overlap(20, 30, 10, 20));
    }

    function testFuzz_token_isTheIdAsANumber(bytes16 hashed) public pure {
        vm.assertEq(TokenIds.toToken(hashed), uint256(bytes32(hashed)) >> 128);
        vm.assertEq(bytes32(TokenIds.toId(TokenIds.toToken(hashed))), bytes32(hashed));
    }
}
