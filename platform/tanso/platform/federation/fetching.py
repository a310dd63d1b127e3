"""What a party of an agreement fetches from the other one's server; kept only if the ledger has its hash."""

from tanso.oracle.store import reading, writing
from tanso.platform.agreements import keeping
from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.known import agreement_for
from tanso.platform.agreements.terms import Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.federation.asking import ask_once
from tanso.platform.federation.questions import CONFIRMATIONS, TERMS, AgreementAsked
from tanso.platform.node import Node


def terms(node: Node, business: LocalBusiness, agreement_id: str) -> Terms:
    """The terms of an agreement of the business, from its provider's server unless they are here.

    Raises `NotFound` for anybody but a party, `Unreachable`, `Refused`, and `BadInput` for other terms.
    """
    with reading(node.engine) as session:
        known = agreement_for(session, business.business_id, agreement_id)
        if known.terms is not None:
            return known.terms
        provider = keeping.on_ledger(session, agreement_id).provider_id
    answer = ask_once(node, business, provider, TERMS, AgreementAsked(agreement_id=agreement_id))
    with writing(node.engine) as session:
        return keeping.keep_terms(session, answer)


def confirmation(node: Node, business: LocalBusiness, agreement_id: str) -> Confirmation:
    """The confirmation of a deletion, from the receiver's server unless it is here. Raises like `terms`."""
    with reading(node.engine) as session:
        agreement_for(session, business.business_id, agreement_id)
        kept = keeping.confirmation_of(session, agreement_id)
        if kept is not None:
            return kept
        receiver = keeping.on_ledger(session, agreement_id).receiver_id
    answer = ask_once(node, business, receiver, CONFIRMATIONS, AgreementAsked(agreement_id=agreement_id))
    with writing(node.engine) as session:
        return keeping.keep_confirmation(session, answer)
