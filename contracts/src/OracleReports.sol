// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IOracleReports} from "./interfaces/IOracleReports.sol";
import {Periods} from "./libraries/Periods.sol";
import {ReportHash} from "./libraries/ReportHash.sol";

/// @title Oracle reports
contract OracleReports is EIP712, IOracleReports {
    using SafeCast for uint256;

    IBusinessRegistry private immutable _businesses;
    IFormulaRegistry private immutable _formulas;
    IEquipment private immutable _equipment;
    IOracleQuorum private immutable _quorum;

    mapping(bytes16 businessId => uint32) private _nextSequences;
    /// @dev Periods in a history rise and never overlap; a record is never changed.
    mapping(bytes16 equipmentId => IntensityRecord[]) private _histories;

    constructor(IBusinessRegistry businesses, IFormulaRegistry formulas, IEquipment equipment, IOracleQuorum quorum)
        EIP712("Tanso Oracle Reports", "1")
    {
        _businesses = businesses;
        _formulas = formulas;
        _equipment = equipment;
        _quorum = quorum;
    }

    /// @inheritdoc IOracleReports
    function submit(Report calldata report, bytes[] calldata signatures) external {
        if (block.timestamp > report.deadline) revert OracleReportsExpired(report.deadline);
        if (!Periods.isPast(report.periodStart, report.periodEnd)) {
            revert OracleReportsInvalidPeriod(report.periodStart, report.periodEnd);
        }
        address account = _businesses.accountOf(report.businessId);
        uint32 expected = _nextSequences[report.businessId];
        if (report.sequence != expected) {
            revert OracleReportsWrongSequence(report.businessId, report.sequence, expected);
        }
        _formulas.nameOf(report.formulaId);
        _quorum.requireQuorum(digestOf(report), signatures);

        _nextSequences[report.businessId] = expected + 1;
        emit ReportAccepted(
            report.businessId,
            report.sequence,
            report.periodStart,
            report.periodEnd,
            report.formulaId,
            report.evidenceRoot,
            report.declaredUg
        );
        for (uint256 i = 0; i < report.entries.length; ++i) {
            _record(report, report.entries[i], account);
        }
    }

    /// @inheritdoc IOracleReports
    function nextSequence(bytes16 businessId) external view returns (uint32) {
        return _nextSequences[businessId];
    }

    /// @inheritdoc IOracleReports
    function recordCount(bytes16 equipmentId) external view returns (uint32) {
        return _histories[equipmentId].length.toUint32();
    }

    /// @inheritdoc IOracleReports
    function recordOf(bytes16 equipmentId, uint32 record) external view returns (IntensityRecord memory) {
        IntensityRecord[] storage history = _histories[equipmentId];
        if (record >= history.length) revert OracleReportsNoIntensity(equipmentId);
        return history[record];
    }

    /// @inheritdoc IOracleReports
    function intensityAt(bytes16 equipmentId, uint40 time) external view returns (IntensityRecord memory record) {
        IntensityRecord[] storage history = _histories[equipmentId];
        // Binary search for the first record that ends after `time`: [low, high) holds it until it is found.
        uint256 low = 0;
        uint256 high = history.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (history[middle].periodEnd <= time) low = middle + 1;
            else high = middle;
        }
        if (low == history.length || history[low].periodStart > time) revert OracleReportsNoIntensity(equipmentId);
        return history[low];
    }

    /// @inheritdoc IOracleReports
    function digestOf(Report calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(ReportHash.hash(report));
    }

    /// @dev Appends one entry of a report to the history of its equipment, which `account` must run.
    function _record(Report calldata report, Entry calldata entry, address account) private {
        (address holder,) = _equipment.equipmentOf(entry.equipmentId);
        if (holder != account) revert OracleReportsNotEquipmentOf(report.businessId, entry.equipmentId);
        IntensityRecord[] storage history = _histories[entry.equipmentId];
        uint32 record = history.length.toUint32();
        if (record > 0 && report.periodStart < history[record - 1].periodEnd) {
            revert OracleReportsPeriodOverlaps(entry.equipmentId, report.periodStart, history[record - 1].periodEnd);
        }
        history.push(IntensityRecord(report.periodStart, report.periodEnd, entry.intensityPg, report.sequence));
        emit IntensityRegistered(
            entry.equipmentId,
            report.businessId,
            report.sequence,
            record,
            report.periodStart,
            report.periodEnd,
            entry.intensityPg
        );
    }
}
