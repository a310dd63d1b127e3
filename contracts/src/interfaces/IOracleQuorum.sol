// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Oracle keys and their quorum
/// @notice k of n keys must sign a report. Keys and threshold are set by the role ORACLE_ADMIN.
interface IOracleQuorum {
    event OracleKeysChanged(address[] keys, uint256 threshold);

    /// @notice Thrown when there are fewer keys than the threshold, the threshold or a key is zero, a key stands
    ///         twice, or there are more than 32 keys.
    error OracleQuorumInvalidKeys();

    /// @notice Thrown when fewer than `needed` signatures were given.
    error OracleQuorumTooFewSignatures(uint256 given, uint256 needed);

    /// @notice Thrown when a signature is not by a registered key.
    error OracleQuorumUnknownKey(address signer);

    /// @notice Thrown when signatures are not sorted by rising signer address, which also bars doubles.
    error OracleQuorumUnsorted(address previous, address signer);

    /// @notice Replaces all keys and the threshold.
    /// @dev Warning: whoever holds `needed` of these keys decides what counts as measured.
    function setKeys(address[] calldata keys, uint256 needed) external;

    /// @notice Reverts unless `signatures` hold at least the threshold of valid signatures of `digest`, 65 bytes
    ///         each, sorted by rising signer address. Malleable (high-s) signatures are refused.
    function requireQuorum(bytes32 digest, bytes[] calldata signatures) external view;

    /// @notice Whether the account is an oracle key.
    function isKey(address account) external view returns (bool);

    /// @notice Signatures a report needs.
    function threshold() external view returns (uint256);
}
