"""Grants, looks up and withdraws disclosures."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from tanso.oracle.store import utc_now
from tanso.platform.disclosure.models import Disclosure
from tanso.platform.errors import BadInput, NotFound


def grant(session: Session, business_id: str, to_business_id: str, until: int) -> Disclosure:
    """Lets a business read the breakdown of this business's lots until a Unix second.

    Replaces an earlier grant.
    """
    if to_business_id == business_id:
        raise BadInput("business_id: a business reads its own lots anyway", "Name another business.")
    now = utc_now()
    if until <= now:
        raise BadInput("until: lies in the past", "Give a time to come, or DELETE the disclosure to end it.")
    disclosure = session.get(Disclosure, (business_id, to_business_id))
    if disclosure is None:
        disclosure = Disclosure(
            business_id=business_id, to_business_id=to_business_id, until=until, granted_at=now
        )
        session.add(disclosure)
    disclosure.until, disclosure.granted_at = until, now
    return disclosure


def disclosure_to(session: Session, business_id: str, to_business_id: str) -> Disclosure:
    """The grant of one business to another, ended or not; `NotFound`."""
    disclosure = session.get(Disclosure, (business_id, to_business_id))
    if disclosure is None:
        raise NotFound(
            f"nothing is disclosed to business {to_business_id}",
            "Grant it with PUT /v1/disclosures/{business_id}.",
            slug="no-disclosure",
        )
    return disclosure


def withdraw(session: Session, business_id: str, to_business_id: str) -> None:
    """Ends a grant at once; `NotFound`."""
    session.delete(disclosure_to(session, business_id, to_business_id))


def disclosures_of(session: Session, business_id: str, after: str, limit: int) -> Sequence[Disclosure]:
    """A business's grants in the order of the receivers' IDs, those after `after`, at most `limit`."""
    query = select(Disclosure).where(
        Disclosure.business_id == business_id, col(Disclosure.to_business_id) > after
    )
    return session.exec(query.order_by(col(Disclosure.to_business_id)).limit(limit)).all()


def may_read(session: Session, reader_id: str | None, owner_id: str) -> bool:
    """Whether a business may read the breakdown of the owner's lots now: its own, or by a grant in force."""
    if reader_id is None:
        return False
    if reader_id == owner_id:
        return True
    disclosure = session.get(Disclosure, (owner_id, reader_id))
    return disclosure is not None and disclosure.until > utc_now()
