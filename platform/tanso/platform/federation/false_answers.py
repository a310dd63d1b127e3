"""Signed answers of other servers that do not fit the ledger are kept, so that nobody can deny them.

Kept is what is different: the same lie about the same lots once. Of each business's answers to one of this
node the newest are kept, by number and by size, so that one that lies much drives out its own lies alone.
"""

import base64
import json
from collections.abc import Sequence

from sqlmodel import Session, col, delete, func, select

from tanso.contracts.identity import content_hash
from tanso.oracle.evidence import canonical_json
from tanso.oracle.store import utc_now, writing
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.errors import NotFound
from tanso.platform.federation import signing
from tanso.platform.federation.addresses import Server
from tanso.platform.federation.asking import Reply
from tanso.platform.federation.checking import on_ledger
from tanso.platform.federation.false_record import (
    AgreementOnLedger,
    Charged,
    FalseAnswerRecord,
    Lie,
    LotOnLedger,
    Question,
    SignedAnswer,
    shown,
)
from tanso.platform.federation.local import FalseAnswer
from tanso.platform.federation.questions import CONFIRMATIONS, TERMS, AgreementAsked
from tanso.platform.lots.models import LotRow
from tanso.platform.node import Node

NEWEST = 20
"""Records that are kept of one business's answers to another."""
MOST_CHARACTERS = 24 * 2**20
"""Of these records together; the longest one possible is about half as long."""

Found = Sequence[tuple[str | None, str]]
"""Lots and what does not fit of each; None for the whole answer."""


def keep(node: Node, server: Server, reply: Reply, found: Found) -> None:
    """Keeps a reply that does not fit, unless the same is kept already."""
    request = reply.request
    about = [[lot_id or content_hash(request.body), reason] for lot_id, reason in found]
    digest = content_hash(canonical_json(about))
    with writing(node.engine) as session:
        pair = (
            FalseAnswer.business_id == request.asker,
            FalseAnswer.answerer_id == server.business_id,
        )
        same = select(FalseAnswer.number).where(*pair, FalseAnswer.digest == digest)
        if session.exec(same.where(col(FalseAnswer.emptied).is_(False)).limit(1)).first() is not None:
            return
        document = _record(node, session, server, reply, found).model_dump_json()
        session.add(
            FalseAnswer(
                business_id=request.asker,
                answerer_id=server.business_id,
                found_at=utc_now(),
                lots=len({lot_id for lot_id, _ in found} - {None}),
                reason=found[0][1][:300],
                digest=digest,
                document=document,
            )
        )
        session.flush()
        size = 0
        rows = select(FalseAnswer.number, func.length(FalseAnswer.document)).where(*pair)
        for place, (number, length) in enumerate(session.exec(rows.order_by(col(FalseAnswer.number).desc()))):
            size += length
            if place >= NEWEST or (place and size > MOST_CHARACTERS):
                session.exec(delete(FalseAnswer).where(col(FalseAnswer.number) == number))


def page(session: Session, business_id: str | None, after: int, limit: int) -> Sequence[FalseAnswer]:
    """Those found for a business of this node, or for all, with numbers above `after`, at most `limit`."""
    query = select(FalseAnswer).where(col(FalseAnswer.number) > after)
    if business_id is not None:
        query = query.where(FalseAnswer.business_id == business_id)
    return session.exec(query.order_by(col(FalseAnswer.number)).limit(limit)).all()


def document_of(session: Session, business_id: str | None, number: int) -> str:
    """The record as JSON; `NotFound` for one that is not the business's. None: of whichever business."""
    row = session.get(FalseAnswer, number)
    if row is None or business_id not in (None, row.business_id):
        raise NotFound(
            f"no false answer {number} is kept here",
            "GET /v1/false-answers lists those that are; the oldest give way to newer ones.",
            slug="unknown-false-answer",
        )
    return row.document


def empty(session: Session, business_id: str, answerer_id: str, agreement_id: str) -> None:
    """Deletes what answers disclosed under an agreement; hashes, signatures and reasons stay."""
    rows = session.exec(
        select(FalseAnswer).where(
            FalseAnswer.business_id == business_id, FalseAnswer.answerer_id == answerer_id
        )
    )
    for row in rows:
        record = FalseAnswerRecord.model_validate_json(row.document)
        body = record.answer.body
        if body is not None and _names(body, agreement_id):
            record.answer.body = None
            row.document, row.emptied = record.model_dump_json(), True


def _record(node: Node, session: Session, server: Server, reply: Reply, found: Found) -> FalseAnswerRecord:
    request, ledger = reply.request, node.ledger.deployment
    return FalseAnswerRecord(
        chain_id=ledger.chain_id,
        business_registry=ledger.addresses["BusinessRegistry"],
        question=Question(
            asker=request.asker,
            addressee=request.addressee,
            audience=request.audience,
            route=request.route,
            time=request.time,
            nonce=request.nonce,
            body=base64.b64encode(request.body).decode(),
            signature=reply.request_signature,
        ),
        answer=SignedAnswer(
            account=server.account,
            status=200,
            time=reply.time,
            body=base64.b64encode(reply.body).decode(),
            body_hash=content_hash(reply.body),
            signature=reply.signature,
        ),
        found=[
            Lie(
                lot_id=lot_id,
                reason=reason,
                on_ledger=_lot(session, lot_id, reply.body) if lot_id else _agreement(session, request),
            )
            for lot_id, reason in found
        ],
    )


def _agreement(session: Session, request: signing.Request) -> AgreementOnLedger | None:
    """What the ledger has of the document that was asked for, if one was."""
    if request.route not in (TERMS, CONFIRMATIONS):
        return None
    row = session.get_one(AgreementRow, AgreementAsked.model_validate_json(request.body).agreement_id)
    document_hash = row.terms_hash if request.route == TERMS else row.confirmation_hash
    assert document_hash is not None
    return AgreementOnLedger(agreement_id=row.agreement_id, document_hash=document_hash)


def _lot(session: Session, lot_id: str, body: bytes) -> LotOnLedger:
    """What the ledger has of a lot, and of the inputs that an answer shows in it."""
    row = session.get_one(LotRow, lot_id)
    facts = on_ledger(session, row)
    named = shown(body, row.lot_id)
    return LotOnLedger(
        batch_id=row.batch_id,
        breakdown_root=facts.breakdown_root,
        co2_ug=facts.co2_ug,
        primary_ug=facts.primary_ug,
        charged=[
            Charged.model_validate(
                {"kind": kind, "ref_id": ref_id, "record": record, "quantity": quantity, "co2_ug": co2_ug}
            )
            for (kind, ref_id, record), (quantity, co2_ug) in facts.charged.items()
            if ref_id in named
        ],
    )


def _names(body: str, agreement_id: str) -> bool:
    content = base64.b64decode(body)
    try:
        return agreement_id in json.dumps(json.loads(content))  # however it was written
    except (ValueError, RecursionError):
        return agreement_id.encode() in content
