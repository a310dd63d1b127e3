// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";

/// @title Oracle keys and their quorum
contract OracleQuorum is AccessManaged, IOracleQuorum {
    /// @dev Bounds the loops over keys.
    uint256 private constant MAX_KEYS = 32;

    /// @dev The last one is in force; `_threshold` and `_isKey` repeat it, so that a check need not read it.
    KeySet[] private _keySets;
    uint256 private _threshold;
    mapping(address account => bool) private _isKey;

    constructor(address authority, address[] memory keys, uint256 threshold_) AccessManaged(authority) {
        _setKeys(keys, threshold_);
    }

    /// @inheritdoc IOracleQuorum
    function setKeys(address[] calldata keys, uint256 threshold_) external restricted {
        _setKeys(keys, threshold_);
    }

    /// @inheritdoc IOracleQuorum
    function requireQuorum(bytes32 digest, bytes[] calldata signatures) external view {
        if (signatures.length < _threshold) revert OracleQuorumTooFewSignatures(signatures.length, _threshold);
        address previous = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            // Refuses other lengths than 65 bytes, high-s signatures and those that recover to nothing.
            address signer = ECDSA.recoverCalldata(digest, signatures[i]);
            if (signer <= previous) revert OracleQuorumUnsorted(previous, signer);
            if (!_isKey[signer]) revert OracleQuorumUnknownKey(signer);
            previous = signer;
        }
    }

    /// @inheritdoc IOracleQuorum
    function isKey(address account) external view returns (bool) {
        return _isKey[account];
    }

    /// @inheritdoc IOracleQuorum
    function threshold() external view returns (uint256) {
        return _threshold;
    }

    /// @inheritdoc IOracleQuorum
    function keysOf() external view returns (address[] memory) {
        return _keySets[_keySets.length - 1].keys;
    }

    /// @inheritdoc IOracleQuorum
    function keySetCount() external view returns (uint256) {
        return _keySets.length;
    }

    /// @inheritdoc IOracleQuorum
    function keySetOf(uint256 number) external view returns (KeySet memory) {
        if (number >= _keySets.length) revert OracleQuorumUnknownKeySet(number, _keySets.length);
        return _keySets[number];
    }

    /// @inheritdoc IOracleQuorum
    function keySetAt(uint256 time) external view returns (uint256 number, KeySet memory keySet) {
        // Keys change seldom, and those of lately are asked for most.
        for (number = _keySets.length; number > 0;) {
            if (_keySets[--number].since <= time) return (number, _keySets[number]);
        }
        revert OracleQuorumNoKeysAt(time);
    }

    function _setKeys(address[] memory keys, uint256 threshold_) private {
        if (threshold_ == 0 || threshold_ > keys.length || keys.length > MAX_KEYS) revert OracleQuorumInvalidKeys();
        if (_keySets.length != 0) {
            address[] memory old = _keySets[_keySets.length - 1].keys;
            for (uint256 i = 0; i < old.length; ++i) {
                delete _isKey[old[i]];
            }
        }
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i] == address(0) || _isKey[keys[i]]) revert OracleQuorumInvalidKeys();
            _isKey[keys[i]] = true;
        }
        // The threshold is at most MAX_KEYS, and time fits for 34,000 years.
        // forge-lint: disable-next-line(unsafe-typecast)
        _keySets.push(KeySet(uint40(block.timestamp), uint8(threshold_), keys));
        _threshold = threshold_;
        emit OracleKeysChanged(keys, threshold_);
    }
}
