// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ICredits} from "src/interfaces/ICredits.sol";
import {Unit} from "src/interfaces/Types.sol";
import {World} from "../utils/World.sol";
import {Actions} from "./Suite.sol";

/// @notice Two programmes, one run by the assembler and one by the steel works, over roofs of three businesses.
contract CreditsHandler is World, Actions {
    /// @notice Recorded and not yet bundled.
    mapping(bytes16 programmeId => bytes32[]) private _waiting;
    mapping(bytes16 programmeId => bytes32[]) private _bundled;
    mapping(bytes16 programmeId => uint256) public bundledUg;
    mapping(bytes16 programmeId => uint256) public retired;
    uint256 public certificates;
    uint256 public certifiedTonnes;
    bytes16[2] private _programmes = [id("programme 0"), id("programme 1")];
    address[3] private _actors;
    bytes16[6] private _roofs;
    uint40[6] private _recordedUntil;
    uint40 private _now = NOW;

    constructor() {
        super.setUp();
        _actors = [assembler, steel, parts];
        manager.grantRole(AGGREGATOR, steel, 0);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(_actors[i]);
            credits.createProgramme(_programmes[i], METHODOLOGY);
        }
        for (uint256 i = 0; i < 6; ++i) {
            _roofs[i] = bytes16(keccak256(abi.encode("roof", i)));
            _recordedUntil[i] = START;
            vm.startPrank(_actors[i % 3]);
            equipment.register(_roofs[i], Unit.WattHour);
            credits.enrol(_programmes[i % 2], _roofs[i], 1_000_000);
            vm.stopPrank();
        }
    }

    /// @dev Set up in the constructor already.
    function setUp() public override {}

    function actions() public pure override returns (bytes4[] memory list) {
        list = new bytes4[](6);
        list[0] = this.record.selector;
        list[1] = this.bundle.selector;
        list[2] = this.transfer.selector;
        list[3] = this.retire.selector;
        list[4] = this.tryTwice.selector;
        list[5] = this.tryOtherwise.selector;
    }

    function record(uint256 roof, uint96 reductionUg, uint32 length) external counted {
        _record(roof % 6, uint96(between(reductionUg, 1, 1e18)), length);
    }

    function bundle(uint256 programme, uint256 count) external counted {
        _bundle(programme % 2, count);
    }

    function transfer(uint256 programme, uint256 from, uint256 to, uint256 tonnes) external counted {
        programme %= 2;
        from = _holder(programme, from);
        uint256 token = uint128(_programmes[programme]);
        tonnes = between(tonnes, 0, credits.balanceOf(_actors[from], token));
        vm.prank(_actors[from]);
        credits.safeTransferFrom(_actors[from], _actors[to % 3], token, tonnes, "");
    }

    function retire(uint256 programme, uint256 from, uint64 tonnes) external counted {
        programme %= 2;
        from = _holder(programme, from);
        bytes16 programmeId = _programmes[programme];
        tonnes = uint64(between(tonnes, 1, credits.balanceOf(_actors[from], uint128(programmeId))));
        vm.prank(_actors[from]);
        uint256 certificateId = credits.retire(programmeId, tonnes, partsId, keccak256("purpose"));
        vm.assertEq(certificateId, ++certificates);
        certifiedTonnes += tonnes;
        retired[programmeId] += tonnes;
    }

    /// @notice What was recorded or bundled before, once more.
    function tryTwice(uint256 roof, uint256 pick) external counted {
        roof %= 6;
        _record(roof, 1e12, 1);
        ICredits.Reduction memory reduction = _reduction(roof, 1e12);
        (reduction.periodStart, reduction.periodEnd) = (_recordedUntil[roof] - 1, _recordedUntil[roof]);
        _refused(
            address(this),
            abi.encodeCall(ICredits.record, (reduction, signatures(credits.digestOf(reduction), 2))),
            ICredits.CreditsInvalidPeriod.selector
        );
        _bundle(roof % 2, type(uint256).max);
        bytes32[] storage bundled = _bundled[_programmes[roof % 2]];
        _refuseBundle(roof % 2, roof % 2, bundled[pick % bundled.length], ICredits.CreditsReductionBundled.selector);
    }

    /// @notice To bundle for another programme or as another; to retire more than one has.
    function tryOtherwise(uint256 roof, uint256 actor) external counted {
        roof %= 6;
        bytes32 reductionId = _record(roof, 1, 1);
        _refuseBundle((roof + 1) % 2, (roof + 1) % 2, reductionId, ICredits.CreditsUnknownReduction.selector);
        _refuseBundle((roof + 1) % 2, roof % 2, reductionId, ICredits.CreditsNotOperator.selector);
        address account = _actors[actor % 3];
        bytes16 programmeId = _programmes[roof % 2];
        uint64 tooMany = uint64(credits.balanceOf(account, uint128(programmeId)) + 1);
        bytes memory call = abi.encodeCall(ICredits.retire, (programmeId, tooMany, bytes16(0), bytes32(0)));
        _refused(account, call, IERC1155Errors.ERC1155InsufficientBalance.selector);
    }

    function ledger() external view returns (ICredits) {
        return credits;
    }

    function actors() external view returns (address[3] memory) {
        return _actors;
    }

    function programmes() external view returns (bytes16[2] memory) {
        return _programmes;
    }

    function waiting(bytes16 programmeId) external view returns (bytes32[] memory) {
        return _waiting[programmeId];
    }

    function bundledIds(bytes16 programmeId) external view returns (bytes32[] memory) {
        return _bundled[programmeId];
    }

    function _record(uint256 roof, uint96 reductionUg, uint256 length) private returns (bytes32 reductionId) {
        _now += uint40(between(length, 1, 30 days));
        vm.warp(_now);
        ICredits.Reduction memory reduction = _reduction(roof, reductionUg);
        _recordedUntil[roof] = _now;
        reductionId = credits.record(reduction, signatures(credits.digestOf(reduction), 2));
        _waiting[reduction.programmeId].push(reductionId);
    }

    function _reduction(uint256 roof, uint96 reductionUg) private view returns (ICredits.Reduction memory) {
        return ICredits.Reduction(
            _roofs[roof],
            _programmes[roof % 2],
            _recordedUntil[roof],
            _now,
            reductionUg,
            1_000_000,
            _now,
            METHODOLOGY,
            keccak256("evidence")
        );
    }

    /// @dev Bundles the last of those that wait, at least one.
    function _bundle(uint256 programme, uint256 count) private {
        bytes16 programmeId = _programmes[programme];
        bytes32[] storage queue = _waiting[programmeId];
        if (queue.length == 0) _record(programme, 1_234_567_890_123, 1);
        bytes32[] memory chosen = new bytes32[](between(count, 1, queue.length));
        for (uint256 i = 0; i < chosen.length; ++i) {
            chosen[i] = queue[queue.length - 1];
            queue.pop();
            (uint96 reductionUg,) = credits.reductionOf(chosen[i]);
            bundledUg[programmeId] += reductionUg;
            _bundled[programmeId].push(chosen[i]);
        }
        vm.prank(_actors[programme]);
        credits.bundle(programmeId, chosen);
    }

    function _refuseBundle(uint256 programme, uint256 actor, bytes32 reductionId, bytes4 reason) private {
        bytes32[] memory one = new bytes32[](1);
        one[0] = reductionId;
        _refused(_actors[actor], abi.encodeCall(ICredits.bundle, (_programmes[programme], one)), reason);
    }

    function _refused(address caller, bytes memory call, bytes4 reason) private {
        vm.prank(caller);
        (bool done, bytes memory answer) = address(credits).call(call);
        vm.assertFalse(done);
        vm.assertEq(bytes4(answer), reason);
    }

    /// @dev Who holds credits of the programme: the first from `pick` on, else the operator, issued a tonne.
    function _holder(uint256 programme, uint256 pick) private returns (uint256 actor) {
        for (uint256 i = 0; i < 3; ++i) {
            actor = (pick % 3 + i) % 3;
            if (credits.balanceOf(_actors[actor], uint128(_programmes[programme])) > 0) return actor;
        }
        _record(programme, 1e12, 1);
        _bundle(programme, 1);
        return programme;
    }
}
