// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";

/// @notice A business whose account is a contract: it calls back into the ledger as soon as it receives something.
contract Trader is IERC1155Receiver {
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

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        _callBack();
        return IERC1155Receiver.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes4)
    {
        _callBack();
        return IERC1155Receiver.onERC1155BatchReceived.selector;
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC1155Receiver).interfaceId || interfaceId == type(IERC165).interfaceId;
    }

    /// @dev Forgets its plan first: its own calls may end up here again.
    function _callBack() private {
        (bytes[] memory calls, bool[] memory expected) = (_calls, _expected);
        delete _calls;
        delete _expected;
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done, bytes memory answer) = LEDGER.call(calls[i]);
            if (done != expected[i]) revert TraderSurprised(i, done, answer);
        }
    }
}
