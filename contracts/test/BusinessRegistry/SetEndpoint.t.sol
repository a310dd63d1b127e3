// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {World} from "../utils/World.sol";

contract BusinessRegistrySetEndpointTest is World {
    bytes32 private constant FIRST = keccak256("https://steel.example");
    bytes32 private constant SECOND = keccak256("https://new.steel.example");

    function test_setEndpoint_holdsFromItsBlockOnAndKeepsTheFormer() public {
        vm.warp(NOW + 100);
        vm.expectEmit();
        emit IBusinessRegistry.BusinessEndpointChanged(steelId, SECOND, NOW + 100);
        vm.prank(steel);
        businesses.setEndpoint(SECOND);
        IBusinessRegistry.Endpoint[] memory endpoints = businesses.endpointsOf(steelId);
        vm.assertEq(endpoints.length, 2);
        vm.assertEq(endpoints[0].hash, FIRST);
        vm.assertEq(endpoints[0].since, NOW);
        vm.assertEq(endpoints[1].hash, SECOND);
        vm.assertEq(endpoints[1].since, NOW + 100);
        vm.assertEq(businesses.endpointAt(steelId, NOW), FIRST);
        vm.assertEq(businesses.endpointAt(steelId, NOW + 99), FIRST);
        vm.assertEq(businesses.endpointAt(steelId, NOW + 100), SECOND);
        vm.assertEq(businesses.endpointAt(steelId, type(uint40).max), SECOND);
    }

    function test_setEndpoint_ofOneBusinessLeavesTheOthersAlone() public {
        vm.prank(steel);
        businesses.setEndpoint(SECOND);
        vm.assertEq(businesses.endpointsOf(partsId).length, 1);
        vm.assertEq(businesses.endpointAt(partsId, NOW), keccak256("https://parts.example"));
    }

    function test_setEndpoint_twiceInASecondTheLastHoldsAndBothAreKept() public {
        vm.startPrank(steel);
        businesses.setEndpoint(SECOND);
        businesses.setEndpoint(FIRST);
        vm.stopPrank();
        vm.assertEq(businesses.endpointAt(steelId, NOW), FIRST);
        vm.assertEq(businesses.endpointsOf(steelId)[1].hash, SECOND);
    }

    function test_setEndpoint_refusesAZeroHash() public {
        vm.prank(steel);
        vm.expectRevert(IBusinessRegistry.BusinessRegistryZero.selector);
        businesses.setEndpoint(0);
    }

    function test_setEndpoint_refusesAnUnregisteredCaller() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownAccount.selector, stranger));
        businesses.setEndpoint(SECOND);
    }

    function test_endpointAt_refusesATimeBeforeTheRegistration() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryNoEndpoint.selector, steelId, NOW - 1));
        businesses.endpointAt(steelId, NOW - 1);
    }

    function test_endpointAt_refusesAnUnknownBusiness() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownId.selector, id("new")));
        businesses.endpointAt(id("new"), NOW);
    }

    function test_endpointsOf_refusesAnUnknownBusiness() public {
        vm.expectRevert(abi.encodeWithSelector(IBusinessRegistry.BusinessRegistryUnknownId.selector, id("new")));
        businesses.endpointsOf(id("new"));
    }

    /// @dev Against the plainest account of it: a list searched from its end.
    function test_endpointAt_isWhatHeldThenAfterAnySequenceOfChanges(uint8[20] memory gaps, uint16 offset) public {
        uint40[21] memory since;
        since[0] = NOW;
        for (uint256 i = 0; i < 20; ++i) {
            since[i + 1] = since[i] + gaps[i];
            vm.warp(since[i + 1]);
            vm.prank(steel);
            businesses.setEndpoint(bytes32(i + 1));
        }
        uint40 time = NOW + uint40(between(offset, 0, 20 * 255));
        uint256 holds = 20;
        while (since[holds] > time) --holds;
        vm.assertEq(businesses.endpointAt(steelId, time), holds == 0 ? FIRST : bytes32(holds));
        IBusinessRegistry.Endpoint[] memory endpoints = businesses.endpointsOf(steelId);
        for (uint256 i = 1; i <= 20; ++i) {
            vm.assertEq(endpoints[i].hash, bytes32(i));
            vm.assertEq(endpoints[i].since, since[i]);
        }
    }
}
