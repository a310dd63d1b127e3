"""Private tables of agreements: terms, what was used and received under them, confirmations of deletion.

Times are Unix seconds by the node's clock. None of this can be rebuilt from the chain.
"""

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel


class AgreementTerms(SQLModel, table=True):
    """The terms of an agreement of a business of this node; one row where both parties are served here."""

    __tablename__ = "agreement_terms"

    agreement_id: str = Field(primary_key=True, max_length=34)
    provider_id: str = Field(index=True, max_length=34)
    receiver_id: str = Field(index=True, max_length=34)
    terms_hash: str = Field(max_length=66)
    document: str = Field(sa_type=Text)
    """Canonical JSON."""
    kept_at: int = Field(sa_type=BigInteger)


class AgreementUse(SQLModel, table=True):
    """One enquiry about a lot under an agreement, on the provider's node."""

    __tablename__ = "agreement_use"

    id: int | None = Field(default=None, primary_key=True)
    agreement_id: str = Field(index=True, max_length=34)
    lot_id: str = Field(max_length=34)
    reader_id: str = Field(max_length=34)
    """Who asked: the receiver, or one whom it let in."""
    fields: str = Field(max_length=40)
    """What of the lot was asked for, comma-separated."""
    answered: bool
    """False when the agreement did not allow it, or no longer."""
    at: int = Field(sa_type=BigInteger)


class Received(SQLModel, table=True):
    """What the receiver's node got of a lot from the provider's, until its deletion."""

    __tablename__ = "agreement_received"

    agreement_id: str = Field(primary_key=True, max_length=34)
    lot_id: str = Field(primary_key=True, max_length=34)
    document: str = Field(sa_type=Text)
    received_at: int = Field(sa_type=BigInteger)


class Deletion(SQLModel, table=True):
    """The receiver's signed confirmation that all received under an agreement is deleted."""

    __tablename__ = "agreement_deletion"

    agreement_id: str = Field(primary_key=True, max_length=34)
    document: str = Field(sa_type=Text)
    """Canonical JSON, whose hash is on the ledger."""
