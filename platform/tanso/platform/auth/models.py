"""Table of API tokens. A token itself is shown once and never stored."""

from enum import StrEnum

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel


class Role(StrEnum):
    """What a token's bearer is."""

    BUSINESS = "business"
    """Acts for one business: its lots, equipment, readings, disclosures, credits."""
    OPERATOR = "operator"
    """Runs the node: registers businesses and factors, issues tokens. Reads no business's private data."""
    AUDITOR = "auditor"
    """Reads every carbon account on the ledger. Reads no business's private data without a disclosure."""


class ApiToken(SQLModel, table=True):
    """A token that was issued."""

    __tablename__ = "api_token"

    token_id: str = Field(primary_key=True, max_length=16)
    digest: bytes = Field(sa_type=LargeBinary)
    """SHA-256 of the whole token: 256 random bits need no slower hash."""
    role: str = Field(max_length=10)
    business_id: str | None = Field(default=None, foreign_key="local_business.business_id", max_length=34)
    label: str = Field(max_length=200)
    created_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
