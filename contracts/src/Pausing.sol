// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IPausing} from "./interfaces/IPausing.sol";

/// @title A contract whose writing can be stopped
abstract contract Pausing is AccessManaged, Pausable, IPausing {
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IPausing
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IPausing
    function unpause() external restricted {
        _unpause();
    }
}
