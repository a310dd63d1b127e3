"""Whose audits somebody may see."""

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tanso.oracle.store import writing
from tanso.platform.agreements.service import in_force, note_use
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.auth.models import Role
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import NotAllowed


def open_to(session: Session, principal: Principal, business_id: str) -> str | None:
    """By what somebody may see what lies in a business's own store, beside what the public ledger shows.

    The business itself may: then this is its own ID. Another one may by an agreement in force that holds the
    equipment of all lots: then it is the agreement's. None: only the public ledger's part.

    :raises NotAllowed: when not even that is open: it is no auditor.
    """
    reader_id = principal.business_id
    if reader_id == business_id:
        return business_id
    for agreement in in_force(session, business_id, reader_id) if reader_id is not None else ():
        if agreement.terms.lots == "all" and Disclosed.EQUIPMENT in agreement.terms.fields:
            return agreement.agreement_id
    if principal.role is not Role.AUDITOR:
        raise NotAllowed(
            f"the audit of business {business_id} is not open to this token",
            "Ask for the own business, or as an auditor; or ask it for an agreement on the equipment of all "
            "its lots.",
            slug="audit-not-open",
        )
    return None


def note_audit(engine: Engine, principal: Principal, business_id: str, by: str | None) -> None:
    """Notes for the business that its store was read under an agreement, before the answer goes out.

    The use is of all its lots: the business's ID stands in a lot's place.
    """
    if by is not None and by != business_id and principal.business_id is not None:
        with writing(engine) as session:
            note_use(session, by, business_id, {Disclosed.EQUIPMENT}, principal.business_id, answered=True)


def businesses_after(session: Session, after: str, limit: int) -> list[str]:
    """IDs of registered businesses in order, those after `after`, at most `limit`."""
    query = select(BusinessRow.business_id).where(col(BusinessRow.business_id) > after)
    return list(session.exec(query.order_by(col(BusinessRow.business_id)).limit(limit)))
