"""Search upstream from a lot, within one database.

`genealogy` gives what the ledger shows to anyone: the batch that made the lot, all that went into that batch, the lots
among it, their batches, and so on. It does not say which input went into which lot.

`breakdown` says just that, from the owner's private record, lot by lot, as far as the asker may see: below a lot whose
inputs are not disclosed the search does not go on.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from tanso.contracts.units import Unit
from tanso.platform.errors import NotFound
from tanso.platform.lots.drafts import InputKind, LotInput
from tanso.platform.lots.models import (
    BatchRow,
    EquipmentUseRow,
    ExternalUseRow,
    LeftOverRow,
    LotRow,
    MaterialUseRow,
)
from tanso.platform.trace.model import (
    BatchNode,
    Breakdown,
    Disclosure,
    EquipmentPart,
    ExternalPart,
    Genealogy,
    Input,
    LeftOverPart,
    LotBreakdown,
    LotNode,
    MaterialPart,
)
from tanso.platform.trace.upstream import upstream

KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""

Row = TypeVar("Row", bound=SQLModel)


def genealogy(session: Session, lot_id: str, *, max_depth: int = 32, max_nodes: int = 1000) -> Genealogy:
    """The public genealogy of a lot, batch by batch.

    :raises NotFound: when the ledger knows no such lot.
    :raises BadInput: when a bound is out of range.
    """
    closure = upstream(session, lot_id, _batch_links(), max_depth=max_depth, max_nodes=max_nodes)
    lots = _lot_nodes(session, lot_id, closure.depths)
    batches = _batch_nodes(session, {lot.batch_id for lot in lots})
    shown = {lot.lot_id for lot in lots}
    cut = any(part.lot_id not in shown for batch in batches for part in batch.materials)
    return Genealogy(
        lot_id=lot_id,
        depth=max(lot.depth for lot in lots),
        lots=tuple(lots),
        batches=tuple(batches),
        complete=closure.complete and not cut,
    )


def breakdown(
    session: Session,
    lot_id: str,
    *,
    may_see: Callable[[str], bool],
    max_depth: int = 32,
    max_nodes: int = 1000,
) -> Breakdown:
    """The disclosed genealogy of a lot, lot by lot.

    :param may_see: whether the asker may see the inputs of a lot, by its ID. Asked once for each lot reached.
    :raises NotFound: when the ledger knows no such lot.
    :raises BadInput: when a bound is out of range.
    """
    closure = upstream(session, lot_id, _lot_links(), max_depth=max_depth, max_nodes=max_nodes)
    nodes = {lot.lot_id: lot for lot in _lot_nodes(session, lot_id, closure.depths)}
    inputs: defaultdict[str, list[LotInput]] = defaultdict(list)
    for row in _where_in(session, LotInput, LotInput.lot_id, nodes):
        if row.co2_ug is not None:
            inputs[row.lot_id].append(row)

    found: dict[str, LotBreakdown] = {}
    waiting = deque([(lot_id, 0)])
    while waiting:
        current, depth = waiting.popleft()
        if current in found:
            continue
        parts = tuple(_input(row) for row in sorted(inputs[current], key=lambda row: row.id or 0))
        sources = [part.ref_id for part in parts if part.kind == InputKind.MATERIAL]
        disclosure = _disclosure(may_see(current), bool(parts), all(source in nodes for source in sources))
        found[current] = LotBreakdown(
            lot=_at_depth(nodes[current], depth),
            disclosure=disclosure,
            inputs=parts if disclosure is Disclosure.SHOWN else (),
        )
        if disclosure is Disclosure.SHOWN:
            waiting.extend((source, depth + 1) for source in sources)
    return Breakdown(
        lot_id=lot_id,
        depth=max(shown.lot.depth for shown in found.values()),
        lots=tuple(found.values()),
        complete=all(shown.disclosure is not Disclosure.CUT_OFF for shown in found.values()),
    )


def _disclosure(allowed: bool, kept_here: bool, within_bounds: bool) -> Disclosure:
    if not allowed:
        return Disclosure.NOT_DISCLOSED
    if not kept_here:
        return Disclosure.ELSEWHERE
    return Disclosure.SHOWN if within_bounds else Disclosure.CUT_OFF
