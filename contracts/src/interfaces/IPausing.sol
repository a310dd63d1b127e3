// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title A contract whose writing can be stopped
/// @notice While it is paused, functions that write revert with `EnforcedPause`; reading goes on as ever.
interface IPausing {
    /// @notice Stops writing; needs the role PAUSER. Reverts when it is stopped already.
    function pause() external;

    /// @notice Lets writing go on; needs the role PAUSER. Reverts when it is not stopped.
    function unpause() external;
}
