// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Oracle keys and their quorum
/// @notice k of n keys must sign a report. Keys and threshold are set by the role ORACLE_ADMIN.
interface IOracleQuorum {
    /// @notice Keys, of which `threshold` had to sign, from `since` (block time, seconds) to the next set's `since`.
    struct KeySet {
        uint40 since;
        uint8 threshold;
        address[] keys;
    }

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

    /// @notice Thrown when there is no set of keys with this number: the first one has number 0.
    error OracleQuorumUnknownKeySet(uint256 number, uint256 count);

    /// @notice Thrown when the first keys were set after this time.
    error OracleQuorumNoKeysAt(uint256 time);

    /// @notice Replaces all keys and the threshold; the earlier ones stay on record.
    /// @dev Warning: whoever holds `needed` of these keys decides what counts as measured.
    function setKeys(address[] calldata keys, uint256 needed) external;

    /// @notice Reverts unless `signatures` hold at least the threshold of valid signatures of `digest`, 65 bytes
    ///         each, sorted by rising signer address. Malleable (high-s) signatures are refused.
    function requireQuorum(bytes32 digest, bytes[] calldata signatures) external view;

    /// @notice Whether the account is an oracle key.
    function isKey(address account) external view returns (bool);

    /// @notice Signatures a report needs.
    function threshold() external view returns (uint256);

    /// @notice The oracle keys, in the order in which they were set.
    function keysOf() external view returns (address[] memory);

    /// @notice How many sets of keys there have been, the one in force included.
    function keySetCount() external view returns (uint256);

    /// @notice A set of keys by its number, from 0. Sets are added and never changed.
    function keySetOf(uint256 number) external view returns (KeySet memory);

    /// @notice The set of keys that was in force at a time (seconds), with its number: it says who could sign what was
    ///         recorded then.
    /// @dev At the very time of a change it is the new set; a report in the same block may have landed before it.
    function keySetAt(uint256 time) external view returns (uint256 number, KeySet memory keySet);
}
