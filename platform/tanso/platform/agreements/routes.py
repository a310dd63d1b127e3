"""Routes of agreements: what a business discloses to another, what it is used for, its end, deletion."""

from typing import Annotated

from fastapi import Path, Query, status

from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import reading, utc_now
from tanso.platform.agreements import keeping, known, lifecycle
from tanso.platform.agreements.known import Part
from tanso.platform.agreements.schemas import (
    AgreementGiven,
    AgreementInFull,
    AgreementProposed,
    Agreements,
    AgreementShown,
    DeletionConfirmed,
    Uses,
    UseShown,
)
from tanso.platform.api.dependencies import AfterNumber, Limit, NodeDep, PageDep
from tanso.platform.api.fields import Id
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AsManager, ReadsBusiness

router = Router(prefix="/v1/agreements", tags=["agreements"])

AgreementId = Annotated[Id, Path(description="The agreement's ID.")]


@router.post("", summary="Propose an agreement", status_code=status.HTTP_202_ACCEPTED, responses=WRITES)
def propose_agreement(node: NodeDep, business: AsManager, given: AgreementGiven) -> AgreementProposed:
    """You are the provider.

    The terms stay with you and the receiver, their hash goes to the ledger. Nothing is disclosed before the
    receiver has accepted.
    """
    terms, message = lifecycle.propose(node, business, given.proposal)
    return AgreementProposed(terms=terms, terms_hash=terms.hash, transaction=Transaction.of(message))


@router.get("", summary="List own agreements", responses=PRIVATE)
def list_agreements(
    node: NodeDep,
    business: ReadsBusiness,
    page: PageDep,
    part: Annotated[Part | None, Query(description="Only those in which you have this part.")] = None,
) -> Agreements:
    """Agreements of which your business is the provider or the receiver, in the order of their IDs."""
    now, own = utc_now(), business.business_id
    with reading(node.engine) as session:
        found = known.agreements_of(session, own, part, page.after, page.limit + 1)
    items = [AgreementShown.of(each, own, now) for each in found[: page.limit]]
    return Agreements(items=items, next=items[-1].agreement_id if len(found) > page.limit else None)


@router.get("/{agreement_id}", summary="Show an agreement", responses=PRIVATE)
def get_agreement(node: NodeDep, business: ReadsBusiness, agreement_id: AgreementId) -> AgreementInFull:
    """Terms, state and history; for its parties only."""
    own = business.business_id
    with reading(node.engine) as session:
        found = known.agreement_for(session, own, agreement_id)
        confirmation = keeping.confirmation_of(session, agreement_id)
    shown = AgreementShown.of(found, own, utc_now())
    return AgreementInFull(**dict(shown), confirmation=confirmation)


@router.post(
    "/{agreement_id}/acceptance",
    summary="Accept an agreement",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def accept_agreement(node: NodeDep, business: AsManager, agreement_id: AgreementId) -> Accepted:
    """You are the receiver. This node must hold the terms, and their hash must be the ledger's."""
    return _accepted(lifecycle.accept(node, business, agreement_id))


@router.post(
    "/{agreement_id}/withdrawal",
    summary="End an agreement at once",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def withdraw_agreement(node: NodeDep, business: AsManager, agreement_id: AgreementId) -> Accepted:
    """Either party. A proposal is taken back or declined. What was read stays with its reader."""
    return _accepted(lifecycle.withdraw(node, business, agreement_id))


@router.post(
    "/{agreement_id}/deletion-demand",
    summary="Demand that disclosed data be deleted",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def demand_deletion(node: NodeDep, business: AsManager, agreement_id: AgreementId) -> Accepted:
    """You are the provider. Ends the agreement, if it has not ended."""
    return _accepted(lifecycle.demand_deletion(node, business, agreement_id))


@router.post(
    "/{agreement_id}/deletion",
    summary="Delete received data and confirm it",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def confirm_deletion(node: NodeDep, business: AsManager, agreement_id: AgreementId) -> DeletionConfirmed:
    """You are the receiver, and deletion was demanded.

    Deletes all that this node keeps under the agreement. The confirmation is signed by your account (EIP-191
    over the statement's canonical JSON), its hash goes to the ledger.
    """
    made, message = lifecycle.confirm_deletion(node, business, agreement_id)
    return DeletionConfirmed(
        confirmation=made, confirmation_hash=made.hash, transaction=Transaction.of(message)
    )


@router.get("/{agreement_id}/uses", summary="List the uses of an agreement", responses=PRIVATE)
def list_uses(
    node: NodeDep,
    business: ReadsBusiness,
    agreement_id: AgreementId,
    limit: Limit = 50,
    after: AfterNumber = 0,
) -> Uses:
    """You are the provider: who asked for what under it, when, and whether it was answered."""
    with reading(node.engine) as session:
        found = known.uses_of(session, business, agreement_id, after, limit + 1)
    items = [UseShown.of(use) for use in found[:limit]]
    return Uses(items=items, next=items[-1].number if len(found) > limit else None)


def _accepted(message: OutboxMessage) -> Accepted:
    return Accepted(transaction=Transaction.of(message))
