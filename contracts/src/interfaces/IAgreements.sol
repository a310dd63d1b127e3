// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Agreements on data
/// @notice Under which agreements one business (the provider) discloses data to another (the receiver), since when and
///         until when, and that what was disclosed has been deleted. The terms stay with the two parties: the ledger holds
///         their hash. Nothing is erased: an agreement that ended stays readable.
/// @dev All times are block times, Unix seconds. IDs are first come, first served.
interface IAgreements {
    /// @param termsHash keccak256 of the terms, which both parties keep.
    /// @param validUntil First second for which the agreement holds no longer, as its terms say.
    /// @param acceptedAt When the receiver accepted; zero when it has not.
    /// @param endedAt When a party withdrew, or the provider demanded deletion; zero when neither did.
    /// @param demandedAt When the provider demanded deletion; zero when it has not.
    /// @param confirmedAt When the receiver confirmed deletion; zero when it has not.
    /// @param confirmationHash keccak256 of the receiver's confirmation; zero when there is none.
    struct Agreement {
        bytes16 providerId;
        bytes16 receiverId;
        bytes32 termsHash;
        uint40 validUntil;
        uint40 acceptedAt;
        uint40 endedAt;
        uint40 demandedAt;
        uint40 confirmedAt;
        bytes32 confirmationHash;
    }

    /// @param agreementId Hashed 128-bit ID, never zero.
    /// @param termsHash keccak256 of the terms.
    event AgreementProposed(
        bytes16 indexed agreementId,
        bytes16 indexed providerId,
        bytes16 indexed receiverId,
        bytes32 termsHash,
        uint40 validUntil
    );

    event AgreementAccepted(bytes16 indexed agreementId);

    /// @param businessId The party that withdrew.
    event AgreementWithdrawn(bytes16 indexed agreementId, bytes16 indexed businessId);

    /// @notice The provider demanded that what it disclosed be deleted. If the agreement had not ended, this ended it.
    event DeletionDemanded(bytes16 indexed agreementId);

    /// @param confirmationHash keccak256 of the receiver's signed confirmation.
    event DeletionConfirmed(bytes16 indexed agreementId, bytes32 confirmationHash);

    /// @notice Thrown when the ID or a hash is zero.
    error AgreementsZero();

    /// @notice Thrown when the ID is taken already.
    error AgreementsIdTaken(bytes16 agreementId);

    /// @notice Thrown when no agreement has this ID.
    error AgreementsUnknown(bytes16 agreementId);

    /// @notice Thrown when a business proposes an agreement to itself.
    error AgreementsWithOneself(bytes16 businessId);

    /// @notice Thrown when an agreement would be over before it is proposed or accepted.
    error AgreementsExpired(bytes16 agreementId, uint40 validUntil);

    /// @notice Thrown when what the provider may do is called by another.
    error AgreementsNotProvider(bytes16 agreementId, bytes16 businessId);

    /// @notice Thrown when what the receiver may do is called by another.
    error AgreementsNotReceiver(bytes16 agreementId, bytes16 businessId);

    /// @notice Thrown when what either party may do is called by a third.
    error AgreementsNotParty(bytes16 agreementId, bytes16 businessId);

    /// @notice Thrown when the terms that are accepted are not those that were proposed.
    error AgreementsOtherTerms(bytes16 agreementId, bytes32 given, bytes32 proposed);

    /// @notice Thrown when an agreement is accepted already.
    error AgreementsAccepted(bytes16 agreementId, uint40 acceptedAt);

    /// @notice Thrown when an agreement was never accepted, so that nothing can have been disclosed under it.
    error AgreementsNotAccepted(bytes16 agreementId);

    /// @notice Thrown when an agreement has ended already.
    error AgreementsEnded(bytes16 agreementId, uint40 endedAt);

    /// @notice Thrown when deletion is demanded already.
    error AgreementsDeletionDemanded(bytes16 agreementId, uint40 demandedAt);

    /// @notice Thrown when deletion is confirmed that nobody demanded.
    error AgreementsDeletionNotDemanded(bytes16 agreementId);

    /// @notice Thrown when deletion is confirmed already.
    error AgreementsDeletionConfirmed(bytes16 agreementId, uint40 confirmedAt);

    /// @notice Proposes an agreement to a registered business; the caller's business is the provider.
    /// @param termsHash keccak256 of the terms, which the receiver gets on another way.
    /// @param validUntil First second for which it holds no longer, a time to come.
    function propose(bytes16 agreementId, bytes16 receiverId, bytes32 termsHash, uint40 validUntil) external;

    /// @notice Accepts a proposal; it is in force from now on. By the receiver, before the agreement is over.
    /// @param termsHash keccak256 of the terms that the receiver has read: none accepts others.
    function accept(bytes16 agreementId, bytes32 termsHash) external;

    /// @notice Ends an agreement at once, or takes a proposal back or declines it. By either party.
    function withdraw(bytes16 agreementId) external;

    /// @notice Demands that what was disclosed be deleted, also after the agreement is over. By the provider.
    /// @dev Warning: ends the agreement at once if it has not ended, and it can't be taken up again.
    function demandDeletion(bytes16 agreementId) external;

    /// @notice Confirms that what was received is deleted, after that was demanded. By the receiver, once.
    /// @param confirmationHash keccak256 of the signed confirmation, which the provider gets on another way.
    function confirmDeletion(bytes16 agreementId, bytes32 confirmationHash) external;

    /// @notice What is on record of an agreement; reverts when there is none.
    function agreementOf(bytes16 agreementId) external view returns (Agreement memory);

    /// @notice Whether an agreement was in force at `time`: accepted, and neither ended nor over. False when there is none.
    ///         A time to come is answered by what is on record now.
    function inForce(bytes16 agreementId, uint40 time) external view returns (bool);
}
