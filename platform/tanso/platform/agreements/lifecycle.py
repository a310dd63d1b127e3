"""What the parties do with an agreement: propose, accept, withdraw, demand deletion, delete and confirm.

Each is one transaction of the business, under a key of its own: asked for again, it gives the one that is
there. What the ledger would refuse in the agreement's present state is refused with its error, and changes
nothing.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from tanso.contracts.ledger import Call
from tanso.oracle.outbox import OutboxMessage, Status
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.agreements import confirmation, keeping
from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.known import Part, agreement_for, only
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.agreements.service import is_of, step_key
from tanso.platform.agreements.terms import FORMAT, Disclosed, Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, Conflict
from tanso.platform.federation import false_answers
from tanso.platform.node import Node
from tanso.platform.sending import submit


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a provider offers."""

    receiver_id: str
    fields: Collection[Disclosed]
    lots: Collection[str] | None
    """None for all."""
    depth: int
    purpose: str
    valid_until: int
    """Unix seconds."""


def propose(node: Node, business: LocalBusiness, given: Proposal) -> tuple[Terms, OutboxMessage]:
    """Proposes an agreement: the terms are kept here, their hash goes to the ledger.

    Raises `BadInput` for a receiver that is none, a time that has passed or a thing that is named twice.
    """
    if given.receiver_id == business.business_id:
        raise BadInput(
            "receiver_id: is the provider itself", "Name another business.", slug="agreement-with-oneself"
        )
    if node.ledger.businesses.account_of(given.receiver_id) is None:
        raise BadInput(
            f"receiver_id: no business {given.receiver_id} is registered",
            "Ask the receiver for its business ID; its operator must have registered it.",
            slug="unknown-business",
        )
    if given.valid_until <= utc_now():
        raise BadInput("valid_until: lies in the past", "Give a time to come, in UTC.", slug="agreement-over")
    agreement_id = business.id_for("agreement", secrets.token_hex(16))
    terms = _terms(business, agreement_id, given, secrets.token_hex(16))
    with writing(node.engine) as session:
        call = node.ledger.agreements.propose(agreement_id, given.receiver_id, terms.hash, given.valid_until)
        message = _submit(node, business, agreement_id, "propose", call, session)
        keeping.store_terms(session, terms)
    return terms, message


def accept(node: Node, business: LocalBusiness, agreement_id: str) -> OutboxMessage:
    """Accepts a proposal whose terms are here. Raises `NotFound`, `NotAllowed`, `Conflict`, `Reverted`."""
    with reading(node.engine) as session:
        known = agreement_for(session, business.business_id, agreement_id)
    only(known, business, Part.RECEIVER)
    if known.row is None or known.terms is None or not is_of(known.row, known.terms):
        raise Conflict(
            f"the terms of agreement {agreement_id} are not on this node",
            "Ask the provider to send them: nobody accepts what it has not read.",
            slug="terms-missing",
        )
    call = node.ledger.agreements.accept(agreement_id, known.row.terms_hash)
    return _submit(node, business, agreement_id, "accept", call)


def withdraw(node: Node, business: LocalBusiness, agreement_id: str) -> OutboxMessage:
    """Ends an agreement, or takes a proposal back or declines it."""
    with reading(node.engine) as session:
        agreement_for(session, business.business_id, agreement_id)
    return _submit(node, business, agreement_id, "withdraw", node.ledger.agreements.withdraw(agreement_id))


def demand_deletion(node: Node, business: LocalBusiness, agreement_id: str) -> OutboxMessage:
    """Demands that what the receiver got be deleted; ends the agreement. `NotAllowed` but to the provider."""
    with reading(node.engine) as session:
        only(agreement_for(session, business.business_id, agreement_id), business, Part.PROVIDER)
    call = node.ledger.agreements.demand_deletion(agreement_id)
    return _submit(node, business, agreement_id, "demand-deletion", call)


def confirm_deletion(
    node: Node, business: LocalBusiness, agreement_id: str
) -> tuple[Confirmation, OutboxMessage]:
    """Deletes all that was received under an agreement, and confirms it with the receiver's signature.

    Nothing is deleted unless the ledger would take the confirmation now. Signed with no transaction open.
    """
    with reading(node.engine) as session:
        known = agreement_for(session, business.business_id, agreement_id)
        made = keeping.confirmation_of(session, agreement_id)
    only(known, business, Part.RECEIVER)
    if known.row is None or known.row.demanded_at is None:
        raise Conflict(
            f"the provider has not demanded deletion under agreement {agreement_id}",
            "Wait for the demand; GET /v1/agreements/{id} shows it.",
            slug="deletion-not-demanded",
        )
    made = made or _signed(node, business, known.row)
    call = node.ledger.agreements.confirm_deletion(agreement_id, made.hash)
    with writing(node.engine) as session:
        if (keeping.confirmation_of(session, agreement_id) or made) != made:
            raise Conflict(
                f"deletion under agreement {agreement_id} is being confirmed by another request",
                "Send the request again.",
                slug="deletion-under-way",
            )
        message = _submit(node, business, agreement_id, "confirm-deletion", call, session)
        keeping.delete_received(session, agreement_id)
        false_answers.empty(session, business.business_id, known.row.provider_id, agreement_id)
        keeping.store_confirmation(session, made)
    return made, _retried(node, message)


def _terms(business: LocalBusiness, agreement_id: str, given: Proposal, nonce: str) -> Terms:
    if given.lots is not None and len(set(given.lots)) < len(given.lots):
        raise BadInput("lots: a lot stands twice", "Name each lot once.", slug="named-twice")
    if len(set(given.fields)) < len(given.fields):
        raise BadInput("fields: a field stands twice", "Name each field once.", slug="named-twice")
    return Terms(
        format=FORMAT,
        agreement_id=agreement_id,
        provider=business.business_id,
        receiver=given.receiver_id,
        lots="all" if given.lots is None else sorted(given.lots),
        fields=sorted(given.fields),
        depth=given.depth,
        purpose=given.purpose,
        valid_until=given.valid_until,
        nonce=nonce,
    )


def _signed(node: Node, business: LocalBusiness, row: AgreementRow) -> Confirmation:
    statement = confirmation.Statement(
        format=confirmation.FORMAT,
        agreement_id=row.agreement_id,
        provider=row.provider_id,
        receiver=row.receiver_id,
        terms_hash=row.terms_hash,
        statement=confirmation.STATEMENT,
        deleted_at=utc_now(),
    )
    signed = node.signer.account(business.account).sign_message(statement.message)
    return Confirmation(statement=statement, signature="0x" + bytes(signed.signature).hex())


def _retried(node: Node, message: OutboxMessage) -> OutboxMessage:
    """What the ledger refused earlier, and would take now, is queued again."""
    return node.outbox.retry(message.key) if message.status == Status.PARKED else message


def _submit(
    node: Node,
    business: LocalBusiness,
    agreement_id: str,
    step: str,
    call: Call,
    session: Session | None = None,
) -> OutboxMessage:
    key = step_key(agreement_id, business.business_id, step)
    return submit(node, key=key, sender=business.account, call=call, kind="agreement", session=session)
