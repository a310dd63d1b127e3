// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";

/// @notice Signatures bind a report to its chain, contract, sequence, deadline and every field.
contract OracleReportsSignaturesTest is World {
    bytes16 private immutable FURNACE = id("furnace");
    /// @dev Encoded, because the compiler's classic pipeline copies no array of structs into storage.
    bytes private _encoded;
    bytes[] private _signatures;

    function setUp() public override {
        super.setUp();
        vm.prank(steel);
        equipment.register(FURNACE, Unit.Second);
        IOracleReports.Report memory report = reportOf(steelId, FURNACE, 5);
        _encoded = abi.encode(report);
        _signatures = signatures(reports.digestOf(report), 2);
    }

    function test_submit_refusesTheSameReportTwice() public {
        reports.submit(_signed(), _signatures);
        vm.expectRevert(_wrongSequence(0, 1));
        reports.submit(_signed(), _signatures);
    }

    function test_submit_refusesASequenceOneTooEarly() public {
        IOracleReports.Report memory report = _signed();
        report.sequence = 1;
        bytes[] memory list = signatures(reports.digestOf(report), 2);
        vm.expectRevert(_wrongSequence(1, 0));
        reports.submit(report, list);
    }

    function test_submit_refusesAReportAfterItsDeadline() public {
        IOracleReports.Report memory report = _signed();
        vm.warp(uint256(report.deadline) + 1);
        vm.expectRevert(abi.encodeWithSelector(IOracleReports.OracleReportsExpired.selector, report.deadline));
        reports.submit(_signed(), _signatures);
    }

    function test_submit_refusesSignaturesOfAnotherChain() public {
        vm.chainId(1);
        _assertRefused(reports, _signed());
    }

    function test_submit_refusesSignaturesForAnotherContract() public {
        _assertRefused(newReports(), _signed());
    }

    function test_submit_refusesAnyFieldThatWasChangedAfterSigning() public {
        IOracleReports.Report memory changed = _signed();
        changed.deadline += 1;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.periodStart -= 1;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.periodEnd -= 1;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.businessId = partsId;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.formulaId = METHODOLOGY;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.evidenceRoot = 0;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.declaredUg -= 1;
        _assertRefused(reports, changed);
        changed = _signed();
        changed.entries = entry(FURNACE, 4);
        _assertRefused(reports, changed);
        changed = _signed();
        changed.entries = entry(id("mill"), 5);
        _assertRefused(reports, changed);
        changed = _signed();
        changed.entries = "";
        _assertRefused(reports, changed);
        // Unchanged it is accepted, so nothing else was wrong.
        reports.submit(_signed(), _signatures);
    }

    function test_submit_refusesTooFewSignatures() public {
        _signatures.pop();
        vm.expectRevert(abi.encodeWithSelector(IOracleQuorum.OracleQuorumTooFewSignatures.selector, 1, 2));
        reports.submit(_signed(), _signatures);
    }

    function test_digestOf_isThatOfTheTypedDataStandard() public view {
        bytes32 typeHash = keccak256(
            "Report(bytes16 businessId,uint40 periodStart,uint40 periodEnd,uint32 sequence,uint40 deadline,bytes32 formulaId,bytes32 evidenceRoot,uint96 declaredUg,bytes entries)"
        );
        bytes memory head = abi.encode(typeHash, steelId, START, END, uint256(0), NOW + 1 hours, FORMULA);
        bytes32 structHash = keccak256(
            bytes.concat(head, abi.encode(keccak256("evidence"), uint96(1_000_000), keccak256(entry(FURNACE, 5))))
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tanso Oracle Reports"),
                keccak256("1"),
                block.chainid,
                address(reports)
            )
        );
        vm.assertEq(reports.digestOf(_signed()), keccak256(abi.encodePacked(hex"1901", domain, structHash)));
    }

    function _signed() private view returns (IOracleReports.Report memory) {
        return abi.decode(_encoded, (IOracleReports.Report));
    }

    /// @dev The signatures recover to other, unknown signers, in this or that order.
    function _assertRefused(IOracleReports target, IOracleReports.Report memory report) private {
        (bool accepted, bytes memory answer) =
            address(target).call(abi.encodeCall(IOracleReports.submit, (report, _signatures)));
        vm.assertFalse(accepted);
        bytes4 reason = bytes4(answer);
        vm.assertTrue(
            reason == IOracleQuorum.OracleQuorumUnknownKey.selector
                || reason == IOracleQuorum.OracleQuorumUnsorted.selector
        );
    }

    function _wrongSequence(uint32 given, uint32 expected) private view returns (bytes memory) {
        return abi.encodeWithSelector(IOracleReports.OracleReportsWrongSequence.selector, steelId, given, expected);
    }
}
