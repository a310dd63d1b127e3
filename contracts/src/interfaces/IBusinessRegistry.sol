// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Registry of businesses
/// @notice Binds a business's hashed 128-bit ID to the account that acts for it. No name is ever stored.
interface IBusinessRegistry {
    /// @param businessId Hashed 128-bit ID, never zero.
    /// @param account Account that acts for the business.
    /// @param endpointHash keccak256 of the URL of the server that answers for the business.
    event BusinessRegistered(bytes16 indexed businessId, address indexed account, bytes32 endpointHash);

    /// @notice Thrown when the ID or the account is zero.
    error BusinessRegistryZero();

    /// @notice Thrown when the ID is registered already.
    error BusinessRegistryIdTaken(bytes16 businessId);

    /// @notice Thrown when the account acts for a business already.
    error BusinessRegistryAccountTaken(address account);

    /// @notice Thrown when an account acts for no registered business.
    error BusinessRegistryUnknownAccount(address account);

    /// @notice Thrown when no business has this ID.
    error BusinessRegistryUnknownId(bytes16 businessId);

    /// @notice Registers a business; needs the role REGISTRAR.
    function register(bytes16 businessId, address account, bytes32 endpointHash) external;

    /// @notice The business an account acts for; reverts when there is none.
    function idOf(address account) external view returns (bytes16 businessId);

    /// @notice The account that acts for a business; reverts when there is none.
    function accountOf(bytes16 businessId) external view returns (address account);

    /// @notice Whether the account acts for a registered business.
    function isRegistered(address account) external view returns (bool);
}
