"""Whose audits somebody may see."""

from typing import Final

from sqlmodel import Session, col, select

from tanso.platform.agreements.service import Reader
from tanso.platform.agreements.terms import Disclosed
from tanso.platform.auth.models import Role
from tanso.platform.auth.principal import Principal
from tanso.platform.businesses.models import BusinessRow
from tanso.platform.errors import NotAllowed

ALL_LOTS: Final = "all"
"""Stands for the lot in the note of a use: an agreement must cover all lots to open an audit."""


def open_to(reader: Reader, principal: Principal, business_id: str) -> bool:
    """Whether what lies in a business's own store is open to somebody, beside what the public ledger shows.

    Its own store is open to the business itself, and under an agreement about the equipment use of all its
    lots, whose use is noted.

    :raises NotAllowed: when not even the rest is: it is no auditor.
    """
    own_store = Disclosed.EQUIPMENT in reader.fields(business_id, ALL_LOTS)
    if own_store:
        reader.reads(business_id, ALL_LOTS, [Disclosed.EQUIPMENT])
    elif principal.role is not Role.AUDITOR:
        reader.refused(business_id, ALL_LOTS, [Disclosed.EQUIPMENT])
        raise NotAllowed(
            f"the audit of business {business_id} is not open to this token",
            "Ask for the own business, or as an auditor; or agree with it on the equipment use of all lots.",
            slug="audit-not-open",
        )
    return own_store


def businesses_after(session: Session, after: str, limit: int) -> list[str]:
    """IDs of registered businesses in order, those after `after`, at most `limit`."""
    query = select(BusinessRow.business_id).where(col(BusinessRow.business_id) > after)
    return list(session.exec(query.order_by(col(BusinessRow.business_id)).limit(limit)))
