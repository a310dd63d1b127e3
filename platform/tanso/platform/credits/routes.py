"""Routes of credits: programmes, enrolment, reductions, bundles, transfer, retirement."""

from typing import Annotated

from fastapi import Path, status
from sqlmodel import Session

from tanso.oracle.store import reading
from tanso.platform.api.dependencies import NodeDep, PageDep
from tanso.platform.api.fields import Id, period_of
from tanso.platform.api.problems import PRIVATE, WRITES
from tanso.platform.api.routing import Router, apart
from tanso.platform.api.transactions import Accepted, Transaction
from tanso.platform.auth.dependencies import AnyToken, AsBusiness, AsManager
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.local import local_business
from tanso.platform.credits import service
from tanso.platform.credits.models import ProgrammeRow, ReductionRow
from tanso.platform.credits.schemas import (
    BundleGiven,
    EnrolmentGiven,
    ProgrammeCreated,
    ProgrammeGiven,
    Programmes,
    ProgrammeShown,
    ReductionAttested,
    ReductionGiven,
    Reductions,
    ReductionShown,
    RetirementGiven,
    TransferGiven,
)
from tanso.platform.lots.drafts import InputKind
from tanso.platform.lots.prices import unit_of_source

router = Router(prefix="/v1/programmes", tags=["credits"])

ProgrammeId = Annotated[Id, Path(description="The programme's ID.")]


@router.post("", summary="Create a credit programme", status_code=status.HTTP_202_ACCEPTED, responses=WRITES)
def create_programme(node: NodeDep, business: AsManager, given: ProgrammeGiven) -> ProgrammeCreated:
    """For a business that the operator registered as an aggregator."""
    programme, message = service.create_programme(
        node, business, name=given.name, methodology_id=given.methodology_id
    )
    return ProgrammeCreated(
        programme_id=programme.programme_id, name=programme.name, transaction=Transaction.of(message)
    )


@router.get("", summary="List credit programmes", responses=PRIVATE)
def list_programmes(node: NodeDep, principal: AnyToken, page: PageDep) -> Programmes:
    """Programmes on the ledger, each with its contributors."""
    with reading(node.engine) as session:
        found = service.programmes(session, page.after, page.limit + 1)
        items = [_shown(session, row, principal) for row in found[: page.limit]]
    return Programmes(items=items, next=items[-1].programme_id if len(found) > page.limit else None)


@router.get("/{programme_id}", summary="Show a programme with its contributors", responses=PRIVATE)
def get_programme(node: NodeDep, principal: AnyToken, programme_id: ProgrammeId) -> ProgrammeShown:
    """What was bundled, issued, retired and carried over, and who contributed how much."""
    with reading(node.engine) as session:
        return _shown(session, service.programme(session, programme_id), principal)


@router.post(
    "/{programme_id}/enrolments",
    summary="Enrol own equipment",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def enrol(node: NodeDep, business: AsManager, programme_id: ProgrammeId, given: EnrolmentGiven) -> Accepted:
    """Gives the equipment's environmental value up to the programme, for good.

    No other programme can have it. It counts from the end of what was reported of the business: reductions
    begin there, and lots that use the equipment are charged the baseline from there.
    """
    unit = unit_of_source(node.ledger, InputKind.EQUIPMENT, given.equipment_id, business.account)
    baseline_pg = given.baseline.picograms(unit, "baseline")
    message = service.enrol(node, business, programme_id, given.equipment_id, baseline_pg)
    return Accepted(transaction=Transaction.of(message))


@router.get("/{programme_id}/reductions", summary="List reductions that are not bundled", responses=PRIVATE)
def list_reductions(node: NodeDep, _principal: AnyToken, programme_id: ProgrammeId) -> Reductions:
    """The oldest 200."""
    with reading(node.engine) as session:
        service.programme(session, programme_id)
        ids = service.open_reductions(session, programme_id, service.MAX_BUNDLE)
        rows = [session.get(ReductionRow, reduction_id) for reduction_id in ids]
        return Reductions(items=[ReductionShown.of(row) for row in rows if row is not None])


@router.post(
    "/{programme_id}/reductions",
    summary="Attest a reduction of own equipment",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
@apart
def attest(
    node: NodeDep, business: AsBusiness, programme_id: ProgrammeId, given: ReductionGiven
) -> ReductionAttested:
    """The oracle computes the reduction from the readings stored, seals the evidence, signs and sends it.

    No reduction is taken as a bare number. How the equipment is measured is said with PUT /v1/roofs/{id}.
    """
    start, end = period_of(given.period_start, given.period_end)
    attested = service.attest(node, business, programme_id, given.equipment_id, start, end)
    return ReductionAttested(
        reduction_id=node.ledger.credits.reduction_id(given.equipment_id, start, end),
        reduction_ug=attested.reduction_ug,
        evidence_root=attested.evidence.record.root,
        transaction=Transaction.of(attested.message),
    )


@router.post(
    "/{programme_id}/bundles",
    summary="Bundle reductions and issue credits",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def bundle(node: NodeDep, business: AsBusiness, programme_id: ProgrammeId, given: BundleGiven) -> Accepted:
    """By the programme's operator.

    Whole tonnes are issued, rounded down; what is left below a tonne carries over.
    """
    message = service.bundle(node, business, programme_id, given.reduction_ids)
    return Accepted(transaction=Transaction.of(message))


@router.post(
    "/{programme_id}/transfers",
    summary="Hand credits over",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def transfer(
    node: NodeDep,
    business: AsManager,
    programme_id: ProgrammeId,
    given: TransferGiven,
) -> Accepted:
    """Whole tonnes go to another business. What was handed over can no longer be claimed."""
    message = service.transfer(node, business, programme_id, given.to_business_id, given.tonnes)
    return Accepted(transaction=Transaction.of(message))


@router.post(
    "/{programme_id}/retirements",
    summary="Retire credits",
    status_code=status.HTTP_202_ACCEPTED,
    responses=WRITES,
)
def retire(
    node: NodeDep,
    business: AsManager,
    programme_id: ProgrammeId,
    given: RetirementGiven,
) -> Accepted:
    """Burns own credits for good and leaves a certificate. Retired credits never enter a lot's footprint."""
    message = service.retire(
        node,
        business,
        programme_id,
        given.tonnes,
        purpose=given.purpose,
        beneficiary_id=given.beneficiary_id,
    )
    return Accepted(transaction=Transaction.of(message))


def _shown(session: Session, row: ProgrammeRow, principal: Principal) -> ProgrammeShown:
    held = None
    if principal.business_id is not None:
        account = local_business(session, principal.business_id).account
        held = service.balance(session, row.programme_id, account)
    return ProgrammeShown.of(row, held, service.contributors(session, row.programme_id))
