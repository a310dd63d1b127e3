"""What a business knows of its agreements: its part, their state, their uses."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, or_, select

from tanso.oracle.outbox import OutboxMessage, Status
from tanso.platform.agreements import keeping
from tanso.platform.agreements.local import AgreementTerms, AgreementUse
from tanso.platform.agreements.models import AgreementRow
from tanso.platform.agreements.service import is_of, step_key
from tanso.platform.agreements.terms import Terms
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import NotAllowed, NotFound

STEPS = ("propose", "accept", "withdraw", "demand-deletion", "confirm-deletion")
"""What a party does by a transaction, as `step_key` names it."""


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
        # An ID that the ledger has is this business's agreement there, or was taken by others first.
        proposing = select(AgreementTerms.agreement_id).where(
            AgreementTerms.provider_id == business_id,
            col(AgreementTerms.agreement_id) > after,
            col(AgreementTerms.agreement_id).not_in(select(AgreementRow.agreement_id)),
        )
        ids |= set(session.exec(proposing.order_by(col(AgreementTerms.agreement_id)).limit(limit)))
    return [agreement_for(session, business_id, each) for each in sorted(ids)[:limit]]


def uses_of(
    session: Session, business: LocalBusiness, agreement_id: str, after: int, limit: int
) -> Sequence[AgreementUse]:
    """Uses of an agreement of the provider, oldest first, those after number `after`, at most `limit`."""
    only(agreement_for(session, business.business_id, agreement_id), business, Part.PROVIDER)
    query = select(AgreementUse).where(
        AgreementUse.agreement_id == agreement_id, col(AgreementUse.id) > after
    )
    return session.exec(query.order_by(col(AgreementUse.id)).limit(limit)).all()


def under_way(session: Session, business_id: str, agreement_id: str) -> dict[str, OutboxMessage]:
    """The steps that a business asked for and that are not on the ledger: they wait, or were refused."""
    keys = {step_key(agreement_id, business_id, step): step for step in STEPS}
    asked = select(OutboxMessage).where(
        col(OutboxMessage.key).in_(keys), OutboxMessage.status != Status.CONFIRMED
    )
    return {keys[message.key]: message for message in session.exec(asked.order_by(col(OutboxMessage.id)))}


def only(known: Known, business: LocalBusiness, part: Part) -> None:
    """`NotAllowed` unless the business has this part in the agreement."""
    if known.parties()[business.business_id] is not part:
        raise NotAllowed(
            f"only the {part} of agreement {known.agreement_id} may do this",
            f"Ask the {part} to.",
            slug=f"not-{part}",
        )
