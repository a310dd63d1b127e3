// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "src/interfaces/IAgreements.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {World} from "./World.sol";

/// @title The steel works proposes to the parts maker to disclose its data to it; the assembler is a third business
abstract contract AgreementsWorld is World {
    bytes16 internal constant AGREEMENT = bytes16(keccak256("agreement"));
    bytes32 internal constant TERMS = keccak256("terms");
    bytes32 internal constant CONFIRMATION = keccak256("confirmation");
    uint40 internal constant UNTIL = NOW + 30 days;

    function setUp() public virtual override {
        super.setUp();
        vm.prank(steel);
        agreements.propose(AGREEMENT, partsId, TERMS, UNTIL);
    }

    function accept() internal {
        vm.prank(parts);
        agreements.accept(AGREEMENT, TERMS);
    }

    function withdraw(address caller) internal {
        vm.prank(caller);
        agreements.withdraw(AGREEMENT);
    }

    function demandDeletion() internal {
        vm.prank(steel);
        agreements.demandDeletion(AGREEMENT);
    }

    function confirmDeletion() internal {
        vm.prank(parts);
        agreements.confirmDeletion(AGREEMENT, CONFIRMATION);
    }

    /// @dev A call of `agreements` by `caller` that must be refused so, and change nothing.
    function refused(address caller, bytes memory data, bytes memory refusal) internal {
        bytes32 before = keccak256(abi.encode(agreements.agreementOf(AGREEMENT)));
        vm.prank(caller);
        (bool done, bytes memory answer) = address(agreements).call(data);
        vm.assertFalse(done);
        vm.assertEq(keccak256(answer), keccak256(refusal));
        vm.assertEq(keccak256(abi.encode(agreements.agreementOf(AGREEMENT))), before);
    }

    /// @dev Everybody but `party` is refused with `refusal`, which names the agreement and the business; who is no
    ///      business, as such.
    function refusedToOthersThan(address party, bytes memory data, bytes4 refusal) internal {
        address[3] memory all = [steel, parts, assembler];
        for (uint256 i = 0; i < 3; ++i) {
            if (all[i] == party) continue;
            refused(all[i], data, abi.encodeWithSelector(refusal, AGREEMENT, businesses.idOf(all[i])));
        }
        bytes4 unknown = IBusinessRegistry.BusinessRegistryUnknownAccount.selector;
        refused(stranger, data, abi.encodeWithSelector(unknown, stranger));
    }

    /// @dev What is on record, all of it; zero times are those of what has not happened.
    function assertRecord(uint40 acceptedAt, uint40 endedAt, uint40 demandedAt, uint40 confirmedAt) internal view {
        IAgreements.Agreement memory expected = IAgreements.Agreement(
            steelId,
            partsId,
            TERMS,
            UNTIL,
            acceptedAt,
            endedAt,
            demandedAt,
            confirmedAt,
            confirmedAt == 0 ? bytes32(0) : CONFIRMATION
        );
        bytes32 found = keccak256(abi.encode(agreements.agreementOf(AGREEMENT)));
        vm.assertEq(found, keccak256(abi.encode(expected)));
    }
}
