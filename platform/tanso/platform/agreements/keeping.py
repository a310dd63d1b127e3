"""What the parties keep of an agreement: terms, received data, the confirmation of deletion.

Documents may come from another node, so each must be the one whose hash the ledger holds.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, delete, select

from tanso.oracle.store import utc_now
from tanso.platform.agreements.confirmation import Confirmation, read_confirmation
from tanso.platform.agreements.documents import Document
from tanso.platform.agreements.local import AgreementTerms, Deletion, Received
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.agreements.service import is_of
from tanso.platform.agreements.terms import Terms, read_terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import BadInput, Conflict, NotFound

MAX_RECEIVED = 1024 * 1024
"""Longest document of one lot that is kept, in characters."""


def on_ledger(session: Session, agreement_id: str) -> AgreementRow:
    """What the ledger says of an agreement; `NotFound`."""
    row = session.get(AgreementRow, agreement_id)
    if row is None:
        raise NotFound(
            f"the ledger knows no agreement {agreement_id}",
            "Check the ID; an agreement is known when its proposal is confirmed.",
            slug="unknown-agreement",
        )
    return row


def keep_terms(session: Session, document: Document) -> Terms:
    """Keeps the terms of an agreement with a business of this node, as another node's business sends them.

    :raises NotFound: when the ledger does not know the agreement yet, or no party is served here.
    :raises BadInput: when they are not readable, or not those that the ledger holds the hash of.
    """
    terms = read_terms(document)
    row = on_ledger(session, terms.agreement_id)
    if not is_of(row, terms):
        raise BadInput(
            f"terms: they are not those of agreement {terms.agreement_id}, whose hash is {row.terms_hash}",
            "Send the terms as they were proposed.",
            slug="other-terms",
        )
    if all(session.get(LocalBusiness, party) is None for party in (terms.provider, terms.receiver)):
        raise NotFound(
            f"no party of agreement {terms.agreement_id} is served by this node",
            "Send the terms to the node of a party.",
            slug="unknown-agreement",
        )
    store_terms(session, terms)
    return terms


def store_terms(session: Session, terms: Terms) -> None:
    """Stores terms that are known to be right, unless they are there."""
    kept = session.get(AgreementTerms, terms.agreement_id)
    if kept is not None and kept.terms_hash == terms.hash:
        return
    if kept is not None:
        # Kept before the ledger had the agreement, and somebody else's proposal of this ID came first.
        session.delete(kept)
        session.flush()
    session.add(
        AgreementTerms(
            agreement_id=terms.agreement_id,
            provider_id=terms.provider,
            receiver_id=terms.receiver,
            terms_hash=terms.hash,
            document=terms.document.decode(),
            kept_at=utc_now(),
        )
    )


def terms_of(session: Session, agreement_id: str) -> Terms | None:
    """The terms that are kept of an agreement; None when there are none here."""
    kept = session.get(AgreementTerms, agreement_id)
    return None if kept is None else read_terms(kept.document)


def keep_received(session: Session, agreement_id: str, lot_id: str, document: str) -> None:
    """Keeps what the receiver got of a lot, instead of what it had of it; `Conflict` unless in force."""
    if len(document) > MAX_RECEIVED:
        raise BadInput(
            f"document: longer than {MAX_RECEIVED} characters", "Ask for fewer fields.", slug="too-long"
        )
    if not on_ledger(session, agreement_id).holds(utc_now()):
        raise Conflict(
            f"agreement {agreement_id} is not in force: nothing is received under it",
            "Agree anew, then ask again.",
            slug="agreement-not-in-force",
        )
    kept = session.get(Received, (agreement_id, lot_id))
    if kept is None:
        kept = Received(agreement_id=agreement_id, lot_id=lot_id, document=document, received_at=0)
        session.add(kept)
    kept.document, kept.received_at = document, utc_now()


def received(session: Session, agreement_id: str, after: str = "", limit: int = 200) -> Sequence[Received]:
    """What is kept under an agreement, by lot ID, those after `after`, at most `limit`."""
    query = select(Received).where(Received.agreement_id == agreement_id, col(Received.lot_id) > after)
    return session.exec(query.order_by(col(Received.lot_id)).limit(limit)).all()


def delete_received(session: Session, agreement_id: str) -> None:
    """Deletes everything that is kept under an agreement."""
    session.exec(delete(Received).where(col(Received.agreement_id) == agreement_id))


def keep_confirmation(session: Session, document: Document) -> Confirmation:
    """Keeps a receiver's confirmation that another node sends.

    :raises NotFound: when the ledger does not know the agreement.
    :raises BadInput: when it is not the one whose hash is on the ledger, signed by the receiver's account.
    """
    confirmation = read_confirmation(document)
    row = on_ledger(session, confirmation.statement.agreement_id)
    receiver = session.get(BusinessRow, row.receiver_id)
    if (
        confirmation.hash != row.confirmation_hash
        or receiver is None
        or confirmation.signer() != receiver.account
        or confirmation.statement.terms_hash != row.terms_hash
    ):
        raise BadInput(
            f"confirmation: not the one that the ledger has of agreement {row.agreement_id}, signed by its "
            "receiver",
            "Send the confirmation as the receiver made it, after its transaction is confirmed.",
            slug="other-confirmation",
        )
    store_confirmation(session, confirmation)
    return confirmation


def store_confirmation(session: Session, confirmation: Confirmation) -> None:
    """Stores a confirmation that is known to be right, unless there is one."""
    agreement_id = confirmation.statement.agreement_id
    if session.get(Deletion, agreement_id) is None:
        session.add(Deletion(agreement_id=agreement_id, document=confirmation.document.decode()))


def confirmation_of(session: Session, agreement_id: str) -> Confirmation | None:
    """The confirmation that is kept of a deletion; None when there is none here."""
    kept = session.get(Deletion, agreement_id)
    return None if kept is None else read_confirmation(kept.document)
