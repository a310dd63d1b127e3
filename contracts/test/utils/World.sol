// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAgreements} from "src/interfaces/IAgreements.sol";
import {IBusinessRegistry} from "src/interfaces/IBusinessRegistry.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {IDeviceRegistry} from "src/interfaces/IDeviceRegistry.sol";
import {IEquipment} from "src/interfaces/IEquipment.sol";
import {IFactorRegistry} from "src/interfaces/IFactorRegistry.sol";
import {IFormulaRegistry} from "src/interfaces/IFormulaRegistry.sol";
import {ILots} from "src/interfaces/ILots.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {IPausing} from "src/interfaces/IPausing.sol";
import {Unit} from "src/interfaces/Types.sol";
import {Test} from "./Test.sol";

/// @title A whole ledger with three businesses, deployed as the real deployment does it
abstract contract World is Test {
    uint64 internal constant REGISTRAR = 1;
    uint64 internal constant ORACLE_ADMIN = 2;
    uint64 internal constant AGGREGATOR = 3;
    uint64 internal constant PAUSER = 4;
    uint64 internal constant CALIBRATOR = 5;
    uint64 internal constant ENROLLER = 6;

    /// @dev The production period that tests settle, one day, over since an hour.
    uint40 internal constant START = 1_750_000_000;
    uint40 internal constant END = START + 1 days;
    uint40 internal constant NOW = END + 1 hours;

    bytes32 internal constant FORMULA = keccak256("allocation formula");
    bytes32 internal constant METHODOLOGY = keccak256("solar methodology");

    /// @dev Resin: 0.254 g CO2e per gram, so 254,000,000,000 pg.
    bytes16 internal constant RESIN = bytes16(keccak256("resin"));
    uint64 internal constant RESIN_PG = 254_000_000_000;

    /// @dev A material of 1 µg CO2e a gram, for any figure that a test needs.
    bytes16 internal constant MICROGRAM = bytes16(keccak256("one microgram a gram"));

    address internal steel = account("steel works");
    address internal parts = account("parts maker");
    address internal assembler = account("assembler");
    address internal stranger = account("stranger");
    bytes16 internal steelId = id("steel works");
    bytes16 internal partsId = id("parts maker");
    bytes16 internal assemblerId = id("assembler");

    /// @dev Private keys of the three oracles, sorted by rising address; two must sign.
    uint256[3] internal oracleKeys = [uint256(0xA11CE), 0xB0B, 0xCA11];

    /// @dev Record of the intensity that `measured` registered last.
    uint32 internal lastRecord;

    IAccessManager internal manager;
    IBusinessRegistry internal businesses;
    IFormulaRegistry internal formulas;
    IFactorRegistry internal factors;
    IOracleQuorum internal quorum;
    IEquipment internal equipment;
    IDeviceRegistry internal devices;
    IOracleReports internal reports;
    ILots internal lots;
    ICredits internal credits;
    IAgreements internal agreements;

    function setUp() public virtual {
        vm.warp(NOW);
        _sortOracleKeys();
        manager = IAccessManager(vm.deployCode("AccessManager.sol:AccessManager", abi.encode(address(this))));
        businesses = IBusinessRegistry(vm.deployCode("BusinessRegistry.sol:BusinessRegistry", abi.encode(manager)));
        formulas = IFormulaRegistry(vm.deployCode("FormulaRegistry.sol:FormulaRegistry", abi.encode(manager)));
        factors = IFactorRegistry(vm.deployCode("FactorRegistry.sol:FactorRegistry", abi.encode(manager)));
        quorum = IOracleQuorum(
            vm.deployCode("OracleQuorum.sol:OracleQuorum", abi.encode(manager, oracleAddresses(), uint256(2)))
        );
        equipment = IEquipment(vm.deployCode("Equipment.sol:Equipment", abi.encode(manager, businesses)));
        devices = IDeviceRegistry(
            vm.deployCode("DeviceRegistry.sol:DeviceRegistry", abi.encode(manager, businesses, equipment))
        );
        reports = newReports();
        lots = ILots(vm.deployCode("Lots.sol:Lots", abi.encode(manager, businesses, formulas, factors, reports)));
        businesses.setMirror(address(lots));
        credits = newCredits();
        agreements = IAgreements(vm.deployCode("Agreements.sol:Agreements", abi.encode(manager, businesses)));
        _assignRoles();
        _register();
    }

    function newReports() internal returns (IOracleReports) {
        bytes memory arguments = abi.encode(manager, businesses, formulas, equipment, quorum);
        return IOracleReports(vm.deployCode("OracleReports.sol:OracleReports", arguments));
    }

    function newCredits() internal returns (ICredits) {
        bytes memory arguments = abi.encode(manager, businesses, formulas, equipment, reports, quorum);
        return ICredits(vm.deployCode("Credits.sol:Credits", arguments));
    }

    /// @dev A factor that holds a year before and after the tests' period.
    function factorWith(uint64 intensityPg) internal pure returns (IFactorRegistry.Factor memory) {
        return IFactorRegistry.Factor(
            intensityPg, START - 365 days, END + 365 days, Unit.Gram, "AR6", keccak256("source document")
        );
    }

    function oracleAddresses() internal view returns (address[] memory addresses) {
        addresses = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            addresses[i] = vm.addr(oracleKeys[i]);
        }
    }

    /// @dev Signatures of the first `count` oracles, sorted as the quorum wants them.
    function signatures(bytes32 digest, uint256 count) internal view returns (bytes[] memory list) {
        list = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = signature(oracleKeys[i], digest);
        }
    }

    function signature(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev A report of one equipment over [START, END) with the business's next sequence.
    function reportOf(bytes16 businessId, bytes16 equipmentId, uint64 intensityPg)
        internal
        view
        returns (IOracleReports.Report memory report)
    {
        report.businessId = businessId;
        report.periodStart = START;
        report.periodEnd = END;
        report.sequence = reports.nextSequence(businessId);
        report.deadline = NOW + 1 hours;
        report.formulaId = FORMULA;
        report.evidenceRoot = keccak256("evidence");
        report.declaredUg = 1_000_000;
        report.entries = entry(equipmentId, intensityPg);
    }

    /// @dev An entry of a report, packed.
    function entry(bytes16 equipmentId, uint64 intensityPg) internal pure returns (bytes memory) {
        return bytes.concat(equipmentId, bytes8(intensityPg));
    }

    function submit(IOracleReports.Report memory report) internal {
        reports.submit(report, signatures(reports.digestOf(report), 2));
    }

    /// @dev Registers equipment that counts seconds and has one intensity over [START, END), under `lastRecord`.
    function measured(address holder, string memory name, uint64 intensityPg) internal returns (bytes16 equipmentId) {
        equipmentId = id(name);
        vm.prank(holder);
        equipment.register(equipmentId, Unit.Second);
        IOracleReports.Report memory report = reportOf(businesses.idOf(holder), equipmentId, intensityPg);
        lastRecord = report.sequence;
        submit(report);
    }

    function _sortOracleKeys() private {
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                if (vm.addr(oracleKeys[i]) > vm.addr(oracleKeys[j])) {
                    (oracleKeys[i], oracleKeys[j]) = (oracleKeys[j], oracleKeys[i]);
                }
            }
        }
    }

    function _assignRoles() private {
        _assign(address(businesses), IBusinessRegistry.register.selector, REGISTRAR);
        _assign(address(formulas), IFormulaRegistry.register.selector, REGISTRAR);
        _assign(address(factors), IFactorRegistry.register.selector, REGISTRAR);
        _assign(address(factors), IFactorRegistry.withdraw.selector, REGISTRAR);
        _assign(address(quorum), IOracleQuorum.setKeys.selector, ORACLE_ADMIN);
        _assign(address(credits), ICredits.createProgramme.selector, AGGREGATOR);
        _assign(address(devices), IDeviceRegistry.calibrate.selector, CALIBRATOR);
        _assign(address(devices), IDeviceRegistry.withdraw.selector, CALIBRATOR);
        _assign(address(equipment), IEquipment.enrol.selector, ENROLLER);
        address[9] memory pausable = [
            address(businesses),
            address(formulas),
            address(factors),
            address(equipment),
            address(devices),
            address(reports),
            address(lots),
            address(credits),
            address(agreements)
        ];
        for (uint256 i = 0; i < pausable.length; ++i) {
            _assign(pausable[i], IPausing.pause.selector, PAUSER);
            _assign(pausable[i], IPausing.unpause.selector, PAUSER);
        }
        manager.grantRole(REGISTRAR, address(this), 0);
        manager.grantRole(PAUSER, address(this), 0);
        manager.grantRole(CALIBRATOR, address(this), 0);
        manager.grantRole(ORACLE_ADMIN, address(this), 0);
        manager.grantRole(AGGREGATOR, assembler, 0);
        manager.grantRole(ENROLLER, address(credits), 0);
    }

    function _assign(address target, bytes4 selector, uint64 role) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        manager.setTargetFunctionRole(target, selectors, role);
    }

    function _register() private {
        businesses.register(steelId, steel, keccak256("https://steel.example"));
        businesses.register(partsId, parts, keccak256("https://parts.example"));
        businesses.register(assemblerId, assembler, keccak256("https://assembler.example"));
        formulas.register(FORMULA, "tanso-cfp", 1);
        formulas.register(METHODOLOGY, "tanso-solar", 1);
        factors.register(RESIN, factorWith(RESIN_PG));
        factors.register(MICROGRAM, factorWith(1_000_000));
    }
}
