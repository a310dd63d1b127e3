"""Roles, scopes, and the tables of machines' credentials. A secret is shown once and never stored."""

from enum import StrEnum

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class Role(StrEnum):
    """What somebody, person or machine, is to a business or to the node."""

    MANAGER = "manager"
    """Manages a business: its people, clients and agreements, and all that a clerk does."""
    CLERK = "clerk"
    """Writes a business's daily data: lots, uses, shipments, readings."""
    READER = "reader"
    """Reads a business's data."""
    OPERATOR = "operator"
    """Runs the node: registers businesses and factors, lets people in. Reads no business's private data."""
    AUDITOR = "auditor"
    """Reads every carbon account on the ledger. Reads no business's private data without an agreement."""

    @property
    def of_business(self) -> bool:
        """Whether the role is one in a business, not one on the node."""
        return self in OF_BUSINESS


OF_BUSINESS = (Role.MANAGER, Role.CLERK, Role.READER)


class Scope(StrEnum):
    """What part of its role a machine uses. People have both."""

    READ = "read"
    WRITE = "write"


class Client(SQLModel, table=True):
    """A machine's credential: an OAuth 2.0 client, or the same in one text as a bearer token."""

    __tablename__ = "client"

    client_id: str = Field(primary_key=True, max_length=16)
    """Public number: 16 hex digits."""
    digest: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of the secret: 256 random bits need no slower hash."""
    role: str = Field(max_length=10)
    scope: str = Field(max_length=20)
    """Scopes with spaces between, as in OAuth 2.0."""
    business_id: str | None = Field(
        default=None, foreign_key="local_business.business_id", max_length=34, index=True
    )
    label: str = Field(max_length=200)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    """Unix seconds, UTC: from then on neither the secret nor what was got with it counts."""
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class AccessToken(SQLModel, table=True):
    """A short-lived token that a client got for its secret."""

    __tablename__ = "access_token"

    digest: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the token, in hex digits."""
    client_id: str = Field(foreign_key="client.client_id", max_length=16, index=True)
    scope: str = Field(max_length=20)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
