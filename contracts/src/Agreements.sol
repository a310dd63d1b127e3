// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAgreements} from "./interfaces/IAgreements.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {Pausing} from "./Pausing.sol";

/// @title Agreements on data
contract Agreements is Pausing, IAgreements {
    /// @dev Two slots; businesses by number.
    struct Kept {
        bytes32 termsHash;
        uint24 provider;
        uint24 receiver;
        uint40 validUntil;
        uint40 acceptedAt;
        uint40 endedAt;
        uint40 demandedAt;
        uint40 confirmedAt;
    }

    IBusinessRegistry private immutable _businesses;
    mapping(bytes16 agreementId => Kept) private _agreements;
    mapping(bytes16 agreementId => bytes32) private _confirmations;

    constructor(address authority, IBusinessRegistry businesses) Pausing(authority) {
        _businesses = businesses;
    }

    /// @inheritdoc IAgreements
    function propose(bytes16 agreementId, bytes16 receiverId, bytes32 termsHash, uint40 validUntil)
        external
        whenNotPaused
    {
        (bytes16 providerId, uint24 provider) = _businesses.businessOf(msg.sender);
        if (agreementId == 0 || termsHash == 0) revert AgreementsZero();
        if (_agreements[agreementId].termsHash != 0) revert AgreementsIdTaken(agreementId);
        uint24 receiver = _businesses.numberOf(receiverId);
        if (receiver == 0) revert IBusinessRegistry.BusinessRegistryUnknownId(receiverId);
        if (receiver == provider) revert AgreementsWithOneself(providerId);
        if (validUntil <= block.timestamp) revert AgreementsExpired(agreementId, validUntil);
        _agreements[agreementId] = Kept(termsHash, provider, receiver, validUntil, 0, 0, 0, 0);
        emit AgreementProposed(agreementId, providerId, receiverId, termsHash, validUntil);
    }

    /// @inheritdoc IAgreements
    function accept(bytes16 agreementId, bytes32 termsHash) external whenNotPaused {
        Kept storage agreement = _ofReceiver(agreementId);
        if (termsHash != agreement.termsHash) {
            revert AgreementsOtherTerms(agreementId, termsHash, agreement.termsHash);
        }
        if (agreement.endedAt != 0) revert AgreementsEnded(agreementId, agreement.endedAt);
        if (agreement.acceptedAt != 0) revert AgreementsAccepted(agreementId, agreement.acceptedAt);
        if (agreement.validUntil <= block.timestamp) revert AgreementsExpired(agreementId, agreement.validUntil);
        agreement.acceptedAt = uint40(block.timestamp);
        emit AgreementAccepted(agreementId);
    }

    /// @inheritdoc IAgreements
    function withdraw(bytes16 agreementId) external whenNotPaused {
        Kept storage agreement = _known(agreementId);
        (bytes16 businessId, uint24 business) = _businesses.businessOf(msg.sender);
        if (business != agreement.provider && business != agreement.receiver) {
            revert AgreementsNotParty(agreementId, businessId);
        }
        if (agreement.endedAt != 0) revert AgreementsEnded(agreementId, agreement.endedAt);
        agreement.endedAt = uint40(block.timestamp);
        emit AgreementWithdrawn(agreementId, businessId);
    }

    /// @inheritdoc IAgreements
    function demandDeletion(bytes16 agreementId) external whenNotPaused {
        Kept storage agreement = _known(agreementId);
        (bytes16 businessId, uint24 business) = _businesses.businessOf(msg.sender);
        if (business != agreement.provider) revert AgreementsNotProvider(agreementId, businessId);
        if (agreement.acceptedAt == 0) revert AgreementsNotAccepted(agreementId);
        if (agreement.demandedAt != 0) revert AgreementsDeletionDemanded(agreementId, agreement.demandedAt);
        agreement.demandedAt = uint40(block.timestamp);
        if (agreement.endedAt == 0) agreement.endedAt = uint40(block.timestamp);
        emit DeletionDemanded(agreementId);
    }

    /// @inheritdoc IAgreements
    function confirmDeletion(bytes16 agreementId, bytes32 confirmationHash) external whenNotPaused {
        Kept storage agreement = _ofReceiver(agreementId);
        if (confirmationHash == 0) revert AgreementsZero();
        if (agreement.demandedAt == 0) revert AgreementsDeletionNotDemanded(agreementId);
        if (agreement.confirmedAt != 0) revert AgreementsDeletionConfirmed(agreementId, agreement.confirmedAt);
        agreement.confirmedAt = uint40(block.timestamp);
        _confirmations[agreementId] = confirmationHash;
        emit DeletionConfirmed(agreementId, confirmationHash);
    }

    /// @inheritdoc IAgreements
    function agreementOf(bytes16 agreementId) external view returns (Agreement memory) {
        Kept memory agreement = _known(agreementId);
        return Agreement(
            _businesses.idOfNumber(agreement.provider),
            _businesses.idOfNumber(agreement.receiver),
            agreement.termsHash,
            agreement.validUntil,
            agreement.acceptedAt,
            agreement.endedAt,
            agreement.demandedAt,
            agreement.confirmedAt,
            _confirmations[agreementId]
        );
    }

    /// @inheritdoc IAgreements
    function inForce(bytes16 agreementId, uint40 time) external view returns (bool) {
        Kept memory agreement = _agreements[agreementId];
        if (agreement.acceptedAt == 0 || time < agreement.acceptedAt || time >= agreement.validUntil) return false;
        return agreement.endedAt == 0 || time < agreement.endedAt;
    }

    /// @dev Reverts when the caller is not the agreement's receiver.
    function _ofReceiver(bytes16 agreementId) private view returns (Kept storage agreement) {
        agreement = _known(agreementId);
        (bytes16 businessId, uint24 business) = _businesses.businessOf(msg.sender);
        if (business != agreement.receiver) revert AgreementsNotReceiver(agreementId, businessId);
    }

    /// @dev Reverts when there is no such agreement.
    function _known(bytes16 agreementId) private view returns (Kept storage agreement) {
        agreement = _agreements[agreementId];
        if (agreement.termsHash == 0) revert AgreementsUnknown(agreementId);
    }
}
