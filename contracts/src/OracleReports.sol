// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {IFormulaRegistry} from "./interfaces/IFormulaRegistry.sol";
import {IOracleQuorum} from "./interfaces/IOracleQuorum.sol";
import {IOracleReports} from "./interfaces/IOracleReports.sol";
import {Intensities} from "./libraries/Intensities.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {Periods} from "./libraries/Periods.sol";
import {Place} from "./libraries/Places.sol";
import {ReportHash} from "./libraries/ReportHash.sol";
import {IntensityHistory} from "./IntensityHistory.sol";

/// @title Oracle reports
contract OracleReports is EIP712, IntensityHistory {
    using Intensities for uint256;

    /// @dev Bytes of an entry: equipment ID (16), intensity (8).
    uint256 private constant ENTRY = 24;

    IFormulaRegistry private immutable _formulas;
    IOracleQuorum private immutable _quorum;

    constructor(
        address authority,
        IBusinessRegistry businesses,
        IFormulaRegistry formulas,
        IEquipment equipment,
        IOracleQuorum quorum
    ) EIP712("Tanso Oracle Reports", "1") IntensityHistory(authority, businesses, equipment) {
        _formulas = formulas;
        _quorum = quorum;
    }

    /// @inheritdoc IOracleReports
    function submit(Report calldata report, bytes[] calldata signatures) external whenNotPaused {
        if (block.timestamp > report.deadline) revert OracleReportsExpired(report.deadline);
        if (!Periods.isPast(report.periodStart, report.periodEnd)) {
            revert OracleReportsInvalidPeriod(report.periodStart, report.periodEnd);
        }
        uint24 business = _businesses.numberOf(report.businessId);
        if (business == 0) revert IBusinessRegistry.BusinessRegistryUnknownId(report.businessId);
        uint256 expected = _reportCounts[business];
        if (report.sequence != expected) {
            // The count is at most MAX_REPORTS.
            // forge-lint: disable-next-line(unsafe-typecast)
            revert OracleReportsWrongSequence(report.businessId, report.sequence, uint32(expected));
        }
        if (expected == MAX_REPORTS) revert OracleReportsSequencesUsedUp(report.businessId);
        _formulas.nameOf(report.formulaId);
        _quorum.requireQuorum(digestOf(report), signatures);

        _reportCounts[business] = expected + 1;
        uint40 latestEnd = expected == 0 ? 0 : _periods[_reportKey(business, expected - 1)].latestEnd;
        bytes memory holdings = _record(report, business, latestEnd > report.periodStart);
        if (latestEnd < report.periodEnd) latestEnd = report.periodEnd;
        _periods[_reportKey(business, expected)] = Period(report.periodStart, report.periodEnd, latestEnd);
        emit ReportAccepted(
            report.businessId,
            report.sequence,
            report.periodStart,
            report.periodEnd,
            report.formulaId,
            report.evidenceRoot,
            report.declaredUg,
            report.entries,
            holdings
        );
    }

    /// @inheritdoc IOracleReports
    function nextSequence(bytes16 businessId) external view returns (uint32) {
        uint24 business = _businesses.numberOf(businessId);
        // The count is at most MAX_REPORTS.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(_reportCounts[business]);
    }

    /// @inheritdoc IOracleReports
    function digestOf(Report calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(ReportHash.hash(report));
    }

    /// @dev Writes a report's intensities to its sheets; `business` must run all the equipment.
    /// @param overlaps Whether an earlier report of the business ends after this one's period starts.
    function _record(Report calldata report, uint24 business, bool overlaps) private returns (bytes memory holdings) {
        if (report.entries.length % ENTRY != 0) revert OracleReportsInvalidEntries(report.entries.length);
        bytes memory places = _equipment.placesOf(report.entries, ENTRY);
        uint256 count = places.length / 32;
        mapping(uint256 => uint256) storage sheets = _sheets[_reportKey(business, report.sequence)];
        uint256 to;
        (holdings, to) = PackedBytes.reserve(count);
        uint256 offset = PackedBytes.start(report.entries);
        // The sheet being filled, written when the next entry is on another one.
        (uint256 index, uint256 sheet) = (type(uint256).max, 0);
        for (uint256 i = 0; i < count; ++i) {
            Place place = Place.wrap(PackedBytes.wordOf(places, i));
            uint256 number = place.number();
            if (number.sheetOf() != index) {
                if (index != type(uint256).max) sheets[index] = sheet;
                index = number.sheetOf();
                sheet = sheets[index];
            }
            uint256 intensityPg = (uint256(PackedBytes.word(offset)) >> 64) & type(uint64).max;
            if (
                overlaps || place.business() != business || place.since() > report.periodStart
                    || sheet.lane(number) != 0
            ) _check(report, business, place, bytes16(PackedBytes.word(offset)), sheet.lane(number));
            if (intensityPg == type(uint64).max) {
                revert OracleReportsIntensityTooLarge(bytes16(PackedBytes.word(offset)));
            }
            sheet = sheet.withLane(number, intensityPg);
            PackedBytes.put(to, bytes32(bytes1(place.holding())));
            unchecked {
                // Stay within the entries, and within what was reserved for them.
                offset += ENTRY;
                ++to;
            }
        }
        if (index != type(uint256).max) sheets[index] = sheet;
    }

    /// @dev Says what is wrong with an entry, or finds that nothing is, as no earlier period of it overlaps.
    /// @param lane What this report already holds of the equipment.
    function _check(Report calldata report, uint24 business, Place place, bytes16 equipmentId, uint256 lane)
        private
        view
    {
        if (place.business() != business) revert OracleReportsNotEquipmentOf(report.businessId, equipmentId);
        if (lane != 0) revert OracleReportsPeriodOverlaps(equipmentId, report.periodStart, report.periodEnd);
        _checkLast(report, place, equipmentId);
        if (place.since() > report.periodStart) {
            revert OracleReportsPeriodOverlaps(equipmentId, report.periodStart, place.since());
        }
    }

    /// @dev Refuses equipment of which an earlier report has a period that ends after this one's starts.
    function _checkLast(Report calldata report, Place place, bytes16 equipmentId) private view {
        for (uint256 sequence = report.sequence; sequence > 0; --sequence) {
            Period storage period = _periods[_reportKey(place.business(), sequence - 1)];
            if (period.latestEnd <= report.periodStart) break;
            if (period.end > report.periodStart && _lane(place, sequence - 1) != 0) {
                revert OracleReportsPeriodOverlaps(equipmentId, report.periodStart, period.end);
            }
        }
    }
}
