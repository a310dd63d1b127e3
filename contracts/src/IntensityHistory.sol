// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBusinessRegistry} from "./interfaces/IBusinessRegistry.sol";
import {IEquipment} from "./interfaces/IEquipment.sol";
import {IOracleReports} from "./interfaces/IOracleReports.sol";
import {Intensities} from "./libraries/Intensities.sol";
import {PackedBytes} from "./libraries/PackedBytes.sol";
import {Periods} from "./libraries/Periods.sol";
import {Place} from "./libraries/Places.sol";
import {Pausing} from "./Pausing.sol";

/// @title Reading intensities
/// @dev Reports of a business are listed by sequence, each with its period and its sheets. Sheets are never changed.
abstract contract IntensityHistory is Pausing, IOracleReports {
    using Intensities for uint256;

    /// @dev A report's period, and the latest end of a period up to and including this report; one slot.
    struct Period {
        uint40 start;
        uint40 end;
        uint40 latestEnd;
    }

    /// @dev A sheet of a report, whether the report's period touches the batch's, and what holds for all uses of a batch:
    ///      its business and period, and the latest end of a period that it uses.
    struct Sheet {
        uint256 report;
        uint256 index;
        uint256 lanes;
        bool touches;
        uint24 business;
        uint40 periodStart;
        uint40 periodEnd;
        uint40 latestEnd;
    }

    /// @dev A record's lower 24 bits are a sequence.
    uint256 internal constant MAX_REPORTS = 1 << 24;

    IBusinessRegistry internal immutable _businesses;
    IEquipment internal immutable _equipment;

    mapping(uint24 business => uint256) internal _reportCounts;
    mapping(uint256 report => Period) internal _periods;
    mapping(uint256 report => mapping(uint256 sheet => uint256)) internal _sheets;

    constructor(address authority, IBusinessRegistry businesses, IEquipment equipment) Pausing(authority) {
        _businesses = businesses;
        _equipment = equipment;
    }

    /// @inheritdoc IOracleReports
    function recordCount(bytes16 equipmentId) external view returns (uint32) {
        // A holding has at most 2^24 reports, and there are at most 256.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(recordsOf(equipmentId).length);
    }

    /// @inheritdoc IOracleReports
    function recordOf(bytes16 equipmentId, uint32 record) external view returns (IntensityRecord memory) {
        // The upper 8 of 32 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        Place place = _equipment.placeOf(equipmentId, uint8(record >> 24));
        uint256 sequence = record & (MAX_REPORTS - 1);
        uint256 lane = _lane(place, sequence);
        if (lane == 0) revert OracleReportsNoIntensity(equipmentId);
        return _record(place, sequence, lane);
    }

    /// @inheritdoc IOracleReports
    function intensityAt(bytes16 equipmentId, uint40 time) external view returns (IntensityRecord memory) {
        for (uint256 holding = 0; holding <= type(uint8).max; ++holding) {
            // forge-lint: disable-next-line(unsafe-typecast)
            Place place = _equipment.placeOf(equipmentId, uint8(holding));
            if (place.isNone()) break;
            // Periods of a piece of equipment rise: the first that ends after `time` holds it, or none does.
            (uint256 sequence, uint256 lane) = _firstEndingAfter(place, time);
            if (lane == 0) continue;
            if (_periods[_reportKey(place.business(), sequence)].start > time) break;
            return _record(place, sequence, lane);
        }
        revert OracleReportsNoIntensity(equipmentId);
    }

    /// @inheritdoc IOracleReports
    function latestEndOf(bytes16 businessId) external view returns (uint40) {
        uint24 business = _businesses.numberOf(businessId);
        uint256 count = _reportCounts[business];
        return count == 0 ? 0 : _periods[_reportKey(business, count - 1)].latestEnd;
    }

    /// @inheritdoc IOracleReports
    function intensitiesFor(uint24 business, uint40 periodStart, uint40 periodEnd, bytes calldata uses, uint256 size)
        external
        view
        returns (bytes memory intensities)
    {
        bytes memory places = _equipment.placesOf(uses, size);
        uint256 to;
        (intensities, to) = PackedBytes.reserve(places.length);
        uint256 offset = PackedBytes.start(uses);
        Sheet memory last = Sheet(type(uint256).max, 0, 0, false, business, periodStart, periodEnd, 0);
        for (uint256 i = 0; i < places.length / 32; ++i) {
            Place place = Place.wrap(PackedBytes.wordOf(places, i));
            uint256 intensity = _intensityFor(uint256(PackedBytes.word(offset)), place, last);
            // The caller says what is wrong with a use.
            if (intensity > type(uint128).max) last.latestEnd = type(uint40).max;
            PackedBytes.put(to, bytes32(intensity));
            unchecked {
                // Stay within the uses, and within what was reserved.
                offset += size;
                to += 32;
            }
        }
        // Else production could be settled before its time is reported, by intensities of the time before.
        if (places.length > 0 && last.latestEnd < periodEnd) {
            revert OracleReportsNotReported(periodEnd, last.latestEnd);
        }
    }

    /// @inheritdoc IOracleReports
    function recordsOf(bytes16 equipmentId) public view returns (uint32[] memory records) {
        uint256 count;
        for (uint256 holding = 0; holding <= type(uint8).max; ++holding) {
            // forge-lint: disable-next-line(unsafe-typecast)
            Place place = _equipment.placeOf(equipmentId, uint8(holding));
            if (place.isNone()) break;
            uint256 reports = _reportCounts[place.business()];
            uint32[] memory longer = new uint32[](count + reports);
            for (uint256 i = 0; i < count; ++i) {
                longer[i] = records[i];
            }
            records = longer;
            for (uint256 sequence = 0; sequence < reports; ++sequence) {
                // Eight bits of a holding and 24 of a sequence.
                // forge-lint: disable-next-line(unsafe-typecast)
                if (_lane(place, sequence) != 0) records[count++] = uint32((holding << 24) | sequence);
            }
        }
        assembly ("memory-safe") {
            mstore(records, count)
        }
    }

    /// @param use Equipment ID (16), holding (1), sequence (3), and bytes that don't matter here.
    /// @param place Where it stands now, which also says its baseline.
    /// @param last The sheet that was read last: uses mostly name the same one after another.
    function _intensityFor(uint256 use, Place place, Sheet memory last) private view returns (uint256) {
        (uint256 baselinePg, uint256 from) = (place.baselinePg(), place.enrolledFrom());
        uint256 holding = (use >> 120) & type(uint8).max;
        // forge-lint: disable-next-line(unsafe-typecast)
        if (holding != place.holding()) place = _equipment.placeOf(bytes16(bytes32(use)), uint8(holding));
        if (place.business() != last.business) return Intensities.NOT_OWN;
        uint256 report = _reportKey(last.business, (use >> 96) & (MAX_REPORTS - 1));
        uint256 index = Intensities.sheetOf(place.number());
        if (report != last.report || index != last.index) {
            (last.report, last.index, last.lanes) = (report, index, _sheets[report][index]);
            Period storage period = _periods[report];
            uint40 end = period.end;
            last.touches = Periods.overlap(period.start, end, last.periodStart, last.periodEnd);
            if (end > last.latestEnd) last.latestEnd = end;
        }
        uint256 lane = last.lanes.lane(place.number());
        if (lane == 0) return Intensities.NONE;
        if (!last.touches) return Intensities.OUTSIDE_PERIOD;
        unchecked {
            // A lane is an intensity plus one.
            uint256 measuredPg = lane - 1;
            return measuredPg | ((baselinePg > measuredPg && last.periodEnd > from ? baselinePg : measuredPg) << 64);
        }
    }

    /// @dev The first report with an intensity of the equipment there whose period ends after `time`; lane zero if none.
    function _firstEndingAfter(Place place, uint40 time) private view returns (uint256 sequence, uint256 lane) {
        uint24 business = place.business();
        uint256 count = _reportCounts[business];
        // Binary search for the first report up to which a period ends after `time`: none before it does.
        uint256 high = count;
        while (sequence < high) {
            uint256 middle = (sequence + high) / 2;
            if (_periods[_reportKey(business, middle)].latestEnd <= time) sequence = middle + 1;
            else high = middle;
        }
        for (; sequence < count; ++sequence) {
            lane = _lane(place, sequence);
            if (lane != 0 && _periods[_reportKey(business, sequence)].end > time) return (sequence, lane);
        }
        return (sequence, 0);
    }

    function _record(Place place, uint256 sequence, uint256 lane) private view returns (IntensityRecord memory) {
        Period storage period = _periods[_reportKey(place.business(), sequence)];
        // Lanes have 64 bits, and sequences 24.
        // forge-lint: disable-next-line(unsafe-typecast)
        return IntensityRecord(period.start, period.end, uint64(lane - 1), uint32(sequence));
    }

    /// @dev Intensity plus one of the equipment there in a report, zero when it has none.
    function _lane(Place place, uint256 sequence) internal view returns (uint256) {
        uint256 number = place.number();
        return _sheets[_reportKey(place.business(), sequence)][number.sheetOf()].lane(number);
    }

    function _reportKey(uint24 business, uint256 sequence) internal pure returns (uint256) {
        return (uint256(business) << 24) | sequence;
    }
}
