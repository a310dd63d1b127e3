"""Search upstream from a lot, within one database.

`genealogy` gives what the ledger shows to anyone: the batch that made the lot, all that went into that
batch, the lots among it, their batches, and so on. It does not say which input went into which lot.

`breakdown` says just that, from the owner's private record, lot by lot, as far as the asker may see: below
a lot whose inputs are not disclosed the search does not go on.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from tanso.contracts.units import Unit
from tanso.platform.errors import NotFound
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.drafts import InputKind, LotDraft, LotInput
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
Event = TypeVar("Event", LotRow, MaterialUseRow, ExternalUseRow, EquipmentUseRow, LeftOverRow)


def genealogy(session: Session, lot_id: str, *, max_depth: int = 32, max_nodes: int = 1000) -> Genealogy:
    """The public genealogy of a lot, batch by batch.

    :raises NotFound: when the ledger knows no such lot.
    :raises BadInput: when a bound is out of range.
    """
    closure = upstream(session, lot_id, _batch_links(), max_depth=max_depth, max_nodes=max_nodes)
    lots = _lot_nodes(session, lot_id, closure.depths)
    batches = list(_batch_nodes(session, {lot.batch_id for lot in lots}))
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
    open_kinds: Callable[[str], Collection[InputKind]],
    max_depth: int = 32,
    max_nodes: int = 1000,
) -> Breakdown:
    """The disclosed genealogy of a lot, lot by lot.

    :param open_kinds: which inputs of a lot the asker may see, by its ID. Asked once for each lot reached.
    :raises NotFound: when the ledger knows no such lot.
    :raises BadInput: when a bound is out of range.
    """
    closure = upstream(session, lot_id, _lot_links(), max_depth=max_depth, max_nodes=max_nodes)
    nodes = {lot.lot_id: lot for lot in _lot_nodes(session, lot_id, closure.depths)}
    # A draft whose lot somebody else brought onto the ledger says nothing about that lot.
    kept = {
        draft.lot_id
        for draft in _where_in(session, LotDraft, LotDraft.lot_id, nodes)
        if draft.business_id == nodes[draft.lot_id].business_id
    }
    inputs: defaultdict[str, list[Input]] = defaultdict(list)
    for row in sorted(_where_in(session, LotInput, LotInput.lot_id, nodes), key=lambda row: row.id or 0):
        inputs[row.lot_id].append(_input(row))

    found: dict[str, LotBreakdown] = {}
    complete = True
    waiting = deque([(lot_id, 0)])
    while waiting:
        current, depth = waiting.popleft()
        if current in found:
            continue
        if current not in nodes or depth > max_depth:
            complete = False
            continue
        kinds = open_kinds(current)
        disclosure = Disclosure.NOT_DISCLOSED
        if kinds:
            whole = Disclosure.SHOWN if set(kinds) == set(InputKind) else Disclosure.IN_PART
            disclosure = whole if current in kept else Disclosure.ELSEWHERE
        parts = tuple(part for part in inputs[current] if part.kind in kinds) if current in kept else ()
        found[current] = LotBreakdown(replace(nodes[current], depth=depth), disclosure, parts)
        waiting.extend((part.ref_id, depth + 1) for part in parts if part.kind == InputKind.MATERIAL)
    return Breakdown(
        lot_id=lot_id,
        depth=max(shown.lot.depth for shown in found.values()),
        lots=tuple(found.values()),
        complete=complete,
    )


def _batch_links() -> Select[str, str]:
    return (
        select_columns(col(LotRow.lot_id).label("lot"), col(MaterialUseRow.lot_id).label("source"))
        .join(MaterialUseRow, col(MaterialUseRow.batch_id) == col(LotRow.batch_id))
        .distinct()
    )


def _lot_links() -> Select[str, str]:
    return (
        select_columns(col(LotInput.lot_id).label("lot"), col(LotInput.ref_id).label("source"))
        .where(col(LotInput.kind) == InputKind.MATERIAL)
        .distinct()
    )


def _lot_nodes(session: Session, root: str, depths: Mapping[str, int]) -> list[LotNode]:
    restatements = restated(session, depths)
    nodes = [
        LotNode(
            lot_id=row.lot_id,
            business_id=row.business_id,
            batch_id=row.batch_id,
            unit=Unit(row.unit),
            co2_ug=row.co2_ug,
            primary_ug=row.primary_ug,
            good=row.good,
            defects=row.defects,
            depth=depths[row.lot_id],
            settled_at=row.block_time,
            breakdown_root=row.breakdown_root,
            restated=restatements.get(row.lot_id),
        )
        for row in _where_in(session, LotRow, LotRow.lot_id, depths)
    ]
    nodes.sort(key=lambda node: (node.depth, node.lot_id))
    if not nodes or nodes[0].lot_id != root:
        raise NotFound(
            f"The ledger knows no lot {root}.", "Check the ID; a lot is known once its batch is settled."
        )
    return nodes


def _batch_nodes(session: Session, batches: Collection[str]) -> Iterator[BatchNode]:
    lots = _grouped(session, LotRow, LotRow.batch_id, batches)
    materials = _grouped(session, MaterialUseRow, MaterialUseRow.batch_id, batches)
    externals = _grouped(session, ExternalUseRow, ExternalUseRow.batch_id, batches)
    equipment = _grouped(session, EquipmentUseRow, EquipmentUseRow.batch_id, batches)
    left_overs = _grouped(session, LeftOverRow, LeftOverRow.batch_id, batches)
    for row in sorted(_where_in(session, BatchRow, BatchRow.batch_id, batches), key=lambda row: row.batch_id):
        key = row.batch_id
        yield BatchNode(
            batch_id=key,
            business_id=row.business_id,
            period_start=row.period_start,
            period_end=row.period_end,
            formula_id=row.formula_id,
            co2_ug=row.co2_ug,
            primary_ug=row.primary_ug,
            lots=tuple(lot.lot_id for lot in lots[key]),
            materials=tuple(
                MaterialPart(use.lot_id, use.quantity, use.co2_ug, use.primary_ug) for use in materials[key]
            ),
            externals=tuple(ExternalPart(use.factor_id, use.quantity, use.co2_ug) for use in externals[key]),
            equipment=tuple(
                EquipmentPart(use.equipment_id, use.record, use.activity, use.co2_ug, use.primary_ug)
                for use in equipment[key]
            ),
            left_overs=tuple(
                LeftOverPart(left.name, left.co2_ug, left.primary_ug) for left in left_overs[key]
            ),
            transaction_hash=row.transaction_hash,
        )


def _input(row: LotInput) -> Input:
    return Input(
        kind=row.kind,
        ref_id=row.ref_id,
        quantity=row.quantity,
        unit=Unit(row.unit),
        at=row.at,
        record=row.record,
        co2_ug=row.co2_ug or 0,
        primary_ug=row.primary_ug or 0,
    )


def _grouped(
    session: Session, table: type[Event], column: str, keys: Collection[str]
) -> defaultdict[str, list[Event]]:
    """Event rows by their batch, each batch's in the order of the ledger."""
    groups: defaultdict[str, list[Event]] = defaultdict(list)
    for row in sorted(_where_in(session, table, column, keys), key=lambda row: row.log_index):
        groups[row.batch_id].append(row)
    return groups


def _where_in(session: Session, table: type[Row], column: str, keys: Collection[str]) -> Iterator[Row]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        yield from session.exec(select(table).where(col(column).in_(ordered[start : start + KEYS_AT_ONCE])))
