"""Invites people, and says who is what where.

Nobody is made part of a business without opening the link that the invitation gives, and proving there,
by the account's password, that the account is theirs. So who invites learns nothing of whom else the node
knows.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

from sqlmodel import Session, col, delete, select

from tanso.oracle.store import utc_now
from tanso.platform.auth.models import Role
from tanso.platform.auth.service import check_place
from tanso.platform.businesses.local import local_business
from tanso.platform.errors import BadInput, Conflict, NotFound
from tanso.platform.people.models import Link, Membership, Person, PersonSession
from tanso.platform.people.passwords import hash_of

LINK_SECONDS = 72 * 3600
MAX_OPEN = 200
"""Open invitations of one business, or of the node."""

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,189}")
_SECRET = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that works once. Its secret is shown this once."""

    link_id: str
    secret: str

    @property
    def path(self) -> str:
        """Where on this node it leads."""
        return f"/join/{self.secret}"


def normal_email(text: str) -> str:
    """An e-mail address as the node keeps it. Raises `BadInput`."""
    email = text.strip().casefold()
    if not _EMAIL.fullmatch(email):
        raise BadInput("email: this is no e-mail address", "Write it as name@example.org.")
    return email


def invite(session: Session, role: Role, business_id: str | None, *, name: str, email: str) -> NewLink:
    """A link that lets somebody in; an earlier one for the same address and place is void.

    Raises `BadInput`, `NotFound` for an unknown business, and `Conflict` when too many are open.
    """
    check_place(role, business_id)
    if business_id is not None:
        local_business(session, business_id)
    place, address = business_id or "", normal_email(email)
    session.exec(
        delete(Link).where(
            (col(Link.expires_at) <= utc_now())
            | ((col(Link.place) == place) & (col(Link.email) == address) & col(Link.role).is_not(None))
        )
    )
    if len(invitations(session, business_id, "", MAX_OPEN)) == MAX_OPEN:
        raise Conflict(
            f"{MAX_OPEN} invitations are open", "Withdraw some, or wait until they end.", slug="too-many-open"
        )
    return _link(session, address, name, place, role)


def invitations(session: Session, business_id: str | None, after: str, limit: int) -> list[Link]:
    """Open invitations of a business, or of the node, in the order of their numbers."""
    query = select(Link).where(
        col(Link.place) == (business_id or ""),
        col(Link.role).is_not(None),
        col(Link.expires_at) > utc_now(),
        col(Link.link_id) > after,
    )
    return list(session.exec(query.order_by(col(Link.link_id)).limit(limit)))


def withdraw_invitation(session: Session, link_id: str, business_id: str | None, *, anywhere: bool) -> None:
    """Makes an invitation void. `NotFound` for one of another business, unless it may be `anywhere`."""
    link = session.get(Link, link_id)
    if link is None or link.role is None or not (anywhere or link.place == (business_id or "")):
        raise NotFound(
            f"there is no invitation {link_id}", "GET /v1/invitations lists them.", slug="unknown-invitation"
        )
    session.delete(link)


def link_of(session: Session, secret: str) -> Link:
    """The link with this secret. Raises `NotFound` for one that is used, void or too old."""
    link = None
    if _SECRET.fullmatch(secret):
        link = session.exec(select(Link).where(Link.digest == digest_of(secret))).one_or_none()
    if link is None or link.expires_at <= utc_now():
        raise NotFound(
            "this link counts no longer", "Ask whoever sent it for another one.", slug="unknown-link"
        )
    return link


def person_by_email(session: Session, email: str) -> Person | None:
    """Who has this address, as `normal_email` gives it."""
    return session.exec(select(Person).where(Person.email == email)).one_or_none()


def use_link(session: Session, secret: str, password_hash: str | None) -> str:
    """Does what a link is for, and gives the person's number: a link works once.

    :param password_hash: of the new password; None where somebody who has an account accepts an invitation,
    having proven it. A new password ends all sessions.
    :raises NotFound: when it counts no longer.
    """
    link = link_of(session, secret)
    person = person_by_email(session, link.email)
    if person is None:
        if link.role is None or password_hash is None:
            raise link_gone()
        person = Person(
            person_id=secrets.token_hex(8),
            email=link.email,
            name=link.name,
            password_hash=password_hash,
            created_at=utc_now(),
        )
        session.add(person)
        session.flush()
    elif (password_hash is None) == (link.role is None):
        # An account came or went since the form was shown: an invitation never sets a password of one.
        raise link_gone()
    elif password_hash is not None:
        set_password(session, person, password_hash)
    if link.role is not None:
        member = session.get(Membership, (person.person_id, link.place))
        if member is None:
            member = Membership(person_id=person.person_id, place=link.place, role=link.role, since=utc_now())
            session.add(member)
        member.role = link.role
    session.delete(link)
    return person.person_id


def link_gone() -> NotFound:
    """The error for a link that does not fit what it is used for."""
    return NotFound("this link counts no longer", "Open it once more.", slug="unknown-link")


def set_password(session: Session, person: Person, password_hash: str) -> None:
    """A new password; whoever is signed in with the old one is so no longer."""
    person.password_hash = password_hash
    session.exec(delete(PersonSession).where(col(PersonSession.person_id) == person.person_id))


def new_password_hash(person_email: str, name: str, password: str) -> str:
    """The hash of a password that somebody chooses. Raises `BadInput`."""
    return hash_of(password, unlike=(person_email, person_email.partition("@")[0], name))


def members(
    session: Session, business_id: str | None, after: str, limit: int
) -> list[tuple[Person, Membership]]:
    """People of a business, or of the node, in the order of their numbers."""
    query = select(Person, Membership).join(Membership)
    query = query.where(col(Membership.place) == (business_id or ""), col(Person.person_id) > after)
    return list(session.exec(query.order_by(col(Person.person_id)).limit(limit)))


def places_of(session: Session, person_id: str) -> list[Membership]:
    """What a person is where, the node last."""
    query = select(Membership).where(col(Membership.person_id) == person_id)
    return list(session.exec(query.order_by(col(Membership.place).desc())))


def member_of(session: Session, person_id: str, business_id: str | None) -> Membership:
    """The membership. Raises `NotFound`."""
    member = session.get(Membership, (person_id, business_id or ""))
    if member is None:
        raise NotFound(f"there is no person {person_id}", "GET /v1/people lists them.", slug="unknown-person")
    return member


def remove_member(session: Session, person_id: str, business_id: str | None) -> None:
    """Ends a membership, and the account if it was the last. Raises `NotFound`."""
    session.delete(member_of(session, person_id, business_id))
    session.flush()
    if places_of(session, person_id):
        ended = col(PersonSession.place) == (business_id or "")
        session.exec(delete(PersonSession).where(col(PersonSession.person_id) == person_id, ended))
        return
    session.exec(delete(PersonSession).where(col(PersonSession.person_id) == person_id))
    person = session.get_one(Person, person_id)
    session.exec(delete(Link).where(col(Link.email) == person.email, col(Link.role).is_(None)))
    session.delete(person)


def password_link(session: Session, person_id: str) -> NewLink:
    """A link to a new password, for who has forgotten the old one; an earlier one is void."""
    person = session.get_one(Person, person_id)
    session.exec(delete(Link).where(col(Link.email) == person.email, col(Link.role).is_(None)))
    return _link(session, person.email, person.name, "", None)


def digest_of(secret: str) -> str:
    """SHA-256 in hex digits: what is kept of a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _link(session: Session, email: str, name: str, place: str, role: Role | None) -> NewLink:
    made = NewLink(secrets.token_hex(8), secrets.token_hex(32))
    session.add(
        Link(
            link_id=made.link_id,
            digest=digest_of(made.secret),
            email=email,
            name=name,
            place=place,
            role=role,
            expires_at=utc_now() + LINK_SECONDS,
        )
    )
    return made
