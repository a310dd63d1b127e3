// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "./World.sol";

/// @title A programme of the assembler with a solar roof of the parts maker enrolled in it
abstract contract CreditsWorld is World {
    bytes16 internal constant PROGRAMME = bytes16(keccak256("programme"));
    bytes16 internal constant ROOF = bytes16(keccak256("roof"));
    uint256 internal constant TOKEN = uint128(PROGRAMME);
    uint96 internal constant TONNE = 1e12;
    uint64 internal constant BASELINE_PG = 452_000_000_000;

    function setUp() public virtual override {
        super.setUp();
        vm.prank(assembler);
        credits.createProgramme(PROGRAMME, METHODOLOGY);
        enrolled(parts, ROOF);
    }

    function enrolled(address holder, bytes16 equipmentId) internal {
        vm.startPrank(holder);
        equipment.register(equipmentId, Unit.WattHour);
        credits.enrol(PROGRAMME, equipmentId, BASELINE_PG);
        vm.stopPrank();
    }

    /// @dev An attestable reduction over [START, END).
    function reductionOf(bytes16 equipmentId, uint96 reductionUg) internal pure returns (ICredits.Reduction memory) {
        return ICredits.Reduction(
            equipmentId,
            PROGRAMME,
            START,
            END,
            reductionUg,
            BASELINE_PG,
            NOW + 1 hours,
            METHODOLOGY,
            keccak256("evidence")
        );
    }

    function recorded(ICredits.Reduction memory reduction) internal returns (bytes32 reductionId) {
        return credits.record(reduction, signatures(credits.digestOf(reduction), 2));
    }

    /// @dev The roof's reduction in the n-th hour from START.
    function hourly(uint40 n, uint96 reductionUg) internal returns (bytes32 reductionId) {
        ICredits.Reduction memory reduction = reductionOf(ROOF, reductionUg);
        (reduction.periodStart, reduction.periodEnd) = (START + n * 1 hours, START + (n + 1) * 1 hours);
        return recorded(reduction);
    }

    function bundle(bytes32 reductionId) internal returns (uint64 tonnes) {
        vm.prank(assembler);
        return credits.bundle(PROGRAMME, only(reductionId));
    }

    function only(bytes32 reductionId) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = reductionId;
    }
}
