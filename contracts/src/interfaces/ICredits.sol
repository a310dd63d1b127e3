// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

/// @title Reductions and credits
/// @notice Reductions of enrolled equipment, attested by the oracle quorum (EIP-712 domain "Tanso Credits", "1"), are
///         recorded once, bundled by the programme's operator, and issued as whole-tonne credits: ERC-1155 tokens
///         whose ID is the 128-bit programme ID as a number and whose amount is tonnes. What is left below a tonne
///         carries over. Retirement burns credits and leaves a certificate.
interface ICredits is IERC1155 {
    /// @param equipmentId Enrolled equipment.
    /// @param programmeId Programme it is enrolled in.
    /// @param periodStart First second (Unix time) of the period.
    /// @param periodEnd First second after it.
    /// @param reductionUg Baseline minus project emissions, micrograms CO2e, rounded down.
    /// @param baselinePg Baseline intensity that the reduction was computed against, picograms CO2e per base unit of
    ///        activity: the one that lots are charged since the equipment was enrolled.
    /// @param deadline Last second at which the attestation may land.
    /// @param methodologyId Registered formula of the methodology; must be the programme's.
    /// @param evidenceRoot Root of the Merkle tree over readings, factors and result.
    struct Reduction {
        bytes16 equipmentId;
        bytes16 programmeId;
        uint40 periodStart;
        uint40 periodEnd;
        uint96 reductionUg;
        uint64 baselinePg;
        uint40 deadline;
        bytes32 methodologyId;
        bytes32 evidenceRoot;
    }

    /// @param businessId Operator (aggregator).
    /// @param methodologyId Registered formula of the methodology.
    /// @param carriedUg Bundled reductions not yet issued, always below one tonne.
    /// @param issuedTonnes Tonnes issued so far.
    /// @param retiredTonnes Tonnes retired so far.
    struct Programme {
        bytes16 businessId;
        bytes32 methodologyId;
        uint96 carriedUg;
        uint64 issuedTonnes;
        uint64 retiredTonnes;
    }

    /// @param programmeId Programme whose credits were retired.
    /// @param account Who retired them.
    /// @param tonnes How many.
    /// @param beneficiaryId Business on whose behalf, or zero.
    /// @param purposeHash keccak256 of the stated purpose.
    struct Certificate {
        bytes16 programmeId;
        address account;
        uint64 tonnes;
        bytes16 beneficiaryId;
        bytes32 purposeHash;
    }

    event ProgrammeCreated(bytes16 indexed programmeId, bytes16 indexed businessId, bytes32 methodologyId);

    /// @param baselinePg Picograms CO2e per base unit that later uses of the equipment are charged at least.
    /// @param from Unix time from which on reductions can be recorded.
    event EquipmentEnrolled(
        bytes16 indexed programmeId,
        bytes16 indexed equipmentId,
        bytes16 indexed businessId,
        uint64 baselinePg,
        uint40 from
    );

    event ReductionRecorded(
        bytes32 indexed reductionId,
        bytes16 indexed programmeId,
        bytes16 indexed equipmentId,
        bytes16 businessId,
        uint40 periodStart,
        uint40 periodEnd,
        uint96 reductionUg,
        uint64 baselinePg,
        bytes32 evidenceRoot
    );

    /// @notice One contributor's reduction went into a bundle.
    event ReductionBundled(
        bytes16 indexed programmeId, bytes32 indexed reductionId, bytes16 indexed businessId, uint96 reductionUg
    );
    event CreditsIssued(bytes16 indexed programmeId, uint64 tonnes, uint96 carriedUg);
    event CreditsRetired(
        uint256 indexed certificateId,
        bytes16 indexed programmeId,
        address indexed account,
        uint64 tonnes,
        bytes16 beneficiaryId,
        bytes32 purposeHash
    );

    /// @notice Thrown when an ID is zero.
    error CreditsZeroId();

    /// @notice Thrown when the programme exists already.
    error CreditsProgrammeExists(bytes16 programmeId);

    /// @notice Thrown when no programme has this ID.
    error CreditsUnknownProgramme(bytes16 programmeId);

    /// @notice Thrown when somebody other than the programme's operator bundles.
    error CreditsNotOperator(bytes16 programmeId, bytes16 businessId);

    /// @notice Thrown when the caller does not run the equipment.
    error CreditsNotOwnEquipment(bytes16 equipmentId);

    /// @notice Thrown when the equipment is enrolled already, in this or another programme.
    error CreditsEnrolled(bytes16 equipmentId, bytes16 programmeId);

    /// @notice Thrown when a reduction's equipment is not enrolled in the programme named.
    error CreditsNotEnrolled(bytes16 equipmentId, bytes16 programmeId);

    /// @notice Thrown when a reduction names another methodology than its programme.
    error CreditsWrongMethodology(bytes32 given, bytes32 expected);

    /// @notice Thrown when the period is empty, ends in the future, or starts before the last recorded one ended, before
    ///         the equipment's baseline counts, or before the business took the equipment over.
    error CreditsInvalidPeriod(bytes16 equipmentId, uint40 periodStart, uint40 periodEnd);

    /// @notice Thrown when an attestation comes after its deadline.
    error CreditsExpired(uint40 deadline);

    /// @notice Thrown when the reduction is zero.
    error CreditsZeroReduction();

    /// @notice Thrown when no reduction has this ID, or it belongs to another programme.
    error CreditsUnknownReduction(bytes32 reductionId);

    /// @notice Thrown when a reduction was computed against another baseline than lots are charged.
    error CreditsWrongBaseline(bytes16 equipmentId, uint64 given, uint64 enrolled);

    /// @notice Thrown when the reduction was bundled before.
    error CreditsReductionBundled(bytes32 reductionId);

    /// @notice Thrown when nothing, or zero tonnes, are given.
    error CreditsZeroAmount();

    /// @notice Creates a programme run by the calling business; needs the role AGGREGATOR.
    function createProgramme(bytes16 programmeId, bytes32 methodologyId) external;

    /// @notice Gives the environmental value of own equipment up to a programme, for good: from the end of what was
    ///         reported of the business on, lots that use it are charged the baseline (see `IEquipment.enrol`), and
    ///         reductions can be recorded.
    /// @param baselinePg Picograms CO2e per base unit of activity that the methodology holds reductions against.
    function enrol(bytes16 programmeId, bytes16 equipmentId, uint64 baselinePg) external;

    /// @notice Records an attested reduction. Anyone may send it: the signatures decide.
    /// @dev The contributor is the business that runs the equipment, and ran it in all of the period: whoever hands
    ///      equipment over has its reductions recorded before.
    /// @return reductionId keccak256 of abi.encode(equipment, period start, period end).
    function record(Reduction calldata reduction, bytes[] calldata signatures) external returns (bytes32 reductionId);

    /// @notice Bundles recorded reductions and issues the whole tonnes to the operator, rounded down; the rest carries.
    function bundle(bytes16 programmeId, bytes32[] calldata reductionIds) external returns (uint64 tonnes);

    /// @notice Burns own credits and leaves a certificate, numbered from 1.
    /// @param beneficiaryId Registered business on whose behalf, or zero.
    function retire(bytes16 programmeId, uint64 tonnes, bytes16 beneficiaryId, bytes32 purposeHash)
        external
        returns (uint256 certificateId);

    /// @notice EIP-712 digest that the oracle keys sign.
    function digestOf(Reduction calldata reduction) external view returns (bytes32);

    /// @notice A programme's account; reverts when there is none.
    function programmeOf(bytes16 programmeId) external view returns (Programme memory);

    /// @notice Micrograms of a recorded reduction and whether it is bundled; zero when unknown.
    function reductionOf(bytes32 reductionId) external view returns (uint96 reductionUg, bool bundled);

    /// @notice A retirement certificate; all zero when there is none.
    function certificateOf(uint256 certificateId) external view returns (Certificate memory);
}
