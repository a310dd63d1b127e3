// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Registry of businesses
/// @notice Binds a business's hashed 128-bit ID to the account that acts for it. No name is ever stored.
/// @dev Businesses are also numbered, so that other contracts can pack who they mean into 24 bits. A number is the
///      business's rank of registration, from 1, times 16, plus the last four bits of its account: an account whose
///      last bits differ is not that business, which saves looking it up.
interface IBusinessRegistry {
    /// @param hash keccak256 of the URL of the server that answers for the business.
    /// @param since First second (Unix time) for which it holds, until the next one's.
    struct Endpoint {
        bytes32 hash;
        uint40 since;
    }

    /// @param businessId Hashed 128-bit ID, never zero.
    /// @param account Account that acts for the business.
    /// @param endpointHash keccak256 of the URL of the server that answers for the business.
    event BusinessRegistered(bytes16 indexed businessId, address indexed account, bytes32 endpointHash);

    /// @dev A business's first endpoint is in `BusinessRegistered`.
    /// @param since Time of the block (Unix time, seconds).
    event BusinessEndpointChanged(bytes16 indexed businessId, bytes32 endpointHash, uint40 since);

    /// @notice Thrown when the ID, the account, the endpoint's hash or the mirror is zero.
    error BusinessRegistryZero();

    /// @notice Thrown when the ID is registered already.
    error BusinessRegistryIdTaken(bytes16 businessId);

    /// @notice Thrown when the account acts for a business already.
    error BusinessRegistryAccountTaken(address account);

    /// @notice From now on `mirror` is told of every registration.
    event BusinessMirrorSet(address indexed mirror);

    /// @notice Thrown when 2^20 - 1 businesses are registered: their numbers are used up.
    error BusinessRegistryFull();

    /// @notice Thrown when an account acts for no registered business.
    error BusinessRegistryUnknownAccount(address account);

    /// @notice Thrown when no business has this ID.
    error BusinessRegistryUnknownId(bytes16 businessId);

    /// @notice Thrown when there is a mirror already: it is named once, for good.
    error BusinessRegistryMirrorSet(address mirror);

    /// @notice Thrown when a business had no endpoint yet at a time.
    error BusinessRegistryNoEndpoint(bytes16 businessId, uint40 time);

    /// @notice Registers a business; needs the role REGISTRAR.
    /// @param endpointHash The first endpoint; the business names others by `setEndpoint`.
    function register(bytes16 businessId, address account, bytes32 endpointHash) external;

    /// @notice Names a new endpoint of the calling business, from now on. Those before stay readable.
    function setEndpoint(bytes32 endpointHash) external;

    /// @notice All endpoints that a business has had, oldest first; reverts when there is no such business.
    function endpointsOf(bytes16 businessId) external view returns (Endpoint[] memory endpoints);

    /// @notice Hash of the endpoint that a business had at `time` (Unix time, seconds); reverts when it had none yet.
    ///         A time to come gives the latest one.
    function endpointAt(bytes16 businessId, uint40 time) external view returns (bytes32 endpointHash);

    /// @notice The business an account acts for; reverts when there is none.
    function idOf(address account) external view returns (bytes16 businessId);

    /// @notice The account that acts for a business; reverts when there is none.
    function accountOf(bytes16 businessId) external view returns (address account);

    /// @notice ID and number of the business an account acts for; reverts when there is none.
    function businessOf(address account) external view returns (bytes16 businessId, uint24 number);

    /// @notice Number of a business; zero when there is none.
    function numberOf(bytes16 businessId) external view returns (uint24 number);

    /// @notice ID of the business with this number; zero when there is none.
    function idOfNumber(uint24 number) external view returns (bytes16 businessId);

    /// @notice Names a contract that keeps a copy of the registrations, for cheap look-ups. Admin only, and once:
    ///         who is told stays the same for good.
    /// @dev A mirror can neither bar registrations nor change them: it is told, and reads them here.
    function setMirror(address mirror) external;

    /// @notice Whether the account acts for a registered business.
    function isRegistered(address account) external view returns (bool);
}

/// @title A contract that keeps a copy of the registrations
interface IBusinessMirror {
    /// @notice Copies an account's registration from the registry. Anyone may call it.
    function admit(address account) external;
}
