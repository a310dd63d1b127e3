"""What this node makes of a lot on the way upstream: shown by what is here, or to be asked elsewhere.

Everything here is database work for one step of a search; `tanso.platform.federation.walk` says when.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlmodel import Session, col, select

from tanso.contracts.units import Unit
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.agreements import keeping
from tanso.platform.agreements.local import Received
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.agreements.service import Agreement, in_force, is_of
from tanso.platform.agreements.terms import MAX_DEPTH, Disclosed, Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.federation import answering
from tanso.platform.federation.addresses import Server, servers_of
from tanso.platform.federation.asking import plain
from tanso.platform.federation.checking import Misfit, checked, on_ledger
from tanso.platform.federation.questions import LotAnswered, LotPart
from tanso.platform.lots.afterwards import restated
from tanso.platform.lots.drafts import InputKind
from tanso.platform.lots.models import LotRow
from tanso.platform.node import Node
from tanso.platform.trace.model import Disclosure, Input, LotBreakdown, LotNames, LotNode
from tanso.platform.trace.names import names_of
from tanso.platform.trace.service import breakdown

FIELDS = tuple(Disclosed)
CLOCKS_DIFFER = 120
"""Seconds by which this node's clock and the chain's may differ."""
WHOLE = frozenset((Disclosed.MATERIALS, Disclosed.EQUIPMENT))


@dataclass(frozen=True, slots=True)
class Way:
    """A lot to look at, and the agreements that can be shown for it, nearest to its producer first."""

    lot_id: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A lot as far as it is known, and what can be shown for the lots that went into it."""

    found: LotBreakdown
    pass_on: tuple[str, ...] = ()

    @property
    def materials(self) -> tuple[str, ...]:
        """The lots that went into it."""
        return tuple(part.ref_id for part in self.found.inputs if part.kind == InputKind.MATERIAL)


@dataclass(frozen=True, slots=True)
class Ask:
    """A lot that another business's server is to be asked for."""

    way: Way
    lot: LotNode
    server: Server


class Kept(BaseModel):
    """What is kept of a lot under an agreement: the part it gave, and the terms that came with it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    part: LotPart
    terms: list[Terms]


class Looking:
    """Looks at lots for one business of this node. `terms` grows with what servers tell on the way."""

    def __init__(self, node: Node, reader: LocalBusiness) -> None:
        self.node, self.reader = node, reader
        self.terms: dict[str, Terms] = {}
        self._by_owner: dict[str, list[Agreement]] = {}

    def look(self, ways: Sequence[Way]) -> list[Place | Ask]:
        """Each lot from what is here, or the server to ask."""
        looked: list[Place | Ask] = []
        neighbours: list[tuple[Way, LotNode, LocalBusiness]] = []
        with reading(self.node.engine) as session:
            lots = nodes_of(session, [way.lot_id for way in ways])
            servers = servers_of(session, {lot.business_id for lot in lots.values()})
            for way in ways:
                lot = lots.get(way.lot_id)
                if lot is None:
                    continue  # not on the ledger as this node has it: nothing is known to show
                own = session.get(LocalBusiness, lot.business_id)
                if lot.business_id == self.reader.business_id:
                    looked.append(self.own(session, lot))
                elif own is not None:
                    neighbours.append((way, lot, own))
                elif kept := self._kept(session, lot):
                    looked.append(kept)
                elif servers[lot.business_id].url is None:
                    reason = "the address book has no server of its producer that the ledger confirms"
                    looked.append(Place(LotBreakdown(lot, Disclosure.ELSEWHERE, (), reason=reason)))
                else:
                    looked.append(Ask(way, lot, servers[lot.business_id]))
        return [*looked, *self._neighbours(neighbours)]

    def own(self, session: Session, lot: LotNode) -> Place:
        """A lot of the reader itself."""
        kinds = {lot.lot_id: tuple(InputKind)}
        found, *_ = breakdown(
            session, lot.lot_id, open_kinds=lambda each, _: kinds.get(each, ()), max_depth=1
        ).lots
        return Place(replace(found, names=names_of(session, {lot.lot_id: ()}).get(lot.lot_id)))

    def seen(self, session: Session, shown: LotBreakdown, way: tuple[str, ...]) -> Place:
        """A lot that this node's own search shows."""
        lot = shown.lot
        by = self._agreements(session, lot.business_id)
        found = next((one for one in by if one.terms.covers(lot.lot_id, Disclosed.MATERIALS)), None)
        if found is None or len(way) >= MAX_DEPTH - 1:
            return Place(shown)
        self.terms[found.agreement_id] = found.terms
        return Place(shown, (found.agreement_id, *way))

    def judge(
        self, asks: Sequence[Ask], answers: Sequence[LotAnswered], terms: Sequence[Terms], until: float
    ) -> list[Place]:
        """What the answers of one server come to, held against the ledger; what agreements cover is kept.

        :param terms: of agreements that may be shown further upstream. :param until: by `time.monotonic`;
            answers that are not looked at by then are left out.
        """
        places: list[Place] = []
        with reading(self.node.engine) as session:
            self._learn(session, terms)
            for ask, answer in zip(asks, answers, strict=True):
                if time.monotonic() >= until:
                    break
                places.append(self._judged(session, ask.way, ask.lot, answer))
        self._keep(
            part
            for ask, answer, place in zip(asks, answers, places, strict=False)
            if not ask.way.shown and place.found.disclosure in (Disclosure.SHOWN, Disclosure.IN_PART)
            for part in [(ask.lot, Kept(part=each, terms=list(terms))) for each in answer.parts]
        )
        return places

    def _pass_on(self, session: Session, lot: LotNode, parts: Iterable[LotPart], way: Way) -> tuple[str, ...]:
        """What can be shown for what went into a lot: the agreement that shows it, and the way to it."""
        for part in parts:
            if Disclosed.MATERIALS in part.fields and len(way.shown) < MAX_DEPTH - 1:
                held = self.terms.get(part.agreement_id) or keeping.terms_of(session, part.agreement_id)
                if held is not None and held.provider == lot.business_id:
                    self.terms[held.agreement_id] = held
                    return (held.agreement_id, *way.shown)
        return ()

    def _judged(self, session: Session, way: Way, lot: LotNode, answer: LotAnswered) -> Place:
        if not answer.parts and answer.refused is not None:
            return Place(LotBreakdown(lot, Disclosure.NOT_DISCLOSED, (), reason=plain(answer.refused.detail)))
        row = session.get(LotRow, lot.lot_id)
        assert row is not None
        try:
            inputs = checked(on_ledger(session, row), answer.parts)
        except Misfit as error:
            return Place(LotBreakdown(lot, Disclosure.LYING, (), reason=error.message))
        return Place(_shown(lot, answer.parts, inputs), self._pass_on(session, lot, answer.parts, way))

    def _kept(self, session: Session, lot: LotNode) -> Place | None:
        """A lot from what was received of it under agreements in force; None unless each gave its part."""
        covering = [
            one
            for one in self._agreements(session, lot.business_id)
            if any(one.terms.covers(lot.lot_id, each) for each in FIELDS)
        ]
        rows = [session.get(Received, (one.agreement_id, lot.lot_id)) for one in covering]
        kept = [row for row in rows if row is not None]
        if not kept or len(kept) < len(covering):
            return None
        try:
            documents = [Kept.model_validate_json(row.document) for row in kept]
        except ValidationError:
            return None
        self._learn(session, (one for each in documents for one in each.terms))
        answer = LotAnswered(lot_id=lot.lot_id, parts=[each.part for each in documents])
        place = self._judged(session, Way(lot.lot_id), lot, answer)
        received_at = min(row.received_at for row in kept)
        # The ledger is another one than when it was received, or the producer may have more to show.
        if place.found.disclosure is Disclosure.LYING or self._agreed_since(session, place, received_at):
            return None
        return replace(place, found=replace(place.found, received_at=received_at))

    def _agreed_since(self, session: Session, place: Place, moment: int) -> bool:
        """Whether the lot's producer has come to an agreement with a producer of its materials since then."""
        rows = [session.get(LotRow, each) for each in place.materials]
        accepted = select(AgreementRow.agreement_id).where(
            AgreementRow.receiver_id == place.found.lot.business_id,
            col(AgreementRow.provider_id).in_({row.business_id for row in rows if row is not None}),
            col(AgreementRow.accepted_at) > moment - CLOCKS_DIFFER,
            col(AgreementRow.ended_at).is_(None),
        )
        return session.exec(accepted.limit(1)).first() is not None

    def _learn(self, session: Session, terms: Iterable[Terms]) -> None:
        """Terms that may be shown further upstream; those that the ledger does not have are passed over."""
        for one in terms:
            row = session.get(AgreementRow, one.agreement_id)
            if row is not None and is_of(row, one):
                self.terms[one.agreement_id] = one

    def _agreements(self, session: Session, owner_id: str) -> list[Agreement]:
        """Those in force by which an owner discloses to the reader; looked up once in a search."""
        if owner_id not in self._by_owner:
            own = owner_id == self.reader.business_id
            self._by_owner[owner_id] = [] if own else in_force(session, owner_id, self.reader.business_id)
        return self._by_owner[owner_id]

    def _keep(self, received: Iterable[tuple[LotNode, Kept]]) -> None:
        with writing(self.node.engine) as session:
            for lot, kept in received:
                agreement_id, document = kept.part.agreement_id, kept.model_dump_json()
                row = session.get(AgreementRow, agreement_id)
                parties = (lot.business_id, self.reader.business_id)
                if (
                    row is not None
                    and (row.provider_id, row.receiver_id) == parties
                    and row.holds(utc_now())
                    and len(document) <= keeping.MAX_RECEIVED
                ):
                    keeping.keep_received(session, agreement_id, lot.lot_id, document)

    def _neighbours(self, asked: Sequence[tuple[Way, LotNode, LocalBusiness]]) -> list[Place]:
        """Lots of other businesses of this node: answered as another server would be, but not sent."""
        if not asked:
            return []
        with writing(self.node.engine) as session:
            return [
                self._judged(
                    session, way, lot,
                    answering.of_lot(
                        session, self.reader.business_id, own, lot.lot_id, FIELDS,
                        [self.terms[each] for each in way.shown],
                    ),
                )
                for way, lot, own in asked
            ]  # fmt: skip


def nodes_of(session: Session, lot_ids: Iterable[str]) -> Mapping[str, LotNode]:
    """Lots as the ledger shows them; those that it does not know are missing."""
    wanted = dict.fromkeys(lot_ids)
    restatements = restated(session, wanted)
    found = {}
    for lot_id in wanted:
        row = session.get(LotRow, lot_id)
        if row is not None:
            found[lot_id] = LotNode(
                lot_id=row.lot_id,
                business_id=row.business_id,
                batch_id=row.batch_id,
                unit=Unit(row.unit),
                co2_ug=row.co2_ug,
                primary_ug=row.primary_ug,
                good=row.good,
                defects=row.defects,
                depth=0,
                settled_at=row.block_time,
                breakdown_root=row.breakdown_root,
                restated=restatements.get(lot_id),
            )
    return found


def _shown(lot: LotNode, parts: Sequence[LotPart], inputs: tuple[Input, ...]) -> LotBreakdown:
    fields = {each for part in parts for each in part.fields}
    told = next((part.names for part in parts if part.names is not None), None)
    if fields >= WHOLE:
        disclosure = Disclosure.SHOWN
    else:
        disclosure = Disclosure.IN_PART if fields & WHOLE else Disclosure.NOT_DISCLOSED
    return LotBreakdown(
        lot,
        disclosure,
        inputs,
        names=LotNames(told.business, told.product, told.lot, told.equipment) if told else None,
        agreements=tuple(part.agreement_id for part in parts),
    )
