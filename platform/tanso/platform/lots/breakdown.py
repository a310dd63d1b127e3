"""A lot's breakdown: one salted leaf per input, under a Merkle root that goes on the ledger.

A leaf is `tanso.oracle.evidence.breakdown_leaf` with `at`, the Unix second of the use, and for an equipment
`record`, the index of its intensity. Leaves stand in the order in which the uses were recorded.
"""

from collections.abc import Sequence

from tanso.contracts.units import Unit
from tanso.oracle.evidence import Leaf, Sealed, breakdown_leaf, seal
from tanso.platform.lots.drafts import InputKind, LotInput


def seal_breakdown(items: Sequence[LotInput], secret: bytes, lot_id: str, batch_id: str) -> str:
    """Salts the settled inputs' leaves, keeps the salts with the inputs, and returns the root.

    The batch is part of the salts' context: a lot whose batch was refused gets fresh salts in its next one.
    """
    sealed = seal([_plain_leaf(item) for item in items], secret, f"breakdown:{batch_id}:{lot_id}")
    for item, leaf in zip(items, sealed.leaves, strict=True):
        item.salt = leaf["salt"]
    return sealed.root


def opened(items: Sequence[LotInput]) -> Sealed:
    """The breakdown as it was sealed: leaves, root and the proof of each."""
    return Sealed(tuple(_plain_leaf(item) | {"salt": item.salt} for item in items))


def _plain_leaf(item: LotInput) -> Leaf:
    assert item.co2_ug is not None
    assert item.primary_ug is not None
    leaf = breakdown_leaf(
        item.kind, item.ref_id, item.quantity, Unit(item.unit), item.co2_ug, item.primary_ug
    ) | {"at": item.at}
    return leaf | {"record": item.record} if item.kind == InputKind.EQUIPMENT else leaf
