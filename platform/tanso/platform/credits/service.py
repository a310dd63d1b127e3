"""What businesses do with reductions and credits.

Reductions come from the oracle alone: it computes them from stored readings and its keys sign them. Masses
are µg CO2e, credits whole tonnes.
"""

import secrets
from collections.abc import Sequence

from sqlmodel import Session, col, select

from tanso.contracts.identity import content_hash
from tanso.oracle.closing import Attested
from tanso.oracle.outbox import OutboxMessage
from tanso.oracle.store import reading, writing
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.credits.local import LocalProgramme, RetirementPurpose
from tanso.platform.credits.models import (
    BundledReductionRow,
    CreditBalanceRow,
    EnrolmentRow,
    ProgrammeRow,
    ReductionRow,
)
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.node import Node
from tanso.platform.sending import submit

MAX_BUNDLE = 200
"""Most reductions in one bundle: what fits a block with room to spare."""


def create_programme(
    node: Node, business: LocalBusiness, *, name: str, methodology_id: str
) -> tuple[LocalProgramme, OutboxMessage]:
    """A programme run by the business, by a registered methodology.

    The ledger asks for the role AGGREGATOR.
    """
    programme_id = business.id_for("programme", name)
    with writing(node.engine) as session:
        message = submit(
            node,
            key=f"programme:{programme_id}",
            sender=business.account,
            call=node.ledger.credits.create_programme(programme_id, methodology_id),
            kind="programme",
            session=session,
        )
        programme = session.get(LocalProgramme, programme_id)
        if programme is None:
            programme = LocalProgramme(programme_id=programme_id, business_id=business.business_id, name=name)
            session.add(programme)
    return programme, message


def enrol(
    node: Node, business: LocalBusiness, programme_id: str, equipment_id: str, baseline_pg: int
) -> OutboxMessage:
    """Gives the environmental value of own equipment up to a programme, for good.

    From the end of what was reported of the business on, lots are charged at least `baseline_pg` pg CO2e per
    base unit of the equipment's activity. With another baseline than before: `KeyReused`.
    """
    return submit(
        node,
        key=f"enrol:{programme_id}:{equipment_id}",
        sender=business.account,
        call=node.ledger.credits.enrol(programme_id, equipment_id, baseline_pg),
        kind="enrol",
    )


def attest(
    node: Node, business: LocalBusiness, programme_id: str, equipment_id: str, start: int, end: int
) -> Attested:
    """Has the oracle attest the reduction of own enrolled equipment in [start, end), Unix seconds.

    Raises `NotFound` unless the business's equipment is enrolled in the programme, and the oracle's errors.
    """
    with reading(node.engine) as session:
        if enrolled(session, programme_id, equipment_id).business_id != business.business_id:
            raise _not_enrolled(programme_id, equipment_id)
    return node.oracle.attest_reduction(business.business_id, equipment_id, start, end)


def bundle(
    node: Node, business: LocalBusiness, programme_id: str, reduction_ids: Sequence[str] | None
) -> OutboxMessage:
    """Bundles recorded reductions of the business's programme and issues whole tonnes.

    By default the oldest that are open, up to `MAX_BUNDLE`.

    Raises `Conflict` when nothing is open, `Reverted` when the ledger refuses.
    """
    with reading(node.engine) as session:
        own_programme(session, business, programme_id)
        if reduction_ids is None:
            reduction_ids = open_reductions(session, programme_id, MAX_BUNDLE)
    if not reduction_ids:
        raise Conflict(
            f"programme {programme_id} has no reduction that is not bundled",
            "Attest reductions of enrolled equipment first.",
            slug="nothing-to-bundle",
        )
    if len(set(reduction_ids)) < len(reduction_ids):
        raise BadInput(
            "reduction_ids: a reduction stands twice", "Name each reduction once.", slug="reduction-twice"
        )
    name = content_hash("".join(sorted(reduction_ids)).encode())
    return submit(
        node,
        key=f"bundle:{programme_id}:{name}",
        sender=business.account,
        call=node.ledger.credits.bundle(programme_id, list(reduction_ids)),
        kind="bundle",
    )


def transfer(
    node: Node,
    business: LocalBusiness,
    programme_id: str,
    to_business_id: str,
    tonnes: int,
) -> OutboxMessage:
    """Hands whole tonnes of credits over to another business."""
    account = node.ledger.businesses.account_of(to_business_id)
    if account is None or account == business.account:
        raise BadInput(
            f"to_business_id: {to_business_id} is no other registered business",
            "Give the ID of the business that receives the credits.",
            slug="unknown-business",
        )
    key = f"transfer:{programme_id}:{business.business_id}:{secrets.token_hex(16)}"
    call = node.ledger.credits.transfer(programme_id, business.account, account, tonnes)
    return submit(node, key=key, sender=business.account, call=call, kind="transfer")


def retire(
    node: Node,
    business: LocalBusiness,
    programme_id: str,
    tonnes: int,
    *,
    purpose: str,
    beneficiary_id: str | None = None,
) -> OutboxMessage:
    """Burns own credits for good and leaves a certificate. The ledger holds the hash of the purpose."""
    if beneficiary_id is not None and node.ledger.businesses.account_of(beneficiary_id) is None:
        raise BadInput(
            f"beneficiary_id: no business {beneficiary_id} is registered",
            "Give a registered business, or none.",
            slug="unknown-business",
        )
    purpose_hash = content_hash(purpose.encode())
    key = f"retire:{programme_id}:{business.business_id}:{secrets.token_hex(16)}"
    call = node.ledger.credits.retire(programme_id, tonnes, beneficiary_id, purpose_hash)
    with writing(node.engine) as session:
        message = submit(node, key=key, sender=business.account, call=call, kind="retire", session=session)
        if session.get(RetirementPurpose, (purpose_hash, business.business_id)) is None:
            session.add(
                RetirementPurpose(
                    purpose_hash=purpose_hash, business_id=business.business_id, purpose=purpose
                )
            )
    return message


def programme(session: Session, programme_id: str) -> ProgrammeRow:
    """A programme's account on the ledger; `NotFound`."""
    row = session.get(ProgrammeRow, programme_id)
    if row is None:
        raise NotFound(
            f"no programme {programme_id} is known",
            "GET /v1/programmes lists them; a new one is known when its transaction is confirmed.",
            slug="unknown-programme",
        )
    return row


def own_programme(session: Session, business: LocalBusiness, programme_id: str) -> ProgrammeRow:
    """A programme that the business runs; `NotFound` for another's."""
    row = programme(session, programme_id)
    if row.business_id != business.business_id:
        raise NotFound(
            f"this business runs no programme {programme_id}",
            "Only a programme's operator bundles its reductions.",
            slug="unknown-programme",
        )
    return row


def programmes(session: Session, after: str, limit: int) -> Sequence[ProgrammeRow]:
    """Programmes in the order of their IDs, those after `after`, at most `limit`."""
    query = select(ProgrammeRow).where(col(ProgrammeRow.programme_id) > after)
    return session.exec(query.order_by(col(ProgrammeRow.programme_id)).limit(limit)).all()


def open_reductions(session: Session, programme_id: str, limit: int) -> list[str]:
    """IDs of recorded reductions that are not bundled, oldest first, at most `limit`."""
    bundled = select(BundledReductionRow.reduction_id)
    query = select(ReductionRow.reduction_id).where(
        ReductionRow.programme_id == programme_id, col(ReductionRow.reduction_id).not_in(bundled)
    )
    ordered = query.order_by(col(ReductionRow.block_number), col(ReductionRow.log_index)).limit(limit)
    return list(session.exec(ordered))


def contributors(session: Session, programme_id: str) -> dict[str, int]:
    """Bundled µg CO2e per contributing business; they sum to the programme's `reduced_ug`."""
    sums: dict[str, int] = {}
    query = select(BundledReductionRow.business_id, BundledReductionRow.reduction_ug).where(
        BundledReductionRow.programme_id == programme_id
    )
    for business_id, reduction_ug in session.exec(query):
        sums[business_id] = sums.get(business_id, 0) + reduction_ug
    return dict(sorted(sums.items()))


def enrolled(session: Session, programme_id: str, equipment_id: str) -> EnrolmentRow:
    """The enrolment of equipment in a programme; `NotFound`."""
    row = session.get(EnrolmentRow, equipment_id)
    if row is None or row.programme_id != programme_id:
        raise _not_enrolled(programme_id, equipment_id)
    return row


def balance(session: Session, programme_id: str, account: str) -> int:
    """Whole tonnes of a programme's credits that an account holds."""
    row = session.get(CreditBalanceRow, (programme_id, account))
    return row.tonnes if row else 0


def _not_enrolled(programme_id: str, equipment_id: str) -> NotFound:
    return NotFound(
        f"this business has no equipment {equipment_id} enrolled in programme {programme_id}",
        "Its owner enrols it with POST /v1/programmes/{id}/enrolments, and asks when that is confirmed.",
        slug="not-enrolled",
    )
