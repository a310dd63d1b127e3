// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Oracle reports
/// @notice Emission intensity per equipment and period, and a business's declared Scope 1 and 2 emissions, signed by
///         k of n oracle keys as EIP-712 typed data of the domain ("Tanso Oracle Reports", "1", chain, contract).
interface IOracleReports {
    /// @param businessId Business whose equipment is reported.
    /// @param periodStart First second (Unix time) of the period.
    /// @param periodEnd First second after the period.
    /// @param sequence Number of reports of this business before this one, from 0: a report lands once, in order.
    /// @param deadline Last second at which the report may land.
    /// @param formulaId Registered formula by which intensities were computed.
    /// @param evidenceRoot Root of the Merkle tree over readings, factors and results.
    /// @param declaredUg All Scope 1 and 2 emissions of the business in the period, micrograms CO2e, rounded up.
    /// @param entries Intensity per equipment, 24 bytes each: equipment ID (16), picograms CO2e per base unit of its
    ///        activity, rounded up (8). Entries of equipment with consecutive numbers cost least in consecutive order.
    struct Report {
        bytes16 businessId;
        uint40 periodStart;
        uint40 periodEnd;
        uint32 sequence;
        uint40 deadline;
        bytes32 formulaId;
        bytes32 evidenceRoot;
        uint96 declaredUg;
        bytes entries;
    }

    /// @param periodStart First second of the period the intensity was measured in.
    /// @param periodEnd First second after it.
    /// @param intensityPg Picograms CO2e per base unit of activity.
    /// @param sequence The report it came with.
    struct IntensityRecord {
        uint40 periodStart;
        uint40 periodEnd;
        uint64 intensityPg;
        uint32 sequence;
    }

    /// @param entries Intensity per equipment, as reported.
    /// @param holdings A byte per entry: which holding of the equipment this is, the upper 8 bits of its record.
    event ReportAccepted(
        bytes16 indexed businessId,
        uint32 indexed sequence,
        uint40 periodStart,
        uint40 periodEnd,
        bytes32 formulaId,
        bytes32 evidenceRoot,
        uint96 declaredUg,
        bytes entries,
        bytes holdings
    );

    /// @notice Thrown when a report's period is empty or ends in the future.
    error OracleReportsInvalidPeriod(uint40 periodStart, uint40 periodEnd);

    /// @notice Thrown when a report comes after its deadline.
    error OracleReportsExpired(uint40 deadline);

    /// @notice Thrown when a report's sequence is not the next one: a replay, a stale report or one too early.
    error OracleReportsWrongSequence(bytes16 businessId, uint32 given, uint32 expected);

    /// @notice Thrown when an entry's equipment is not run by the reported business.
    error OracleReportsNotEquipmentOf(bytes16 businessId, bytes16 equipmentId);

    /// @notice Thrown when the entries are no multiple of 24 bytes.
    error OracleReportsInvalidEntries(uint256 length);

    /// @notice Thrown when an intensity is 2^64 - 1: the ledger keeps it one higher, to tell zero from none.
    error OracleReportsIntensityTooLarge(bytes16 equipmentId);

    /// @notice Thrown when a business has 2^24 reports, as many as its records can name.
    error OracleReportsSequencesUsedUp(bytes16 businessId);

    /// @notice Thrown when an equipment's new period starts before its last one ended, or before the business took
    ///         the equipment over from another one: `lastPeriodEnd` then is that time.
    error OracleReportsPeriodOverlaps(bytes16 equipmentId, uint40 periodStart, uint40 lastPeriodEnd);

    /// @notice Thrown when a batch ends after all the periods whose intensities it uses: the rest is not reported yet.
    error OracleReportsNotReported(uint40 periodEnd, uint40 reportedUntil);

    /// @notice Thrown when no intensity is registered under this index or for this time.
    error OracleReportsNoIntensity(bytes16 equipmentId);

    /// @notice Registers a report. Anyone may send it: the signatures decide.
    /// @param signatures Quorum of signatures, sorted by rising signer address.
    function submit(Report calldata report, bytes[] calldata signatures) external;

    /// @notice EIP-712 digest that the oracle keys sign.
    function digestOf(Report calldata report) external view returns (bytes32);

    /// @notice Sequence that the business's next report must carry.
    function nextSequence(bytes16 businessId) external view returns (uint32);

    /// @notice The latest end of a period that was reported of the business; zero before its first report.
    function latestEndOf(bytes16 businessId) external view returns (uint40);

    /// @notice Number of intensities registered for the equipment. For reading: it looks through all reports.
    function recordCount(bytes16 equipmentId) external view returns (uint32);

    /// @notice Records of all intensities of the equipment, oldest first. For reading: it looks through all reports.
    function recordsOf(bytes16 equipmentId) external view returns (uint32[] memory records);

    /// @notice One intensity of the equipment's history.
    /// @param record Holding of the equipment (upper 8 bits: 0 for the business that registered it, 1 for the next) and
    ///        sequence of the report it came with (lower 24 bits).
    function recordOf(bytes16 equipmentId, uint32 record) external view returns (IntensityRecord memory);

    /// @notice The intensity that held at a time.
    /// @param time Unix time in seconds.
    function intensityAt(bytes16 equipmentId, uint40 time) external view returns (IntensityRecord memory);

    /// @notice Intensities of equipment used by a business in a batch, for settlement.
    /// @param business Number of the business; it must have run the equipment in the record's holding.
    /// @param periodStart First second (Unix time) of the batch's period, which each record's period must touch.
    /// @param periodEnd First second after it; no later than the latest end of a period used.
    /// @param uses Entries of `size` bytes: equipment ID (16), record (4), and what else the caller keeps there.
    /// @return intensities A word per use, as bytes: picograms per base unit as measured (lowest 64 bits) and as charged
    ///         (next 64: the baseline where the equipment is enrolled and that is more), or a constant of `Intensities`.
    function intensitiesFor(uint24 business, uint40 periodStart, uint40 periodEnd, bytes calldata uses, uint256 size)
        external
        view
        returns (bytes memory intensities);
}
