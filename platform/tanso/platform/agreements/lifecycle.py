"""What the parties do with an agreement: propose, accept, withdraw, demand deletion, delete and confirm.

Each is one transaction of the business, under a key of its own: asked for again, it gives the one that is
there. What the ledger would refuse in the agreement's present state is refused with its error, and changes
nothing.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, or_, select

from tanso.contracts.ledger import Call
from tanso.oracle.outbox import OutboxMessage, Status
from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.agreements import confirmation, keeping
from tanso.platform.agreements.confirmation import Confirmation
from tanso.platform.agreements.local import AgreementTerms, AgreementUse
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.agreements.service import is_of
from tanso.platform.agreements.terms import FORMAT, Disclosed, Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, Conflict, NotAllowed, NotFound
from tanso.platform.node import Node
from tanso.platform.sending import submit


class State(StrEnum):
    """Where an agreement stands."""

    PROPOSING = "proposing"
    """The provider's transaction is under way."""
    PROPOSED = "proposed"
    IN_FORCE = "in-force"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    DELETION_DEMANDED = "deletion-demanded"
    DELETED = "deleted"


class Part(StrEnum):
    """A business's part in an agreement."""

    PROVIDER = "provider"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True)
class Known:
    """What a node knows of an agreement: from the ledger, and the terms kept here. One of them at least."""

    agreement_id: str
    row: AgreementRow | None
    terms: Terms | None

    def parties(self) -> dict[str, Part]:
        """Which business has which part; the ledger's word counts."""
        if self.row is not None:
            return {self.row.provider_id: Part.PROVIDER, self.row.receiver_id: Part.RECEIVER}
        assert self.terms is not None
        return {self.terms.provider: Part.PROVIDER}

    def state(self, now: int) -> State:
        """Where it stands, by the ledger and the node's clock."""
        row = self.row
        if row is None:
            return State.PROPOSING
        if row.confirmed_at is not None:
            return State.DELETED
        if row.demanded_at is not None:
            return State.DELETION_DEMANDED
        if row.ended_at is not None:
            return State.WITHDRAWN
        if row.valid_until <= now:
            return State.EXPIRED
        return State.PROPOSED if row.accepted_at is None else State.IN_FORCE


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
        message = submit(
            node,
            key=f"agreement:{agreement_id}:propose",
            sender=business.account,
            call=call,
            kind="agreement",
            session=session,
        )
        keeping.store_terms(session, terms)
    return terms, message


def accept(node: Node, business: LocalBusiness, agreement_id: str) -> OutboxMessage:
    """Accepts a proposal whose terms are here. Raises `NotFound`, `NotAllowed`, `Conflict`, `Reverted`."""
    with reading(node.engine) as session:
        known = agreement_for(session, business.business_id, agreement_id)
    _only(known, business, Part.RECEIVER)
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
        _only(agreement_for(session, business.business_id, agreement_id), business, Part.PROVIDER)
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
    _only(known, business, Part.RECEIVER)
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
        keeping.store_confirmation(session, made)
    return made, _retried(node, message)


def agreement_for(session: Session, business_id: str, agreement_id: str) -> Known:
    """An agreement of which a business is a party; `NotFound` for anybody else."""
    row = session.get(AgreementRow, agreement_id)
    terms = keeping.terms_of(session, agreement_id)
    if row is not None and terms is not None and not is_of(row, terms):
        terms = None
    known = Known(agreement_id, row, terms)
    if (row is None and terms is None) or business_id not in known.parties():
        raise NotFound(
            f"this business is no party of an agreement {agreement_id}",
            "GET /v1/agreements lists its agreements.",
            slug="unknown-agreement",
        )
    return known


def agreements_of(
    session: Session, business_id: str, part: Part | None, after: str, limit: int
) -> list[Known]:
    """Agreements of which a business is a party, by ID, those after `after`, at most `limit`."""
    own = {
        Part.PROVIDER: col(AgreementRow.provider_id) == business_id,
        Part.RECEIVER: col(AgreementRow.receiver_id) == business_id,
    }
    on_ledger = select(AgreementRow.agreement_id).where(
        or_(*own.values()) if part is None else own[part], col(AgreementRow.agreement_id) > after
    )
    ids = set(session.exec(on_ledger.order_by(col(AgreementRow.agreement_id)).limit(limit)))
    if part is not Part.RECEIVER:
        proposing = select(AgreementTerms.agreement_id).where(
            AgreementTerms.provider_id == business_id, col(AgreementTerms.agreement_id) > after
        )
        ids |= set(session.exec(proposing.order_by(col(AgreementTerms.agreement_id)).limit(limit)))
    return [agreement_for(session, business_id, each) for each in sorted(ids)[:limit]]


def uses_of(
    session: Session, business: LocalBusiness, agreement_id: str, after: int, limit: int
) -> Sequence[AgreementUse]:
    """Uses of an agreement of the provider, oldest first, those after number `after`, at most `limit`."""
    _only(agreement_for(session, business.business_id, agreement_id), business, Part.PROVIDER)
    query = select(AgreementUse).where(
        AgreementUse.agreement_id == agreement_id, col(AgreementUse.id) > after
    )
    return session.exec(query.order_by(col(AgreementUse.id)).limit(limit)).all()


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


def _only(known: Known, business: LocalBusiness, part: Part) -> None:
    """`NotAllowed` unless the business has this part in the agreement."""
    if known.parties()[business.business_id] is not part:
        raise NotAllowed(
            f"only the {part} of agreement {known.agreement_id} may do this",
            f"Ask the {part} to.",
            slug=f"not-{part}",
        )


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
    key = f"agreement:{agreement_id}:{business.business_id}:{step}"
    return submit(node, key=key, sender=business.account, call=call, kind="agreement", session=session)
