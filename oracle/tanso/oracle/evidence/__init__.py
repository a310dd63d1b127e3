"""Evidence: salted leaves under a Merkle root that the ledger knows, and figures recomputed from them.

    sealed = seal([breakdown_leaf(...), ...], secret, context)   # sealed.root, .leaves, .proof(i)
    verify_leaf(root, leaf, proof) -> bool
    recompute(leaves) -> Recomputed(intensities_pg, declared_ug)
    recompute_reduction(leaves) -> int

Errors: EvidenceRefused.
"""

from tanso.oracle.evidence.leaves import breakdown_leaf
from tanso.oracle.evidence.merkle import MerkleTree, Pairs, leaf_hash, verify_proof
from tanso.oracle.evidence.recompute import Recomputed, recompute, recompute_reduction
from tanso.oracle.evidence.sealing import (
    Leaf,
    Sealed,
    canonical_json,
    hash_of_leaf,
    salt_for,
    seal,
    verify_leaf,
)

__all__ = [
    "Leaf",
    "MerkleTree",
    "Pairs",
    "Recomputed",
    "Sealed",
    "breakdown_leaf",
    "canonical_json",
    "hash_of_leaf",
    "leaf_hash",
    "recompute",
    "recompute_reduction",
    "salt_for",
    "seal",
    "verify_leaf",
    "verify_proof",
]
