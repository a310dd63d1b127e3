// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "src/interfaces/IAgreements.sol";
import {AgreementsWorld} from "../utils/AgreementsWorld.sol";

/// @notice Any sequence of calls by anybody, beside the plainest account of what each may do in which state.
contract AgreementsStatesTest is AgreementsWorld {
    /// @dev What the account says so far.
    uint40 private _accepted;
    uint40 private _ended;
    uint40 private _demanded;
    uint40 private _confirmed;

    /// @dev A step is a caller, a call and how many days pass before it.
    function test_anySequenceOfCalls_isTakenAndRefusedAsTheStateSays(uint8[12] memory steps) public {
        address[4] memory callers = [steel, parts, assembler, stranger];
        bytes[4] memory calls = [
            abi.encodeCall(IAgreements.accept, (AGREEMENT, TERMS)),
            abi.encodeCall(IAgreements.withdraw, (AGREEMENT)),
            abi.encodeCall(IAgreements.demandDeletion, (AGREEMENT)),
            abi.encodeCall(IAgreements.confirmDeletion, (AGREEMENT, CONFIRMATION))
        ];
        uint40 time = NOW;
        for (uint256 i = 0; i < steps.length; ++i) {
            time += uint40(steps[i] >> 4) * 1 days;
            vm.warp(time);
            bool allowed = _follow(callers[steps[i] & 3], steps[i] >> 2 & 3, time);
            vm.prank(callers[steps[i] & 3]);
            (bool done,) = address(agreements).call(calls[steps[i] >> 2 & 3]);
            vm.assertTrue(done == allowed);
            assertRecord(_accepted, _ended, _demanded, _confirmed);
            uint40 end = _ended != 0 && _ended < UNTIL ? _ended : UNTIL;
            vm.assertTrue(agreements.inForce(AGREEMENT, time) == (_accepted != 0 && time < end));
        }
    }

    function _follow(address caller, uint256 action, uint40 time) private returns (bool) {
        if (action == 0 && caller == parts && _accepted == 0 && _ended == 0 && time < UNTIL) {
            _accepted = time;
        } else if (action == 1 && (caller == steel || caller == parts) && _ended == 0) {
            _ended = time;
        } else if (action == 2 && caller == steel && _accepted != 0 && _demanded == 0) {
            _demanded = time;
            if (_ended == 0) _ended = time;
        } else if (action == 3 && caller == parts && _demanded != 0 && _confirmed == 0) {
            _confirmed = time;
        } else {
            return false;
        }
        return true;
    }
}
