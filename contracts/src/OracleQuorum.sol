// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";

/// @title Oracle keys and their quorum
contract OracleQuorum is AccessManaged, IOracleQuorum {
    /// @dev Bounds the loops over keys.
    uint256 private constant MAX_KEYS = 32;

    address[] private _keys;
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

    function _setKeys(address[] memory keys, uint256 threshold_) private {
        if (threshold_ == 0 || threshold_ > keys.length || keys.length > MAX_KEYS) revert OracleQuorumInvalidKeys();
        address[] memory old = _keys;
        for (uint256 i = 0; i < old.length; ++i) {
            delete _isKey[old[i]];
        }
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i] == address(0) || _isKey[keys[i]]) revert OracleQuorumInvalidKeys();
            _isKey[keys[i]] = true;
        }
        _keys = keys;
        _threshold = threshold_;
        emit OracleKeysChanged(keys, threshold_);
    }
}
