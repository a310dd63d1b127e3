"""One leaf of evidence, shown without the others: the leaf, its proof and the root that the ledger knows.

    shown = show_leaf(evidence, 7)
    check_leaf(shown.document())        # raises EvidenceRefused unless the leaf belongs to the root

The other leaves stay hidden: the proof holds hashes of salted leaves, which cannot be guessed.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tanso.contracts.contract import asked
from tanso.contracts.identity import parse_hash, parse_id
from tanso.contracts.ledger import Ledger
from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.evidence.sealing import verify_leaf
from tanso.oracle.evidence.store import Evidence

MAX_TEXT = 1024 * 1024
"""Characters of a shown leaf."""
BLOCKS_AT_ONCE = 5000
MAX_HEIGHT = 40
"""Siblings of a proof: a tree of 10^12 leaves has as many."""

Hash = Annotated[str, BeforeValidator(parse_hash)]


class LeafShown(BaseModel):
    """A leaf with its proof."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["tanso-leaf@1"]
    business_id: Annotated[str, BeforeValidator(parse_id)]
    kind: Literal["report", "reduction"]
    period_start: Annotated[int, Field(ge=0, lt=2**40)]
    """Unix seconds."""
    period_end: Annotated[int, Field(ge=0, lt=2**40)]
    root: Hash
    """Root of the evidence, as the ledger has it."""
    position: Annotated[int, Field(ge=0)]
    leaf: dict[str, Any]
    proof: Annotated[list[Hash], Field(max_length=MAX_HEIGHT)]

    def document(self) -> str:
        """As JSON."""
        return self.model_dump_json(indent=2)


def show_leaf(evidence: Evidence, position: int) -> LeafShown:
    """The leaf at this position with its proof; raises EvidenceRefused when there is none."""
    leaves = evidence.sealed.leaves
    if not 0 <= position < len(leaves):
        raise EvidenceRefused(
            f"There is no leaf {position}: the evidence has {len(leaves)}, counted from 0.",
            hint="`tanso oracle evidence` lists them.",
        )
    record = evidence.record
    return LeafShown(
        format="tanso-leaf@1",
        business_id=record.business_id,
        kind="report" if record.kind == "report" else "reduction",
        period_start=record.period_start,
        period_end=record.period_end,
        root=evidence.sealed.root,
        position=position,
        leaf=leaves[position],
        proof=evidence.sealed.proof(position),
    )


def check_leaf(text: str) -> LeafShown:
    """Reads a shown leaf, which may come from anybody, and checks that it belongs to its root.

    Raises EvidenceRefused. That the root is one that the oracle stated, only the ledger can tell.
    """
    if len(text) > MAX_TEXT:
        raise EvidenceRefused(f"A shown leaf has at most {MAX_TEXT} characters.", hint="Is it one?")
    try:
        shown = LeafShown.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        problem = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else "it is no JSON"
        raise EvidenceRefused(
            f"This is no shown leaf: {problem}.", hint="`tanso oracle evidence --leaf N --json` writes one."
        ) from error
    if not verify_leaf(shown.root, shown.leaf, shown.proof):
        raise EvidenceRefused(
            "The leaf does not belong to the root: it, its proof or the root was changed.",
            hint="Ask the owner to show it again.",
        )
    return shown


def transaction_of(shown: LeafShown, ledger: Ledger) -> str:
    """Hash of the transaction that stated the leaf's root for its business and period.

    Raises EvidenceRefused when the ledger has no such statement, and ChainUnreachable.
    """
    said = (shown.root, shown.business_id, shown.period_start, shown.period_end)
    names = ("evidence_root", "business_id", "period_start", "period_end")
    last = asked(lambda: ledger.w3.eth.block_number)
    for first in range(ledger.deployment.block, last + 1, BLOCKS_AT_ONCE):
        for event in ledger.events(first, min(first + BLOCKS_AT_ONCE - 1, last)):
            if tuple(event.args.get(name) for name in names) == said:
                return event.transaction_hash
    raise EvidenceRefused(
        f"The ledger has no statement with the root {shown.root} for that business and period.",
        hint="Was it taken from another network, or was its report not confirmed?",
    )
