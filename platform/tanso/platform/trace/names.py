"""The names of lots, for those who may have them."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from sqlmodel import Session, col, select

from tanso.platform.agreements.service import Reader
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.equipment.local import LocalEquipment
from tanso.platform.lots.drafts import InputKind, LotDraft
from tanso.platform.trace.model import Breakdown, LotBreakdown, LotNames

KEYS_AT_ONCE = 500
"""Keys in one SQL `IN`."""


def named(reader: Reader, found: Breakdown) -> Breakdown:
    """The same with the names that are the reader's or disclosed to it; the latter are remembered as used."""
    wanted = {
        shown.lot.lot_id: _machines(shown)
        for shown in found.lots
        if Disclosed.NAMES in reader.fields(shown.lot.business_id, shown.lot.lot_id)
    }
    names = names_of(reader.session, wanted)
    for shown in found.lots:
        if shown.lot.lot_id in names:
            reader.reads(shown.lot.business_id, shown.lot.lot_id, (Disclosed.NAMES,))
    lots = tuple(replace(shown, names=names.get(shown.lot.lot_id)) for shown in found.lots)
    return replace(found, lots=lots)


def names_of(session: Session, lots: Mapping[str, Collection[str]]) -> dict[str, LotNames]:
    """What businesses of this node call lots of theirs, and the machines given for each lot, by IDs."""
    machines = dict(_names(session, {each for machines in lots.values() for each in machines}))
    found = {}
    for some in _batched(lots):
        query = (
            select(LotDraft.lot_id, LotDraft.product, LotDraft.local_name, LocalBusiness.name)
            .join(LocalBusiness, col(LocalBusiness.business_id) == col(LotDraft.business_id))
            .where(col(LotDraft.lot_id).in_(some))
        )
        for lot_id, product, name, business in session.exec(query):
            equipment = {each: machines[each] for each in lots[lot_id] if each in machines}
            found[lot_id] = LotNames(business, product, name, equipment)
    return found


def _names(session: Session, machines: Collection[str]) -> Iterator[tuple[str, str]]:
    for some in _batched(machines):
        query = select(LocalEquipment.equipment_id, LocalEquipment.name)
        yield from session.exec(query.where(col(LocalEquipment.equipment_id).in_(some)))


def _batched(keys: Iterable[str]) -> Iterator[list[str]]:
    """The keys in lists that one SQL `IN` takes."""
    rest = iter(keys)
    while some := list(islice(rest, KEYS_AT_ONCE)):
        yield some


def _machines(shown: LotBreakdown) -> set[str]:
    return {part.ref_id for part in shown.inputs if part.kind == InputKind.EQUIPMENT}
