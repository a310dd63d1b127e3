"""Read-model tables of registered businesses and their endpoints."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from tanso.platform.indexer.models import ADDRESS, HASH, ID, EventRow, RecordRow, one_row_per_event


class BusinessRow(RecordRow, table=True):
    """A hashed business ID, the account that acts for it, and the hash of its server's URL.

    `endpoint_hash` holds now (derived from `EndpointRow`), `first_endpoint_hash` held at registration.
    """

    __tablename__ = "chain_business"
    __table_args__ = (one_row_per_event(),)

    business_id: str = Field(max_length=ID, primary_key=True)
    account: str = Field(max_length=ADDRESS, unique=True)
    endpoint_hash: str = Field(max_length=HASH)
    first_endpoint_hash: str = Field(max_length=HASH)


class EndpointRow(EventRow, table=True):
    """From `since` (Unix seconds) on, until the business's next one, this server answered for it."""

    __tablename__ = "chain_endpoint"

    business_id: str = Field(max_length=ID, index=True)
    endpoint_hash: str = Field(max_length=HASH)
    since: int = Field(sa_type=BigInteger)
