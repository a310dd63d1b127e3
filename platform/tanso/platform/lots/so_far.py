"""What an unsettled lot's CO2 is so far, by the ledger's prices of now.

Settlement computes it in the end, by the same prices and rounding; until then a position, a factor or an
intensity may still change, and a machine's hours may have no intensity yet.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tanso.contracts.errors import ChainUnreachable, TansoError
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.lots.allocation import Mass, Source, Used, allocate, total_of
from tanso.platform.lots.drafts import InputKind, LotDraft, LotInput
from tanso.platform.lots.prices import Prices
from tanso.platform.node import Node

MOST_USES = 200
"""Uses of one lot that are priced: each of another source takes some calls of the chain."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """µg CO2e of each use that can be priced, and why another cannot, by the number of the use."""

    masses: dict[int | None, Mass] = field(default_factory=dict)
    problems: dict[int | None, str] = field(default_factory=dict)

    @property
    def total(self) -> Mass:
        """µg CO2e of all that can be priced."""
        return total_of(self.masses.values())


def so_far(node: Node, business: LocalBusiness, draft: LotDraft, items: Sequence[LotInput]) -> SoFar:
    """Prices the first uses of a lot as if it were settled alone, completed when it was last worked on."""
    end = draft.completed_at or max((draft.started_at, *(item.at for item in items))) + 1
    prices = Prices(node.ledger, business.account, draft.started_at, end)
    found, sources = SoFar(), dict[Source, list[LotInput]]()
    try:
        for item in items[:MOST_USES]:
            with _noted(found, [item]):
                source = prices.source(InputKind(item.kind), item.ref_id, item.at)
                sources.setdefault(source, []).append(item)
        for source, uses in sources.items():
            with _noted(found, uses):
                parts = allocate([Used(source, item.quantity) for item in uses], prices.of).parts
                found.masses.update(zip((item.id for item in uses), parts, strict=True))
    except ChainUnreachable as error:  # each further call would wait as long
        rest = (item.id for item in items if item.id not in found.masses)
        found.problems.update(dict.fromkeys(rest, error.message))
    return found


@contextmanager
def _noted(found: SoFar, uses: Sequence[LotInput]) -> Iterator[None]:
    """Notes why these uses have no price."""
    try:
        yield
    except ChainUnreachable:
        raise
    except TansoError as error:
        found.problems.update(dict.fromkeys((item.id for item in uses), error.message))
