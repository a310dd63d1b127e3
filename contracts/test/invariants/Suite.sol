// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Test} from "../utils/Test.sol";

/// @title What may be done in a random sequence
/// @dev Each action makes what it needs first, so that no call reverts (`fail_on_revert`), and counts itself.
abstract contract Actions {
    mapping(bytes4 action => uint256) public calls;

    modifier counted() {
        ++calls[msg.sig];
        _;
    }

    /// @notice The functions that forge may call.
    function actions() public pure virtual returns (bytes4[] memory);
}

/// @title A suite of invariants over the actions of one handler
abstract contract Suite is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Actions private _handler;

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.actions());
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev A run that left an action out would prove nothing about it.
    function afterInvariant() external view {
        bytes4[] memory actions = _handler.actions();
        for (uint256 i = 0; i < actions.length; ++i) {
            vm.assertGt(_handler.calls(actions[i]), 0, "an action was not called");
        }
    }

    function target(Actions handler) internal {
        _handler = handler;
    }
}
