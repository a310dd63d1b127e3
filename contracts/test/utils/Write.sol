// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev A call that writes, and who may make it.
struct Write {
    address target;
    address caller;
    bytes data;
}
