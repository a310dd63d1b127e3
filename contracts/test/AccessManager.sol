// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// The tests deploy OpenZeppelin's access manager by name. It is imported here, outside the folders that foundry.toml
// compiles without optimizer, so that it is the code that gets deployed.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
