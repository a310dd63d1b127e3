// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IOracleQuorum} from "src/interfaces/IOracleQuorum.sol";
import {World} from "../utils/World.sol";

contract OracleQuorumRequireQuorumTest is World {
    bytes32 private constant DIGEST = keccak256("digest");
    /// @dev Order of the group of secp256k1.
    uint256 private constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function test_requireQuorum_acceptsTwoOfThreeAndAllThree() public view {
        quorum.requireQuorum(DIGEST, signatures(DIGEST, 2));
        quorum.requireQuorum(DIGEST, signatures(DIGEST, 3));
    }

    function test_requireQuorum_acceptsEveryPair() public view {
        quorum.requireQuorum(DIGEST, _pair(oracleKeys[0], oracleKeys[1]));
        quorum.requireQuorum(DIGEST, _pair(oracleKeys[0], oracleKeys[2]));
        quorum.requireQuorum(DIGEST, _pair(oracleKeys[1], oracleKeys[2]));
    }

    function testFuzz_requireQuorum_acceptsAnySignedDigest(bytes32 digest) public view {
        quorum.requireQuorum(digest, signatures(digest, 2));
    }

    function testFuzz_requireQuorum_refusesSignaturesOfAnotherDigest(bytes32 digest) public {
        vm.assume(digest != DIGEST);
        bytes[] memory list = signatures(digest, 2);
        // Another digest recovers to some other signer, which is unknown or out of order, or to none at all.
        (bool accepted,) = address(quorum).call(abi.encodeCall(IOracleQuorum.requireQuorum, (DIGEST, list)));
        vm.assertFalse(accepted);
    }

    function test_requireQuorum_refusesTooFewSignatures() public {
        _refuse(
            signatures(DIGEST, 1), abi.encodeWithSelector(IOracleQuorum.OracleQuorumTooFewSignatures.selector, 1, 2)
        );
        _refuse(new bytes[](0), abi.encodeWithSelector(IOracleQuorum.OracleQuorumTooFewSignatures.selector, 0, 2));
    }

    function test_requireQuorum_refusesUnsortedSignatures() public {
        _refuse(_pair(oracleKeys[1], oracleKeys[0]), _unsorted(oracleKeys[1], oracleKeys[0]));
    }

    function test_requireQuorum_refusesOneSignerTwice() public {
        _refuse(_pair(oracleKeys[0], oracleKeys[0]), _unsorted(oracleKeys[0], oracleKeys[0]));
    }

    function test_requireQuorum_refusesAnUnknownKey() public {
        uint256 unknown = _keyAbove(oracleKeys[0]);
        _refuse(
            _pair(oracleKeys[0], unknown),
            abi.encodeWithSelector(IOracleQuorum.OracleQuorumUnknownKey.selector, vm.addr(unknown))
        );
    }

    function test_requireQuorum_refusesAnUnknownKeyBesideAFullQuorum() public {
        uint256 unknown = _keyAbove(oracleKeys[1]);
        bytes[] memory list = new bytes[](3);
        (list[0], list[1]) = (signature(oracleKeys[0], DIGEST), signature(oracleKeys[1], DIGEST));
        list[2] = signature(unknown, DIGEST);
        _refuse(list, abi.encodeWithSelector(IOracleQuorum.OracleQuorumUnknownKey.selector, vm.addr(unknown)));
    }

    function test_requireQuorum_refusesAKeyThatWasReplaced() public {
        address[] memory keys = new address[](1);
        keys[0] = vm.addr(oracleKeys[2]);
        bytes[] memory list = signatures(DIGEST, 1);
        quorum.setKeys(keys, 1);
        _refuse(list, abi.encodeWithSelector(IOracleQuorum.OracleQuorumUnknownKey.selector, vm.addr(oracleKeys[0])));
    }

    function test_requireQuorum_refusesAHighS() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(oracleKeys[1], DIGEST);
        bytes32 high = bytes32(N - uint256(s));
        bytes[] memory list = signatures(DIGEST, 2);
        list[1] = abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27));
        _refuse(list, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
    }

    function test_requireQuorum_refusesAShortSignature() public {
        bytes[] memory list = signatures(DIGEST, 2);
        list[0] = new bytes(64);
        _refuse(list, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64));
    }

    function test_requireQuorum_refusesASignatureThatRecoversToNothing() public {
        bytes[] memory list = signatures(DIGEST, 2);
        list[0] = new bytes(65);
        _refuse(list, abi.encodeWithSelector(ECDSA.ECDSAInvalidSignature.selector));
    }

    function _refuse(bytes[] memory list, bytes memory reason) private {
        vm.expectRevert(reason);
        quorum.requireQuorum(DIGEST, list);
    }

    function _pair(uint256 first, uint256 second) private pure returns (bytes[] memory list) {
        list = new bytes[](2);
        (list[0], list[1]) = (signature(first, DIGEST), signature(second, DIGEST));
    }

    function _unsorted(uint256 first, uint256 second) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOracleQuorum.OracleQuorumUnsorted.selector, vm.addr(first), vm.addr(second));
    }

    /// @dev A key that is no oracle's, with an address above that of `key`.
    function _keyAbove(uint256 key) private view returns (uint256 unknown) {
        unknown = 1;
        while (vm.addr(unknown) <= vm.addr(key) || quorum.isKey(vm.addr(unknown))) {
            ++unknown;
        }
    }
}
