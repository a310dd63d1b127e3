"""What a party of an agreement fetches from the other one's server; kept only if the ledger has its hash."""

from tanso.oracle.store import reading, writing
from tanso.platform.agreements import keeping
from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.known import agreement_for
from tanso.platform.agreements.terms import Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.federation import false_answers
from tanso.platform.federation.asking import FalselyAnswered, reply_once
from tanso.platform.federation.false_record import other_document
from tanso.platform.federation.questions import CONFIRMATIONS, TERMS, AgreementAsked
from tanso.platform.node import Node


def terms(node: Node, business: LocalBusiness, agreement_id: str) -> Terms:
    """The terms of an agreement of the business, from its provider's server unless they are here.

    Raises `NotFound` for anybody but a party, `Unreachable`, `Refused`, `FalselyAnswered` for other terms.
    """
    with reading(node.engine) as session:
        known = agreement_for(session, business.business_id, agreement_id)
        if known.terms is not None:
            return known.terms
        row = keeping.on_ledger(session, agreement_id)
    answer = _asked(node, business, row.provider_id, TERMS, agreement_id, row.terms_hash)
    with writing(node.engine) as session:
        return keeping.keep_terms(session, answer)


def confirmation(node: Node, business: LocalBusiness, agreement_id: str) -> Confirmation:
    """The confirmation of a deletion, from the receiver's server unless it is here. Raises like `terms`."""
    with reading(node.engine) as session:
        agreement_for(session, business.business_id, agreement_id)
        kept = keeping.confirmation_of(session, agreement_id)
        if kept is not None:
            return kept
        row = keeping.on_ledger(session, agreement_id)
    answer = _asked(node, business, row.receiver_id, CONFIRMATIONS, agreement_id, row.confirmation_hash)
    with writing(node.engine) as session:
        return keeping.keep_confirmation(session, answer)


def _asked(
    node: Node,
    business: LocalBusiness,
    asked_id: str,
    route: str,
    agreement_id: str,
    document_hash: str | None,
) -> bytes:
    """What the asked business's server says; `FalselyAnswered` if the ledger has another hash of it."""
    question = AgreementAsked(agreement_id=agreement_id)
    server, reply = reply_once(node, business, asked_id, route, question)
    if document_hash is not None and (reason := other_document(route, reply.body, document_hash)):
        false_answers.keep(node, server, reply, [(None, reason)])
        raise FalselyAnswered(f"business {asked_id}, about agreement {agreement_id}: {reason}")
    return reply.body
