"""Whose audits somebody may see."""

from sqlmodel import Session, col, select

from tanso.platform.auth.models import Role
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.disclosure.service import may_read
from tanso.platform.errors import NotAllowed


def open_to(session: Session, principal: Principal, business_id: str) -> bool:
    """Whether what lies in a business's own store is open to somebody, beside what the public ledger shows.

    Its own store is open to the business itself, and to whom it discloses its lots' breakdown.

    :raises NotAllowed: when not even the rest is: it is no auditor.
    """
    own_store = may_read(session, principal.business_id, business_id)
    if principal.role is not Role.AUDITOR and not own_store:
        raise NotAllowed(
            f"the audit of business {business_id} is not open to this token",
            "Ask for the own business, or as an auditor; or ask it to disclose its lots' breakdown.",
            slug="audit-not-open",
        )
    return own_store


def businesses_after(session: Session, after: str, limit: int) -> list[str]:
    """IDs of registered businesses in order, those after `after`, at most `limit`."""
    query = select(BusinessRow.business_id).where(col(BusinessRow.business_id) > after)
    return list(session.exec(query.order_by(col(BusinessRow.business_id)).limit(limit)))
