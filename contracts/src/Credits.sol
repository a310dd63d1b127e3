// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {ICredits} from "./interfaces/ICredits.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IOracleReports} from "./interfaces/IOracleReports.sol";
import {Carbon} from "./libraries/Carbon.sol";
import {Periods} from "./libraries/Periods.sol";
import {ReductionHash} from "./libraries/ReductionHash.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {Pausing} from "./Pausing.sol";

/// @title Reductions and credits
contract Credits is Pausing, ERC1155, EIP712, ICredits {
    using ReductionHash for Reduction;
    using TokenIds for bytes16;

    /// @dev What is kept of a recorded reduction; two slots.
    struct Recorded {
        uint96 reductionUg;
        bool bundled;
        bytes16 businessId;
        bytes16 programmeId;
    }

    /// @dev Where equipment is enrolled, until when its reductions are recorded, or cannot be, and its baseline; one slot.
    struct Enrolment {
        bytes16 programmeId;
        uint40 recordedUntil;
        uint64 baselinePg;
    }

    IBusinessRegistry private immutable _businesses;
    IFormulaRegistry private immutable _formulas;
    IEquipment private immutable _equipment;
    IOracleReports private immutable _reports;
    IOracleQuorum private immutable _quorum;

    uint256 private _lastCertificateId;
    mapping(bytes16 programmeId => Programme) private _programmes;
    mapping(bytes16 equipmentId => Enrolment) private _enrolments;
    mapping(bytes32 reductionId => Recorded) private _reductions;
    mapping(uint256 certificateId => Certificate) private _certificates;

    constructor(
        address authority,
        IBusinessRegistry businesses,
        IFormulaRegistry formulas,
        IEquipment equipment,
        IOracleReports reports,
        IOracleQuorum quorum
    ) Pausing(authority) ERC1155("") EIP712("Tanso Credits", "1") {
        _businesses = businesses;
        _formulas = formulas;
        _equipment = equipment;
        _reports = reports;
        _quorum = quorum;
    }

    /// @inheritdoc ICredits
    function createProgramme(bytes16 programmeId, bytes32 methodologyId) external restricted whenNotPaused {
        if (programmeId == 0) revert CreditsZeroId();
        if (_programmes[programmeId].businessId != 0) revert CreditsProgrammeExists(programmeId);
        _formulas.nameOf(methodologyId);
        bytes16 businessId = _businesses.idOf(msg.sender);
        _programmes[programmeId] = Programme(businessId, methodologyId, 0, 0, 0);
        emit ProgrammeCreated(programmeId, businessId, methodologyId);
    }

    /// @inheritdoc ICredits
    function enrol(bytes16 programmeId, bytes16 equipmentId, uint64 baselinePg) external whenNotPaused {
        _programme(programmeId);
        bytes16 businessId = _businesses.idOf(msg.sender);
        (address holder,) = _equipment.equipmentOf(equipmentId);
        if (holder != msg.sender) revert CreditsNotOwnEquipment(equipmentId);
        bytes16 current = _enrolments[equipmentId].programmeId;
        if (current != 0) revert CreditsEnrolled(equipmentId, current);
        // Lots may have been charged what was measured until then; later they are charged the baseline.
        uint40 from = _reports.latestEndOf(businessId);
        from = _equipment.enrol(equipmentId, baselinePg, from);
        _enrolments[equipmentId] = Enrolment(programmeId, from, baselinePg);
        emit EquipmentEnrolled(programmeId, equipmentId, businessId, baselinePg, from);
    }

    /// @inheritdoc ICredits
    function record(Reduction calldata reduction, bytes[] calldata signatures)
        external
        whenNotPaused
        returns (bytes32 reductionId)
    {
        Enrolment storage enrolment = _enrolments[reduction.equipmentId];
        _check(reduction, enrolment);
        _quorum.requireQuorum(digestOf(reduction), signatures);
        bytes16 businessId = _holderOf(reduction);

        reductionId = reduction.idOf();
        enrolment.recordedUntil = reduction.periodEnd;
        _reductions[reductionId] = Recorded(reduction.reductionUg, false, businessId, reduction.programmeId);
        emit ReductionRecorded(
            reductionId,
            reduction.programmeId,
            reduction.equipmentId,
            businessId,
            reduction.periodStart,
            reduction.periodEnd,
            reduction.reductionUg,
            reduction.baselinePg,
            reduction.evidenceRoot
        );
    }

    /// @inheritdoc ICredits
    function bundle(bytes16 programmeId, bytes32[] calldata reductionIds)
        external
        whenNotPaused
        returns (uint64 tonnes)
    {
        Programme storage programme = _programme(programmeId);
        bytes16 businessId = _businesses.idOf(msg.sender);
        if (businessId != programme.businessId) revert CreditsNotOperator(programmeId, businessId);
        if (reductionIds.length == 0) revert CreditsZeroAmount();
        uint256 totalUg = programme.carriedUg;
        for (uint256 i = 0; i < reductionIds.length; ++i) {
            totalUg += _bundleOne(programmeId, reductionIds[i]);
        }
        uint96 carriedUg;
        (tonnes, carriedUg) = Carbon.tonnesDown(totalUg);
        programme.carriedUg = carriedUg;
        programme.issuedTonnes += tonnes;
        emit CreditsIssued(programmeId, tonnes, carriedUg);
        // Last, because it calls the receiver's hook.
        if (tonnes > 0) _mint(msg.sender, programmeId.toToken(), tonnes, "");
    }

    /// @inheritdoc ICredits
    function retire(bytes16 programmeId, uint64 tonnes, bytes16 beneficiaryId, bytes32 purposeHash)
        external
        whenNotPaused
        returns (uint256 certificateId)
    {
        Programme storage programme = _programme(programmeId);
        if (tonnes == 0) revert CreditsZeroAmount();
        if (beneficiaryId != 0) _businesses.accountOf(beneficiaryId);
        _burn(msg.sender, programmeId.toToken(), tonnes);
        programme.retiredTonnes += tonnes;
        certificateId = ++_lastCertificateId;
        _certificates[certificateId] = Certificate(programmeId, msg.sender, tonnes, beneficiaryId, purposeHash);
        emit CreditsRetired(certificateId, programmeId, msg.sender, tonnes, beneficiaryId, purposeHash);
    }

    /// @inheritdoc ICredits
    function programmeOf(bytes16 programmeId) external view returns (Programme memory) {
        return _programme(programmeId);
    }

    /// @inheritdoc ICredits
    function reductionOf(bytes32 reductionId) external view returns (uint96 reductionUg, bool bundled) {
        Recorded storage recorded = _reductions[reductionId];
        return (recorded.reductionUg, recorded.bundled);
    }

    /// @inheritdoc ICredits
    function certificateOf(uint256 certificateId) external view returns (Certificate memory) {
        return _certificates[certificateId];
    }

    /// @inheritdoc ICredits
    function digestOf(Reduction calldata reduction) public view returns (bytes32) {
        return _hashTypedDataV4(reduction.hash());
    }

    /// @dev Every transfer, mint and burn of credits.
    function _update(address from, address to, uint256[] memory tokens, uint256[] memory amounts)
        internal
        override
        whenNotPaused
    {
        super._update(from, to, tokens, amounts);
    }

    /// @dev Approvals are writing, too.
    function _setApprovalForAll(address holder, address operator, bool approved) internal override whenNotPaused {
        super._setApprovalForAll(holder, operator, approved);
    }

    /// @dev Flags a reduction as bundled and returns its micrograms.
    function _bundleOne(bytes16 programmeId, bytes32 reductionId) private returns (uint96 reductionUg) {
        Recorded storage recorded = _reductions[reductionId];
        reductionUg = recorded.reductionUg;
        if (reductionUg == 0 || recorded.programmeId != programmeId) revert CreditsUnknownReduction(reductionId);
        if (recorded.bundled) revert CreditsReductionBundled(reductionId);
        recorded.bundled = true;
        emit ReductionBundled(programmeId, reductionId, recorded.businessId, reductionUg);
    }

    /// @dev Everything about a reduction but its signatures.
    function _check(Reduction calldata reduction, Enrolment storage enrolment) private view {
        if (block.timestamp > reduction.deadline) revert CreditsExpired(reduction.deadline);
        bytes32 methodologyId = _programme(reduction.programmeId).methodologyId;
        if (reduction.methodologyId != methodologyId) {
            revert CreditsWrongMethodology(reduction.methodologyId, methodologyId);
        }
        if (enrolment.programmeId != reduction.programmeId) {
            revert CreditsNotEnrolled(reduction.equipmentId, reduction.programmeId);
        }
        if (
            !Periods.isPast(reduction.periodStart, reduction.periodEnd)
                || reduction.periodStart < enrolment.recordedUntil
        ) {
            revert CreditsInvalidPeriod(reduction.equipmentId, reduction.periodStart, reduction.periodEnd);
        }
        if (reduction.baselinePg != enrolment.baselinePg) {
            revert CreditsWrongBaseline(reduction.equipmentId, reduction.baselinePg, enrolment.baselinePg);
        }
        if (reduction.reductionUg == 0) revert CreditsZeroReduction();
    }

    /// @dev The business that runs the reduction's equipment, and must have done so from the beginning of the period.
    function _holderOf(Reduction calldata reduction) private view returns (bytes16 businessId) {
        (address holder,) = _equipment.equipmentOf(reduction.equipmentId);
        if (reduction.periodStart < _equipment.heldSince(reduction.equipmentId)) {
            revert CreditsInvalidPeriod(reduction.equipmentId, reduction.periodStart, reduction.periodEnd);
        }
        return _businesses.idOf(holder);
    }

    /// @dev Programmes are recognized by their operator, which is never zero.
    function _programme(bytes16 programmeId) private view returns (Programme storage programme) {
        programme = _programmes[programmeId];
        if (programme.businessId == 0) revert CreditsUnknownProgramme(programmeId);
    }
}
