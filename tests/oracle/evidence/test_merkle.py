"""The tree is the one OpenZeppelin's libraries build and verify."""

import pytest
from eth_abi.abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence import MerkleTree, Pairs, leaf_hash, verify_proof

contents = st.lists(st.binary(max_size=40), min_size=1, max_size=40, unique=True)


def openzeppelin_process_proof(proof: list[str], leaf: bytes) -> bytes:
    """MerkleProof.processProof of OpenZeppelin Contracts 5, written down again."""
    computed = leaf
    for element in proof:
        sibling = bytes.fromhex(element[2:])
        computed = keccak(computed + sibling) if computed < sibling else keccak(sibling + computed)
    return computed


def test_the_root_is_that_of_the_javascript_librarys_own_example():
    # The example in the README of @openzeppelin/merkle-tree, whose leaves are ABI-encoded.
    values = [("0x" + "11" * 20, 5 * 10**18), ("0x" + "22" * 20, 25 * 10**17)]
    tree = MerkleTree([leaf_hash(encode(["address", "uint256"], value)) for value in values])
    assert tree.root == "0xd4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"


def test_a_leaf_is_hashed_twice():
    assert leaf_hash(b"content") == keccak(keccak(b"content"))


def test_a_single_leaf_is_its_own_root_with_an_empty_proof():
    tree = MerkleTree([leaf_hash(b"a")])
    assert (tree.root, tree.proof(0)) == ("0x" + leaf_hash(b"a").hex(), [])
    assert verify_proof(tree.root, leaf_hash(b"a"), [])


@given(contents)
def test_every_leaf_is_proven_and_openzeppelins_rule_agrees(found: list[bytes]):
    hashes = [leaf_hash(content) for content in found]
    tree = MerkleTree(hashes)
    for place, leaf in enumerate(hashes):
        proof = tree.proof(place)
        assert verify_proof(tree.root, leaf, proof)
        assert "0x" + openzeppelin_process_proof(proof, leaf).hex() == tree.root
        assert len(proof) <= len(found).bit_length()


@given(contents, st.data())
def test_what_proofs_share_is_hashed_once_and_changes_no_verdict(found: list[bytes], data: st.DataObject):
    hashes = [leaf_hash(content) for content in found]
    tree = MerkleTree(hashes)
    pairs: Pairs = {}
    places = st.integers(0, len(found) - 1)
    for place, other in data.draw(st.lists(st.tuples(places, places), max_size=20)):
        # One leaf with another one's proof, or with a part of its own.
        for proof in (tree.proof(place), tree.proof(other), tree.proof(place)[:-1]):
            alone = verify_proof(tree.root, hashes[place], proof)
            assert verify_proof(tree.root, hashes[place], proof, pairs) == alone


@given(contents, st.binary(max_size=40))
def test_no_other_leaf_is_proven(found: list[bytes], other: bytes):
    tree = MerkleTree([leaf_hash(content) for content in found])
    if other not in found:
        assert not any(
            verify_proof(tree.root, leaf_hash(other), tree.proof(place)) for place in range(len(found))
        )


@given(contents, st.data())
def test_a_proof_with_a_changed_bit_fails(found: list[bytes], data: st.DataObject):
    tree = MerkleTree([leaf_hash(content) for content in [*found, b"one more, so that there is a proof" * 2]])
    proof = tree.proof(0)
    step = data.draw(st.integers(0, len(proof) - 1))
    bit = data.draw(st.integers(0, 255))
    proof[step] = f"0x{int(proof[step], 16) ^ 1 << bit:064x}"
    assert not verify_proof(tree.root, leaf_hash(found[0]), proof)


@given(contents, st.randoms(use_true_random=False))
def test_the_order_of_the_leaves_does_not_change_the_root(found: list[bytes], random):
    shuffled = list(found)
    random.shuffle(shuffled)
    roots = {MerkleTree([leaf_hash(content) for content in order]).root for order in (found, shuffled)}
    assert len(roots) == 1


def test_no_leaves_and_leaves_of_another_length_are_refused():
    with pytest.raises(EvidenceRefused, match="at least one"):
        MerkleTree([])
    with pytest.raises(EvidenceRefused, match="32 bytes"):
        MerkleTree([b"short"])
