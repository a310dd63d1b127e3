"""Tables of people. Passwords and secrets of links and sessions are kept as hashes only."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """Somebody who signs in with an e-mail address and a password."""

    __tablename__ = "person"

    person_id: str = Field(primary_key=True, max_length=16)
    email: str = Field(unique=True, max_length=254)
    """As `service.normal_email` writes it."""
    name: str = Field(max_length=200)
    password_hash: str = Field(max_length=200)
    """argon2id, with its salt and parameters."""
    created_at: int = Field(sa_type=BigInteger)


class Membership(SQLModel, table=True):
    """What a person is to a business, or to the node."""

    __tablename__ = "membership"

    person_id: str = Field(primary_key=True, foreign_key="person.person_id", max_length=16)
    place: str = Field(primary_key=True, max_length=34, index=True)
    """The business's ID; empty for the node."""
    role: str = Field(max_length=10)
    since: int = Field(sa_type=BigInteger)


class Link(SQLModel, table=True):
    """A link that works once: an invitation, or, without a role, the way to a new password."""

    __tablename__ = "person_link"

    link_id: str = Field(primary_key=True, max_length=16)
    digest: str = Field(unique=True, max_length=64)
    """SHA-256 of its secret, in hex digits."""
    email: str = Field(max_length=254, index=True)
    name: str = Field(max_length=200)
    place: str = Field(default="", max_length=34, index=True)
    role: str | None = Field(default=None, max_length=10)
    expires_at: int = Field(sa_type=BigInteger, index=True)


class PersonSession(SQLModel, table=True):
    """A browser that somebody signed in with: a person, or who had a client's token."""

    __tablename__ = "person_session"

    digest: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the cookie, in hex digits."""
    person_id: str | None = Field(default=None, foreign_key="person.person_id", max_length=16, index=True)
    client_id: str | None = Field(default=None, foreign_key="client.client_id", max_length=16, index=True)
    place: str | None = Field(default=None, max_length=34)
    """For which business, or the node, the person acts here; None until it is chosen."""
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    """Unix seconds, UTC: it ends then, however busy it is."""
