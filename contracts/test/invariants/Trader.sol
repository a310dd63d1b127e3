// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CallingReceiver} from "../utils/CallingReceiver.sol";

/// @notice A business whose account is a contract: it calls back into the ledger as soon as it receives something.
contract Trader is CallingReceiver {
    error TraderSurprised(uint256 number, bool done, bytes answer);

    address private immutable LEDGER;
    bytes[] private _calls;
    bool[] private _expected;

    constructor(address ledger) {
        LEDGER = ledger;
    }

    /// @notice What to do in the next hook.
    /// @param done Whether the call must go through, or must be refused.
    function plan(bytes calldata call, bool done) external {
        _calls.push(call);
        _expected.push(done);
    }

    /// @notice Whether everything planned was done.
    function isIdle() external view returns (bool) {
        return _calls.length == 0;
    }

    /// @dev Forgets its plan first: its own calls may end up here again.
    function _callBack() internal override {
        (bytes[] memory calls, bool[] memory expected) = (_calls, _expected);
        delete _calls;
        delete _expected;
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done, bytes memory answer) = LEDGER.call(calls[i]);
            if (done != expected[i]) revert TraderSurprised(i, done, answer);
        }
    }
}
