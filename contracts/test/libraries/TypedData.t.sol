// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICredits} from "src/interfaces/ICredits.sol";
import {IOracleReports} from "src/interfaces/IOracleReports.sol";
import {CreditsWorld} from "../utils/CreditsWorld.sol";

/// @notice What oracles sign is the typed data that wallets show: worked out here once more, word by word.
contract TypedDataTest is CreditsWorld {
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function testFuzz_reports_digestIsTheStandards(IOracleReports.Report memory report) public view {
        bytes memory words = abi.encodePacked(
            keccak256(
                "Report(bytes16 businessId,uint40 periodStart,uint40 periodEnd,uint32 sequence,uint40 deadline,"
                "bytes32 formulaId,bytes32 evidenceRoot,uint96 declaredUg,bytes entries)"
            ),
            bytes32(report.businessId),
            uint256(report.periodStart),
            uint256(report.periodEnd),
            uint256(report.sequence),
            uint256(report.deadline),
            report.formulaId,
            report.evidenceRoot,
            uint256(report.declaredUg),
            keccak256(report.entries)
        );
        vm.assertEq(reports.digestOf(report), _digest("Tanso Oracle Reports", address(reports), keccak256(words)));
    }

    function testFuzz_credits_digestIsTheStandards(ICredits.Reduction memory reduction) public view {
        bytes memory words = abi.encodePacked(
            keccak256(
                "Reduction(bytes16 equipmentId,bytes16 programmeId,uint40 periodStart,uint40 periodEnd,"
                "uint96 reductionUg,uint64 baselinePg,uint40 deadline,bytes32 methodologyId,bytes32 evidenceRoot)"
            ),
            bytes32(reduction.equipmentId),
            bytes32(reduction.programmeId),
            uint256(reduction.periodStart),
            uint256(reduction.periodEnd),
            uint256(reduction.reductionUg),
            uint256(reduction.baselinePg),
            uint256(reduction.deadline),
            reduction.methodologyId,
            reduction.evidenceRoot
        );
        vm.assertEq(credits.digestOf(reduction), _digest("Tanso Credits", address(credits), keccak256(words)));
    }

    function test_reduction_idIsTheHashOfItsEquipmentAndPeriod() public {
        ICredits.Reduction memory reduction = reductionOf(ROOF, TONNE);
        bytes32 expected = keccak256(abi.encode(ROOF, START, END));
        vm.assertEq(recorded(reduction), expected);
    }

    function _digest(string memory name, address verifying, bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN, keccak256(bytes(name)), keccak256("1"), block.chainid, verifying));
        return keccak256(bytes.concat(hex"1901", domain, structHash));
    }
}
