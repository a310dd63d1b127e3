"""The address book, and the requests of other servers that were taken already."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from tanso.platform.api.fields import MAX_URL
from tanso.platform.indexer.models import ID


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
