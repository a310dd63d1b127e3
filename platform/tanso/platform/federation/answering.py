"""Answers to other servers: what the asked business's agreements allow, each use noted for it.

A business further down shows the terms of the agreements that lead to it from a receiver of the asked
business, which puts its own agreement with that receiver before them. Nothing is relayed, nobody else asked.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlmodel import Session

from tanso.oracle.errors import EvidenceRefused
from tanso.oracle.store import reading, writing
from tanso.platform.agreements import keeping
from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.service import (
    Agreement,
    Reader,
    entitled,
    entitled_via,
    in_force,
    note_use,
)
from tanso.platform.agreements.terms import Disclosed, Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, NotAllowed, NotFound
from tanso.platform.federation.inbound import Asked
from tanso.platform.federation.questions import (
    BreakdownsAnswer,
    BreakdownsAsked,
    LeafProved,
    LotAnswered,
    LotPart,
    NamesTold,
    Reason,
)
from tanso.platform.lots.breakdown import opened
from tanso.platform.lots.drafts import DraftStatus, InputKind, LotDraft
from tanso.platform.lots.models import LotRow
from tanso.platform.lots.queries import KINDS
from tanso.platform.lots.service import inputs_of
from tanso.platform.node import Node
from tanso.platform.trace.names import names_of

MAX_ANSWER_BYTES, MAX_SECONDS = 4 * 2**20, 2
"""An answer that would be longer, or take longer, holds fewer lots; a single one is sent in any case."""
MAX_TERMS = 1000


def breakdowns(node: Node, asked: Asked, given: BreakdownsAsked) -> BreakdownsAnswer:
    """The lots asked for, each as far as agreements disclose it, or why it is not."""
    terms = {one.agreement_id: one for one in given.terms}
    missing = {each for lot in given.lots for each in lot.shown} - terms.keys()
    if missing:
        raise BadInput(
            f"terms: those of agreement {min(missing)} are missing",
            "Send the terms of every agreement that is shown.",
            slug="bad-terms",
        )
    lots: list[LotAnswered] = []
    size, until = 0, time.monotonic() + MAX_SECONDS
    with writing(node.engine) as session:
        for lot in given.lots:
            if lots and time.monotonic() >= until:
                break
            with session.begin_nested() as place:
                found = of_lot(
                    session, asked.asker_id, asked.business, lot.lot_id, given.fields,
                    [terms[each] for each in lot.shown],
                )  # fmt: skip
                size += len(found.model_dump_json())
                if lots and size > MAX_ANSWER_BYTES:
                    place.rollback()
                    break
            lots.append(found)
        return BreakdownsAnswer(lots=lots, terms=_upstream_terms(session, asked.business.business_id, lots))


def of_lot(
    session: Session,
    reader_id: str,
    own: LocalBusiness,
    lot_id: str,
    fields: Iterable[Disclosed],
    shown: Sequence[Terms],
) -> LotAnswered:
    """A lot of a business of this node for another business; uses and refusals are noted.

    :param shown: terms of the agreements that lead from a receiver of `own` to the reader, if any.
    """
    draft = session.get(LotDraft, lot_id)
    if draft is None or draft.business_id != own.business_id or draft.status != DraftStatus.SETTLED:
        return _refused(
            lot_id,
            "unknown-lot",
            "the business has no settled lot of this ID",
            "Ask the producer of the lot.",
        )
    open_fields: dict[str, list[Disclosed]] = defaultdict(list)
    for field in fields:
        found = entitled(session, reader_id, own.business_id, lot_id, field)
        found = found or _via(session, reader_id, own.business_id, lot_id, field, shown)
        if found is not None:
            open_fields[found.agreement_id].append(field)
    if not open_fields:
        reader = Reader(session, reader_id)
        reader.refused(own.business_id, lot_id, list(fields))
        reader.note(session, answered=False)
        return _refused(
            lot_id, "not-disclosed", "no agreement in force discloses it to the asking business",
            f"Ask business {own.business_id} for an agreement, and accept it.",
        )  # fmt: skip
    try:
        parts = _parts(session, lot_id, open_fields)
    except EvidenceRefused:
        return _refused(lot_id, "damaged", "the business's record of it is damaged", "Tell the business.")
    for agreement_id, disclosed in open_fields.items():
        note_use(session, agreement_id, lot_id, disclosed, reader_id, answered=True)
    return LotAnswered(lot_id=lot_id, parts=parts)


def terms(node: Node, asked: Asked, agreement_id: str) -> Terms:
    """The terms of an agreement that the asked business proposed to the asker."""
    with reading(node.engine) as session:
        row = keeping.on_ledger(session, agreement_id)
        found = keeping.terms_of(session, agreement_id)
    if (row.provider_id, row.receiver_id) != (asked.business.business_id, asked.asker_id):
        raise NotAllowed(
            f"agreement {agreement_id} was not proposed by the asked business to the asking one",
            "Ask its provider, as its receiver.",
            slug="not-receiver",
        )
    if found is None:
        raise NotFound(
            f"the terms of agreement {agreement_id} are not here",
            "Have the provider propose it anew.",
            slug="terms-missing",
        )
    return found


def confirmation(node: Node, asked: Asked, agreement_id: str) -> Confirmation:
    """The asked business's confirmation that what it received from the asker is deleted."""
    with reading(node.engine) as session:
        row = keeping.on_ledger(session, agreement_id)
        found = keeping.confirmation_of(session, agreement_id)
    if (row.provider_id, row.receiver_id) != (asked.asker_id, asked.business.business_id):
        raise NotAllowed(
            f"under agreement {agreement_id} the asked business received nothing from the asking one",
            "Ask its receiver, as its provider.",
            slug="not-provider",
        )
    if found is None:
        raise NotFound(
            f"deletion under agreement {agreement_id} is not confirmed",
            "Wait until the ledger has the confirmation.",
            slug="not-deleted",
        )
    return found


def _via(
    session: Session,
    reader_id: str,
    owner_id: str,
    lot_id: str,
    field: Disclosed,
    shown: Sequence[Terms],
) -> Agreement | None:
    """The owner's own agreement with the first of those who lead to the reader, if it reaches so far."""
    if not shown:
        return None
    steps = [one.model_dump(mode="json") for one in shown]
    for own in in_force(session, owner_id, shown[0].provider):
        chain = [own.terms.model_dump(mode="json"), *steps]
        if found := entitled_via(session, reader_id, owner_id, lot_id, field, chain):
            return found
    return None


def _parts(session: Session, lot_id: str, open_fields: dict[str, list[Disclosed]]) -> list[LotPart]:
    sealed = opened(inputs_of(session, lot_id))
    parts = []
    for agreement_id, fields in open_fields.items():
        kinds = {kind for field in fields for kind in KINDS.get(field, ())}
        leaves = [
            LeafProved(leaf=leaf, proof=sealed.proof(place))
            for place, leaf in enumerate(sealed.leaves)
            if leaf["kind"] in kinds
        ]
        names = _names(session, lot_id, leaves) if Disclosed.NAMES in fields else None
        parts.append(LotPart(agreement_id=agreement_id, fields=fields, leaves=leaves, names=names))
    return parts


def _names(session: Session, lot_id: str, leaves: Iterable[LeafProved]) -> NamesTold:
    machines = {str(each.leaf["ref_id"]) for each in leaves if each.leaf["kind"] == InputKind.EQUIPMENT}
    told = names_of(session, {lot_id: machines})[lot_id]
    return NamesTold(
        business=told.business, product=told.product, lot=told.lot, equipment=dict(told.equipment)
    )


def _upstream_terms(session: Session, own_id: str, lots: Iterable[LotAnswered]) -> list[Terms]:
    """The terms by which producers of the lots' materials let this business pass its right on."""
    materials = {
        str(proved.leaf["ref_id"])
        for lot in lots
        for part in lot.parts
        for proved in part.leaves
        if proved.leaf["kind"] == InputKind.MATERIAL
    }
    rows = (session.get(LotRow, each) for each in materials)
    producers = {row.business_id for row in rows if row is not None} - {own_id}
    found = (one.terms for each in sorted(producers) for one in in_force(session, each, own_id))
    return list(islice((one for one in found if one.depth > 1), MAX_TERMS))


def _refused(lot_id: str, kind: str, detail: str, hint: str) -> LotAnswered:
    return LotAnswered(lot_id=lot_id, parts=[], refused=Reason(kind=kind, detail=detail, hint=hint))
