"""The address book, the requests of other servers that were taken already, and their false answers."""

from sqlalchemy import BigInteger, Index, Text
from sqlmodel import Field, SQLModel

from tanso.platform.api.fields import MAX_URL
from tanso.platform.indexer.models import HASH, ID


class ServerAddress(SQLModel, table=True):
    """Where a business's server is. It counts as long as the ledger holds the hash of this very URL."""

    __tablename__ = "server_address"

    business_id: str = Field(primary_key=True, max_length=ID)
    url: str = Field(max_length=MAX_URL)
    by_operator: bool
    """Then it may be in a private network."""
    added_at: int = Field(sa_type=BigInteger)


class SpentNonce(SQLModel, table=True):
    """A request of another server that was taken, kept until its time is too old anyway."""

    __tablename__ = "spent_nonce"

    asker_id: str = Field(primary_key=True, max_length=ID)
    nonce: str = Field(primary_key=True, max_length=ID)
    until: int = Field(sa_type=BigInteger, index=True)


class FalseAnswer(SQLModel, table=True):
    """A signed answer of another business's server that does not fit the ledger."""

    __tablename__ = "false_answer"
    __table_args__ = (Index("ix_false_answer_parties", "business_id", "answerer_id"),)

    number: int | None = Field(default=None, primary_key=True)
    business_id: str = Field(max_length=ID)
    """Who asked."""
    answerer_id: str = Field(max_length=ID)
    found_at: int = Field(sa_type=BigInteger)
    lots: int
    reason: str = Field(max_length=300)
    digest: str = Field(max_length=HASH)
    """Of what does not fit, so that the same is kept once."""
    emptied: bool = False
    document: str = Field(sa_type=Text)
    """The record as JSON, see `false_record`."""
