"""Merkle trees that OpenZeppelin's MerkleProof (Solidity) and @openzeppelin/merkle-tree verify.

Pairs are sorted before hashing (keccak256), so a proof needs no directions; the tree is the complete binary
tree in an array that the JavaScript library builds, over leaf hashes in rising order. Leaf hashes are double
keccak256, so that no inner node can be passed off as a leaf.
"""

from collections.abc import Sequence

from tanso.contracts.identity import keccak, parse_hash
from tanso.oracle.errors import EvidenceRefused

HASH_BYTES = 32
Pairs = dict[bytes, tuple[bytes, bytes]]
"""Of nodes that were hashed: the node beside each, and the one above both."""


def leaf_hash(content: bytes) -> bytes:
    """keccak256(keccak256(content)): the hash of a leaf with this content."""
    return keccak(keccak(content))


class MerkleTree:
    """A tree over leaf hashes; indices are those of the sequence it was made from.

    >>> tree = MerkleTree([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")])
    >>> verify_proof(tree.root, leaf_hash(b"b"), tree.proof(1))
    True
    """

    def __init__(self, leaf_hashes: Sequence[bytes]) -> None:
        """Raises EvidenceRefused without leaves, or when one is not 32 bytes."""
        if not leaf_hashes:
            raise EvidenceRefused("A tree needs at least one leaf.")
        if any(len(leaf) != HASH_BYTES for leaf in leaf_hashes):
            raise EvidenceRefused("A leaf hash has 32 bytes; hash the content with leaf_hash first.")
        count = len(leaf_hashes)
        order = sorted(range(count), key=lambda index: leaf_hashes[index])
        nodes = [b""] * (2 * count - 1)
        self._node_of = [0] * count
        for rank, index in enumerate(order):
            self._node_of[index] = len(nodes) - 1 - rank
            nodes[len(nodes) - 1 - rank] = leaf_hashes[index]
        for node in range(count - 2, -1, -1):
            nodes[node] = _hash_pair(nodes[2 * node + 1], nodes[2 * node + 2])
        self._nodes = nodes

    @property
    def root(self) -> str:
        """Root as "0x" + 64 hexadecimal digits."""
        return "0x" + self._nodes[0].hex()

    def proof(self, index: int) -> list[str]:
        """Siblings from the leaf up to the root, "0x" + 64 hexadecimal digits each."""
        node = self._node_of[index]
        path: list[str] = []
        while node:
            sibling = node - 1 if node % 2 == 0 else node + 1
            path.append("0x" + self._nodes[sibling].hex())
            node = (node - 1) // 2
        return path


def verify_proof(root: str, leaf: bytes, proof: Sequence[str], pairs: Pairs | None = None) -> bool:
    """Whether the leaf hash belongs to the tree with this root.

    :param pairs: given from one proof to the next, so that what they share is hashed once.
    """
    node, pairs = leaf, {} if pairs is None else pairs
    for text in proof:
        sibling = bytes.fromhex(parse_hash(text)[2:])
        beside, above = pairs.get(node, (b"", b""))
        if beside != sibling:
            above = _hash_pair(node, sibling)
            pairs[node], pairs[sibling] = (sibling, above), (node, above)
        node = above
    return "0x" + node.hex() == parse_hash(root)


def _hash_pair(left: bytes, right: bytes) -> bytes:
    return keccak(left + right if left < right else right + left)
