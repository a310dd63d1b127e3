"""Holds what another server says of a lot against the ledger, as this node's own read model has it.

What passes was sealed by the lot's producer when the lot was settled, adds up to the lot's CO2 where all
kinds of inputs are shown, and is no more of anything than went into the lot's batch.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError
from sqlmodel import Session, select

from tanso.contracts.errors import TansoError
from tanso.contracts.units import Unit
from tanso.oracle.evidence import Pairs, verify_leaf
from tanso.platform.api.fields import ID_PATTERN
from tanso.platform.federation.questions import BreakdownsAnswer, LotPart
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


@dataclass(frozen=True, slots=True)
class OnLedger:
    """What the ledger has of a lot. Masses are µg CO2e."""

    breakdown_root: str
    co2_ug: int
    primary_ug: int
    charged: Mapping[Ref, tuple[int, int]]
    """Quantity and CO2e of each input of the lot's batch."""


def on_ledger(session: Session, row: LotRow) -> OnLedger:
    """What the read model has of a lot."""
    charged: dict[Ref, tuple[int, int]] = {}
    for ref, quantity, co2_ug in _inputs_of_batch(session, row.batch_id):
        before = charged.get(ref, (0, 0))
        charged[ref] = before[0] + quantity, before[1] + co2_ug
    return OnLedger(row.breakdown_root, row.co2_ug, row.primary_ug, charged)


def fitting(body: bytes, asked: Sequence[str]) -> BreakdownsAnswer:
    """The answer to a question for these lots: the first of them or all, in their order. Raises `Misfit`."""
    try:
        answer = BreakdownsAnswer.model_validate_json(body)
    except ValidationError:
        raise Misfit("its answer is not one to the question") from None
    answered = [lot.lot_id for lot in answer.lots]
    if not answered or answered != list(asked[: len(answered)]):
        raise Misfit("its answer is not one to the question")
    return answer


def checked(facts: OnLedger, parts: Sequence[LotPart]) -> tuple[Input, ...]:
    """The inputs that the parts show of a lot, each once, in the order of their time. Raises `Misfit`."""
    if not parts:
        raise Misfit("neither shown nor refused")
    shown: dict[str, Input] = {}
    pairs: Pairs = {}
    fields: set[str] = set()
    for part in parts:
        fields.update(part.fields)
        for proved in part.leaves:
            item = _input(proved.leaf)
            if FIELD_OF[item.kind] not in part.fields:
                raise Misfit(f"an input of the kind {item.kind} is shown under another field")
            try:
                belongs = verify_leaf(facts.breakdown_root, proved.leaf, proved.proof, pairs)
            except TansoError:
                belongs = False
            if not belongs:
                raise Misfit(f"an input of {item.co2_ug} µg is not under the breakdown root on the ledger")
            shown[str(proved.leaf["salt"])] = replace(item, leaf=proved.leaf, proof=tuple(proved.proof))
    _check_sums(facts, list(shown.values()), all_kinds=fields >= COMPLETE)
    _check_batch(facts, shown.values())
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
        or not re.fullmatch(ID_PATTERN, str(leaf["ref_id"]))
    ):
        raise Misfit("an input is not written as inputs are")
    quantity, co2_ug, primary_ug, at = (value for value in map(leaf.get, _NUMBERS) if isinstance(value, int))
    if at > MAX_TIME or primary_ug > co2_ug or not (record is None or isinstance(record, int)):
        raise Misfit("an input's figures can't be")
    return Input(str(leaf["kind"]), str(leaf["ref_id"]), quantity, unit, at, record, co2_ug, primary_ug)


def _check_sums(facts: OnLedger, items: Sequence[Input], *, all_kinds: bool) -> None:
    for what, total, stated in (
        ("CO2", sum(item.co2_ug for item in items), facts.co2_ug),
        ("the metered part", sum(item.primary_ug for item in items), facts.primary_ug),
    ):
        if total > stated or (all_kinds and total != stated):
            raise Misfit(f"{what} of the inputs adds up to {total} µg, the ledger has {stated} µg")


def _check_batch(facts: OnLedger, items: Iterable[Input]) -> None:
    """Of no material, factor or machine more may be shown than the lot's batch was charged with.

    Nothing at all of what it was not charged with: an input of no quantity could lead to any lot.
    """
    quantity: Counter[Ref] = Counter()
    co2_ug: Counter[Ref] = Counter()
    for item in items:
        key = (item.kind, item.ref_id, item.record)
        quantity[key] += item.quantity
        co2_ug[key] += item.co2_ug
    for key in quantity:
        charged, mass = facts.charged.get(key, (-1, -1))
        if quantity[key] > charged or co2_ug[key] > mass:
            raise Misfit(f"more of {key[0]} {key[1]} is shown than the ledger has for the lot's batch")


def _inputs_of_batch(session: Session, batch_id: str) -> Iterable[tuple[Ref, int, int]]:
    for material in session.exec(select(MaterialUseRow).where(MaterialUseRow.batch_id == batch_id)):
        yield (InputKind.MATERIAL, material.lot_id, None), material.quantity, material.co2_ug
    for external in session.exec(select(ExternalUseRow).where(ExternalUseRow.batch_id == batch_id)):
        yield (InputKind.EXTERNAL, external.factor_id, None), external.quantity, external.co2_ug
    for use in session.exec(select(EquipmentUseRow).where(EquipmentUseRow.batch_id == batch_id)):
        yield (InputKind.EQUIPMENT, use.equipment_id, use.record), use.activity, use.co2_ug
