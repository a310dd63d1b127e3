"""Search upstream from a lot, within one database.

`genealogy` gives what the ledger shows to anyone: the batch that made the lot, all that went into that
batch, the lots among it, their batches, and so on. It does not say which input went into which lot.

`breakdown` says just that, from the owner's private record, lot by lot, as far as the asker may see: below
a lot whose inputs are not disclosed the search does not go on.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final, TypeVar

from sqlalchemy import Select, and_
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from tanso.contracts.units import Unit
from tanso.platform.errors import NotFound
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.drafts import InputKind, LotDraft, LotInput
from tanso.platform.lots.figures import Restated
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
from tanso.platform.trace.upstream import nearest, upstream

KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""

_UNITS: Final = {int(unit): unit for unit in Unit}
_LOT: Final = SQLModel.metadata.tables["chain_lot"].c
_DRAFT: Final = SQLModel.metadata.tables["lot_draft"].c
_USE: Final = SQLModel.metadata.tables["lot_input"].c
_NODE: Final = (
    _LOT.business_id,
    _LOT.batch_id,
    _LOT.unit,
    _LOT.co2_ug,
    _LOT.primary_ug,
    _LOT.good,
    _LOT.defects,
    _LOT.block_time,
    _LOT.breakdown_root,
)
_INPUT: Final = (
    _USE.id,
    _USE.kind,
    _USE.ref_id,
    _USE.quantity,
    _USE.unit,
    _USE.at,
    _USE.record,
    _USE.co2_ug,
    _USE.primary_ug,
)

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
    open_kinds: Callable[[str, str], Collection[InputKind]],
    max_depth: int = 32,
    max_nodes: int = 1000,
) -> Breakdown:
    """The disclosed genealogy of a lot, lot by lot.

    :param open_kinds: which inputs of a lot the asker may see, by the IDs of the lot and of its producer.
        Asked once for each lot reached.
    :raises NotFound: when the ledger knows no such lot.
    :raises BadInput: when a bound is out of range.
    """
    near = nearest(lot_id, _lot_links(), max_depth, max_nodes)
    # A draft whose lot somebody else brought onto the ledger says nothing about that lot.
    own = and_(_DRAFT.lot_id == _LOT.lot_id, _DRAFT.business_id == _LOT.business_id)
    rows = session.connection().execute(
        select_columns(near.c.depth, _LOT.lot_id, *_NODE, _DRAFT.lot_id)
        .join_from(near, LotRow, _LOT.lot_id == near.c.lot_id)
        .outerjoin(LotDraft, own)
    )
    found_rows = rows.all()
    restatements = restated(session, [row[1] for row in found_rows])
    nodes = {row[1]: _lot_node(row[1:-1], row[0], restatements) for row in found_rows}
    kept = {row[-1] for row in found_rows if row[-1] is not None}
    _check_known(lot_id, nodes)
    inputs: defaultdict[str, list[Input]] = defaultdict(list)
    uses = sorted(_rows_in(session, nodes, _USE.lot_id, *_INPUT), key=itemgetter(1))
    for draft, _, kind, ref_id, quantity, unit, at, record, co2_ug, primary_ug in uses:
        used = Input(kind, ref_id, quantity, _UNITS[unit], at, record, co2_ug or 0, primary_ug or 0)
        inputs[draft].append(used)

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
        node = nodes[current]
        kinds = open_kinds(current, node.business_id)
        disclosure = Disclosure.NOT_DISCLOSED
        if kinds:
            whole = Disclosure.SHOWN if set(kinds) == set(InputKind) else Disclosure.IN_PART
            disclosure = whole if current in kept else Disclosure.ELSEWHERE
        parts = tuple(part for part in inputs[current] if part.kind in kinds) if current in kept else ()
        # Where a nearer way is not disclosed, the lot lies deeper.
        found[current] = LotBreakdown(
            node if node.depth == depth else replace(node, depth=depth), disclosure, parts
        )
        waiting.extend((part.ref_id, depth + 1) for part in parts if part.kind == InputKind.MATERIAL)
    return Breakdown(
        lot_id=lot_id,
        depth=max(shown.lot.depth for shown in found.values()),
        lots=tuple(found.values()),
        complete=complete,
    )


def _batch_links() -> Select[str, str]:
    return select_columns(col(LotRow.lot_id).label("lot"), col(MaterialUseRow.lot_id).label("source")).join(
        MaterialUseRow, col(MaterialUseRow.batch_id) == col(LotRow.batch_id)
    )


def _lot_links() -> Select[str, str]:
    return select_columns(col(LotInput.lot_id).label("lot"), col(LotInput.ref_id).label("source")).where(
        col(LotInput.kind) == InputKind.MATERIAL
    )


def _lot_nodes(session: Session, root: str, depths: Mapping[str, int]) -> list[LotNode]:
    restatements = restated(session, depths)
    rows = _rows_in(session, depths, _LOT.lot_id, *_NODE)
    nodes = [_lot_node(row, depths[row[0]], restatements) for row in rows]
    _check_known(root, {node.lot_id for node in nodes})
    return sorted(nodes, key=lambda node: (node.depth, node.lot_id))


def _lot_node(row: Sequence[Any], depth: int, restatements: Mapping[str, Restated]) -> LotNode:
    """From the lot's ID and the columns of `_NODE`."""
    lot_id, business_id, batch_id, unit, co2_ug, primary_ug, good, defects, settled_at, root = row
    return LotNode(
        lot_id,
        business_id,
        batch_id,
        _UNITS[unit],
        co2_ug,
        primary_ug,
        good,
        defects,
        depth,
        settled_at,
        root,
        restatements.get(lot_id),
    )


def _check_known(root: str, lots: Collection[str]) -> None:
    if root not in lots:
        raise NotFound(
            f"The ledger knows no lot {root}.", "Check the ID; a lot is known once its batch is settled."
        )


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


def _rows_in(session: Session, keys: Collection[str], key: Any, *columns: Any) -> Iterator[Any]:
    """The key and these columns of rows whose key is one of the keys, past the object mapper."""
    query = select_columns(key, *columns)
    ordered = sorted(keys)
    for start in range(0, len(ordered), KEYS_AT_ONCE):
        yield from session.connection().execute(query.where(key.in_(ordered[start : start + KEYS_AT_ONCE])))
