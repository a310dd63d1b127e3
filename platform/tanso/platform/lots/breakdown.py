"""A lot's breakdown: one salted leaf per input, under a Merkle root that goes on the ledger.

A leaf says kind, what was used (lot, factor or equipment ID), quantity and base unit, when (Unix seconds), the
intensity record of an equipment, µg CO2e and the metered part of it. The salt keeps whoever knows the root from
finding a leaf by trying likely values.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from tanso.contracts.units import Unit
from tanso.oracle.evidence import merkle_proof, merkle_root
from tanso.platform.lots.drafts import InputKind, LotInput

SALT_BYTES = 32


def new_salt() -> str:
    """Random 256 bit as "0x" + 64 hexadecimal digits."""
    return "0x" + secrets.token_hex(SALT_BYTES)


def leaf_of(item: LotInput) -> dict[str, Any]:
    """The leaf of one settled input."""
    leaf: dict[str, Any] = {
        "kind": str(item.kind),
        "ref": item.ref_id,
        "quantity": item.quantity,
        "unit": Unit(item.unit).symbol,
        "at": item.at,
        "co2_ug": item.co2_ug,
        "primary_ug": item.primary_ug,
        "salt": item.salt,
    }
    if item.kind == InputKind.EQUIPMENT:
        leaf["record"] = item.record
    return leaf


def breakdown_root(items: Sequence[LotInput]) -> str:
    """Root over the inputs' leaves, in the order in which the uses were recorded."""
    return merkle_root([leaf_of(item) for item in items])


def with_proofs(items: Sequence[LotInput]) -> list[tuple[dict[str, Any], list[str]]]:
    """Each leaf with its Merkle proof: sibling hashes from the leaf up to the root."""
    leaves = [leaf_of(item) for item in items]
    return [(leaf, merkle_proof(leaves, index)) for index, leaf in enumerate(leaves)]
