"""Salted leaves in canonical JSON, sealed under one root.

A leaf is a JSON object of texts, whole numbers, lists and objects; never a float, so that it reads and hashes
the same everywhere. Decimals are texts. Canonical form: keys sorted, no blanks, UTF-8.

Each leaf has a salt, HMAC-SHA-256 under the company's secret of the tree's context and the leaf's position.
So a disclosed leaf or proof says nothing about its neighbours, however guessable their content, and the owner
can make all salts again from the secret alone.
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tanso.contracts.identity import MIN_SECRET_BYTES
from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.merkle import MerkleTree, Pairs, leaf_hash, verify_proof

Leaf = dict[str, Any]
"""A JSON object as described above; "kind" says what it is."""

SALT = "salt"

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: object) -> bytes:
    """The one text of a JSON value; raises EvidenceRefused for floats, null and anything not JSON.

    >>> canonical_json({"unit": "kWh", "count": 2})
    b'{"count":2,"unit":"kWh"}'
    """
    _check(value)
    return _ENCODER.encode(value).encode()


def hash_of_leaf(leaf: Mapping[str, Any]) -> bytes:
    """Double keccak256 of the leaf's canonical JSON, 32 bytes."""
    return leaf_hash(canonical_json(dict(leaf)))


def salt_for(secret: bytes, context: str, position: int) -> str:
    """The salt of the leaf at `position` in the tree of `context`, "0x" + 64 hexadecimal digits.

    `context` must name the tree for good (for example report, business, period) and never be used twice with
    different leaves. Raises EvidenceRefused when the secret is shorter than 16 bytes.
    """
    if len(secret) < MIN_SECRET_BYTES:
        raise EvidenceRefused(f"The secret for salts needs at least {MIN_SECRET_BYTES} bytes.")
    message = b"tanso leaf salt\x00" + position.to_bytes(4, "big") + context.encode()
    return "0x" + hmac.digest(secret, message, "sha256").hex()


@dataclass(frozen=True)
class Sealed:
    """Salted leaves under one root. Make it with `seal`, or from stored leaves."""

    leaves: tuple[Leaf, ...]

    @cached_property
    def texts(self) -> tuple[bytes, ...]:
        """Each leaf in canonical JSON."""
        return tuple(canonical_json(leaf) for leaf in self.leaves)

    @cached_property
    def tree(self) -> MerkleTree:
        """The tree over the leaves' hashes."""
        return MerkleTree([leaf_hash(text) for text in self.texts])

    @property
    def root(self) -> str:
        """Root as "0x" + 64 hexadecimal digits."""
        return self.tree.root

    def proof(self, position: int) -> list[str]:
        """Proof of the leaf at this position."""
        return self.tree.proof(position)


def seal(leaves: Sequence[Mapping[str, Any]], secret: bytes, context: str) -> Sealed:
    """Salts the leaves and puts them under one root."""
    if any(SALT in leaf for leaf in leaves):
        raise EvidenceRefused("A leaf is salted already.")
    return Sealed(
        tuple({**leaf, SALT: salt_for(secret, context, place)} for place, leaf in enumerate(leaves))
    )


def verify_leaf(root: str, leaf: Mapping[str, Any], proof: Sequence[str], pairs: Pairs | None = None) -> bool:
    """Whether a salted leaf belongs to the tree with this root; `pairs` as in `verify_proof`."""
    return verify_proof(root, hash_of_leaf(leaf), proof, pairs)


def _check(value: object) -> None:
    if isinstance(value, str) or type(value) is int:
        return
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise EvidenceRefused("A leaf's keys are texts.")
        for part in value.values():
            _check(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _check(part)
    else:
        raise EvidenceRefused(
            f"{value!r} can't stand in a leaf.", hint="Use texts and whole numbers; write decimals as texts."
        )
