"""Holds what another server says of a lot against the ledger, as this node's own read model has it.

What passes was sealed by the lot's producer when the lot was settled, adds up to the lot's CO2 where all
kinds of inputs are shown, and is no more of anything than went into the lot's batch.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlmodel import Session, select

from tanso.contracts.errors import TansoError
from tanso.contracts.units import Unit
from tanso.oracle.evidence import verify_leaf
from tanso.platform.federation.questions import LotPart
from tanso.platform.lots.drafts import MAX_TIME, InputKind
from tanso.platform.lots.models import EquipmentUseRow, ExternalUseRow, LotRow, MaterialUseRow
from tanso.platform.trace.model import Input

FIELD_OF: Mapping[str, str] = {
    InputKind.MATERIAL: "materials",
    InputKind.EXTERNAL: "materials",
    InputKind.EQUIPMENT: "equipment",
}
"""The field of an agreement that lets a kind of input be shown."""
COMPLETE = frozenset(FIELD_OF.values())
_UNITS = {unit.symbol: unit for unit in Unit}
_TEXTS = ("kind", "ref_id", "unit", "salt")
_NUMBERS = ("quantity", "co2_ug", "primary_ug", "at")

Ref = tuple[str, str, int | None]


class Misfit(TansoError):
    """What was said of a lot does not fit what is on the ledger; the message says what and how."""


def checked(session: Session, row: LotRow, parts: Iterable[LotPart]) -> tuple[Input, ...]:
    """The inputs that the parts show of a lot, each once, in the order of their time. Raises `Misfit`."""
    shown: dict[str, Input] = {}
    fields: set[str] = set()
    for part in parts:
        fields.update(part.fields)
        for proved in part.leaves:
            item = _input(proved.leaf)
            if FIELD_OF[item.kind] not in part.fields:
                raise Misfit(f"an input of the kind {item.kind} is shown under another field")
            try:
                belongs = verify_leaf(row.breakdown_root, proved.leaf, proved.proof)
            except TansoError:
                belongs = False
            if not belongs:
                raise Misfit(f"an input of {item.co2_ug} µg is not under the breakdown root on the ledger")
            shown[str(proved.leaf["salt"])] = replace(item, leaf=proved.leaf, proof=tuple(proved.proof))
    _check_sums(row, list(shown.values()), all_kinds=fields >= COMPLETE)
    _check_batch(session, row, shown.values())
    return tuple(sorted(shown.values(), key=lambda item: (item.at, item.kind, item.ref_id)))


def _input(leaf: Mapping[str, int | str]) -> Input:
    record = leaf.get("record")
    names = {*_TEXTS, *_NUMBERS} | ({"record"} if leaf.get("kind") == InputKind.EQUIPMENT else set())
    unit = _UNITS.get(str(leaf.get("unit")))
    if (
        leaf.keys() != names
        or unit is None
        or leaf["kind"] not in FIELD_OF
        or not all(isinstance(leaf[name], str) for name in _TEXTS)
    ):
        raise Misfit("an input is not written as inputs are")
    quantity, co2_ug, primary_ug, at = (value for value in map(leaf.get, _NUMBERS) if isinstance(value, int))
    if at > MAX_TIME or primary_ug > co2_ug or not (record is None or isinstance(record, int)):
        raise Misfit("an input's figures can't be")
    return Input(str(leaf["kind"]), str(leaf["ref_id"]), quantity, unit, at, record, co2_ug, primary_ug)


def _check_sums(row: LotRow, items: Sequence[Input], *, all_kinds: bool) -> None:
    for what, total, stated in (
        ("CO2", sum(item.co2_ug for item in items), row.co2_ug),
        ("the metered part", sum(item.primary_ug for item in items), row.primary_ug),
    ):
        if total > stated or (all_kinds and total != stated):
            raise Misfit(f"{what} of the inputs adds up to {total} µg, the ledger has {stated} µg")


def _check_batch(session: Session, row: LotRow, items: Iterable[Input]) -> None:
    """Of no material, factor or machine more may be shown than the lot's batch was charged with."""
    quantity: Counter[Ref] = Counter()
    co2_ug: Counter[Ref] = Counter()
    for item in items:
        key = (item.kind, item.ref_id, item.record)
        quantity[key] += item.quantity
        co2_ug[key] += item.co2_ug
    charged: Counter[Ref] = Counter()
    mass: Counter[Ref] = Counter()
    for key, amount, ug in _inputs_of_batch(session, row.batch_id):
        charged[key] += amount
        mass[key] += ug
    for key in quantity:
        if quantity[key] > charged[key] or co2_ug[key] > mass[key]:
            raise Misfit(f"more of {key[0]} {key[1]} is shown than the ledger has for the lot's batch")


def _inputs_of_batch(session: Session, batch_id: str) -> Iterable[tuple[Ref, int, int]]:
    for material in session.exec(select(MaterialUseRow).where(MaterialUseRow.batch_id == batch_id)):
        yield (InputKind.MATERIAL, material.lot_id, None), material.quantity, material.co2_ug
    for external in session.exec(select(ExternalUseRow).where(ExternalUseRow.batch_id == batch_id)):
        yield (InputKind.EXTERNAL, external.factor_id, None), external.quantity, external.co2_ug
    for use in session.exec(select(EquipmentUseRow).where(EquipmentUseRow.batch_id == batch_id)):
        yield (InputKind.EQUIPMENT, use.equipment_id, use.record), use.activity, use.co2_ug
