// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Unit} from "src/interfaces/Types.sol";
import {World} from "./World.sol";

/// @title The steel works' meter at its furnace; the steel works also runs a rolling mill, the parts maker a press
abstract contract DevicesWorld is World {
    bytes16 internal constant METER = bytes16(keccak256("meter"));
    bytes16 internal constant FURNACE = bytes16(keccak256("furnace"));
    bytes16 internal constant MILL = bytes16(keccak256("mill"));
    bytes16 internal constant PRESS = bytes16(keccak256("press"));
    bytes32 internal constant CERTIFICATE = keccak256("certificate");
    bytes32 internal constant REASON = keccak256("reason");
    uint256 internal constant MAX_ENTRIES = 1000;

    address internal key = account("the meter's key");

    function setUp() public virtual override {
        super.setUp();
        vm.startPrank(steel);
        equipment.register(FURNACE, Unit.WattHour);
        equipment.register(MILL, Unit.WattHour);
        devices.register(METER, FURNACE, key);
        vm.stopPrank();
        vm.prank(parts);
        equipment.register(PRESS, Unit.WattHour);
    }

    /// @dev The parts maker buys the steel works' furnace.
    function sellFurnace() internal {
        vm.prank(steel);
        equipment.transferFrom(steel, parts, uint128(FURNACE));
    }
}
