"""Sessions: who a browser's cookie stands for.

The cookie is 256 random bits, another one at each sign-in; the table has its SHA-256. A session ends two
hours after the last request, twelve hours after it began, by signing out, with a new password, or when the
person is put out. What the person may do is looked up with each request.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, select

from tanso.oracle.store import reading, utc_now, writing
from tanso.platform.auth.models import Client, Role
from tanso.platform.auth.principal import Principal
from tanso.platform.auth.service import authenticate, principal_of
from tanso.platform.businesses.local import LocalBusiness
from tanso.platform.errors import BadInput, NotAuthenticated
from tanso.platform.people.models import Membership, Person, PersonSession
from tanso.platform.people.passwords import fits
from tanso.platform.people.service import digest_of, normal_email, person_by_email, places_of

COOKIE = "tanso_session"
IDLE_SECONDS = 2 * 3600
LONGEST_SECONDS = 12 * 3600
MAX_SESSIONS = 20
"""Sessions of one person; another one ends the oldest."""

SEEN_EVERY = 60
"""Seconds after which a use is noted again: not each request writes."""

_COOKIE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser in which somebody is signed in."""

    digest: str
    name: str
    """What to call the person, or the business that the client acts for."""
    person_id: str | None
    principal: Principal | None
    """As whom the person acts; None until that is chosen."""


def form_token(cookie: str) -> str:
    """What a form sends back that was made for this cookie, and a page of another site cannot know."""
    return hashlib.sha256(f"tanso form {cookie}".encode()).hexdigest()


def new_cookie() -> str:
    """A cookie that stands for nobody yet."""
    return secrets.token_hex(32)


def is_cookie(text: str) -> bool:
    """Whether a text could be one of our cookies."""
    return _COOKIE.fullmatch(text) is not None


def person_with(engine: Engine, email: str, password: str) -> str:
    """The person's number. `NotAuthenticated` says no more than that both do not fit together."""
    with reading(engine) as session:
        try:
            person = person_by_email(session, normal_email(email))
        except BadInput:
            person = None
    if not fits(person.password_hash if person else None, password) or person is None:
        raise NotAuthenticated("address and password do not fit together", "Write both once more.")
    return person.person_id


def open_session(session: Session, person_id: str, place: str | None = None) -> str:
    """The cookie of a new session. Where the person is in one place only, that is chosen."""
    places = [member.place for member in places_of(session, person_id)]
    chosen = places[0] if len(places) == 1 else place if place in places else None
    return _open(session, col(PersonSession.person_id) == person_id, person_id=person_id, place=chosen)


def open_session_for_token(session: Session, token: str) -> str:
    """The cookie of a new session for whoever has a client's token. Raises `NotAuthenticated`."""
    client_id = authenticate(session, token).name.removeprefix("client:")
    return _open(session, col(PersonSession.client_id) == client_id, client_id=client_id)


def close_session(session: Session, digest: str) -> None:
    """Signs out."""
    session.exec(delete(PersonSession).where(col(PersonSession.digest) == digest))


def close_all(session: Session, person_id: str) -> None:
    """Signs the person out everywhere."""
    session.exec(delete(PersonSession).where(col(PersonSession.person_id) == person_id))


def visit_of(engine: Engine, cookie: str | None) -> Visit | None:
    """Who is signed in with this cookie, if anybody is."""
    if cookie is None or not is_cookie(cookie):
        return None
    now = utc_now()
    with reading(engine) as session:
        row = session.get(PersonSession, digest_of(cookie))
        if row is None or not (row.expires_at > now and row.seen_at + IDLE_SECONDS > now):
            return None
        visit = _person(session, row) if row.person_id else _client(session, row)
    if visit is not None and row.seen_at + SEEN_EVERY <= now:
        with writing(engine) as session:
            if (row := session.get(PersonSession, row.digest)) is not None:
                row.seen_at = now
    return visit


def _person(session: Session, row: PersonSession) -> Visit | None:
    person = session.get(Person, row.person_id)
    member = session.get(Membership, (row.person_id, row.place)) if row.place is not None else None
    if person is None or (row.place is not None and member is None):
        return None
    principal = None
    if member is not None:
        principal = Principal(f"person:{person.person_id}", Role(member.role), member.place or None)
    return Visit(row.digest, person.name, person.person_id, principal)


def _client(session: Session, row: PersonSession) -> Visit | None:
    try:
        principal = principal_of(session.get_one(Client, row.client_id))
    except NotAuthenticated:
        return None
    business = session.get(LocalBusiness, principal.business_id) if principal.business_id else None
    return Visit(row.digest, business.name if business else f"the {principal.role}", None, principal)


def _open(session: Session, own: Any, **whose: str | None) -> str:
    cookie, now = new_cookie(), utc_now()
    ended = (col(PersonSession.expires_at) <= now) | (col(PersonSession.seen_at) <= now - IDLE_SECONDS)
    session.exec(delete(PersonSession).where(ended))
    newest = select(PersonSession).where(own).order_by(col(PersonSession.created_at).desc())
    for old in session.exec(newest.offset(MAX_SESSIONS - 1)):
        session.delete(old)
    session.add(
        PersonSession(
            digest=digest_of(cookie),
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST_SECONDS,
            **whose,
        )
    )
    return cookie
